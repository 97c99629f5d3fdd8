//! The bytes of one object: checked, decoded, walked in place, as JSON and back.

use crate::object::{
    FieldPath, Fields, Object, PackedObject, ValueRef, VectorRef, VectorSource, check, check_stored, decode, encode,
    from_json, inline_columns, key_bytes, key_span, order, split_columns, to_json,
};

/// Two columns with one vector each.
struct Two;

impl VectorSource for Two {
    fn vector(&self, column: usize) -> Option<VectorRef<'_>> {
        [VectorRef::Slice(&[1.0, 2.0]), VectorRef::I8(&[3])].get(column).copied()
    }
}

/// Reads bytes of any content as an object in every way.
pub(super) fn run(data: &[u8]) {
    let packed = PackedObject::new(data);
    // Readers must stand what check would refuse.
    look_at(&packed);
    look_at(&PackedObject::with_columns(data, &Two));
    let _ = check_stored(data, 2);
    let _ = inline_columns(data, &Two);
    let _ = split_columns(data, &[FieldPath::from("vector"), FieldPath::from("a.b")]);
    assert_eq!(check(data).is_ok(), decode(data).is_ok(), "check and decode disagree");
    if let Ok(object) = decode(data) {
        round_trip(data, &object);
    }
    if let Ok(json) = serde_json::from_slice(data)
        && let Ok(object) = from_json(&json)
    {
        round_trip(data, &object);
    }
}

/// Every field by name, compared with the one before it.
fn look_at(packed: &PackedObject<'_>) {
    let mut names = Vec::new();
    packed.for_each_name(&mut |name| names.push(String::from_utf8_lossy(name).into_owned()));
    let mut before = ValueRef::Null;
    for name in names.iter().take(64) {
        let Some(value) = packed.get_name(name) else { continue };
        let _ = (order::compare(before, value), order::equals(before, value), order::compare_within(before, value));
        let _ = (key_bytes(value), key_span(value), value.to_value(), to_json(value), format!("{value:?}"));
        let _ = packed.field(&FieldPath::of(&[name, "deep"]));
        before = value;
    }
    let _ = packed.to_object();
}

/// What was read is written, and read again as the same.
fn round_trip(data: &[u8], object: &Object) {
    let again = encode(object).and_then(|bytes| decode(&bytes));
    let same = again.is_ok_and(|again| key_bytes(map(&again)) == key_bytes(map(object)));
    assert!(same, "an object changes when it is written and read: {object:?} from {data:?}");
    let json = to_json(map(object));
    let _ = from_json(&json);
}

fn map(object: &Object) -> ValueRef<'_> {
    ValueRef::Map(crate::object::MapRef::Owned(object))
}
