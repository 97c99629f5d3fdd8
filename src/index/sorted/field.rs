//! One field's sorted values, read in place: which ranks answer a test.

use std::{ops::Bound, ops::Range, sync::OnceLock};

use crate::{
    codec::{Container, Section},
    expr::{Test, like_prefix},
    index::{Exactness, IndexError, search::damaged},
    object::{Kind, Value, ValueRef, order, prefix_key},
};

use super::{
    NAME,
    keys::{Keys, Probe},
    segments::{self, Segment, class, class_of},
};

/// The values of one field over one segment, sorted. See the module above for the layout.
#[derive(Debug)]
pub struct SortedField {
    pub(super) segments: Section,
    pub(super) keys: Section,
    pub(super) starts: Section,
    pub(super) by_rank: Section,
    pub(super) ranks: Section,
    pub(super) prefixes: Section,
    /// The slots of the segment.
    pub(super) slots: u32,
    /// Read and checked on first use.
    header: OnceLock<Vec<Segment>>,
}

/// What answers a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The slots of these runs of ranks, which do not overlap.
    Ranks(Vec<Range<u32>>, Exactness),
    /// The slots that have no rank.
    Missing,
}

impl SortedField {
    /// Opens the sections of a field; reads none.
    pub fn open(part: &Container, prefix: &str, slots: u32) -> Result<Self, IndexError> {
        let section = |name: &str| part.section(&format!("{prefix}{name}"));
        let field = Self {
            segments: section("segments")?,
            keys: section("keys")?,
            starts: section("starts")?,
            by_rank: section("slots")?,
            ranks: section("ranks")?,
            prefixes: section("prefixes")?,
            slots,
            header: OnceLock::new(),
        };
        let (ranks, bitmap) = (field.by_rank.len() / 4, field.bitmap_words() * 8);
        if field.ranks.len() != slots as usize * 4
            || ranks > slots as usize
            || field.starts.len() < 4
            || field.prefixes.len().checked_rem(bitmap).unwrap_or(0) != 0
        {
            return Err(damaged(NAME, "sections whose lengths do not fit the number of slots"));
        }
        Ok(field)
    }

    /// The slots of the segment.
    pub fn slots(&self) -> u32 {
        self.slots
    }

    /// The number of slots that have a value.
    pub fn ranked(&self) -> u32 {
        u32::try_from(self.by_rank.len() / 4).unwrap_or(u32::MAX)
    }

    /// The number of distinct values.
    pub fn distinct(&self) -> usize {
        (self.starts.len() / 4).saturating_sub(1)
    }

    pub(super) fn header(&self) -> Result<&[Segment], IndexError> {
        if let Some(header) = self.header.get() {
            return Ok(header);
        }
        let read = segments::read(&self.segments, self.keys.len(), self.distinct(), self.ranked() as usize)?;
        Ok(self.header.get_or_init(|| read))
    }

    /// The words of one prefix bitmap.
    pub(super) fn bitmap_words(&self) -> usize {
        (self.slots as usize).div_ceil(64)
    }

    /// The ranks that answer a test; `None` for tests that sorted values say nothing about.
    pub fn answer(&self, test: &Test) -> Result<Option<Answer>, IndexError> {
        let exact = |runs| Ok(Some(Answer::Ranks(runs, Exactness::Exact)));
        match test {
            Test::Equals(value) => exact(self.equal_runs(std::slice::from_ref(value))?),
            Test::In(values) => exact(self.equal_runs(values)?),
            Test::IsNull => exact(self.equal_runs(&[Value::Null])?),
            Test::IsMissing => Ok(Some(Answer::Missing)),
            Test::Range(low, high) => exact(self.range(low, high)?),
            Test::Prefix(prefix) => exact(self.prefix(prefix)?),
            Test::Like(pattern) => match like_prefix(pattern) {
                prefix if prefix.is_empty() => Ok(None),
                prefix => Ok(Some(Answer::Ranks(self.prefix(&prefix)?, Exactness::Superset))),
            },
            _ => Ok(None),
        }
    }

    /// How many slots an answer has.
    pub fn count(&self, answer: &Answer) -> u64 {
        match answer {
            Answer::Ranks(runs, _) => runs.iter().map(|run| u64::from(run.end - run.start)).sum(),
            Answer::Missing => u64::from(self.slots - self.ranked()),
        }
    }

    pub(super) fn segment(&self, class: u32) -> Result<Option<Keys<'_>>, IndexError> {
        let segment = self.header()?.iter().find(|segment| segment.class == class);
        Ok(segment.map(|segment| Keys { section: &self.keys, segment }))
    }

    /// The runs of some values, ascending, each once.
    fn equal_runs(&self, values: &[Value]) -> Result<Vec<Range<u32>>, IndexError> {
        let mut runs = Vec::with_capacity(values.len());
        for value in values.iter().map(Value::as_ref) {
            // What holds NaN has a place in the order, but equals nothing.
            if order::equals(value, value)
                && let Some(keys) = self.segment(class(value))?
            {
                let probe = keys.probe(value);
                let at = keys.below(&probe, false)?;
                if at < keys.segment.distinct && keys.compare(at, &probe)?.is_eq() {
                    runs.push(self.run(&keys, at..at + 1)?);
                }
            }
        }
        runs.sort_unstable_by_key(|run| run.start);
        runs.dedup();
        Ok(runs)
    }

    fn range(&self, low: &Bound<Value>, high: &Bound<Value>) -> Result<Vec<Range<u32>>, IndexError> {
        let value = |bound: &Bound<Value>| match bound {
            Bound::Included(value) | Bound::Excluded(value) => Some(class(value.as_ref())),
            Bound::Unbounded => None,
        };
        let classes: Vec<u32> = match (value(low), value(high)) {
            (Some(low), Some(high)) if low != high => vec![],
            (Some(class), _) | (None, Some(class)) => vec![class],
            (None, None) => Kind::ALL.into_iter().map(class_of).collect(),
        };
        let is_ordered =
            |class: &u32| Kind::ALL.iter().any(|kind| class_of(*kind) == *class && order::is_ordered(*kind));
        let mut runs = Vec::new();
        for class in classes.into_iter().filter(is_ordered) {
            if let Some(keys) = self.segment(class)? {
                let from = match low {
                    Bound::Unbounded => 0,
                    Bound::Included(low) => keys.below(&keys.probe(low.as_ref()), false)?,
                    Bound::Excluded(low) => keys.below(&keys.probe(low.as_ref()), true)?,
                };
                let to = match high {
                    Bound::Unbounded => keys.segment.distinct,
                    Bound::Included(high) => keys.below(&keys.probe(high.as_ref()), true)?,
                    Bound::Excluded(high) => keys.below(&keys.probe(high.as_ref()), false)?,
                };
                runs.push(self.run(&keys, from..to.max(from))?);
            }
        }
        runs.retain(|run| !run.is_empty());
        Ok(runs)
    }

    fn prefix(&self, prefix: &str) -> Result<Vec<Range<u32>>, IndexError> {
        let Some(keys) = self.segment(class_of(Kind::String))? else { return Ok(Vec::new()) };
        let prefix = prefix_key(prefix);
        let from = keys.below(&Probe::Bytes(prefix.clone()), false)?;
        let to = keys.partition_point(|at| {
            let key = keys.bytes(at)?;
            Ok(key < &prefix[..] || key.starts_with(&prefix))
        })?;
        Ok(vec![self.run(&keys, from..to.max(from))?])
    }

    /// The ranks of numbers whose f64 lies between two, both included.
    pub fn slab(&self, low: f64, high: f64) -> Result<Range<u32>, IndexError> {
        let Some(keys) = self.segment(class_of(Kind::Number))? else { return Ok(0..0) };
        let number = |at: usize| Ok::<f64, IndexError>(keys.scalar(at)?.as_f64().unwrap_or(f64::NAN));
        let from = keys.partition_point(|at| Ok(number(at)? < low))?;
        let to = keys.partition_point(|at| Ok(number(at)? <= high))?;
        self.run(&keys, from..to.max(from))
    }

    /// The number of slots that have a number, NaN left out.
    pub fn numbers(&self) -> Result<u32, IndexError> {
        Ok(self.segment(class_of(Kind::Number))?.map_or(0, |keys| keys.segment.ranks))
    }

    /// The ranks of some values of a segment, given by number in it.
    fn run(&self, keys: &Keys<'_>, values: Range<usize>) -> Result<Range<u32>, IndexError> {
        let first = keys.segment.first;
        let run = self.start(first + values.start)?..self.start(first + values.end)?;
        if run.start > run.end || run.end > self.ranked() {
            return Err(damaged(NAME, "a run past the last rank"));
        }
        Ok(run)
    }

    /// The rank where a value's run starts.
    pub(super) fn start(&self, value: usize) -> Result<u32, IndexError> {
        match self.starts.array::<u32>(value..value + 1)? {
            [start] => Ok(*start),
            _ => Err(damaged(NAME, "a value past the end")),
        }
    }

    /// The first rank of a value that is not null.
    pub(super) fn first_valued(&self) -> Result<u32, IndexError> {
        Ok(self.segment(class(ValueRef::Null))?.map_or(0, |keys| keys.segment.ranks))
    }
}
