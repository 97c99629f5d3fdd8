//! Is a time compared with text?
//!
//! A timestamp equals no text and is not before or after any, so `seen > '2019-01-01'` would quietly find nothing. A statement is refused when
//! it compares text with a field whose first value in the set is a timestamp.

use std::{collections::BTreeMap, ops::Bound};

use crate::{
    expr::{Expr, Test},
    object::{FieldPath, Kind, Value, ValueRef, coerce},
    set::SetView,
};

use super::SqlError;

/// So many objects are looked at for a value of a field that is compared with text which is no time. For text that is one, as many
/// as it takes to find a value.
const LOOKED_AT: usize = 1_000;

/// Refuses text beside timestamps.
pub(super) fn check(filter: Option<&Expr>, view: &SetView) -> Result<(), SqlError> {
    let mut texts = texts(filter);
    if texts.is_empty() {
        return Ok(());
    }
    let mut looked_at = 0;
    let mut wrong = None;
    view.read_while(|object| {
        looked_at += 1;
        texts.retain(|path, text| match object.field(path) {
            None | Some(ValueRef::Null) => looked_at < LOOKED_AT || is_time(text),
            Some(ValueRef::Timestamp(_)) => {
                wrong = Some((path.clone(), text.clone()));
                false
            }
            Some(_) => false,
        });
        wrong.is_none() && !texts.is_empty()
    })?;
    match wrong {
        Some((path, text)) => Err(SqlError::operand(
            path,
            format!("'{text}'"),
            "a timestamp, as the field's values are: write TIMESTAMP '2019-01-01T00:00:00Z', $name::timestamp, or give --param name:timestamp=..",
        )),
        None => Ok(()),
    }
}

fn is_time(text: &str) -> bool {
    matches!(coerce(Value::from(text), Kind::Timestamp), Ok(Value::Timestamp(_)))
}

/// The fields that are compared with text, each with one of the texts: a time, if there is one.
fn texts(filter: Option<&Expr>) -> BTreeMap<FieldPath, String> {
    let mut texts = BTreeMap::new();
    let Some(filter) = filter else { return texts };
    filter.for_each_leaf(&mut |leaf| {
        let [path] = &leaf.paths[..] else { return };
        for value in compared(&leaf.test) {
            let Value::String(text) = value else { continue };
            let known = texts.entry(path.clone()).or_insert_with(|| text.clone());
            if !is_time(known) && is_time(text) {
                known.clone_from(text);
            }
        }
    });
    texts
}

fn compared(test: &Test) -> Vec<&Value> {
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
