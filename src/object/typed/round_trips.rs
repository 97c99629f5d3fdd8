//! Rust types against stored bytes and JSON.

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{BTreeMap, HashMap},
};

use ndarray::{Array1, array};
use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{super::samples, super::*, *};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    name: String,
    rating: Option<f32>,
    year: i32,
    founded: Timestamp,
    location: Point,
    outline: Option<Geometry>,
    embedding: Vector,
    tags: Vec<String>,
    kind: PlaceKind,
    owner: Reference<Self>,
    visits: Nested<Visit>,
    extra: BTreeMap<String, i64>,
    corners: Vec<Point>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum PlaceKind {
    Ruin,
    Church { bells: u8 },
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Visit {
    on: Timestamp,
}

fn place() -> Place {
    Place {
        name: "Vardzia".into(),
        rating: Some(4.5),
        year: 1185,
        founded: "1185-06-01T00:00:00Z".parse().unwrap(),
        location: Point::new(43.28, 41.38).unwrap(),
        outline: Some(geo::Rect::new((43.0, 41.0), (43.5, 41.5)).to_polygon().into()),
        embedding: vec![0.1, -0.2, 0.3].into(),
        tags: vec!["cave".into(), "monastery".into()],
        kind: PlaceKind::Church { bells: 2 },
        owner: Reference::new(FamilyId(3), Offset(77)),
        visits: Nested::new(),
        extra: [("caves".to_owned(), 600)].into(),
        corners: vec![Point::new(1.0, 2.0).unwrap()],
    }
}

fn through_bytes<T: Serialize + DeserializeOwned>(value: &T) -> T {
    from_bytes(&to_bytes(value).unwrap()).unwrap()
}

fn through_json<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

#[test]
fn a_struct_survives_bytes_and_json() {
    let mut place = place();
    assert_eq!(through_bytes(&place), place);
    assert_eq!(through_json(&place), place);
    for kind in [PlaceKind::Ruin, PlaceKind::Other("mill".into())] {
        (place.kind, place.outline, place.rating) = (kind, None, None);
        assert_eq!(through_bytes(&place), place);
        assert_eq!(through_json(&place), place);
    }
}

#[test]
fn newtypes_are_extensions_in_bytes_and_readable_in_json() {
    let bytes = to_bytes(&place()).unwrap();
    let packed = PackedObject::new(&bytes);
    let kind = |name| packed.get_name(name).unwrap().kind();
    assert_eq!(kind("embedding"), Kind::Vector);
    assert_eq!(kind("location"), Kind::Geometry);
    assert_eq!(kind("founded"), Kind::Timestamp);
    assert_eq!(kind("owner"), Kind::Reference);
    assert_eq!(kind("visits"), Kind::Nested);
    assert!(matches!(packed.get(&"kind.Church.bells".into()), Some(ValueRef::Int(2))));
    let json = serde_json::to_value(place()).unwrap();
    assert_eq!(json["founded"], "1185-06-01T00:00:00Z");
    assert_eq!(json["location"], serde_json::json!({"type": "Point", "coordinates": [43.28, 41.38]}));
    assert_eq!(json["owner"], serde_json::json!({"$ref": [3, 77]}));
    assert_eq!(serde_json::to_string(&place().embedding).unwrap(), "[0.1,-0.2,0.3]");
}

#[test]
fn typed_and_untyped_read_each_other() {
    let object: Object = from_bytes(&to_bytes(&place()).unwrap()).unwrap();
    assert_eq!(object.get("tags"), Some(&vec!["cave", "monastery"].into()));
    assert_eq!(object.get("location"), Some(&geo::Point::new(43.28, 41.38).into()));
    let read: Place = from_bytes(&encode(&object).unwrap()).unwrap();
    assert_eq!(read, place());
}

/// serde's buffering (flatten, untagged, internally tagged) hides the format from what it buffers.
#[test]
fn newtypes_survive_flatten_and_untagged() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Outer {
        id: u32,
        #[serde(flatten)]
        inner: Inner,
        either: Either,
        #[serde(flatten)]
        rest: HashMap<String, Value>,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Inner {
        at: Point,
        when: Option<Timestamp>,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Embedding(Vector),
    }
    let outer = Outer {
        id: 1,
        inner: Inner { at: Point::new(1.0, 2.0).unwrap(), when: Some(Timestamp(-5)) },
        either: Either::Embedding([0.5, 1.5].into()),
        rest: [("more".to_owned(), Value::Reference(FamilyId(1), Offset(2)))].into(),
    };
    assert_eq!(through_bytes(&outer), outer);
    assert_eq!(through_json(&outer), outer);
}

#[test]
fn text_reads_places_in_every_spelling() {
    for text in [
        "[44.8, 41.7]",
        r#"{"lon": 44.8, "lat": 41.7}"#,
        r#"{"type": "Point", "coordinates": [44.8, 41.7]}"#,
        r#""POINT(44.8 41.7)""#,
    ] {
        let point: Point = serde_json::from_str(text).unwrap();
        assert_eq!(point, Point::new(44.8, 41.7).unwrap());
    }
    let refused = |text| serde_json::from_str::<Point>(text).unwrap_err().to_string();
    assert!(refused("[0, 91]").contains("latitude 91"), "{}", refused("[0, 91]"));
    assert!(refused("[1, 2, 3]").contains("[lon, lat]"));
    assert!(refused("null").contains("null is no geometry"));
    let line = r#"{"type": "LineString", "coordinates": [[1, 2], [3, 4]]}"#;
    assert!(refused(line).contains("is no point"));
}

#[test]
fn refusals_name_the_field_or_the_type() {
    #[derive(Serialize)]
    struct Counter {
        inner: HashMap<&'static str, u64>,
    }
    let error = to_bytes(&Counter { inner: [("n", u64::MAX)].into() }).unwrap_err();
    assert!(error.to_string().starts_with("inner.n: 18446744073709551615 is greater than"), "{error}");
    let error = to_bytes(&[1, 2, 3]).unwrap_err();
    assert_eq!(error.to_string(), "an object must be a map of field names to values, not a list");
    let mut nan = place();
    nan.embedding = [0.0, f32::NAN].into();
    assert!(to_bytes(&nan).unwrap_err().to_string().starts_with("embedding: component 1"));
    nan = place();
    nan.corners.push(geo::Point::new(190.0, 0.0).into());
    assert!(to_bytes(&nan).unwrap_err().to_string().starts_with("corners[1]: longitude 190"));
    let error = from_bytes::<Place>(&to_bytes(&Object::new().with("name", 1)).unwrap()).unwrap_err();
    assert!(error.to_string().contains("Place"), "{error}");
}

#[test]
fn vectors_are_ndarray_views() {
    let matrix = array![[1.0f32, 2.0], [3.0, 4.0]];
    let rows: Vec<_> = Vector::rows(&matrix.view()).collect();
    assert_eq!(rows, [Vector::from([1.0, 2.0]), Vector::from([3.0, 4.0])]);
    assert_eq!(rows[1].view(), matrix.row(1));
    assert_eq!(Vector::from(matrix.column(1)), Vector::from([2.0, 4.0]));
    let array = Array1::from(rows[0].clone());
    assert_eq!(Vector::from(array), rows[0]);
}

/// A store of two objects that counts its reads.
struct Shelf {
    objects: HashMap<u64, Vec<u8>>,
    reads: Cell<usize>,
}

impl Resolve for Shelf {
    type Error = ObjectError;

    fn resolve(&self, _family: FamilyId, offset: Offset) -> Result<Option<Cow<'_, [u8]>>, ObjectError> {
        self.reads.set(self.reads.get() + 1);
        Ok(self.objects.get(&offset.0).map(|bytes| Cow::Borrowed(bytes.as_slice())))
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Friend {
    name: String,
    friend: Reference<Self>,
}

#[test]
fn a_reference_reads_lazily_once_and_cycles_are_fine_54a() {
    let to = |offset| Reference::new(FamilyId(1), Offset(offset));
    let friend = |name: &str, offset| to_bytes(&Friend { name: name.into(), friend: to(offset) }).unwrap();
    let objects = [(1, friend("Nino", 2)), (2, friend("Luka", 1))].into();
    let mut shelf = Shelf { objects, reads: Cell::new(0) };
    let first: Friend = from_bytes(&shelf.objects[&1]).unwrap();
    assert_eq!(shelf.reads.get(), 0);
    let second = first.friend.get(&shelf).unwrap().unwrap();
    let again = second.friend.get(&shelf).unwrap().unwrap();
    assert_eq!((second.name.as_str(), again.name.as_str()), ("Luka", "Nino"));
    assert_eq!(shelf.reads.get(), 2);
    first.friend.get(&shelf).unwrap();
    assert_eq!(shelf.reads.get(), 2);
    shelf.objects.remove(&2);
    assert!(to_reference_target(&to(2), &shelf).is_none());
    assert!(first.friend.get(&shelf).unwrap().is_some(), "what was read once stays as it was");
}

fn to_reference_target<'a>(reference: &'a Reference<Friend>, shelf: &Shelf) -> Option<&'a Friend> {
    reference.get(shelf).unwrap()
}

proptest! {
    #[test]
    fn untyped_objects_take_the_same_path(object in samples::object()) {
        let bytes = to_bytes(&object).unwrap();
        prop_assert_eq!(&bytes, &encode(&object).unwrap());
        prop_assert_eq!(to_bytes(&MapRef::Packed(PackedObject::new(&bytes)).to_object()).unwrap(), bytes.clone());
        let read: Object = from_bytes(&bytes).unwrap();
        prop_assert_eq!(format!("{read:?}"), format!("{object:?}"));
    }

    /// Serde's text form and ours are one.
    #[test]
    fn json_has_one_form(object in samples::object()) {
        let json = to_json(ValueRef::Map(MapRef::Owned(&object)));
        let text = serde_json::to_string(&object).unwrap();
        prop_assert_eq!(&serde_json::to_string(&json).unwrap(), &text);
        let read: Object = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(format!("{read:?}"), format!("{:?}", from_json(&json).unwrap()));
    }

    /// JSON says everything but the kinds of vectors, with their element types, and timestamps, which coercing brings back.
    #[test]
    fn json_round_trips_with_hints(mut object in samples::object()) {
        let mut read = from_json(&to_json(ValueRef::Map(MapRef::Owned(&object)))).unwrap();
        let names: Vec<_> = object.iter().map(|(name, value)| (name.to_owned(), value.as_ref().kind())).collect();
        for (name, kind) in names {
            if matches!(kind, Kind::List | Kind::Map) {
                // What is inside has no declared kind.
                object.unset(&name);
                read.unset(&name);
            } else {
                coerce_field(&mut read, &FieldPath::of(&[&name]), kind).unwrap();
            }
            if let (Some(Value::Vector(vector)), Some(Value::Vector(found))) = (object.get(&name), read.get(&name)) {
                let fitting = found.to_element(vector.element()).unwrap();
                read.set(name, fitting);
            }
        }
        prop_assert_eq!(format!("{read:?}"), format!("{object:?}"));
    }

    #[test]
    fn any_extension_payload_is_read_or_refused(number in any::<i8>(), payload in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut bytes = vec![0x81, 0xa1, b'x', 0xc7, u8::try_from(payload.len()).unwrap(), number.cast_unsigned()];
        bytes.extend(&payload);
        if let Ok(object) = from_bytes::<Object>(&bytes) {
            let _ = object.to_string();
        }
    }
}
