//! Which value is a key of?

use super::{
    FamilyId, GeometryRef, Kind, MAX_DEPTH, Object, Offset, Value, ValueRef,
    key::{END, MORE, tag},
};

/// A value that has this key ([`key_bytes`](super::key_bytes)): of a number the integer, where it is one. `None` for keys of nested
/// sets, which are all equal, and for bytes that are no key.
#[must_use]
pub fn value_of_key(key: &[u8]) -> Option<Value> {
    let mut reader = KeyReader { rest: key };
    let value = reader.value(0)?;
    reader.rest.is_empty().then_some(value)
}

/// Reads keys from the front of some bytes.
struct KeyReader<'k> {
    rest: &'k [u8],
}

impl KeyReader<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let first = self.byte()?;
        Some(match Kind::ALL.into_iter().find(|kind| tag(*kind) == first)? {
            Kind::Null => Value::Null,
            Kind::Bool => match self.byte()? {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                _ => return None,
            },
            Kind::Number => self.number()?,
            Kind::Timestamp => Value::Timestamp((u64::from_be_bytes(self.take()?) ^ (1 << 63)).cast_signed()),
            Kind::String => Value::String(self.text()?),
            Kind::Bytes => Value::Bytes(self.escaped()?),
            Kind::Reference => {
                let family = FamilyId(u32::from_be_bytes(self.take()?));
                Value::Reference(family, Offset(u64::from_be_bytes(self.take()?)))
            }
            Kind::List => Value::List(self.elements(depth)?),
            Kind::Map => Value::Map(self.fields(depth)?),
            Kind::Vector => Value::Vector(self.components()?.into()),
            Kind::Geometry => ValueRef::Geometry(GeometryRef::Wkb(&self.escaped()?)).to_value(),
            Kind::Nested => return None,
        })
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn elements(&mut self, depth: usize) -> Option<Vec<Value>> {
        let mut elements = Vec::new();
        while *self.rest.first()? != END {
            elements.push(self.value(depth + 1)?);
        }
        self.byte().map(|_| elements)
    }

    fn fields(&mut self, depth: usize) -> Option<Object> {
        let mut fields = Object::new();
        while self.is_more()? {
            let name = self.text()?;
            fields.set(name, self.value(depth + 1)?);
        }
        Some(fields)
    }

    #[allow(clippy::cast_possible_truncation, reason = "what was written was an f32")]
    fn components(&mut self) -> Option<Vec<f32>> {
        let mut components = Vec::new();
        while self.is_more()? {
            components.push(self.float()? as f32);
        }
        Some(components)
    }

    /// Whether another member follows.
    fn is_more(&mut self) -> Option<bool> {
        match self.byte()? {
            END => Some(false),
            MORE => Some(true),
            _ => None,
        }
    }

    fn float(&mut self) -> Option<f64> {
        let folded = u64::from_be_bytes(self.take()?);
        Some(f64::from_bits(if folded >> 63 == 1 { folded & !(1 << 63) } else { !folded }))
    }

    /// A float, and what an integer exceeds it by.
    fn number(&mut self) -> Option<Value> {
        let float = self.float()?;
        let more = match self.byte()? {
            0 => 0,
            high @ 1..=4 => i128::from(high - 1) << 8 | i128::from(self.byte()?),
            _ => return None,
        };
        if float.fract() == 0.0
            && let Ok(integer) = i64::try_from(float as i128 + more)
        {
            return Some(Value::Int(integer));
        }
        (more == 0).then_some(Value::Float(float))
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.escaped()?).ok()
    }

    /// What was written with its zeros escaped, and ended by two of them.
    fn escaped(&mut self) -> Option<Vec<u8>> {
        let mut plain = Vec::new();
        loop {
            match self.byte()? {
                0 => match self.byte()? {
                    0 => return Some(plain),
                    0xff => plain.push(0),
                    _ => return None,
                },
                byte => plain.push(byte),
            }
        }
    }
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
    fn what_has_parts_comes_back_and_nothing_of_a_part_of_its_key() {
        let inner =
            Object::new().with("b\0", vec![0.5_f32, -1.0]).with("a", Value::List(vec![Value::Null, "x\0y".into()]));
        let place = Value::from(geo::Point::new(44.8, 41.7));
        for value in [
            Value::List(vec![]),
            Value::List(vec![1.into(), Value::List(vec![true.into()]), place.clone()]),
            Value::Map(Object::new()),
            Value::Map(Object::new().with("x", inner)),
            Value::Vector(vec![].into()),
            Value::Vector(vec![1.5, -2.25, 1e-30].into()),
            place,
        ] {
            let key = key_bytes(value.as_ref());
            let found = value_of_key(&key).unwrap_or_else(|| panic!("{value}"));
            assert!(order::equals(value.as_ref(), found.as_ref()), "{value} became {found}");
            assert!((0..key.len()).all(|length| value_of_key(&key[..length]).is_none()), "{value}");
        }
    }

    #[test]
    fn what_is_no_key_gives_nothing() {
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
