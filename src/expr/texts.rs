//! Functions of text.

use crate::object::Value;

use super::{Function, like::like};

/// What a function of text makes of these; `None` when it is none, or they are other values.
pub(super) fn text(function: &Function, arguments: &[Value]) -> Option<Value> {
    match (function, arguments) {
        (Function::Length, [Value::List(elements)]) => i64::try_from(elements.len()).ok().map(Value::Int),
        (Function::Length, [Value::Bytes(bytes)]) => i64::try_from(bytes.len()).ok().map(Value::Int),
        (Function::Length, [Value::String(text)]) => i64::try_from(text.chars().count()).ok().map(Value::Int),
        (Function::Lower, [Value::String(text)]) => Some(text.to_lowercase().into()),
        (Function::Upper, [Value::String(text)]) => Some(text.to_uppercase().into()),
        (Function::Like, [Value::String(text), Value::String(pattern)]) => Some(Value::Bool(like(text, pattern))),
        (Function::Trim, [Value::String(text)]) => Some(text.trim().into()),
        (Function::Replace, [Value::String(text), Value::String(from), Value::String(to)]) => {
            Some(if from.is_empty() { text.clone() } else { text.replace(from.as_str(), to) }.into())
        }
        (Function::Substring, [Value::String(text), Value::Int(from)]) => Some(part(text, *from, None).into()),
        (Function::Substring, [Value::String(text), Value::Int(from), Value::Int(count)]) if *count >= 0 => {
            Some(part(text, *from, Some(*count)).into())
        }
        _ => None,
    }
}

/// The characters from one on, counted from 1, as SQL has it: what would stand before the first counts, too.
fn part(text: &str, from: i64, count: Option<i64>) -> String {
    let end = count.map(|count| from.saturating_add(count));
    let skipped = usize::try_from(from.saturating_sub(1).max(0)).unwrap_or(usize::MAX);
    let taken =
        end.map_or(usize::MAX, |end| usize::try_from(end.saturating_sub(from.max(1)).max(0)).unwrap_or(usize::MAX));
    text.chars().skip(skipped).take(taken).collect()
}

/// Texts and numbers one after the other; `None` when one is something else.
pub(super) fn concatenated(values: impl Iterator<Item = Option<Value>>) -> Option<Value> {
    let mut all = String::new();
    for value in values {
        match value? {
            Value::String(text) => all.push_str(&text),
            number @ (Value::Int(_) | Value::Float(_) | Value::Bool(_)) => all.push_str(&number.to_string()),
            _ => return None,
        }
    }
    Some(all.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_from_one() {
        for (from, count, expected) in [
            (2, Some(3), "ბილ"),
            (0, Some(2), "თ"),
            (-5, Some(3), ""),
            (3, None, "ილისი"),
            (i64::MIN, None, "თბილისი"),
            (i64::MAX, Some(i64::MAX), ""),
        ] {
            assert_eq!(part("თბილისი", from, count), expected);
        }
    }
}
