//! How do any two values compare?
//!
//! Three questions, each one function, used by indexes and by `evaluate` alike:
//!
//! - [`compare`]: the total order of everything, for sorting. Kinds sort as [`Kind`] lists them; inside a kind: integers and
//!   floats by exact value (beyond 2^53 too), -0.0 equal to 0.0, NaN last and equal to itself; text by code point; lists and
//!   vectors by element, a prefix first; maps as lists of (name, value) sorted by name.
//! - [`equals`]: what `=` means. As `compare`, except that NaN equals nothing, itself and inside of lists included.
//! - [`compare_within`]: what `<` means. Only numbers, text, timestamps, bools and bytes have it, within one kind and without
//!   NaN; everything else is incomparable.
//!
//! [`super::key_bytes`] gives bytes in the order of [`compare`].

use std::cmp::Ordering;

use super::{Kind, ListRef, MAX_DEPTH, MapRef, ValueRef, VectorRef};

/// The total order across all kinds of value. Values nested deeper than [`MAX_DEPTH`], which no store holds, count as equal
/// from there on.
#[must_use]
pub fn compare(a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
    compare_at(a, b, 0)
}

fn compare_at(a: ValueRef<'_>, b: ValueRef<'_>, depth: usize) -> Ordering {
    if depth > MAX_DEPTH {
        return Ordering::Equal;
    }
    match (a, b) {
        (ValueRef::String(a), ValueRef::String(b)) => a.cmp(b),
        (ValueRef::Bool(a), ValueRef::Bool(b)) => a.cmp(&b),
        (ValueRef::Timestamp(a), ValueRef::Timestamp(b)) => a.cmp(&b),
        (ValueRef::Bytes(a), ValueRef::Bytes(b)) => a.cmp(b),
        (ValueRef::List(a), ValueRef::List(b)) => compare_lists(a, b, depth + 1),
        (ValueRef::Map(a), ValueRef::Map(b)) => compare_maps(a, b, depth + 1),
        (ValueRef::Vector(a), ValueRef::Vector(b)) => compare_vectors(a, b),
        (ValueRef::Geometry(a), ValueRef::Geometry(b)) => a.canonical().cmp(&b.canonical()),
        (ValueRef::Reference(a, at), ValueRef::Reference(b, bt)) => (a, at).cmp(&(b, bt)),
        _ => compare_numbers(a, b).unwrap_or_else(|| a.kind().cmp(&b.kind())),
    }
}

/// Whether two values are equal as `=` understands it. A value with NaN in it does not even equal itself, which is also how
/// to find out: `equals(v, v)`.
#[must_use]
pub fn equals(a: ValueRef<'_>, b: ValueRef<'_>) -> bool {
    equals_at(a, b, 0)
}

#[allow(clippy::float_cmp, reason = "equality by value is what is meant")]
fn equals_at(a: ValueRef<'_>, b: ValueRef<'_>, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return true;
    }
    match (a, b) {
        (ValueRef::String(a), ValueRef::String(b)) => a == b,
        (ValueRef::Float(a), ValueRef::Float(b)) => a == b,
        (ValueRef::List(a), ValueRef::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equals_at(a, b, depth + 1))
        }
        (ValueRef::Map(a), ValueRef::Map(b)) => {
            let (a, b) = (a.sorted(), b.sorted());
            a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.0 == b.0 && equals_at(a.1, b.1, depth + 1))
        }
        (ValueRef::Vector(a), ValueRef::Vector(b)) => {
            let same = |(a, b): (f32, f32)| a == b;
            a.len() == b.len() && a.iter().zip(b.iter()).all(same)
        }
        _ => compare_at(a, b, depth).is_eq(),
    }
}

/// The order of two values of one ordered kind; `None` when they are incomparable.
#[must_use]
pub fn compare_within(a: ValueRef<'_>, b: ValueRef<'_>) -> Option<Ordering> {
    match (a, b) {
        (ValueRef::Float(x), _) | (_, ValueRef::Float(x)) if x.is_nan() => None,
        (ValueRef::Int(_) | ValueRef::Float(_), ValueRef::Int(_) | ValueRef::Float(_)) => compare_numbers(a, b),
        (ValueRef::String(a), ValueRef::String(b)) => Some(a.cmp(b)),
        (ValueRef::Timestamp(a), ValueRef::Timestamp(b)) => Some(a.cmp(&b)),
        (ValueRef::Bool(a), ValueRef::Bool(b)) => Some(a.cmp(&b)),
        (ValueRef::Bytes(a), ValueRef::Bytes(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Whether [`compare_within`] can ever order values of this kind.
#[must_use]
pub const fn is_ordered(kind: Kind) -> bool {
    matches!(kind, Kind::Number | Kind::String | Kind::Timestamp | Kind::Bool | Kind::Bytes)
}

fn compare_numbers(a: ValueRef<'_>, b: ValueRef<'_>) -> Option<Ordering> {
    Some(match (a, b) {
        (ValueRef::Int(a), ValueRef::Int(b)) => a.cmp(&b),
        (ValueRef::Float(a), ValueRef::Float(b)) => compare_floats(a, b),
        (ValueRef::Int(a), ValueRef::Float(b)) => compare_int_float(a, b),
        (ValueRef::Float(a), ValueRef::Int(b)) => compare_int_float(b, a).reverse(),
        _ => return None,
    })
}

/// NaN last and equal to NaN; -0.0 equal to 0.0.
fn compare_floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// Exact also where a conversion to f64 would round.
fn compare_int_float(int: i64, float: f64) -> Ordering {
    /// 2^63, the first float above every i64.
    const ABOVE: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() || float >= ABOVE {
        return Ordering::Less;
    }
    if float < -ABOVE {
        return Ordering::Greater;
    }
    #[allow(clippy::cast_possible_truncation, reason = "the whole part fits: it is in -2^63..2^63")]
    let whole = float.trunc() as i64;
    int.cmp(&whole).then_with(|| compare_floats(0.0, float.fract()))
}

fn compare_lists(a: ListRef<'_>, b: ListRef<'_>, depth: usize) -> Ordering {
    lexicographic(a.iter(), b.iter(), |a, b| compare_at(a, b, depth))
}

fn compare_maps(a: MapRef<'_>, b: MapRef<'_>, depth: usize) -> Ordering {
    lexicographic(a.sorted().into_iter(), b.sorted().into_iter(), |a, b| {
        a.0.cmp(b.0).then_with(|| compare_at(a.1, b.1, depth))
    })
}

fn compare_vectors(a: VectorRef<'_>, b: VectorRef<'_>) -> Ordering {
    lexicographic(a.iter(), b.iter(), |a, b| compare_floats(a.into(), b.into()))
}

fn lexicographic<T>(
    mut a: impl Iterator<Item = T>,
    mut b: impl Iterator<Item = T>,
    compare: impl Fn(T, T) -> Ordering,
) -> Ordering {
    loop {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) => match compare(a, b) {
                Ordering::Equal => {}
                different => return different,
            },
            (a, b) => return a.is_some().cmp(&b.is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Value, *};

    fn order(a: impl Into<Value>, b: impl Into<Value>) -> Ordering {
        compare(a.into().as_ref(), b.into().as_ref())
    }

    #[test]
    fn integers_and_floats_compare_exactly() {
        let beyond = (1i64 << 53) + 1;
        assert_eq!(order(beyond, 9_007_199_254_740_992.0), Ordering::Greater);
        assert_eq!(order(i64::MAX, 9_223_372_036_854_775_808.0), Ordering::Less);
        assert_eq!(order(i64::MIN, -9_223_372_036_854_775_808.0), Ordering::Equal);
        assert_eq!(order(1, 1.0), Ordering::Equal);
        assert_eq!(order(-1, -1.5), Ordering::Greater);
        assert_eq!(order(0, -0.0), Ordering::Equal);
        assert_eq!(order(i64::MAX, f64::NAN), Ordering::Less);
        assert_eq!(order(f64::INFINITY, f64::NAN), Ordering::Less);
    }

    #[test]
    fn kinds_sort_as_listed() {
        assert_eq!(order(Value::Null, false), Ordering::Less);
        assert_eq!(order(f64::NAN, Value::Timestamp(0)), Ordering::Less);
        assert_eq!(order(true, 0), Ordering::Less);
        assert_eq!(order("1", 1), Ordering::Greater);
    }

    #[test]
    fn one_equals_one_point_zero_and_neither_text_nor_true_11() {
        let one = Value::from(1);
        assert!(equals(one.as_ref(), Value::from(1.0).as_ref()));
        assert!(!equals(one.as_ref(), Value::from("1").as_ref()));
        assert!(!equals(one.as_ref(), Value::from(true).as_ref()));
        assert!(!equals(one.as_ref(), Value::Null.as_ref()));
    }

    #[test]
    fn nan_equals_nothing_however_deep() {
        let nan = Value::from(f64::NAN);
        assert!(!equals(nan.as_ref(), nan.as_ref()));
        let inside = Value::List(vec![Value::List(vec![nan])]);
        assert!(!equals(inside.as_ref(), inside.as_ref()));
        assert_eq!(compare(inside.as_ref(), inside.as_ref()), Ordering::Equal);
    }

    #[test]
    fn text_compares_by_code_point_19() {
        assert_eq!(order("z", "Z"), Ordering::Greater);
        assert_eq!(order("á", "z"), Ordering::Greater);
        assert_eq!(order("\u{ffff}", "\u{10000}"), Ordering::Less);
    }

    #[test]
    fn ranges_are_within_one_kind_25() {
        let within = |a: Value, b: Value| compare_within(a.as_ref(), b.as_ref());
        assert_eq!(within(1.into(), 0.5.into()), Some(Ordering::Greater));
        assert_eq!(within(0.into(), (-0.0).into()), Some(Ordering::Equal));
        assert_eq!(within(Value::Timestamp(1), Value::Timestamp(2)), Some(Ordering::Less));
        assert_eq!(within(Value::Timestamp(1), 1.into()), None);
        assert_eq!(within(f64::NAN.into(), 1.into()), None);
        assert_eq!(within(1.into(), f64::NAN.into()), None);
        assert_eq!(within(Value::Null, Value::Null), None);
        assert_eq!(within("1".into(), 0.into()), None);
    }

    #[test]
    fn maps_are_equal_in_any_order_of_fields() {
        let a = super::super::Object::new().with("x", 1).with("y", 2);
        let b = super::super::Object::new().with("y", 2.0).with("x", 1);
        assert_eq!(a, b);
    }
}
