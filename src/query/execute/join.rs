//! Pairs: each left object with its partners.
//!
//! Left objects are taken a batch at a time, small ones first, so that whoever wants few pairs pays for few. Each asks its question: of an
//! index on the right, all of a batch side by side, of a hash table of the right objects, or of every right object.

use rayon::prelude::*;

use crate::{
    object::{Fields, Value},
    query::{Node, On, Pairing, QueryError, cost, found::Found},
    set::IndexId,
};

use super::{Runner, Stats, Stream, ground::Ground, hashed::Table, listed::Listed, reader::Reader};

/// A left object with its partners.
pub struct Joined<'r> {
    pub left: Found<'r>,
    pub partners: Vec<Found<'r>>,
}

/// The left objects of the first batch and of the largest.
const BATCH: (usize, usize) = (64, 4_096);

/// The left objects of a join that have partners, with those.
pub fn stream<'r>(runner: &'r Runner<'_>, node: &'r Node) -> Result<Stream<'r, Joined<'r>>, QueryError> {
    let Some(sided) = Sided::of(node) else { return Ok(Box::new(std::iter::empty())) };
    let partners = Partners::new(runner, node, &sided)?;
    let mut lefts = Lefts::new(runner, node, sided.left, &sided.by.on)?;
    let mut ready = Vec::new().into_iter();
    let mut batch = move || -> Result<Option<Joined<'r>>, QueryError> {
        loop {
            if let Some(joined) = ready.next() {
                return Ok(Some(joined));
            }
            let asking = lefts.next()?;
            if asking.is_empty() {
                return Ok(None);
            }
            let joined = Stats::timed(runner.stats, node, || partners.of(asking, &sided.by.on))?;
            let joined: Vec<_> = joined.into_iter().filter(|joined| !joined.partners.is_empty()).collect();
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

/// A node that joins, taken apart.
pub struct Sided<'r> {
    pub left: &'r Node,
    pub right: &'r Node,
    pub by: &'r Pairing,
    through: Through,
}

/// How partners are found.
#[derive(Clone, Copy)]
enum Through {
    All,
    Hash,
    Index(Option<IndexId>),
}

impl<'r> Sided<'r> {
    pub fn of(node: &'r Node) -> Option<Self> {
        let (left, right, by, through) = match node {
            Node::Join { left, right, by } => (left, right, by, Through::All),
            Node::HashJoin { left, right, by } => (left, right, by, Through::Hash),
            Node::IndexJoin { left, right, by, index } => (left, right, by, Through::Index(*index)),
            _ => return None,
        };
        Some(Self { left, right, by, through })
    }
}

/// The left objects, with the values that they ask by.
pub struct Lefts<'r, 'e> {
    input: Stream<'r>,
    reader: Reader<'r, 'e>,
    on: &'r On,
    /// Whether those without the field come, too.
    all: bool,
    /// How many are taken next.
    size: usize,
}

/// A left object with the value that it asks by, if it has one.
pub type Asking<'r> = (Found<'r>, Option<Value>);

impl<'r, 'e> Lefts<'r, 'e> {
    pub fn new(runner: &'r Runner<'e>, node: &'r Node, left: &'r Node, on: &'r On) -> Result<Self, QueryError> {
        let reader = Reader::new(runner, left, [on.left()]);
        Ok(Self { input: runner.pulled(node, left)?, reader, on, all: false, size: BATCH.0 })
    }

    /// The same with those that ask nothing.
    pub fn all(self, all: bool) -> Self {
        Self { all, ..self }
    }

    /// The next few, each time more of them; none at the end.
    pub fn next(&mut self) -> Result<Vec<Asking<'r>>, QueryError> {
        let size = self.size;
        self.size = (size * 4).min(BATCH.1);
        let mut lefts = Vec::with_capacity(size);
        let anything = matches!(self.on, On::Anything { .. });
        while lefts.len() < size
            && let Some(left) = self.input.next()
        {
            let left = left?;
            let value = |fields: &dyn Fields| fields.field(self.on.left()).map(|value| value.to_value());
            let value = if anything { Some(Value::Null) } else { self.reader.read(&left, value)? };
            if self.all || value.is_some() {
                lefts.push((left, value));
            }
        }
        Ok(lefts)
    }
}

/// Where partners are looked for.
pub enum Partners<'r, 'e> {
    /// Through an index, or by where they stand.
    Indexed(Ground<'r>, Option<IndexId>),
    /// Among all right objects.
    Listed(Listed<'r, 'e>),
    /// By their values.
    Hashed(Table<'r>),
}

impl<'r, 'e> Partners<'r, 'e> {
    pub fn new(runner: &'r Runner<'e>, node: &'r Node, sided: &Sided<'r>) -> Result<Self, QueryError> {
        let Sided { right, by, through, .. } = *sided;
        if let Through::Index(index) = through
            && let Some(ground) = Ground::over(runner, node, right)?
        {
            return Ok(Self::Indexed(ground, index));
        }
        let reader = Reader::new(runner, right, [by.on.right()]);
        let input = runner.pulled(node, right)?;
        Ok(match through {
            Through::Hash => Self::Hashed(Table::new(input, &reader, &by.on)?),
            _ => Self::Listed(Listed::new(input, reader)?),
        })
    }

    /// All right objects, in order, where they are known.
    pub fn all(&self) -> &[Found<'r>] {
        match self {
            Self::Indexed(..) => &[],
            Self::Listed(listed) => listed.all(),
            Self::Hashed(table) => table.all(),
        }
    }

    /// The places among [`Partners::all`] of the partners of one left object, in order.
    pub fn places(&self, value: Option<&Value>, on: &On) -> Result<Vec<(u32, Option<f64>)>, QueryError> {
        let Some(value) = value else { return Ok(Vec::new()) };
        match self {
            Self::Indexed(..) => Ok(Vec::new()),
            Self::Hashed(table) => Ok(table.places(value, on).iter().map(|at| (*at, None)).collect()),
            Self::Listed(listed) => on.question(value).map_or(Ok(Vec::new()), |question| listed.places(&question)),
        }
    }

    /// The partners of some left objects.
    pub fn of(&self, lefts: Vec<Asking<'r>>, on: &On) -> Result<Vec<Joined<'r>>, QueryError> {
        let partners: Vec<Vec<Found<'r>>> = match self {
            Self::Indexed(ground, index) => {
                let ask = |(_, value): &Asking<'r>| match value.as_ref().and_then(|value| on.question(value)) {
                    Some(question) => ground.partners(&question, *index),
                    None => Ok(Vec::new()),
                };
                if lefts.len() < cost::PARALLEL_LEFT {
                    lefts.iter().map(ask).collect::<Result<_, _>>()?
                } else {
                    lefts.par_iter().with_min_len(cost::PARALLEL_LEFT / 8).map(ask).collect::<Result<_, _>>()?
                }
            }
            listed => {
                let found =
                    |(at, distance): (u32, Option<f64>)| Found { distance, ..listed.all()[at as usize].clone() };
                let ask = |(_, value): &Asking<'r>| {
                    let places = listed.places(value.as_ref(), on)?;
                    Ok::<_, QueryError>(places.into_iter().map(found).collect())
                };
                lefts.iter().map(ask).collect::<Result<_, _>>()?
            }
        };
        Ok(lefts.into_iter().zip(partners).map(|((left, _), partners)| Joined { left, partners }).collect())
    }
}
