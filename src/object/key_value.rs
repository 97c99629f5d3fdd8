//! Which value is a key of?

use super::{FamilyId, Kind, Offset, Value, key::tag};

/// A value that has this key ([`key_bytes`](super::key_bytes)): of a number the integer, where it is one. `None` for keys of lists, maps,
/// vectors, geometries and nested sets, and for bytes that are no key.
#[must_use]
pub fn value_of_key(key: &[u8]) -> Option<Value> {
    let (first, rest) = key.split_first()?;
    match Kind::ALL.into_iter().find(|kind| tag(*kind) == *first)? {
        Kind::Null => rest.is_empty().then_some(Value::Null),
        Kind::Bool => match rest {
            [0] => Some(Value::Bool(false)),
            [1] => Some(Value::Bool(true)),
            _ => None,
        },
        Kind::Number => number(rest),
        Kind::Timestamp => {
            Some(Value::Timestamp((u64::from_be_bytes(rest.try_into().ok()?) ^ (1 << 63)).cast_signed()))
        }
        Kind::String => String::from_utf8(unescaped(rest)?).ok().map(Value::String),
        Kind::Bytes => unescaped(rest).map(Value::Bytes),
        Kind::Reference => {
            let (family, offset) = rest.split_first_chunk()?;
            let offset = Offset(u64::from_be_bytes(offset.try_into().ok()?));
            Some(Value::Reference(FamilyId(u32::from_be_bytes(*family)), offset))
        }
        Kind::List | Kind::Map | Kind::Vector | Kind::Geometry | Kind::Nested => None,
    }
}

/// A float, and what an integer exceeds it by.
fn number(bytes: &[u8]) -> Option<Value> {
    let (folded, rest) = bytes.split_first_chunk()?;
    let folded = u64::from_be_bytes(*folded);
    let float = f64::from_bits(if folded >> 63 == 1 { folded & !(1 << 63) } else { !folded });
    let more = match rest {
        [0] => 0,
        [high @ 1..=4, low] => i128::from(high - 1) << 8 | i128::from(*low),
        _ => return None,
    };
    if float.fract() == 0.0
        && let Ok(integer) = i64::try_from(float as i128 + more)
    {
        return Some(Value::Int(integer));
    }
    (more == 0).then_some(Value::Float(float))
}

/// What was written with its zeros escaped, and ended by two of them.
fn unescaped(bytes: &[u8]) -> Option<Vec<u8>> {
    let written = bytes.strip_suffix(&[0, 0])?;
    let mut plain = Vec::with_capacity(written.len());
    let mut rest = written.iter();
    while let Some(byte) = rest.next() {
        if *byte == 0 && rest.next() != Some(&0xff) {
            return None;
        }
        plain.push(*byte);
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{key_bytes, order},
        *,
    };

    #[test]
    fn a_key_gives_its_value_back() {
        let whole = [0, 1, -1, 255, 256, i64::MAX, i64::MAX - 1, i64::MIN, i64::MIN + 1, (1 << 53) + 1, -(1 << 60) + 3];
        let fractions = [0.5, -0.5, 1e300, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, -9.25];
        let values = whole.map(Value::Int).into_iter().chain(fractions.map(Value::Float)).chain([
            Value::Null,
            true.into(),
            false.into(),
            Value::Timestamp(-5),
            Value::Timestamp(i64::MAX),
            "".into(),
            "a\0b\u{ff}".into(),
            Value::Bytes(vec![0, 0, 255, 0]),
            Value::Reference(FamilyId(7), Offset(u64::MAX)),
        ]);
        for value in values {
            let found = value_of_key(&key_bytes(value.as_ref())).unwrap_or_else(|| panic!("{value}"));
            assert!(order::equals(value.as_ref(), found.as_ref()), "{value} became {found}");
            assert_eq!(found.to_string(), value.to_string());
        }
    }

    #[test]
    fn what_is_no_key_or_has_parts_gives_nothing() {
        assert!(value_of_key(&key_bytes(Value::List(vec![1.into()]).as_ref())).is_none());
        let text = key_bytes(Value::from("text").as_ref());
        for length in 0..text.len() {
            assert!(value_of_key(&text[..length]).is_none(), "{length}");
        }
        let number = key_bytes(Value::from((1_i64 << 53) + 1).as_ref());
        for length in 0..number.len() {
            assert!(value_of_key(&number[..length]).is_none(), "{length}");
        }
        for bytes in [&[250][..], &[4, 1], &[3, 7]] {
            assert!(value_of_key(bytes).is_none(), "{bytes:?}");
        }
    }
}
