//! Functions of numbers and times.

use crate::object::{Value, civil, order};

use super::{DatePart, Function};

/// Microseconds of a second and of a day.
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// What a function of numbers or times makes of these; `None` when it is none, or they are other values.
pub(super) fn number(function: &Function, arguments: &[Value]) -> Option<Value> {
    match (function, arguments) {
        (Function::Part(part), [Value::Timestamp(at)]) => Some(part_of(*part, *at)),
        (Function::Add, [Value::Timestamp(at), Value::Int(more)] | [Value::Int(more), Value::Timestamp(at)]) => {
            at.checked_add(*more).map(Value::Timestamp)
        }
        (Function::Subtract, [Value::Timestamp(one), Value::Timestamp(other)]) => {
            one.checked_sub(*other).map(Value::Int)
        }
        (Function::Subtract, [Value::Timestamp(at), Value::Int(less)]) => at.checked_sub(*less).map(Value::Timestamp),
        (_, [Value::Int(one)]) => whole(function, *one).or_else(|| of_float(function, *one as f64)),
        (_, [Value::Float(one)]) => of_float(function, *one),
        (Function::Round, [number, Value::Int(decimals)]) => rounded(number, *decimals),
        (_, [Value::Int(one), Value::Int(other)]) => of_wholes(function, *one, *other),
        (_, [one, other]) => of_floats(function, float(one)?, float(other)?),
        _ => None,
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// What stays whole of a whole number.
fn whole(function: &Function, number: i64) -> Option<Value> {
    match function {
        Function::Negate => number.checked_neg().map(Value::Int),
        Function::Abs => number.checked_abs().map(Value::Int),
        Function::Round | Function::Floor | Function::Ceil => Some(Value::Int(number)),
        _ => None,
    }
}

fn of_float(function: &Function, number: f64) -> Option<Value> {
    let made = match function {
        Function::Negate => -number,
        Function::Abs => number.abs(),
        Function::Round => number.round(),
        Function::Floor => number.floor(),
        Function::Ceil => number.ceil(),
        Function::Sqrt if number >= 0.0 => number.sqrt(),
        _ => return None,
    };
    Some(Value::Float(made))
}

fn rounded(number: &Value, decimals: i64) -> Option<Value> {
    if let (Value::Int(_), 0..) = (number, decimals) {
        return Some(number.clone());
    }
    let scale = 10_f64.powi(i32::try_from(decimals.clamp(-400, 400)).ok()?);
    let number = float(number)?;
    let made = (number * scale).round() / scale;
    // What has no more decimals than that, or would be out of range on the way, is as it was.
    Some(Value::Float(if made.is_finite() { made } else { number }))
}

fn of_wholes(function: &Function, one: i64, other: i64) -> Option<Value> {
    let made = match function {
        Function::Add => one.checked_add(other),
        Function::Subtract => one.checked_sub(other),
        Function::Multiply => one.checked_mul(other),
        Function::Divide | Function::Remainder if other == 0 => return None,
        Function::Divide => one.checked_div(other),
        Function::Remainder => Some(one.wrapping_rem(other)),
        _ => None,
    };
    made.map(Value::Int).or_else(|| of_floats(function, one as f64, other as f64))
}

fn of_floats(function: &Function, one: f64, other: f64) -> Option<Value> {
    let made = match function {
        Function::Add => one + other,
        Function::Subtract => one - other,
        Function::Multiply => one * other,
        Function::Divide if other != 0.0 => one / other,
        Function::Remainder if other != 0.0 => one % other,
        Function::Power => one.powf(other),
        _ => return None,
    };
    Some(Value::Float(made))
}

/// The least or the greatest in the total order of values; the first of equal ones.
pub(super) fn extreme(values: impl Iterator<Item = Value>, greatest: bool) -> Option<Value> {
    values.reduce(|one, other| {
        let order = order::compare(other.as_ref(), one.as_ref());
        if if greatest { order.is_gt() } else { order.is_lt() } { other } else { one }
    })
}

fn part_of(part: DatePart, at: i64) -> Value {
    let (days, of_day) = (at.div_euclid(DAY), at.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    match part {
        DatePart::Year => Value::Int(year),
        DatePart::Month => Value::Int(month),
        DatePart::Day => Value::Int(day),
        DatePart::Hour => Value::Int(of_day / (3_600 * SECOND)),
        DatePart::Minute => Value::Int(of_day / (60 * SECOND) % 60),
        DatePart::Second => Value::Float((of_day % (60 * SECOND)) as f64 / SECOND as f64),
        DatePart::Epoch => Value::Float(at as f64 / SECOND as f64),
        // 1970 began on a Thursday.
        DatePart::DayOfWeek => Value::Int((days + 4).rem_euclid(7)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(function: &Function, arguments: &[Value]) -> Option<Value> {
        number(function, arguments)
    }

    #[test]
    fn whole_numbers_stay_whole_while_they_can() {
        let pair = |one: i64, other: i64| [Value::Int(one), Value::Int(other)];
        assert_eq!(of(&Function::Add, &pair(2, 3)), Some(Value::Int(5)));
        assert_eq!(of(&Function::Add, &pair(i64::MAX, 1)), Some(Value::Float(i64::MAX as f64 + 1.0)));
        assert_eq!(of(&Function::Divide, &pair(-7, 2)), Some(Value::Int(-3)));
        assert_eq!(of(&Function::Divide, &pair(1, 0)), None);
        assert_eq!(of(&Function::Divide, &pair(i64::MIN, -1)), Some(Value::Float(-(i64::MIN as f64))));
        assert_eq!(of(&Function::Remainder, &pair(-7, 2)), Some(Value::Int(-1)));
        assert_eq!(of(&Function::Remainder, &pair(i64::MIN, -1)), Some(Value::Int(0)));
        assert_eq!(of(&Function::Negate, &[Value::Int(i64::MIN)]), Some(Value::Float(-(i64::MIN as f64))));
        assert_eq!(of(&Function::Divide, &[Value::Float(1.0), Value::Int(4)]), Some(Value::Float(0.25)));
        assert_eq!(of(&Function::Add, &["x".into(), Value::Int(4)]), None);
        assert_eq!(of(&Function::Round, &[Value::Float(2.345), Value::Int(1)]), Some(Value::Float(2.3)));
    }

    #[test]
    fn days_have_dates() {
        for (days, date) in [
            (0, (1970, 1, 1)),
            (-1, (1969, 12, 31)),
            (11_016, (2000, 2, 29)),
            (20_788, (2026, 12, 1)),
            (-719_528, (0, 1, 1)),
        ] {
            assert_eq!(civil(days), date);
        }
        assert_eq!(part_of(DatePart::DayOfWeek, 20_788 * DAY), Value::Int(2));
        assert_eq!(part_of(DatePart::Second, -SECOND / 2), Value::Float(59.5));
    }
}
