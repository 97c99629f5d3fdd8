//! What the nearest objects are near to.

use std::{borrow::Cow, fmt, sync::Arc};

use crate::{
    geometry::{Globe, LonLat, PreparedShape},
    metric::Metric,
    object::{FieldPath, Fields, VectorBuf},
};

use super::{
    Examples, ExprError, Predicate, Test,
    check::{example_vectors, finite_coordinates, finite_vector},
    evaluate::{euclidean, geodesic_distance, place_distance, shape_distance, vector_distance, with_coordinates},
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
    /// A place, measured in metres on the WGS84 ellipsoid: as [`Target::Place`] but for the length of the way.
    Geodesic {
        /// The field.
        path: FieldPath,
        /// The place.
        place: LonLat,
    },
    /// A line, an area or several shapes, measured in metres against a field with a point, line or area: none where they have a place in common.
    /// Made by [`Target::shape`].
    Shape {
        /// The field.
        path: FieldPath,
        /// The shape.
        shape: Arc<PreparedShape>,
        /// What metres are measured on.
        globe: Globe,
    },
    /// Coordinates, measured by Euclidean distance against one numeric field a dimension.
    Coordinates {
        /// The fields, one a dimension.
        paths: Vec<FieldPath>,
        /// The centre.
        center: Arc<[f64]>,
    },
    /// Several vectors to be like one of, or unlike all of: made, and defined, by [`Targets`](super::Targets).
    Best {
        /// The field.
        path: FieldPath,
        /// The vectors.
        examples: Examples,
        /// How to measure.
        metric: Metric,
    },
}

impl Target {
    /// A shape to measure from, in metres on the sphere or on the ellipsoid; of a point [`Target::Place`] or [`Target::Geodesic`].
    ///
    /// ```
    /// use protobase::{Object, Value, expr::Target, geometry::{Globe, PreparedShape, from_wkt}};
    ///
    /// let river = PreparedShape::new(from_wkt("LINESTRING(10 50, 12 50)")?)?;
    /// let target = Target::shape("area", river, Globe::Sphere);
    /// let park = Object::new().with("area", Value::from(from_wkt("POLYGON((10 51, 12 51, 11 52, 10 51))")?));
    /// assert!((target.distance(&park).unwrap() - 111_195.08).abs() < 0.01);
    /// # Ok::<(), protobase::geometry::GeometryError>(())
    /// ```
    #[must_use]
    pub fn shape(path: impl Into<FieldPath>, shape: impl Into<Arc<PreparedShape>>, globe: Globe) -> Self {
        let (path, shape) = (path.into(), shape.into());
        match (shape.as_place(), globe) {
            (Some(place), Globe::Sphere) => Self::Place { path, place },
            (Some(place), Globe::Ellipsoid) => Self::Geodesic { path, place },
            (None, globe) => Self::Shape { path, shape, globe },
        }
    }

    /// How far an object is from the target; `None` when it lacks what is measured (a field, a shape, the right dimension).
    #[must_use]
    pub fn distance(&self, fields: &dyn Fields) -> Option<f64> {
        let distance = match self {
            Self::Vector { path, vector, metric } => vector_distance(fields.field(path)?, vector, *metric)?,
            Self::Place { path, place } => place_distance(fields.field(path)?, *place)?,
            Self::Geodesic { path, place } => geodesic_distance(fields.field(path)?, *place)?,
            Self::Shape { path, shape, globe } => shape_distance(fields.field(path)?, shape, *globe)?,
            Self::Coordinates { paths, center } => {
                let measure = |at: &[f64]| (at.len() == center.len()).then(|| euclidean(at, center));
                with_coordinates(paths, fields, measure)??
            }
            Self::Best { path, examples, metric } => examples.distance(fields.field(path)?, *metric)?,
        };
        (!distance.is_nan()).then_some(distance)
    }

    /// The fields it is measured against.
    #[must_use]
    pub fn paths(&self) -> &[FieldPath] {
        match self {
            Self::Vector { path, .. }
            | Self::Place { path, .. }
            | Self::Geodesic { path, .. }
            | Self::Shape { path, .. }
            | Self::Best { path, .. } => std::slice::from_ref(path),
            Self::Coordinates { paths, .. } => paths,
        }
    }

    /// Refuses what nothing can be near to: an empty vector, NaN or infinite components, a zero vector under cosine, coordinates and
    /// fields of different number.
    pub fn check(&self) -> Result<(), ExprError> {
        match self {
            Self::Vector { path, vector, metric } => finite_vector(path, vector, *metric),
            Self::Place { .. } | Self::Geodesic { .. } | Self::Shape { .. } => Ok(()),
            Self::Coordinates { paths, center } => finite_coordinates(paths, center),
            Self::Best { path, examples, metric } => example_vectors(path, &examples.like, &examples.unlike, *metric),
        }
    }

    /// The condition of being at most so far away, or less than that; `None` for targets that no condition is about.
    #[must_use]
    pub fn within(&self, limit: f64, inclusive: bool) -> Option<Predicate> {
        // On the reals `d < limit`; on f64 the same as `d <= the number before limit`.
        let closed = if inclusive { limit } else { limit.next_down() };
        Some(match self.clone() {
            Self::Vector { path, vector, metric } => {
                Predicate::new(path, Test::WithinDistance { target: vector, metric, distance: limit, inclusive })
            }
            Self::Place { path, place } => Predicate::new(path, Test::WithinRadius(place, closed)),
            Self::Geodesic { path, place } => Predicate::new(path, Test::WithinGeodesic(place, closed)),
            Self::Shape { path, shape, globe } => {
                Predicate::new(path, Test::WithinShape { shape, metres: closed, globe })
            }
            Self::Coordinates { paths, center } => {
                Predicate { paths, test: Test::Ball { center: center.to_vec(), radius: closed } }
            }
            Self::Best { .. } => return None,
        })
    }

    /// The targets that an index must know to find what is near to this one: itself, or each of the vectors to be like.
    #[must_use]
    pub fn probes(&self) -> Cow<'_, [Self]> {
        match self {
            Self::Best { path, examples, metric } => {
                let probe =
                    |vector: &VectorBuf| Self::Vector { path: path.clone(), vector: vector.clone(), metric: *metric };
                examples.like.iter().map(probe).collect()
            }
            one => Cow::Borrowed(std::slice::from_ref(one)),
        }
    }

    /// The field and the metric, of targets that are vectors.
    #[must_use]
    pub fn metric(&self) -> Option<(&FieldPath, Metric)> {
        match self {
            Self::Vector { path, metric, .. } | Self::Best { path, metric, .. } => Some((path, *metric)),
            Self::Place { .. } | Self::Geodesic { .. } | Self::Shape { .. } | Self::Coordinates { .. } => None,
        }
    }

    /// The lengths of its vectors.
    #[must_use]
    pub fn dimensions(&self) -> Vec<usize> {
        match self {
            Self::Vector { vector, .. } => vec![vector.len()],
            Self::Best { examples, .. } => examples.iter().map(VectorBuf::len).collect(),
            Self::Place { .. } | Self::Geodesic { .. } | Self::Shape { .. } | Self::Coordinates { .. } => Vec::new(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vector { path, vector, metric } => write!(f, "{path} to vector[{}] by {metric}", vector.len()),
            Self::Place { path, place } => write!(f, "{path} to ({}, {})", place.lon, place.lat),
            Self::Geodesic { path, place } => write!(f, "{path} to ({}, {}) by geodesic", place.lon, place.lat),
            Self::Shape { path, shape, globe: Globe::Sphere } => write!(f, "{path} to {shape}"),
            Self::Shape { path, shape, globe: Globe::Ellipsoid } => write!(f, "{path} to {shape} by geodesic"),
            Self::Coordinates { paths, center } => {
                let names: Vec<String> = paths.iter().map(ToString::to_string).collect();
                write!(f, "({}) to {:?}", names.join(", "), &center[..])
            }
            Self::Best { path, examples: Examples { like, unlike }, metric } => {
                let dimension = self.dimensions().first().copied().unwrap_or(0);
                write!(f, "{path} to the best of {} like, {} unlike vector[{dimension}]", like.len(), unlike.len())?;
                write!(f, " by {metric}")
            }
        }
    }
}
