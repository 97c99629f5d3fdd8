//! An answer as shapes on the globe, each with the other columns: what GeoJSON and maps are made of.

use std::io::{self, Write};

use geo::{
    Geometry,
    orient::{Direction, Orient},
};
use serde_json::{Map, Value as Json, json};

use crate::{
    geometry,
    object::{Kind, Object, Value},
    sql::Answer,
};

use super::CliError;

/// An answer and the column with the shapes, if it has any.
pub struct Shaped<'a> {
    answer: &'a Answer,
    column: Option<&'a str>,
}

impl<'a> Shaped<'a> {
    /// Takes the named column, or the first in which any object has a geometry. An answer without objects has none, others must have one.
    pub fn new(answer: &'a Answer, named: Option<&'a str>) -> Result<Self, CliError> {
        let kinds = |column: &str| {
            let values =
                answer.objects.iter().filter_map(|object| object.get(column)).map(|value| value.as_ref().kind());
            values.filter(|kind| *kind != Kind::Null).collect::<Vec<_>>()
        };
        let is_shape = |column: &&str| kinds(column).contains(&Kind::Geometry);
        let refused = |what: String| {
            Err(CliError::Refused(format!(
                "{what}: select a field with points, lines or areas, and name it by --geometry FIELD if there are several"
            )))
        };
        let column = match named {
            Some(named) => match kinds(named).into_iter().find(|kind| *kind != Kind::Geometry) {
                Some(kind) => {
                    return refused(format!("--geometry {named}: an object of the answer has a {kind} there"));
                }
                None => Some(named).filter(|named| answer.columns.iter().any(|column| column == named)),
            },
            None => answer.columns.iter().map(String::as_str).find(is_shape),
        };
        match (column, named) {
            (None, Some(named)) if !answer.objects.is_empty() => {
                refused(format!("--geometry {named}: the answer has no such column"))
            }
            (None, None) if !answer.objects.is_empty() => refused("no object of the answer has a geometry".to_owned()),
            _ => Ok(Self { answer, column }),
        }
    }

    /// The number of objects.
    pub fn len(&self) -> usize {
        self.answer.objects.len()
    }

    /// Each object's shape, if it has one, and its other columns: those that it has, and where columns were named, all of them.
    pub fn objects(&self) -> impl Iterator<Item = (Option<&'a Geometry<f64>>, Vec<(&'a str, &'a Value)>)> + use<'a> {
        let (answer, column) = (self.answer, self.column);
        answer.objects.iter().map(move |object| {
            let shape = column.and_then(|column| object.get(column)).and_then(|value| match value {
                Value::Geometry(shape) => Some(&**shape),
                _ => None,
            });
            let others = answer.columns.iter().map(String::as_str).filter(move |name| Some(*name) != column);
            (shape, others.filter_map(|name| Some((name, value(answer, object, name)?))).collect())
        })
    }

    /// Writes a GeoJSON FeatureCollection (RFC 7946), one feature a line.
    pub fn write_geojson(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(br#"{"type":"FeatureCollection","features":["#)?;
        for (number, (shape, others)) in self.objects().enumerate() {
            out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
            let mut properties = Map::with_capacity(others.len());
            for (name, value) in others {
                properties.insert(name.to_owned(), serde_json::to_value(value)?);
            }
            let geometry = shape.map_or(Json::Null, |shape| geometry::to_geojson_value(&oriented(shape)));
            serde_json::to_writer(
                &mut *out,
                &json!({"type": "Feature", "geometry": geometry, "properties": properties}),
            )?;
        }
        out.write_all(b"\n]}\n")
    }
}

/// A selected value that is missing is null, as in other formats.
fn value<'a>(answer: &Answer, object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(name).or((!answer.all).then_some(&Value::Null))
}

/// Outer rings counterclockwise and holes clockwise, as the standard wants them.
fn oriented(shape: &Geometry<f64>) -> Geometry<f64> {
    match shape {
        Geometry::Polygon(polygon) => polygon.orient(Direction::Default).into(),
        Geometry::MultiPolygon(polygons) => polygons.orient(Direction::Default).into(),
        Geometry::GeometryCollection(all) => {
            Geometry::GeometryCollection(geo::GeometryCollection(all.iter().map(oriented).collect()))
        }
        other => other.clone(),
    }
}
