//! Two answers as one.

use std::collections::{HashMap, HashSet};

use crate::{
    object::{Fields, Value, key_bytes},
    query::{
        Combination, Node, QueryError,
        found::{Element, Found},
        joined::made,
    },
};

use super::{Runner, Stream};

/// The objects of both inputs, or those of the left that the right says.
pub fn stream<'r>(
    runner: &'r Runner<'_>,
    node: &'r Node,
    left: &'r Node,
    right: &'r Node,
    by: Combination,
) -> Result<Stream<'r>, QueryError> {
    let numbered = |stream: Stream<'r>| -> Stream<'r> {
        Box::new(stream.zip(0..).map(|(found, number)| Ok(Found { key: made(number), ..found? })))
    };
    let (left, right) = (runner.pulled(node, left)?, runner.pulled(node, right)?);
    Ok(match by {
        Combination::UnionAll => numbered(Box::new(left.chain(right))),
        Combination::Union => numbered(distinct(Box::new(left.chain(right)))),
        Combination::Intersect | Combination::IntersectAll => {
            let mut known = counted(right)?;
            let kept = filtered(left, move |key| taken(&mut known, &key));
            numbered(if by.is_distinct() { distinct(kept) } else { kept })
        }
        Combination::ExceptAll => {
            let mut known = counted(right)?;
            numbered(filtered(left, move |key| !taken(&mut known, &key)))
        }
        Combination::Except => {
            let known = counted(right)?;
            numbered(distinct(filtered(left, move |key| !known.contains_key(&key))))
        }
    })
}

/// How often each object comes.
fn counted(stream: Stream<'_>) -> Result<HashMap<Vec<u8>, u64>, QueryError> {
    let mut counts = HashMap::new();
    for found in stream {
        *counts.entry(key(&found?)).or_default() += 1;
    }
    Ok(counts)
}

/// Takes one of the counted away, if there is one left.
fn taken(counts: &mut HashMap<Vec<u8>, u64>, key: &[u8]) -> bool {
    match counts.get_mut(key) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}

/// The first of each equal ones.
pub fn distinct(stream: Stream<'_>) -> Stream<'_> {
    let mut known = HashSet::new();
    filtered(stream, move |key| known.insert(key))
}

fn filtered<'r>(stream: Stream<'r>, mut keep: impl FnMut(Vec<u8>) -> bool + 'r) -> Stream<'r> {
    Box::new(stream.filter(move |found| found.as_ref().map_or(true, |found| keep(key(found)))))
}

/// What equal objects have in common. A field that is null is as one that is missing.
fn key(found: &Found<'_>) -> Vec<u8> {
    let Element::Given(fields) = &found.element else { return Vec::new() };
    let mut object = fields.to_object();
    let nulls: Vec<String> =
        object.iter().filter(|(_, value)| matches!(value, Value::Null)).map(|(name, _)| name.to_owned()).collect();
    nulls.iter().for_each(|name| {
        object.unset(name);
    });
    key_bytes(Value::Map(object).as_ref())
}
