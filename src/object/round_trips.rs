//! Values against their stored bytes and keys: what goes in comes out, and every way of reading agrees.

use std::cmp::Ordering;

use proptest::{collection::vec, prelude::*};

use super::{samples::*, *};

/// Columns as a slot of an object file has them.
struct Columns(Vec<Option<VectorBuf>>);

impl VectorSource for Columns {
    fn vector(&self, column: usize) -> Option<VectorRef<'_>> {
        self.0.get(column)?.as_ref().map(VectorBuf::as_ref)
    }
}

/// Stricter than `==`: 1 and 1.0 differ, NaN is NaN.
fn same(a: &Value, b: &Value) -> bool {
    format!("{a:?}") == format!("{b:?}")
}

/// All paths in an object, and some that lead nowhere.
fn paths(object: &Object) -> Vec<Vec<String>> {
    let mut paths = vec![vec!["nowhere".to_owned()]];
    for (name, value) in object.iter() {
        paths.push(vec![name.to_owned()]);
        paths.push(vec![name.to_owned(), "nowhere".to_owned()]);
        if let Value::Map(inner) = value {
            paths.extend(self::paths(inner).into_iter().map(|rest| [vec![name.to_owned()], rest].concat()));
        }
    }
    paths
}

fn path(names: &[String]) -> FieldPath {
    FieldPath::of(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn objects_survive_storing(object in object()) {
        let bytes = encode(&object).unwrap();
        check(&bytes).unwrap();
        let read = decode(&bytes).unwrap();
        prop_assert_eq!(format!("{read:?}"), format!("{object:?}"));
    }

    #[test]
    fn a_field_read_in_place_is_the_decoded_field_15(object in object()) {
        let bytes = encode(&object).unwrap();
        let packed = PackedObject::new(&bytes);
        for names in paths(&object) {
            let path = path(&names);
            match (packed.field(&path), object.field(&path)) {
                (None, None) => {}
                (Some(packed), Some(owned)) => prop_assert!(same(&packed.to_value(), &owned.to_value()), "{}", path),
                (packed, owned) => prop_assert!(false, "{path}: {packed:?} but {owned:?}"),
            }
        }
    }

    #[test]
    fn order_is_total_and_keys_agree(values in vec(value(), 3)) {
        let packed: Vec<_> = values.iter().map(|value| encode(&Object::new().with("v", value)).unwrap()).collect();
        let refs: Vec<_> = packed.iter().map(|bytes| PackedObject::new(bytes).get_name("v").unwrap()).collect();
        for (a, in_a) in values.iter().zip(&refs) {
            let a = a.as_ref();
            prop_assert_eq!(order::compare(a, *in_a), Ordering::Equal);
            prop_assert_eq!(key_bytes(a), key_bytes(*in_a));
            for (b, in_b) in values.iter().zip(&refs) {
                let b = b.as_ref();
                let order = order::compare(a, b);
                prop_assert_eq!(order, order::compare(b, a).reverse());
                prop_assert_eq!(order, order::compare(*in_a, *in_b));
                prop_assert_eq!(order, key_bytes(a).cmp(&key_bytes(b)), "{:?} {:?}", a, b);
                prop_assert_eq!(order::equals(a, b), order::equals(*in_a, b));
                if order::equals(a, b) {
                    prop_assert_eq!(order, Ordering::Equal);
                } else if order.is_eq() {
                    prop_assert!(!order::equals(a, a), "equal in order, but not equal, and without NaN: {:?}", a);
                }
                if let Some(within) = order::compare_within(a, b) {
                    prop_assert_eq!(within, order);
                }
            }
        }
        let [a, b, c] = [0, 1, 2].map(|i| values[i].as_ref());
        if order::compare(a, b).is_le() && order::compare(b, c).is_le() {
            prop_assert!(order::compare(a, c).is_le());
        }
    }

    #[test]
    fn keys_one_after_the_other_sort_as_tuples(a in vec(value(), 2), b in vec(value(), 2)) {
        let key = |values: &[Value]| {
            let mut key = Vec::new();
            values.iter().for_each(|value| write_key(value.as_ref(), &mut key));
            key
        };
        let order = order::compare(a[0].as_ref(), b[0].as_ref());
        let order = order.then_with(|| order::compare(a[1].as_ref(), b[1].as_ref()));
        prop_assert_eq!(key(&a).cmp(&key(&b)), order);
    }

    #[test]
    fn columns_are_spliced_in_on_read(mut object in object(), inner in object(), components in vec(-1.0..1.0f32, 1..9)) {
        object.set("v", components.clone());
        object.set("m", inner.with("w", components));
        let bytes = encode(&object).unwrap();
        let (stored, columns) = split_columns(&bytes, &["v".into(), "m.w".into(), "nowhere".into(), "v".into()]);
        prop_assert!(columns[0].is_some() && columns[1].is_some() && columns[2].is_none() && columns[3].is_none());
        check_stored(&stored, 2).unwrap();
        prop_assert!(check(&stored).is_err());
        prop_assert!(PackedObject::new(&stored).get_name("v").is_none());
        let columns = Columns(columns);
        let packed = PackedObject::with_columns(&stored, &columns);
        prop_assert!(matches!(packed.get(&"m.w".into()), Some(ValueRef::Vector(VectorRef::Slice(_)))));
        prop_assert_eq!(format!("{:?}", packed.to_object()), format!("{object:?}"));
        prop_assert!(same(&packed.get_name("m").unwrap().to_value(), object.get("m").unwrap()));
        prop_assert_eq!(inline_columns(&stored, &columns).unwrap(), bytes);
        prop_assert!(inline_columns(&stored, &Columns(vec![])).is_err());
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        read_everything(&bytes);
    }

    /// Valid objects with a few bytes changed: gets deeper than random bytes do.
    #[test]
    fn damaged_objects_never_panic(object in object(), damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = encode(&object).unwrap();
        for end in 0..bytes.len() {
            prop_assert!(check(&bytes[..end]).is_err());
        }
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_everything(&bytes);
    }
}

/// Every way of reading; the outcome does not matter, but what passes the check must be readable and writable.
fn read_everything(bytes: &[u8]) {
    let packed = PackedObject::new(bytes);
    let _ = packed.get(&"a.b".into());
    let value = ValueRef::Map(MapRef::Packed(packed));
    let _ = (order::equals(value, value), key_bytes(value), value.to_value(), value.to_string());
    assert!(order::compare(value, value).is_eq());
    let list = ValueRef::List(ListRef::Packed(bytes));
    let _ = (order::equals(list, list), key_bytes(list), list.to_value());
    let (split, columns) = split_columns(bytes, &["a".into()]);
    assert_eq!(inline_columns(&split, &Columns(columns)).is_ok(), inline_columns(bytes, &Columns(vec![None])).is_ok());
    if let Ok(object) = decode(bytes) {
        let again = encode(&object).unwrap();
        assert_eq!(format!("{:?}", decode(&again).unwrap()), format!("{object:?}"));
    }
}

/// `levels` lists inside each other, in the field `deep`.
fn nested(levels: usize) -> Vec<u8> {
    let mut bytes = vec![0x81, 0xa4];
    bytes.extend(b"deep");
    bytes.extend(vec![0x91; levels]);
    bytes.push(0xc0);
    bytes
}

#[test]
fn depth_bombs_are_refused_and_harmless() {
    check(&nested(MAX_DEPTH - 1)).unwrap();
    let error = check(&nested(MAX_DEPTH)).unwrap_err();
    assert_eq!(error.to_string(), "deep: nested deeper than 128 levels");
    let bomb = nested(1_000_000);
    assert!(check(&bomb).is_err());
    read_everything(&bomb);
    let mut maps = Vec::new();
    (0..1_000_000).for_each(|_| maps.extend([0x81, 0xa1, b'a']));
    assert!(check(&maps).is_err());
    read_everything(&maps);
    read_everything(&[0x81, 0xa1, b'a', 0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0]);
}

#[test]
fn encode_and_check_agree_on_depth() {
    let mut value = Value::Null;
    for levels in 1..=MAX_DEPTH + 1 {
        value = Value::List(vec![value]);
        let encoded = encode(&Object::new().with("deep", &value));
        assert_eq!(encoded.is_ok(), levels < MAX_DEPTH, "{levels}");
        assert_eq!(check(&nested(levels)).is_ok(), levels < MAX_DEPTH, "{levels}");
    }
}

#[test]
fn refusals_name_the_field() {
    let refused = |object: Object| encode(&object).unwrap_err().to_string();
    let vector = Object::new().with("v", vec![0.0, f32::NAN]);
    assert!(refused(vector.clone()).starts_with("v: component 1 of the vector is NaN"));
    let nested = Object::new().with("m", Object::new().with("l", vec![vector]));
    assert!(refused(nested).starts_with("m.l[0].v: component 1"));
    let place = Object::new().with("at", geo::Point::new(0.0, 91.0));
    assert!(refused(place).starts_with("at: latitude 91"));
    // {"m": {"n": 2^64 - 1}}
    let huge = [&[0x81, 0xa1, b'm', 0x81, 0xa1, b'n', 0xcf][..], &[0xff; 8]].concat();
    assert!(check(&huge).unwrap_err().to_string().starts_with("m.n: 18446744073709551615 is greater than"));
    assert!(check(&[0x92, 1, 2]).unwrap_err().to_string().ends_with("not a list"));
    assert_eq!(check(&[0x81, 1, 2]).unwrap_err().to_string(), "the names of a map must be text, found an integer");
    assert!(
        check(&[0x82, 0xa1, b'a', 1, 0xa1, b'a', 2]).unwrap_err().to_string().starts_with("field 'a' stands twice")
    );
}

/// The dump in the description of the format is what is written.
#[test]
fn the_documented_bytes_are_the_bytes() {
    let object = Object::new()
        .with("name", "Ushguli")
        .with("elevation_m", 2100)
        .with("location", geo::Point::new(43.0, 42.75))
        .with("embedding", [0.5, -1.0])
        .with("seen", Value::Timestamp(1_000_000))
        .with("country", (FamilyId(2), Offset(70)))
        .with("towers", Value::Nested);
    let format = include_str!("../../docs/format.md");
    let objects = format.split("## Objects").nth(1).expect("there is a section about objects");
    let dumps: Vec<Vec<u8>> = objects.split("```").skip(1).step_by(2).map(read_dump).collect();
    let bytes = encode(&object).unwrap();
    assert_eq!(bytes, dumps[0]);
    let (stored, _) = split_columns(&bytes, &["embedding".into()]);
    assert!(stored.windows(dumps[1].len()).any(|window| window == dumps[1]));
}

/// The bytes of a dump: two hexadecimal digits each; lines that start with a semicolon are remarks.
fn read_dump(text: &str) -> Vec<u8> {
    let lines = text.lines().skip(1).filter(|line| !line.starts_with(';'));
    lines.flat_map(str::split_whitespace).map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}
