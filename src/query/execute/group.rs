//! The first few of each group.

use std::{cmp::Ordering, collections::BTreeMap};

use crate::{
    object::{Value, order},
    query::{Grouping, Nearest, Node, QueryError},
};

use super::{Found, Runner, Stats, Stream, ground::Ground, reader::Reader, sort::comparable};

/// The first few of each group of an input in order, read no further than needed.
pub fn stream<'r>(
    runner: &'r Runner<'_>,
    node: &'r Node,
    input: &'r Node,
    by: &'r Grouping,
) -> Result<Stream<'r>, QueryError> {
    if let Node::NearestScan { nearest, index, .. } = input
        && let Some(ground) = Stats::timed(runner.stats, input, || Ground::new(runner, input))?
    {
        let asked = |k| {
            let nearest = Nearest { k, ..nearest.clone() };
            Stats::timed(runner.stats, input, || Ok(ground.nearest(&nearest, Some(*index))?.into_found()))
        };
        return widened(runner, node, input, by, nearest.k, asked);
    }
    let reader = Reader::new(runner, node, [&by.path]);
    let mut groups = Groups::new(by);
    for found in runner.pulled(node, input)? {
        if groups.take(&reader, found?)? {
            break;
        }
    }
    Ok(groups.into_stream())
}

/// The groups of the nearest, of ever more of them, until all groups are full or all that is near has been seen.
fn widened<'r>(
    runner: &'r Runner<'_>,
    node: &'r Node,
    input: &'r Node,
    by: &'r Grouping,
    most: usize,
    asked: impl Fn(usize) -> Result<Vec<Found<'static>>, QueryError>,
) -> Result<Stream<'r>, QueryError> {
    let reader = Reader::new(runner, node, [&by.path]);
    let mut k = by.most().saturating_mul(2).min(most);
    loop {
        let found = asked(k)?;
        let (number, mut groups, mut full) = (found.len(), Groups::new(by), false);
        for found in found {
            full = groups.take(&reader, found)?;
            if full {
                break;
            }
        }
        if full || number < k || k == most {
            runner.note(input, |stats| stats.output += number as u64);
            runner.note(node, |stats| stats.input += number as u64);
            return Ok(groups.into_stream());
        }
        k = k.saturating_mul(4).min(most);
    }
}

/// Groups under way.
struct Groups<'b, 'r> {
    by: &'b Grouping,
    /// The number of each group.
    numbers: BTreeMap<Name, usize>,
    groups: Vec<Vec<Found<'r>>>,
    /// Groups that take no more.
    full: usize,
}

impl<'b, 'r> Groups<'b, 'r> {
    fn new(by: &'b Grouping) -> Self {
        Self { by, numbers: BTreeMap::new(), groups: Vec::new(), full: 0 }
    }

    /// Takes the next object, if its group has room for it; says whether no object can be taken any more.
    fn take(&mut self, reader: &Reader<'_, '_>, found: Found<'r>) -> Result<bool, QueryError> {
        let value =
            reader.read(&found, |fields| comparable(fields.field(&self.by.path).map(|value| value.to_value())))?;
        if let Some(value) = value {
            self.add(Name(value), found);
        }
        Ok(self.full == self.by.groups)
    }

    fn add(&mut self, name: Name, found: Found<'r>) {
        let number = match self.numbers.get(&name) {
            Some(number) => *number,
            None if self.groups.len() == self.by.groups => return,
            None => {
                self.numbers.insert(name, self.groups.len());
                self.groups.push(Vec::new());
                self.groups.len() - 1
            }
        };
        let group = &mut self.groups[number];
        if group.len() < self.by.per_group {
            group.push(found);
            self.full += usize::from(group.len() == self.by.per_group);
        }
    }

    fn into_stream(self) -> Stream<'r> {
        Box::new(self.groups.into_iter().flatten().map(Ok))
    }
}

/// What a group has in common. Equal numbers are one group, whether they are integers or floats.
struct Name(Value);

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        order::compare(self.0.as_ref(), other.0.as_ref())
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Name {}
