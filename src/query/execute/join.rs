//! Pairs: each left object with its partners.
//!
//! Left objects are taken a batch at a time, small ones first, so that whoever wants few pairs pays for few. Each asks its question: of an
//! index on the right, all of a batch side by side, or of every right object.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::{
    object::{Fields, Value},
    query::{
        Node, On, QueryError, cost,
        found::Found,
        plan::{Partner, Question},
    },
    set::IndexId,
};

use super::{Runner, Stats, Stream, ground::Ground, reader::Reader};

/// A left object with its partners, of which there is at least one.
pub struct Joined<'r> {
    pub left: Found<'r>,
    pub partners: Vec<Found<'r>>,
}

/// The left objects of the first batch and of the largest.
const BATCH: (usize, usize) = (64, 4_096);

/// The left objects of a join with their partners.
pub fn stream<'r>(runner: &'r Runner<'_>, node: &'r Node) -> Result<Stream<'r, Joined<'r>>, QueryError> {
    let (left, right, on, index) = match node {
        Node::Join { left, right, on } => (left, right, on, None),
        Node::IndexJoin { left, right, on, index } => (left, right, on, Some(*index)),
        _ => return Ok(Box::new(std::iter::empty())),
    };
    let partners = Partners::new(runner, node, right, on, index)?;
    let mut lefts = Lefts { input: runner.pulled(node, left)?, reader: Reader::new(runner, node, [on.left()]), on };
    let (mut ready, mut size) = (Vec::new().into_iter(), BATCH.0);
    let mut batch = move || -> Result<Option<Joined<'r>>, QueryError> {
        loop {
            if let Some(joined) = ready.next() {
                return Ok(Some(joined));
            }
            let asking = lefts.next(size)?;
            if asking.is_empty() {
                return Ok(None);
            }
            size = (size * 4).min(BATCH.1);
            let joined = Stats::timed(runner.stats, node, || partners.of(asking, on))?;
            ready = joined.into_iter();
        }
    };
    Ok(Box::new(std::iter::from_fn(move || batch().transpose())))
}

/// The left object of each pair.
pub fn lefts<'r>(pairs: Stream<'r, Joined<'r>>) -> Stream<'r> {
    Box::new(pairs.flat_map(|joined| match joined {
        Ok(Joined { left, partners }) => vec![left; partners.len()].into_iter().map(Ok).collect::<Vec<_>>(),
        Err(error) => vec![Err(error)],
    }))
}

/// At most so many pairs, the first of them left out.
pub fn limited<'r>(input: Stream<'r, Joined<'r>>, offset: u64, count: Option<u64>) -> Stream<'r, Joined<'r>> {
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let (mut skip, mut left, mut input) = (size(offset), count.map_or(usize::MAX, size), input);
    Box::new(std::iter::from_fn(move || {
        while left > 0 {
            let mut joined = match input.next()? {
                Ok(joined) => joined,
                error => return Some(error),
            };
            let skipped = skip.min(joined.partners.len());
            skip -= skipped;
            joined.partners.drain(..skipped);
            joined.partners.truncate(left);
            left -= joined.partners.len();
            if !joined.partners.is_empty() {
                return Some(Ok(joined));
            }
        }
        None
    }))
}

/// The left objects, with the values that they ask by.
struct Lefts<'r, 'e> {
    input: Stream<'r>,
    reader: Reader<'r, 'e>,
    on: &'r On,
}

impl<'r> Lefts<'r, '_> {
    /// The next few that have the field; none at the end.
    fn next(&mut self, size: usize) -> Result<Vec<(Found<'r>, Value)>, QueryError> {
        let mut lefts = Vec::with_capacity(size);
        while lefts.len() < size
            && let Some(left) = self.input.next()
        {
            let left = left?;
            let value = |fields: &dyn Fields| fields.field(self.on.left()).map(|value| value.to_value());
            if let Some(value) = self.reader.read(&left, value)? {
                lefts.push((left, value));
            }
        }
        Ok(lefts)
    }
}

/// Where partners are looked for.
enum Partners<'r, 'e> {
    /// Through an index.
    Indexed(Ground<'r>, IndexId),
    /// Among all right objects.
    Listed(Vec<Found<'r>>, Reader<'r, 'e>),
}

impl<'r, 'e> Partners<'r, 'e> {
    fn new(
        runner: &'r Runner<'e>,
        node: &'r Node,
        right: &'r Node,
        on: &'r On,
        index: Option<IndexId>,
    ) -> Result<Self, QueryError> {
        if let Some(index) = index
            && let Some(ground) = Ground::over(runner, node, right)?
        {
            return Ok(Self::Indexed(ground, index));
        }
        let all = runner.pulled(node, right)?.collect::<Result<_, _>>()?;
        Ok(Self::Listed(all, Reader::new(runner, right, [on.right()])))
    }

    fn of(&self, lefts: Vec<(Found<'r>, Value)>, on: &On) -> Result<Vec<Joined<'r>>, QueryError> {
        let partners: Vec<Vec<Found<'r>>> = match self {
            Self::Indexed(ground, index) => {
                let ask = |(_, value): &(Found<'r>, Value)| match on.question(value) {
                    Some(question) => ground.partners(&question, *index),
                    None => Ok(Vec::new()),
                };
                if lefts.len() < cost::PARALLEL_LEFT {
                    lefts.iter().map(ask).collect::<Result<_, _>>()?
                } else {
                    lefts.par_iter().with_min_len(cost::PARALLEL_LEFT / 8).map(ask).collect::<Result<_, _>>()?
                }
            }
            Self::Listed(all, reader) => {
                let ask = |(_, value): &(Found<'r>, Value)| match on.question(value) {
                    Some(question) => looked_at(&question, all, reader),
                    None => Ok(Vec::new()),
                };
                lefts.iter().map(ask).collect::<Result<_, _>>()?
            }
        };
        let joined = lefts.into_iter().zip(partners).map(|((left, _), partners)| Joined { left, partners });
        Ok(joined.filter(|joined| !joined.partners.is_empty()).collect())
    }
}

/// The partners among all right objects: the nearest first, ties and what has no distance in the order of these.
fn looked_at<'r>(
    question: &Question,
    all: &[Found<'r>],
    reader: &Reader<'_, '_>,
) -> Result<Vec<Found<'r>>, QueryError> {
    let mut partners = Vec::new();
    for right in all {
        if let Some(Partner { distance }) = reader.read(right, |fields| question.answered(fields))? {
            partners.push(Found { distance, ..right.clone() });
        }
    }
    // By distance alone, which is nothing where none was asked: the right side's own order stays.
    partners.sort_by(|one, other| one.distance.partial_cmp(&other.distance).unwrap_or(Ordering::Equal));
    Ok(partners)
}
