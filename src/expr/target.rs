//! What the nearest objects are near to.

use std::sync::Arc;

use crate::{geometry::LonLat, metric::Metric, object::FieldPath};

/// The target of a nearest query, with the fields it is measured against.
#[derive(Clone, Debug)]
pub enum Target {
    /// A vector, measured by a metric against a vector field.
    Vector {
        /// The field.
        path: FieldPath,
        /// The query vector.
        vector: Arc<[f32]>,
        /// How to measure.
        metric: Metric,
    },
    /// A place, measured in metres on the sphere against a point field.
    Place {
        /// The field.
        path: FieldPath,
        /// The place.
        place: LonLat,
    },
    /// Coordinates, measured by Euclidean distance against one numeric field a dimension.
    Coordinates {
        /// The fields, one a dimension.
        paths: Vec<FieldPath>,
        /// The centre.
        center: Arc<[f64]>,
    },
}
