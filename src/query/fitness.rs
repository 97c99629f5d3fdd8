//! Does a field hold what an operator is about?
//!
//! A distance to a place is measured to geometries, one to a vector to vectors: asked of a field with anything else they are false or
//! missing for every object, and the answer is silently empty. So a question is refused when the field is declared for other values, or
//! when objects have the field and no value there is of the right kind.

use crate::{
    expr::{Predicate, Target, Test},
    metric::{Element, Metric},
    object::{FieldPath, Kind, Value, ValueRef, VectorBuf},
    set::{Held, IndexDeclaration, SetView},
};

use super::{QueryError, Scalar};

/// What an operator is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Places,
    /// Of so many dimensions: another number of them is as far from comparable, and so are bits and numbers.
    Vectors {
        dimension: usize,
        bits: bool,
    },
}

impl About {
    fn vectors(vector: &VectorBuf, metric: Metric) -> Self {
        Self::Vectors { dimension: vector.len(), bits: metric.is_of_bits() }
    }

    pub fn target(target: &Target) -> Option<Self> {
        match target {
            Target::Vector { vector, metric, .. } => Some(Self::vectors(vector, *metric)),
            Target::Place { .. } | Target::Geodesic { .. } | Target::Shape { .. } => Some(Self::Places),
            Target::Coordinates { .. } => None,
            Target::Best { examples, metric, .. } => examples.iter().next().map(|one| Self::vectors(one, *metric)),
        }
    }

    pub fn leaf(leaf: &Predicate) -> Option<Self> {
        match &leaf.test {
            Test::WithinRadius(..)
            | Test::WithinGeodesic(..)
            | Test::WithinShape { .. }
            | Test::WithinBox(_)
            | Test::WithinRegion(_)
            | Test::Intersects(_)
            | Test::CoveredBy(_)
            | Test::Covers(_) => Some(Self::Places),
            Test::WithinDistance { target, metric, .. } => Some(Self::vectors(target, *metric)),
            _ => None,
        }
    }

    pub fn scalar(scalar: &Scalar) -> Option<Self> {
        match scalar {
            Scalar::Distance(target) => Self::target(target),
            Scalar::Longitude(_)
            | Scalar::Latitude(_)
            | Scalar::Wkt(_)
            | Scalar::GeoJson(_)
            | Scalar::Wkb(_)
            | Scalar::Area(_)
            | Scalar::Length(_) => Some(Self::Places),
            Scalar::Field(_) | Scalar::Offset | Scalar::Constant(_) | Scalar::Computed(_) => None,
        }
    }

    /// Refuses fields that hold something else.
    pub fn check(self, paths: &[FieldPath], view: &SetView) -> Result<(), QueryError> {
        paths.iter().filter(|path| path.standing().is_none()).try_for_each(|path| self.check_field(path, view))
    }

    fn check_field(self, path: &FieldPath, view: &SetView) -> Result<(), QueryError> {
        for index in view.declaration().indexes.iter().filter(|index| index.fields.contains(path)) {
            let Some(kind) = view.registry().find(&index.kind) else { continue };
            if kind.wants() == Some(self.kind()) {
                return Ok(());
            }
            let sample = self.sample();
            let values = values_of(index, path, &sample);
            if kind.check_values(&index.fields, &index.options, &values).is_err() {
                let about = kind.wants().map_or("other", Kind::name);
                return Err(self.refused(
                    path,
                    format!("it is declared with an index of kind '{}', for {about} values", index.kind),
                ));
            }
        }
        // Where damage hides the answer, the question itself will say so, if it minds.
        match view.held(path, |value| self.fits(value)) {
            Ok(Held::Other(value)) => Err(self.refused(path, format!("it holds {}", described(&value)))),
            _ => Ok(()),
        }
    }

    fn refused(self, path: &FieldPath, holds: String) -> QueryError {
        let expected = match self {
            Self::Places => "a field with geometries, which is what a place or an area is compared with".to_owned(),
            Self::Vectors { dimension, bits } => {
                format!("a field with {}, which is what such a vector is compared with", vectors_of(dimension, bits))
            }
        };
        QueryError::value(path, holds, expected)
    }

    const fn kind(self) -> Kind {
        match self {
            Self::Places => Kind::Geometry,
            Self::Vectors { .. } => Kind::Vector,
        }
    }

    /// A value that an index must take if it takes any of the kind.
    fn sample(self) -> Value {
        match self {
            Self::Places => Value::from(geo::Point::new(0.0, 0.0)),
            Self::Vectors { dimension, .. } => Value::Vector(vec![1.0; dimension].into()),
        }
    }

    /// A list of numbers is measured as a vector, too.
    fn fits(self, value: ValueRef<'_>) -> bool {
        match self {
            Self::Places => value.kind() == Kind::Geometry,
            Self::Vectors { dimension, bits } => vectors_in(value) == Some((dimension, bits)),
        }
    }
}

/// How many components a value has as a vector, if it is one, and whether they are bits.
fn vectors_in(value: ValueRef<'_>) -> Option<(usize, bool)> {
    match value {
        ValueRef::Vector(vector) => Some((vector.len(), vector.element() == Element::Binary)),
        ValueRef::List(list) => list.to_vector().map(|vector| (vector.len(), false)),
        _ => None,
    }
}

fn vectors_of(dimension: usize, bits: bool) -> String {
    format!("vectors of {dimension} {}", if bits { "bits" } else { "dimensions" })
}

fn described(value: &Value) -> String {
    match vectors_in(value.as_ref()) {
        Some((dimension, bits)) => vectors_of(dimension, bits),
        None => format!("{} values", value.as_ref().kind()),
    }
}

/// One value for the fields of an index: in the given one, and nothing in the others.
fn values_of<'v>(index: &IndexDeclaration, path: &FieldPath, value: &'v Value) -> Vec<Option<ValueRef<'v>>> {
    index.fields.iter().map(|field| (field == path).then(|| value.as_ref())).collect()
}
