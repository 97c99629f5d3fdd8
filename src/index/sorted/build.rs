//! Sorting values and writing them.

use std::cmp::Ordering;

use zerocopy::IntoBytes;

use crate::{
    codec::ContainerWriter,
    index::{BuildEffort, IndexError, Slot, search::damaged},
    object::{Kind, ValueRef, order, write_key},
};

use super::{
    NAME,
    keys::{FLOAT, INT},
    run::NO_RANK,
    segments::{Form, Stored, class, class_of},
};

/// Prefix bitmaps of a large part: four bytes a slot.
const PREFIXES: usize = 32;
/// Ranks between two prefix bitmaps at least; fewer are as quickly set one by one.
const LEAST_STEP: usize = 2048;

/// A number, as it came.
#[derive(Clone, Copy, Debug)]
enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    fn value(&self) -> ValueRef<'static> {
        match self {
            Self::Int(int) => ValueRef::Int(*int),
            Self::Float(float) => ValueRef::Float(*float),
        }
    }

    /// The same number as f64, when that loses nothing.
    #[allow(clippy::cast_precision_loss, reason = "checked: such integers fit")]
    fn as_float(self) -> Option<f64> {
        const EXACT: u64 = 1 << 53;
        match self {
            Self::Int(int) => (int.unsigned_abs() <= EXACT).then_some(int as f64),
            Self::Float(float) => Some(float),
        }
    }
}

/// Gathers the values of one field, apart by how they are sorted.
#[derive(Default)]
pub struct SortedFieldBuilder {
    next: u32,
    numbers: Vec<(Number, u32)>,
    times: Vec<(i64, u32)>,
    /// Values of one class that has only one.
    units: Vec<(u32, u32)>,
    /// Class, key bytes, slot.
    others: Vec<(u32, Box<[u8]>, u32)>,
}

impl SortedFieldBuilder {
    /// Takes a slot's value. Slots ascend; those left out have none.
    pub fn add(&mut self, slot: Slot, value: Option<ValueRef<'_>>) -> Result<(), IndexError> {
        if slot.0 < self.next {
            return Err(damaged(NAME, format!("slot {} came after slot {}", slot.0, self.next)));
        }
        self.next = slot.0 + 1;
        match value {
            None => {}
            Some(ValueRef::Int(int)) => self.numbers.push((Number::Int(int), slot.0)),
            Some(ValueRef::Timestamp(time)) => self.times.push((time, slot.0)),
            // Adding 0.0 turns -0.0 into 0.0 and changes nothing else.
            Some(ValueRef::Float(float)) if !float.is_nan() => self.numbers.push((Number::Float(float + 0.0), slot.0)),
            Some(unit @ (ValueRef::Null | ValueRef::Float(_) | ValueRef::Nested)) => {
                self.units.push((class(unit), slot.0));
            }
            Some(other) => {
                let mut key = Vec::new();
                write_key(other, &mut key);
                self.others.push((class(other), key.into(), slot.0));
            }
        }
        Ok(())
    }

    /// Sorts and writes the sections; returns the slots by rank.
    pub fn finish(
        self,
        prefix: &str,
        slots: u32,
        effort: BuildEffort,
        out: &mut ContainerWriter<'_>,
    ) -> Result<Vec<u32>, IndexError> {
        let mut sections = Sections::default();
        let Self { numbers, mut times, mut units, mut others, .. } = self;
        times.sort_unstable();
        units.sort_unstable();
        others.sort_unstable();
        let mut parts = vec![Sorted::Numbers(numbers), Sorted::Times(&times)];
        parts.extend(units.chunk_by(|a, b| a.0 == b.0).map(Sorted::Units));
        parts.extend(others.chunk_by(|a, b| a.0 == b.0).map(Sorted::Others));
        parts.sort_by_key(Sorted::class);
        for part in parts {
            match part {
                Sorted::Numbers(numbers) => sections.numbers(numbers),
                Sorted::Times(times) => sections.times(times),
                Sorted::Units(units) => sections.unit(units),
                Sorted::Others(others) => sections.others(others),
            }
        }
        sections.write(prefix, slots, effort, out)
    }
}

/// The values of one class. Numbers are sorted when their form is known; the first two may be none.
enum Sorted<'a> {
    Numbers(Vec<(Number, u32)>),
    Times(&'a [(i64, u32)]),
    Units(&'a [(u32, u32)]),
    Others(&'a [(u32, Box<[u8]>, u32)]),
}

impl Sorted<'_> {
    fn class(&self) -> u32 {
        match self {
            Self::Numbers(_) => class_of(Kind::Number),
            Self::Times(_) => class_of(Kind::Timestamp),
            Self::Units(units) => units[0].0,
            Self::Others(others) => others[0].0,
        }
    }
}

/// The sections under construction, segment by segment in the order of classes.
#[derive(Default)]
struct Sections {
    segments: Vec<Stored>,
    keys: Vec<u8>,
    starts: Vec<u32>,
    by_rank: Vec<u32>,
}

#[allow(clippy::cast_possible_truncation, reason = "there are at most u32::MAX slots in a segment")]
impl Sections {
    /// Adds a segment of sorted (value, slot) pairs, written by `write`, distinct by `same`.
    fn segment<T>(
        &mut self,
        class: u32,
        form: Form,
        sorted: &[T],
        slot: impl Fn(&T) -> u32,
        same: impl Fn(&T, &T) -> bool,
        write: impl FnOnce(&[&T], &mut Vec<u8>),
    ) {
        if sorted.is_empty() {
            return;
        }
        let (first, rank, position) = (self.starts.len() as u32, self.by_rank.len() as u32, self.keys.len() as u64);
        let mut distinct = Vec::new();
        for run in sorted.chunk_by(same) {
            distinct.push(&run[0]);
            self.starts.push(self.by_rank.len() as u32);
            self.by_rank.extend(run.iter().map(&slot));
        }
        write(&distinct, &mut self.keys);
        let length = self.keys.len() as u64 - position;
        self.keys.resize(self.keys.len().next_multiple_of(8), 0);
        let (distinct, ranks) = (distinct.len() as u32, sorted.len() as u32);
        self.segments.push(Stored { class, form: form as u32, first, distinct, rank, ranks, position, length });
    }

    fn numbers(&mut self, mut numbers: Vec<(Number, u32)>) {
        let class = class_of(Kind::Number);
        if let Some(mut ints) = all(&numbers, |number| if let Number::Int(int) = number { Some(int) } else { None }) {
            ints.sort_unstable();
            return self.words(class, Form::Ints, &ints, |int| int.to_le_bytes());
        }
        if let Some(mut floats) = all(&numbers, Number::as_float) {
            floats.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            return self.words(class, Form::Floats, &floats, |float| float.to_le_bytes());
        }
        let compare = |a: &Number, b: &Number| order::compare(a.value(), b.value());
        numbers.sort_unstable_by(|a, b| compare(&a.0, &b.0).then(a.1.cmp(&b.1)));
        let write = |distinct: &[&(Number, u32)], keys: &mut Vec<u8>| {
            for (number, _) in distinct {
                let (tag, bits) = match number {
                    Number::Int(int) => (INT, int.to_le_bytes()),
                    Number::Float(float) => (FLOAT, float.to_le_bytes()),
                };
                keys.extend(tag.to_le_bytes());
                keys.extend(bits);
            }
        };
        self.segment(class, Form::Mixed, &numbers, |pair| pair.1, |a, b| compare(&a.0, &b.0) == Ordering::Equal, write);
    }

    fn times(&mut self, times: &[(i64, u32)]) {
        self.words(class_of(Kind::Timestamp), Form::Ints, times, |time| time.to_le_bytes());
    }

    fn words<T: Copy + PartialEq>(
        &mut self,
        class: u32,
        form: Form,
        sorted: &[(T, u32)],
        bytes: impl Fn(T) -> [u8; 8],
    ) {
        let write =
            |distinct: &[&(T, u32)], keys: &mut Vec<u8>| keys.extend(distinct.iter().flat_map(|pair| bytes(pair.0)));
        self.segment(class, form, sorted, |pair| pair.1, |a, b| a.0 == b.0, write);
    }

    fn unit(&mut self, slots: &[(u32, u32)]) {
        self.segment(slots[0].0, Form::Unit, slots, |pair| pair.1, |_, _| true, |_, _| {});
    }

    fn others(&mut self, sorted: &[(u32, Box<[u8]>, u32)]) {
        let write = |distinct: &[&(u32, Box<[u8]>, u32)], keys: &mut Vec<u8>| {
            let mut end = 0u64;
            keys.extend(end.to_le_bytes());
            for (_, key, _) in distinct {
                end += key.len() as u64;
                keys.extend(end.to_le_bytes());
            }
            distinct.iter().for_each(|(_, key, _)| keys.extend_from_slice(key));
        };
        self.segment(sorted[0].0, Form::Bytes, sorted, |other| other.2, |a, b| a.1 == b.1, write);
    }

    fn write(
        mut self,
        prefix: &str,
        slots: u32,
        effort: BuildEffort,
        out: &mut ContainerWriter<'_>,
    ) -> Result<Vec<u32>, IndexError> {
        self.starts.push(self.by_rank.len() as u32);
        let mut ranks = vec![NO_RANK; slots as usize];
        for (rank, slot) in (0..).zip(&self.by_rank) {
            *ranks.get_mut(*slot as usize).ok_or_else(|| damaged(NAME, "a slot past the segment's end"))? = rank;
        }
        out.put(&format!("{prefix}segments"), self.segments.as_bytes())?;
        out.put(&format!("{prefix}keys"), &self.keys)?;
        out.put(&format!("{prefix}starts"), self.starts.as_bytes())?;
        out.put(&format!("{prefix}slots"), self.by_rank.as_bytes())?;
        out.put(&format!("{prefix}ranks"), ranks.as_bytes())?;
        out.section(&format!("{prefix}prefixes"))?;
        if effort == BuildEffort::Settled {
            write_prefixes(&self.by_rank, slots, out)?;
        }
        Ok(self.by_rank)
    }
}

/// Cumulative bitmaps; none for a part so small that setting bits is as quick.
fn write_prefixes(by_rank: &[u32], slots: u32, out: &mut ContainerWriter<'_>) -> Result<(), IndexError> {
    let prefixes = (by_rank.len() / LEAST_STEP).min(PREFIXES);
    if prefixes == 0 {
        return Ok(());
    }
    let mut words = vec![0u64; (slots as usize).div_ceil(64)];
    let step = by_rank.len().div_ceil(prefixes);
    let mut written = 0;
    for ranks in by_rank.chunks(step) {
        ranks.iter().for_each(|slot| words[(slot >> 6) as usize] |= 1 << (slot & 63));
        std::io::Write::write_all(out, words.as_bytes())?;
        written += 1;
    }
    // A step that is rounded up may need fewer.
    for _ in written..prefixes {
        std::io::Write::write_all(out, words.as_bytes())?;
    }
    Ok(())
}

/// All numbers in another form, if all have it.
fn all<T>(numbers: &[(Number, u32)], form: impl Fn(Number) -> Option<T>) -> Option<Vec<(T, u32)>> {
    numbers.iter().map(|(number, slot)| Some((form(*number)?, *slot))).collect()
}
