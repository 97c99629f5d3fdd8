//! Order by keys that are read from the objects.

use std::cmp::Ordering;

use crate::{
    object::{Value, order},
    query::{Cursor, Direction, Node, Nulls, OrderKey, QueryError, Scalar, order::comparable},
};

use super::{
    Found, Runner, Stream,
    reader::Reader,
    top::{Keyed, Smallest},
};

/// An order, or what of it comes after a cursor.
#[derive(Clone, Copy)]
pub struct Order<'k> {
    pub keys: &'k [OrderKey],
    pub after: Option<&'k Cursor>,
}

impl<'k> Order<'k> {
    /// What the cursor has passed comes at or before this.
    fn passed(self) -> Option<SortKey<'k>> {
        let place = self.after?.place()?;
        Some(SortKey { keys: self.keys, values: place.keys.clone(), place: place.place })
    }
}

/// The whole input, sorted.
pub fn sorted<'r>(
    runner: &'r Runner<'_>,
    node: &Node,
    input: Stream<'r>,
    order: Order<'_>,
) -> Result<Stream<'r>, QueryError> {
    let reader = reader(runner, node, order.keys);
    let passed = order.passed();
    let mut objects = Vec::new();
    for found in input {
        let next = keyed(&reader, order.keys, found?)?;
        if passed.as_ref().is_none_or(|passed| next.0 > *passed) {
            objects.push(next);
        }
    }
    objects.sort_unstable();
    Ok(given(objects))
}

/// The first `k` of the sorted input; no more than `k` objects are kept. An input that comes in the order of the first key is read no further than
/// to the first object that comes after the `k`-th by that key alone.
pub fn first<'r>(
    runner: &'r Runner<'_>,
    node: &Node,
    input: Stream<'r>,
    order: Order<'_>,
    k: u64,
    in_order: bool,
) -> Result<Stream<'r>, QueryError> {
    let Order { keys, .. } = order;
    let passed = order.passed();
    let is_after =
        |found: &SortKey<'_>, last: &SortKey<'_>| match (keys.first(), found.values.first(), last.values.first()) {
            (Some(key), Some(found), Some(last)) => compare(key, found.as_ref(), last.as_ref()).is_gt(),
            _ => false,
        };
    let reader = reader(runner, node, keys);
    let mut smallest = Smallest::new(usize::try_from(k).unwrap_or(usize::MAX));
    for found in input {
        let next = keyed(&reader, keys, found?)?;
        if in_order && smallest.bound().is_some_and(|last: &Keyed<SortKey<'_>, Found<'_>>| is_after(&next.0, &last.0)) {
            break;
        }
        if passed.as_ref().is_none_or(|passed| next.0 > *passed) {
            smallest.push(next);
        }
    }
    Ok(given(smallest.into_sorted()))
}

fn given<'r>(objects: Vec<Keyed<SortKey<'_>, Found<'r>>>) -> Stream<'r> {
    let objects: Vec<_> = objects.into_iter().map(|Keyed(_, found)| Ok(found)).collect();
    Box::new(objects.into_iter())
}

fn reader<'k, 'e>(runner: &'k Runner<'e>, node: &'k Node, keys: &'k [OrderKey]) -> Reader<'k, 'e> {
    Reader::new(runner, node, keys.iter().flat_map(|key| key.scalar.paths()))
}

fn keyed<'k, 'r>(
    reader: &Reader<'_, '_>,
    keys: &'k [OrderKey],
    mut found: Found<'r>,
) -> Result<Keyed<SortKey<'k>, Found<'r>>, QueryError> {
    let values = reader.read(&found, |fields| {
        keys.iter().map(|key| comparable(key.scalar.evaluate(found.offset(), fields))).collect::<Vec<_>>()
    })?;
    // What is ordered by distance first has that distance, as a hit of a nearest search has.
    if let Some(OrderKey { scalar: Scalar::Distance(_), .. }) = keys.first() {
        found.distance = match values.first() {
            Some(Some(Value::Float(distance))) => Some(*distance),
            _ => None,
        };
    }
    Ok(Keyed(SortKey { keys, values, place: found.key }, found))
}

/// The values that one object is sorted by, and its place in the source's order, which breaks ties.
pub struct SortKey<'k> {
    pub keys: &'k [OrderKey],
    pub values: Vec<Option<Value>>,
    pub place: (u64, u64),
}

impl Ord for SortKey<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let pairs = self.values.iter().zip(&other.values);
        let by_keys = self.keys.iter().zip(pairs).map(|(key, (one, other))| compare(key, one.as_ref(), other.as_ref()));
        by_keys.fold(Ordering::Equal, Ordering::then).then_with(|| self.place.cmp(&other.place))
    }
}

impl PartialOrd for SortKey<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SortKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for SortKey<'_> {}

fn compare(key: &OrderKey, one: Option<&Value>, other: Option<&Value>) -> Ordering {
    let null = match key.nulls {
        Nulls::First => Ordering::Less,
        Nulls::Last => Ordering::Greater,
    };
    match (one, other) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => null,
        (Some(_), None) => null.reverse(),
        (Some(one), Some(other)) => match key.direction {
            Direction::Ascending => order::compare(one.as_ref(), other.as_ref()),
            Direction::Descending => order::compare(other.as_ref(), one.as_ref()),
        },
    }
}
