//! The invariants of a sorted field.

use crate::index::{IndexError, search::damaged};

use super::{
    NAME,
    field::SortedField,
    keys::{Keys, Probe},
    run::NO_RANK,
    segments::Form,
};

impl SortedField {
    /// Checks that values ascend, that runs and slots ascend, that ranks and prefix bitmaps say the same as the slots by rank.
    pub fn verify(&self) -> Result<(), IndexError> {
        for segment in self.header()? {
            self.verify_keys(&Keys { section: &self.keys, segment })?;
        }
        self.verify_runs()?;
        self.verify_ranks()?;
        self.verify_prefixes()
    }

    fn verify_keys(&self, keys: &Keys<'_>) -> Result<(), IndexError> {
        let segment = keys.segment;
        for at in 1..segment.distinct {
            let probe = match segment.form {
                Form::Bytes => Probe::Bytes(keys.bytes(at)?.to_vec()),
                _ => Probe::Value(keys.scalar(at)?),
            };
            if !keys.compare(at - 1, &probe)?.is_lt() {
                return Err(damaged(NAME, "values that do not ascend"));
            }
        }
        let ends = (self.start(segment.first)?, self.start(segment.first + segment.distinct)?);
        if ends != (segment.rank, segment.rank + segment.ranks) {
            return Err(damaged(NAME, "a segment whose runs are not its ranks"));
        }
        Ok(())
    }

    fn verify_runs(&self) -> Result<(), IndexError> {
        for value in 0..self.distinct() {
            let run = self.start(value)?..self.start(value + 1)?;
            if run.is_empty() || run.end > self.ranked() {
                return Err(damaged(NAME, "a value without slots"));
            }
            if self.by_rank(run)?.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(damaged(NAME, "slots of one value that do not ascend"));
            }
        }
        Ok(())
    }

    fn verify_ranks(&self) -> Result<(), IndexError> {
        let ranks = self.ranks.whole_array::<u32>()?;
        let right = |(rank, slot): (u32, &u32)| ranks.get(*slot as usize) == Some(&rank);
        if !(0..).zip(self.by_rank(0..self.ranked())?).all(right) {
            return Err(damaged(NAME, "a slot that does not know its rank"));
        }
        // All ranks are taken by slots that know them; the others must have none.
        let ranked = ranks.iter().filter(|rank| **rank != NO_RANK).count();
        if ranked == self.ranked() as usize { Ok(()) } else { Err(damaged(NAME, "a rank that is taken twice")) }
    }

    fn verify_prefixes(&self) -> Result<(), IndexError> {
        let mut words = vec![0u64; self.bitmap_words()];
        for prefix in 1..=self.prefix_count() {
            for slot in self.by_rank(self.boundary(prefix - 1)..self.boundary(prefix))? {
                words[(slot >> 6) as usize] |= 1 << (slot & 63);
            }
            if self.prefix_bitmap(prefix)? != words {
                return Err(damaged(NAME, "a prefix bitmap that is not its ranks' slots"));
            }
        }
        Ok(())
    }
}
