//! A point made of two numeric fields.

use crate::object::{FieldPath, Fields, Kind, Object, Value};

use super::{FieldType, made::Made};

/// What a longitude is called where nobody says it, whatever the case of its letters.
const LONGITUDES: [&str; 4] = ["lon", "lng", "long", "longitude"];

/// What a latitude is called.
const LATITUDES: [&str; 2] = ["lat", "latitude"];

/// A point field that is made of two numeric ones.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub field: String,
    /// Longitude and latitude; `None` where they are found by their names.
    pub columns: Option<(FieldPath, FieldPath)>,
}

impl Point {
    /// What is made, for whoever checks that its name is free.
    pub fn made(&self) -> Made {
        let field = &self.field;
        match &self.columns {
            Some((lon, lat)) => Made::new(format!("--point {field}={lon},{lat}"), field, &[lon, lat]),
            None => Made::new(format!("--point {field}"), field, &[]),
        }
    }

    /// The point of an object; none when it lacks one of the two, or has null there.
    pub fn of(&self, object: &Object) -> Result<Option<Value>, String> {
        let found = match &self.columns {
            Some((lon, lat)) => Some((lon.clone(), lat.clone())),
            None => named(object, &LONGITUDES)?.zip(named(object, &LATITUDES)?),
        };
        let Some((lon, lat)) = found else { return Ok(None) };
        match (known(object, &lon), known(object, &lat)) {
            (Some(lon), Some(lat)) => place(&lon, &lat).map(Some),
            _ => Ok(None),
        }
    }
}

/// The one field of an object that has one of these names.
fn named(object: &Object, names: &[&str]) -> Result<Option<FieldPath>, String> {
    let is_named = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let mut found = object.iter().map(|(name, _)| name).filter(|name| is_named(name));
    match (found.next(), found.next()) {
        (Some(first), Some(second)) => {
            Err(format!("both '{first}' and '{second}' may be meant: expected FIELD=LON,LAT, which says so"))
        }
        (found, _) => Ok(found.map(|name| FieldPath::of(&[name]))),
    }
}

/// A value that is neither missing nor null.
fn known(object: &Object, path: &FieldPath) -> Option<Value> {
    object.field(path).map(|value| value.to_value()).filter(|value| !matches!(value, Value::Null))
}

/// A point of two numbers, which may stand as text.
fn place(lon: &Value, lat: &Value) -> Result<Value, String> {
    let pair = [lon, lat].map(|degrees| FieldType::Float.convert(degrees.clone()));
    let [lon, lat] = pair;
    FieldType::Of(Kind::Geometry).convert(Value::List(vec![lon?, lat?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_their_names() {
        let point = Point { field: "at".into(), columns: None };
        let of = |lon: &str, lat: &str| point.of(&Object::new().with("id", 1).with(lon, 12.5).with(lat, "41.9"));
        for (lon, lat) in [("lon", "lat"), ("Longitude", "Latitude"), ("LNG", "lat"), ("long", "LAT")] {
            let Ok(Some(Value::Geometry(shape))) = of(lon, lat) else { panic!("{lon}, {lat}") };
            assert_eq!(*shape, geo::Geometry::Point(geo::Point::new(12.5, 41.9)), "{lon}, {lat}");
        }
        assert_eq!(of("lon", "altitude"), Ok(None));
        assert_eq!(of("longest", "lat"), Ok(None));
        let refused = of("lon", "lng").unwrap_err();
        assert!(refused.contains("'lon' and 'lng'"), "{refused}");
    }
}
