//! Is a time compared with text?
//!
//! A timestamp equals no text and is not before or after any, so `seen > '2019-01-01'` would quietly find nothing where the field holds
//! timestamps, and `seen > TIMESTAMP '2019-01-01'` where it holds text. A statement is refused when the first value of the field in the set is
//! the one and what it is compared with the other.

use std::{collections::BTreeMap, ops::Bound};

use crate::{
    expr::{Expr, Test},
    object::{FieldPath, Kind, Value, ValueRef, coerce},
    set::SetView,
};

use super::SqlError;

/// So many objects are looked at for a value of a field that is compared with a timestamp, or with text which is no time. For text that is
/// one, as many as it takes to find a value.
const LOOKED_AT: usize = 1_000;

/// Refuses text beside timestamps.
pub(super) fn check(filter: Option<&Expr>, view: &SetView) -> Result<(), SqlError> {
    let mut compared = compared(filter);
    if compared.is_empty() {
        return Ok(());
    }
    let mut looked_at = 0;
    let mut wrong = None;
    view.read_while(|object| {
        looked_at += 1;
        compared.retain(|path, with| match object.field(path) {
            None | Some(ValueRef::Null) => looked_at < LOOKED_AT || with.is_time_as_text(),
            Some(value) => {
                wrong = wrong.take().or_else(|| with.refusal(path, value));
                false
            }
        });
        wrong.is_none() && !compared.is_empty()
    })?;
    wrong.map_or(Ok(()), Err)
}

/// What a field is compared with.
#[derive(Default)]
struct Compared {
    /// One of the texts: a time, if there is one.
    text: Option<String>,
    /// One of the timestamps.
    time: Option<Value>,
}

impl Compared {
    fn add(&mut self, value: &Value) {
        match value {
            Value::String(text) if self.text.is_none() || (!self.is_time_as_text() && is_time(text)) => {
                self.text = Some(text.clone());
            }
            Value::Timestamp(_) => self.time = Some(value.clone()),
            _ => {}
        }
    }

    const fn is_empty(&self) -> bool {
        self.text.is_none() && self.time.is_none()
    }

    fn is_time_as_text(&self) -> bool {
        self.text.as_deref().is_some_and(is_time)
    }

    /// The reason why a field with such values is not compared with these.
    fn refusal(&self, path: &FieldPath, value: ValueRef<'_>) -> Option<SqlError> {
        match (value, &self.text, &self.time) {
            (ValueRef::Timestamp(_), Some(text), _) => Some(SqlError::operand(
                path,
                format!("'{text}'"),
                "a timestamp, as the field's values are: write TIMESTAMP '2019-01-01T00:00:00Z', $name::timestamp, or give --param name:timestamp=..",
            )),
            (ValueRef::String(_), _, Some(time)) => Some(SqlError::operand(
                path,
                format!("TIMESTAMP '{time}'"),
                format!(
                    "text, as the field's values are: write text, or store timestamps (import with --type {path}:timestamp)"
                ),
            )),
            _ => None,
        }
    }
}

fn is_time(text: &str) -> bool {
    matches!(coerce(Value::from(text), Kind::Timestamp), Ok(Value::Timestamp(_)))
}

/// The fields that are compared with text or timestamps.
fn compared(filter: Option<&Expr>) -> BTreeMap<FieldPath, Compared> {
    let mut fields: BTreeMap<FieldPath, Compared> = BTreeMap::new();
    let Some(filter) = filter else { return fields };
    filter.for_each_leaf(&mut |leaf| {
        let [path] = &leaf.paths[..] else { return };
        let with = fields.entry(path.clone()).or_default();
        operands(&leaf.test).into_iter().for_each(|value| with.add(value));
    });
    fields.retain(|_, with| !with.is_empty());
    fields
}

fn operands(test: &Test) -> Vec<&Value> {
    match test {
        Test::Equals(value) => vec![value],
        Test::In(values) => values.iter().collect(),
        Test::Range(low, high) => [low, high]
            .into_iter()
            .filter_map(|bound| match bound {
                Bound::Included(value) | Bound::Excluded(value) => Some(value),
                Bound::Unbounded => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}
