//! Places and shapes as constants, and what conditions of PostGIS say of a field and such a shape.

use std::{borrow::Cow, fmt, sync::Arc};

use crate::{
    expr::Test,
    geometry::{Edges, PreparedShape},
    object::{Kind, ObjectError, Value, ValueRef, coerce},
};

use super::SqlError;

/// What may be said of a field and a shape, the field first. The boundary counts as inside in all of them, so `ST_Contains` and `ST_Covers` are
/// one, and so are `ST_Within` and `ST_CoveredBy`.
#[derive(Clone, Copy)]
pub(super) enum Compared {
    Intersects,
    CoveredBy,
    Covers,
}

impl Compared {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "ST_Intersects" => Self::Intersects,
            "ST_CoveredBy" | "ST_Within" => Self::CoveredBy,
            "ST_Contains" | "ST_Covers" => Self::Covers,
            _ => return None,
        })
    }

    /// The same with the shape first.
    pub(super) const fn turned(self) -> Self {
        match self {
            Self::Intersects => Self::Intersects,
            Self::CoveredBy => Self::Covers,
            Self::Covers => Self::CoveredBy,
        }
    }

    pub(super) const fn test(self, shape: Arc<PreparedShape>) -> Test {
        match self {
            Self::Intersects => Test::Intersects(shape),
            Self::CoveredBy => Test::CoveredBy(shape),
            Self::Covers => Test::Covers(shape),
        }
    }
}

/// A constant shape, ready to be compared with and measured from.
pub(super) fn known(wanted_by: &str, value: &Value) -> Result<Arc<PreparedShape>, SqlError> {
    with_edges(wanted_by, value, Edges::Straight)
}

/// A constant shape whose edges are great circles.
pub(super) fn geography(wanted_by: &str, value: &Value) -> Result<Arc<PreparedShape>, SqlError> {
    with_edges(wanted_by, value, Edges::great_circle())
}

fn with_edges(wanted_by: &str, value: &Value, edges: Edges) -> Result<Arc<PreparedShape>, SqlError> {
    let known = PreparedShape::with_edges(shape(wanted_by, value)?, edges);
    known.map(Arc::new).map_err(|error| SqlError::invalid(wanted_by, value, error))
}

/// A constant shape.
pub(super) fn shape(wanted_by: &str, value: &Value) -> Result<geo::Geometry<f64>, SqlError> {
    let expected = "a shape, such as ST_Point(lon, lat) or ST_GeomFromText('POLYGON((..))')";
    let written = "a shape is written as WKT or GeoJSON, a point also as [lon, lat]";
    let invalid = |why: &dyn fmt::Display| SqlError::invalid(wanted_by, value, format!("{why}; {written}"));
    // A parameter may come as [lon, lat], a map, GeoJSON or WKT, the forms that imports take.
    let coerced = coerce(value.clone(), Kind::Geometry);
    if let Err(ObjectError::Geometry { source, .. }) = &coerced {
        return Err(invalid(source));
    }
    match coerced.as_ref().map_or(value.as_ref(), Value::as_ref) {
        ValueRef::Geometry(geometry) => geometry.to_geometry().map(Cow::into_owned).map_err(|error| invalid(&error)),
        _ => Err(SqlError::operand(wanted_by, value, expected)),
    }
}
