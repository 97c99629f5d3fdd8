//! The distinct values of one segment, compared in place.

use std::cmp::Ordering;

use crate::{
    codec::Section,
    index::{
        IndexError,
        search::{damaged, partition_point},
    },
    object::{Kind, ValueRef, key_bytes, order},
};

use super::{
    NAME,
    segments::{Form, Segment, class_of},
};

/// Tags of [`Form::Mixed`].
pub(super) const INT: u64 = 0;
pub(super) const FLOAT: u64 = 1;

/// The keys of one segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys<'a> {
    pub section: &'a Section,
    pub segment: &'a Segment,
}

/// A value as it is compared with keys: its key bytes are made once.
pub(super) enum Probe<'v> {
    Value(ValueRef<'v>),
    Bytes(Vec<u8>),
}

impl<'a> Keys<'a> {
    /// A value of this segment's class in the form that its keys are compared in.
    pub fn probe<'v>(&self, value: ValueRef<'v>) -> Probe<'v> {
        match self.segment.form {
            Form::Bytes => Probe::Bytes(key_bytes(value)),
            _ => Probe::Value(value),
        }
    }

    /// How many values are less than the probe; with `equal`, less than or equal to it.
    pub fn below(&self, probe: &Probe<'_>, equal: bool) -> Result<usize, IndexError> {
        let before = |order: Ordering| order.is_lt() || equal && order.is_eq();
        self.partition_point(|at| Ok(before(self.compare(at, probe)?)))
    }

    /// How many values satisfy a condition that holds for a prefix of them.
    pub fn partition_point(&self, before: impl FnMut(usize) -> Result<bool, IndexError>) -> Result<usize, IndexError> {
        partition_point(self.segment.distinct, before)
    }

    pub fn compare(&self, at: usize, probe: &Probe<'_>) -> Result<Ordering, IndexError> {
        match probe {
            Probe::Bytes(bytes) => Ok(self.bytes(at)?.cmp(bytes)),
            Probe::Value(value) => Ok(order::compare(self.scalar(at)?, *value)),
        }
    }

    /// A value that is not kept as key bytes.
    pub fn scalar(&self, at: usize) -> Result<ValueRef<'a>, IndexError> {
        let word = |at: usize| Ok::<u64, IndexError>(u64::from_le_bytes(self.words(at)?));
        match self.segment.form {
            Form::Unit if self.segment.class == class_of(Kind::Null) => Ok(ValueRef::Null),
            Form::Unit if self.segment.class == class_of(Kind::Nested) => Ok(ValueRef::Nested),
            Form::Unit => Ok(ValueRef::Float(f64::NAN)),
            Form::Ints if self.segment.class == class_of(Kind::Timestamp) => {
                Ok(ValueRef::Timestamp(word(at)?.cast_signed()))
            }
            Form::Ints => Ok(ValueRef::Int(word(at)?.cast_signed())),
            Form::Floats => Ok(ValueRef::Float(f64::from_bits(word(at)?))),
            Form::Mixed => match word(2 * at)? {
                INT => Ok(ValueRef::Int(word(2 * at + 1)?.cast_signed())),
                FLOAT => Ok(ValueRef::Float(f64::from_bits(word(2 * at + 1)?))),
                _ => Err(damaged(NAME, "a number that is neither integer nor float")),
            },
            Form::Bytes => Err(damaged(NAME, "text where a number was expected")),
        }
    }

    /// The key bytes of a value that is kept so.
    pub fn bytes(&self, at: usize) -> Result<&'a [u8], IndexError> {
        let place = |at: usize| {
            usize::try_from(u64::from_le_bytes(self.words(at)?))
                .map_err(|_| damaged(NAME, "a key past the address space"))
        };
        let (start, end, body) = (place(at)?, place(at + 1)?, (self.segment.distinct + 1) * 8);
        if start > end || end > self.segment.length - body {
            return Err(damaged(NAME, "a key past its segment's end"));
        }
        let from = self.segment.position + body;
        Ok(self.section.get(from + start..from + end)?)
    }

    /// A word of the segment's keys.
    fn words(&self, at: usize) -> Result<[u8; 8], IndexError> {
        let from = self.segment.position + at * 8;
        let bytes = self.section.get(from..from + 8)?;
        bytes.try_into().map_err(|_| damaged(NAME, "a broken key"))
    }
}
