//! The first few of each group.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

use crate::{
    object::{FieldPath, Fields, Value, order},
    query::{Grouping, Nearest, Node, QueryError, order::comparable},
};

use super::{Found, Runner, Stats, Stream, ground::Ground, reader::Reader};

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
        let rounds = Rounds { most: nearest.k, all: usize::try_from(ground.len()).unwrap_or(usize::MAX) };
        return widened(runner, node, input, by, rounds, asked);
    }
    let names = Names::new(runner, node, by);
    let mut groups = Groups::new(by);
    for found in runner.pulled(node, input)? {
        let found = found?;
        if groups.take(names.read(&found)?, found) {
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
    rounds: Rounds,
    asked: impl Fn(usize) -> Result<Vec<Found<'static>>, QueryError>,
) -> Result<Stream<'r>, QueryError> {
    let mut names = Names::new(runner, node, by);
    let mut k = rounds.of_at_least(by.most().saturating_mul(2));
    loop {
        let found = asked(k)?;
        let (number, mut groups, mut full) = (found.len(), Groups::new(by), false);
        for found in found {
            full = groups.take(names.known(&found)?, found);
            if full {
                break;
            }
        }
        if full || number < k || k == rounds.most {
            runner.note(input, |stats| stats.output += number as u64);
            runner.note(node, |stats| stats.input += number as u64);
            return Ok(groups.into_stream());
        }
        k = rounds.of_at_least(k.saturating_mul(4));
    }
}

/// How many are asked for at a time.
struct Rounds {
    /// No more than these are wanted.
    most: usize,
    /// How many there are.
    all: usize,
}

/// Fewer than these are asked for all at once.
const FEW: usize = 256;

impl Rounds {
    /// So many, or all where that is not much more.
    fn of_at_least(&self, k: usize) -> usize {
        if self.all <= FEW || k >= self.all / 4 { self.most } else { k.min(self.most) }
    }
}

/// Groups under way.
struct Groups<'b, 'r> {
    by: &'b Grouping,
    /// The number of each group.
    numbers: BTreeMap<Name, usize>,
    members: Vec<Vec<Found<'r>>>,
    /// Groups that take no more.
    full: usize,
}

impl<'b, 'r> Groups<'b, 'r> {
    fn new(by: &'b Grouping) -> Self {
        Self { by, numbers: BTreeMap::new(), members: Vec::new(), full: 0 }
    }

    /// Takes the next object, if its group has room for it; says whether no object can be taken any more.
    fn take(&mut self, name: Option<Name>, found: Found<'r>) -> bool {
        if let Some(name) = name {
            self.add(name, found);
        }
        self.full == self.by.groups
    }

    fn add(&mut self, name: Name, found: Found<'r>) {
        let number = match self.numbers.get(&name) {
            Some(number) => *number,
            None if self.members.len() == self.by.groups => return,
            None => {
                self.numbers.insert(name, self.members.len());
                self.members.push(Vec::new());
                self.members.len() - 1
            }
        };
        let group = &mut self.members[number];
        if group.len() < self.by.per_group {
            group.push(found);
            self.full += usize::from(group.len() == self.by.per_group);
        }
    }

    fn into_stream(self) -> Stream<'r> {
        Box::new(self.members.into_iter().flatten().map(Ok))
    }
}

/// Reads which groups objects are in.
struct Names<'r, 'e> {
    reader: Reader<'r, 'e>,
    path: &'r FieldPath,
    /// Of objects that a round before has met.
    known: HashMap<(u64, u64), Option<Name>>,
}

impl<'r, 'e> Names<'r, 'e> {
    fn new(runner: &'r Runner<'e>, node: &'r Node, by: &'r Grouping) -> Self {
        Self { reader: Reader::new(runner, node, [&by.path]), path: &by.path, known: HashMap::new() }
    }

    fn read(&self, found: &Found<'_>) -> Result<Option<Name>, QueryError> {
        let value = |fields: &dyn Fields| comparable(fields.field(self.path).map(|value| value.to_value()));
        Ok(self.reader.read(found, value)?.map(Name))
    }

    /// Reads each object once.
    fn known(&mut self, found: &Found<'_>) -> Result<Option<Name>, QueryError> {
        if let Some(known) = self.known.get(&found.key) {
            return Ok(known.clone());
        }
        let name = self.read(found)?;
        self.known.insert(found.key, name.clone());
        Ok(name)
    }
}

/// What a group has in common. Equal numbers are one group, whether they are integers or floats.
#[derive(Clone)]
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
