//! What the nearest objects are near to.

use std::{fmt, sync::Arc};

use crate::{
    geometry::LonLat,
    metric::Metric,
    object::{FieldPath, Fields, VectorBuf},
};

use super::{
    ExprError,
    check::{finite_coordinates, finite_vector},
    evaluate::{euclidean, place_distance, vector_distance, with_coordinates},
};

/// The target of a nearest query, with the fields it is measured against.
#[derive(Clone, Debug)]
pub enum Target {
    /// A vector, measured by a metric against a vector field.
    Vector {
        /// The field.
        path: FieldPath,
        /// The query vector: numbers of any element type, or bits (also as numbers 0 and 1) for a metric of bits.
        vector: VectorBuf,
        /// How to measure.
        metric: Metric,
    },
    /// A place, measured in metres on the sphere against a field with a point, line or area: none inside and on the boundary.
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

impl Target {
    /// How far an object is from the target; `None` when it lacks what is measured (a field, a shape, the right dimension).
    #[must_use]
    pub fn distance(&self, fields: &dyn Fields) -> Option<f64> {
        let distance = match self {
            Self::Vector { path, vector, metric } => vector_distance(fields.field(path)?, vector, *metric)?,
            Self::Place { path, place } => place_distance(fields.field(path)?, *place)?,
            Self::Coordinates { paths, center } => {
                let measure = |at: &[f64]| (at.len() == center.len()).then(|| euclidean(at, center));
                with_coordinates(paths, fields, measure)??
            }
        };
        (!distance.is_nan()).then_some(distance)
    }

    /// The fields it is measured against.
    #[must_use]
    pub fn paths(&self) -> &[FieldPath] {
        match self {
            Self::Vector { path, .. } | Self::Place { path, .. } => std::slice::from_ref(path),
            Self::Coordinates { paths, .. } => paths,
        }
    }

    /// Refuses what nothing can be near to: an empty vector, NaN or infinite components, a zero vector under cosine, coordinates and
    /// fields of different number.
    pub fn check(&self) -> Result<(), ExprError> {
        match self {
            Self::Vector { path, vector, metric } => finite_vector(path, vector, *metric),
            Self::Place { .. } => Ok(()),
            Self::Coordinates { paths, center } => finite_coordinates(paths, center),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vector { path, vector, metric } => write!(f, "{path} to vector[{}] by {metric}", vector.len()),
            Self::Place { path, place } => write!(f, "{path} to ({}, {})", place.lon, place.lat),
            Self::Coordinates { paths, center } => {
                let names: Vec<String> = paths.iter().map(ToString::to_string).collect();
                write!(f, "({}) to {:?}", names.join(", "), &center[..])
            }
        }
    }
}
