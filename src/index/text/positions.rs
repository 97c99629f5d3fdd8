//! Where the words stand: for each slot of a term its positions, in blocks that can be entered anywhere.

use crate::index::{IndexError, Slot, SlotIter, SlotSet, search::damaged};

use super::NAME;

/// The slots of one block. Reaching a slot means passing over those before it in its block only.
const BLOCK: usize = 64;

/// Writes the positions of one term, slot by slot.
#[derive(Default)]
pub(super) struct PositionsWriter {
    slots: usize,
    starts: Vec<u32>,
    body: Vec<u8>,
}

impl PositionsWriter {
    /// Adds those of the next slot, ascending.
    pub fn push(&mut self, positions: &[u32]) {
        if self.slots.is_multiple_of(BLOCK) {
            self.starts.push(self.body.len() as u32);
        }
        self.slots += 1;
        write_number(positions.len() as u32, &mut self.body);
        let mut last = 0;
        for position in positions {
            write_number(position - last, &mut self.body);
            last = *position;
        }
    }

    /// The bytes: where each block starts, and the blocks.
    pub fn finish(self) -> Result<Vec<u8>, IndexError> {
        if u32::try_from(self.body.len() + 4 * self.starts.len()).is_err() {
            return Err(damaged(NAME, "a term with positions of 4 GiB"));
        }
        let mut bytes: Vec<u8> = self.starts.iter().flat_map(|start| start.to_le_bytes()).collect();
        bytes.extend(self.body);
        Ok(bytes)
    }
}

/// Reads the positions of one term, slots ascending.
pub(super) struct PositionsReader<'a> {
    slots: SlotIter<'a>,
    /// The number of the next slot of `slots`.
    rank: usize,
    blocks: Blocks<'a>,
}

/// The positions of one term by the numbers of its slots.
struct Blocks<'a> {
    starts: &'a [u8],
    body: &'a [u8],
    /// The slot that `rest` starts with.
    rank: usize,
    rest: &'a [u8],
}

impl<'a> PositionsReader<'a> {
    /// Over the slots of a term and its bytes.
    pub fn new(slots: &'a SlotSet, bytes: &'a [u8]) -> Result<Self, IndexError> {
        let blocks = usize::try_from(slots.len()).unwrap_or(usize::MAX).div_ceil(BLOCK);
        let parts = blocks.checked_mul(4).and_then(|starts| bytes.split_at_checked(starts));
        let (starts, body) = parts.ok_or_else(|| damaged(NAME, "positions that are too short"))?;
        let blocks = Blocks { starts, body, rank: usize::MAX, rest: &[] };
        Ok(Self { slots: slots.iter(), rank: 0, blocks })
    }

    /// The positions of a slot that is one of the term's and comes after the one that was asked for before.
    pub fn of(&mut self, slot: Slot, positions: &mut Vec<u32>) -> Result<(), IndexError> {
        for found in self.slots.by_ref() {
            self.rank += 1;
            if found == slot {
                return self.blocks.read(self.rank - 1, positions);
            }
        }
        Err(damaged(NAME, "a slot that its term does not have"))
    }

    /// Reads everything and checks that positions ascend and that nothing is left over.
    pub fn verify(&mut self) -> Result<(), IndexError> {
        let mut positions = Vec::new();
        while self.slots.next().is_some() {
            self.blocks.read(self.rank, &mut positions)?;
            self.rank += 1;
            if positions.is_empty() || positions.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(damaged(NAME, "positions that do not ascend"));
            }
        }
        if self.blocks.rest.is_empty() { Ok(()) } else { Err(damaged(NAME, "positions of no slot")) }
    }
}

impl Blocks<'_> {
    fn read(&mut self, rank: usize, positions: &mut Vec<u32>) -> Result<(), IndexError> {
        // What lies ahead in the block that is being read is reached by going on.
        if self.rank > rank || rank / BLOCK != self.rank / BLOCK {
            self.enter(rank / BLOCK)?;
        }
        loop {
            self.next(positions)?;
            if self.rank > rank {
                return Ok(());
            }
        }
    }

    fn enter(&mut self, block: usize) -> Result<(), IndexError> {
        let start = self.starts.get(4 * block..4 * block + 4);
        let start = start.and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).map(u32::from_le_bytes);
        let rest = start.and_then(|start| self.body.get(start as usize..));
        (self.rank, self.rest) = (block * BLOCK, rest.ok_or_else(|| damaged(NAME, "a block past the end"))?);
        Ok(())
    }

    fn next(&mut self, positions: &mut Vec<u32>) -> Result<(), IndexError> {
        positions.clear();
        let mut last = 0_u32;
        for _ in 0..read_number(&mut self.rest)? {
            let step = read_number(&mut self.rest)?;
            last = last.checked_add(step).ok_or_else(|| damaged(NAME, "a position past all numbers"))?;
            positions.push(last);
        }
        self.rank += 1;
        Ok(())
    }
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn write_number(mut number: u32, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn read_number(rest: &mut &[u8]) -> Result<u32, IndexError> {
    let mut number = 0_u64;
    for shift in (0..35).step_by(7) {
        let (byte, after) = rest.split_first().ok_or_else(|| damaged(NAME, "positions that end too early"))?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(number).map_err(|_| damaged(NAME, "a number of too many bits"));
        }
    }
    Err(damaged(NAME, "a number of too many bytes"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn positions_come_back(
            of_slots in prop::collection::btree_map(0..500u32, prop::collection::btree_set(any::<u32>(), 1..4), 1..200),
            skip in 1..90usize,
        ) {
            let mut writer = PositionsWriter::default();
            for positions in of_slots.values() {
                writer.push(&positions.iter().copied().collect::<Vec<_>>());
            }
            let (slots, bytes) = (of_slots.keys().map(|slot| Slot(*slot)).collect::<SlotSet>(), writer.finish().unwrap());
            PositionsReader::new(&slots, &bytes).unwrap().verify().unwrap();
            let (mut reader, mut found) = (PositionsReader::new(&slots, &bytes).unwrap(), Vec::new());
            for (slot, positions) in of_slots.iter().step_by(skip) {
                reader.of(Slot(*slot), &mut found).unwrap();
                prop_assert!(found.iter().eq(positions));
            }
            for length in 0..bytes.len() {
                let reader = PositionsReader::new(&slots, &bytes[..length]);
                prop_assert!(reader.and_then(|mut reader| reader.verify()).is_err());
            }
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), count in 1..200u32) {
            let slots = SlotSet::all(count);
            if let Ok(mut reader) = PositionsReader::new(&slots, &bytes) {
                let _ = reader.verify();
            }
        }
    }
}
