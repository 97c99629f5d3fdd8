//! Bytes that sort like values.
//!
//! `key_bytes(a) < key_bytes(b)` exactly when [`order::compare`] puts a before b, and equal values have equal bytes (1 and 1.0,
//! a map in any order of its fields, an owned value and its stored form). So one byte string serves as key of a hash
//! dictionary, of a sorted dictionary and of a unique check. (NaN has a key of its own although it equals nothing: a look-up
//! must first ask `order::equals(v, v)`.)
//!
//! | kind | bytes after the tag |
//! | --- | --- |
//! | bool | 0 or 1 |
//! | number | the greatest f64 not above it, sign-folded, big-endian; then what an integer exceeds it by: `00`, or 01..04 and a byte |
//! | timestamp | i64, sign flipped, big-endian |
//! | text, bytes | the bytes, 00 written as 00 FF; then 00 00 |
//! | list | the elements' keys; then 00 |
//! | map | for each field by name: 01, the name's key, the value's key; then 00 |
//! | vector | for each component: 01 and its f64 as above (8 bytes); then 00 |
//! | geometry | its well-known binary, as bytes |
//! | reference | family, offset, big-endian |

use super::{Kind, MAX_DEPTH, ValueRef, order};

/// The key of a value.
#[must_use]
pub fn key_bytes(value: ValueRef<'_>) -> Vec<u8> {
    let mut key = Vec::with_capacity(16);
    write_key(value, &mut key);
    key
}

/// Appends the key of a value. Keys end themselves: appended one after the other they sort as tuples do.
pub fn write_key(value: ValueRef<'_>, key: &mut Vec<u8>) {
    write_at(value, key, 0);
}

/// The keys of all texts with this prefix start with these bytes, and no others do.
#[must_use]
pub fn prefix_key(prefix: &str) -> Vec<u8> {
    let mut key = vec![tag(Kind::String)];
    escape(prefix.as_bytes(), &mut key);
    key
}

/// The keys `low..high` of all values that [`order::compare_within`] can order against this one: all of its kind, without
/// NaN. `None` when there are none.
#[must_use]
pub fn key_span(value: ValueRef<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let kind = value.kind();
    if !order::is_ordered(kind) || matches!(value, ValueRef::Float(float) if float.is_nan()) {
        return None;
    }
    let high = match kind {
        Kind::Number => key_bytes(ValueRef::Float(f64::NAN)),
        _ => vec![tag(kind) + 1],
    };
    Some((vec![tag(kind)], high))
}

/// Ends lists and maps; less than every tag.
pub(super) const END: u8 = 0;
/// Comes before each member of what has no tags inside, and stands for what is too deep.
pub(super) const MORE: u8 = 1;

/// Tags start above [`END`] and [`MORE`], in the order of kinds.
pub(super) const fn tag(kind: Kind) -> u8 {
    kind as u8 + 2
}

fn write_at(value: ValueRef<'_>, key: &mut Vec<u8>, depth: usize) {
    // Deeper values count as equal, as they do in `compare`.
    if depth > MAX_DEPTH {
        key.push(MORE);
        return;
    }
    key.push(tag(value.kind()));
    match value {
        ValueRef::Null | ValueRef::Nested => {}
        ValueRef::Bool(value) => key.push(value.into()),
        ValueRef::Int(value) => write_int(value, key),
        ValueRef::Float(value) => {
            key.extend(folded(value));
            key.push(0);
        }
        ValueRef::Timestamp(value) => key.extend((value.cast_unsigned() ^ (1 << 63)).to_be_bytes()),
        ValueRef::String(text) => write_escaped(text.as_bytes(), key),
        ValueRef::Bytes(bytes) => write_escaped(bytes, key),
        ValueRef::List(list) => {
            list.iter().for_each(|element| write_at(element, key, depth + 1));
            key.push(END);
        }
        ValueRef::Map(map) => {
            for (name, value) in map.sorted() {
                key.push(MORE);
                write_escaped(name.as_bytes(), key);
                write_at(value, key, depth + 1);
            }
            key.push(END);
        }
        ValueRef::Vector(vector) => {
            for component in vector.iter() {
                key.push(MORE);
                key.extend(folded(component.into()));
            }
            key.push(END);
        }
        ValueRef::Geometry(shape) => write_escaped(&shape.canonical(), key),
        ValueRef::Reference(family, offset) => {
            key.extend(family.0.to_be_bytes());
            key.extend(offset.0.to_be_bytes());
        }
    }
}

/// A float's bits so that bytes sort as values do: negatives inverted, the rest with the sign set. One zero, one NaN.
fn folded(value: f64) -> [u8; 8] {
    let bits = if value.is_nan() { f64::NAN.abs().to_bits() } else { (value + 0.0).to_bits() };
    let folded = if bits >> 63 == 1 { !bits } else { bits | (1 << 63) };
    folded.to_be_bytes()
}

/// The greatest float not above the integer, then the difference: at most 1023, as floats below 2^63 are 1024 apart.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the rest that is cut is written too"
)]
fn write_int(value: i64, key: &mut Vec<u8>) {
    let mut below = value as f64;
    if below as i128 > i128::from(value) {
        below = below.next_down();
    }
    key.extend(folded(below));
    match (i128::from(value) - below as i128) as u16 {
        0 => key.push(0),
        rest => key.extend([(rest >> 8) as u8 + 1, rest as u8]),
    }
}

fn write_escaped(bytes: &[u8], key: &mut Vec<u8>) {
    escape(bytes, key);
    key.extend([0, 0]);
}

fn escape(bytes: &[u8], key: &mut Vec<u8>) {
    let mut runs = bytes.split(|byte| *byte == 0);
    key.extend(runs.next().unwrap_or_default());
    for run in runs {
        key.extend([0, 0xff]);
        key.extend(run);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Value, *};

    fn key(value: impl Into<Value>) -> Vec<u8> {
        key_bytes(value.into().as_ref())
    }

    #[test]
    fn integers_beyond_2_pow_53_keep_their_order() {
        let mut numbers: Vec<i64> = vec![i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
        for power in 50..63 {
            for near in -1100..1100 {
                numbers.extend([(1i64 << power) + near, -(1i64 << power) + near]);
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        for pair in numbers.windows(2) {
            assert!(key(pair[0]) < key(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn equal_numbers_have_equal_keys() {
        assert_eq!(key(1), key(1.0));
        assert_eq!(key(0.0), key(-0.0));
        assert_eq!(key(i64::MIN), key(-9_223_372_036_854_775_808.0));
        assert_eq!(key(f64::NAN), key(-f64::NAN));
        assert_ne!(key((1i64 << 53) + 1), key(9_007_199_254_740_992.0));
    }

    #[test]
    fn a_prefix_spans_its_texts() {
        let prefix = prefix_key("a\0b");
        for (text, inside) in
            [("a\0b", true), ("a\0bc", true), ("a\0b\0", true), ("a\0", false), ("ab", false), ("", false)]
        {
            assert_eq!(key(text).starts_with(&prefix), inside, "{text:?}");
        }
    }

    #[test]
    fn spans_hold_their_kind_without_nan() {
        let spans = |value: Value| key_span(value.as_ref());
        let (low, high) = spans(5.into()).expect("numbers are ordered");
        for number in [Value::from(f64::NEG_INFINITY), i64::MIN.into(), 0.into(), f64::INFINITY.into()] {
            assert!((&low..&high).contains(&&key(number)));
        }
        for other in [Value::from(f64::NAN), true.into(), Value::Timestamp(0), Value::Null] {
            assert!(!(&low..&high).contains(&&key(other)));
        }
        let (low, high) = spans("x".into()).expect("text is ordered");
        assert!((&low..&high).contains(&&key("")) && (&low..&high).contains(&&key("\u{10ffff}")));
        assert!(!(&low..&high).contains(&&key(Value::Bytes(vec![]))));
        assert!(spans(f64::NAN.into()).is_none() && spans(Value::Null).is_none());
    }
}
