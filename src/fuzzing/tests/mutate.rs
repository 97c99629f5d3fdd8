//! Changes to inputs, repeatable by seed.

use crate::storage::simulate::Random;

use super::Sections;

/// Changes bytes at random.
pub struct Mutator(Random);

/// Numbers at which something may overflow.
const EDGES: [u64; 12] = [0, 1, 2, 127, 255, 256, 65_535, 1 << 16, i32::MAX as u64, u32::MAX as u64, 1 << 63, u64::MAX];

impl Mutator {
    pub fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    fn next(&mut self) -> u64 {
        self.0.next()
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0.below(end as u64) as usize
    }

    /// One to four changes to bytes; some come from another input.
    pub fn bytes(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes, other);
        }
        bytes
    }

    /// One to four changes to sections, mostly to numbers inside of them, so that lengths stay right.
    pub fn sections(&mut self, input: &Sections, other: &Sections) -> Sections {
        let mut changed = input.clone();
        for _ in 0..=self.below(4) {
            let at = self.below(changed.sections.len());
            match self.below(20) {
                0 => changed.number = self.next() as u32,
                1 => drop((at < changed.sections.len()).then(|| changed.sections.remove(at))),
                2 => {
                    let from = other.sections.iter().find(|(name, _)| *name == changed.sections[at].0);
                    changed.sections[at].1 = from.map(|(_, content)| content.clone()).unwrap_or_default();
                }
                3 | 4 => self.change(&mut changed.sections[at].1, &[]),
                _ if changed.sections.is_empty() => {}
                _ => self.overwrite(&mut changed.sections[at].1),
            }
            if changed.sections.is_empty() {
                break;
            }
        }
        changed
    }

    /// Overwrites a number in place.
    fn overwrite(&mut self, bytes: &mut [u8]) {
        if bytes.is_empty() {
            return;
        }
        let width = [1, 2, 4, 4, 8, 8][self.below(6)].min(bytes.len());
        // Arrays are aligned; now and then the first numbers, which are often counts.
        let places = if self.below(4) == 0 { (bytes.len() / width).min(8) } else { bytes.len() / width };
        let at = self.below(places) * width;
        let before = bytes[at..at + width].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        let number = match self.below(6) {
            0 => EDGES[self.below(EDGES.len())],
            1 => before.wrapping_add(1),
            2 => before.wrapping_sub(1),
            3 => before ^ 1 << self.below(width * 8),
            4 => before.wrapping_add(self.next() % 300),
            _ => self.next(),
        };
        bytes[at..at + width].copy_from_slice(&number.to_le_bytes()[..width]);
    }

    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(bytes.len() + 1);
        match self.below(8) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, self.next() as u8),
            2 => {
                let end = (at + 1 + self.below(16)).min(bytes.len());
                bytes.drain(at..end.max(at));
            }
            3 => {
                let (from, count) = (self.below(other.len()), 1 + self.below(40));
                let piece = &other[from..(from + count).min(other.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            4 if at < bytes.len() => {
                // Big-endian, as MessagePack has it.
                let width = [1, 2, 4, 8][self.below(4)].min(bytes.len() - at);
                let number = EDGES[self.below(EDGES.len())].to_be_bytes();
                bytes[at..at + width].copy_from_slice(&number[8 - width..]);
            }
            5 if at < bytes.len() => bytes[at] = 0xc0 + (self.next() % 64) as u8,
            6 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            _ => self.overwrite(bytes),
        }
    }
}
