//! Verifying what nobody has looked at yet, a little at a time.

use super::{BLOCK, CodecError, Container, Section};

/// How much of some stored bytes has been verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Bytes in blocks that have been verified since their file was opened.
    pub verified: u64,
    /// All bytes.
    pub total: u64,
}

impl Scrubbed {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { verified: self.verified + other.verified, total: self.total + other.total }
    }
}

impl Container {
    /// How much of the sections has been verified.
    #[must_use]
    pub fn scrubbed(&self) -> Scrubbed {
        self.sections().map(Section::scrubbed).fold(Scrubbed::default(), Scrubbed::and)
    }

    /// Verifies blocks that nobody has looked at yet, up to about so many bytes. Returns how many it was; 0: there are none left.
    pub fn scrub(&self, at_most: u64) -> Result<u64, CodecError> {
        let mut done = 0;
        for section in self.sections() {
            if done >= at_most {
                break;
            }
            done += section.scrub(at_most - done)?;
        }
        Ok(done)
    }
}

impl Section {
    fn scrubbed(&self) -> Scrubbed {
        let total = self.len() as u64;
        let left = self.verified().map_or(0, |verified| verified.left() * BLOCK as u64);
        Scrubbed { verified: total.saturating_sub(left), total }
    }

    fn scrub(&self, at_most: u64) -> Result<u64, CodecError> {
        let Some(verified) = self.verified().filter(|verified| !verified.all()) else { return Ok(0) };
        let mut done = 0;
        for start in (0..self.len()).step_by(BLOCK) {
            let end = self.len().min(start + BLOCK);
            if done >= at_most {
                break;
            }
            if !verified.covers(start, end) {
                self.get(start..end)?;
                done += (end - start) as u64;
            }
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::ContainerWriter;

    use super::*;

    #[test]
    fn everything_is_verified_piece_by_piece_and_once() {
        let mut bytes = Vec::new();
        let mut writer = ContainerWriter::new(&mut bytes, *b"SCRUBBED").unwrap();
        writer.put("a", &[1; 3 * BLOCK + 7]).unwrap();
        writer.put("b", &[2; 100]).unwrap();
        writer.finish().unwrap();
        let container = Container::open("file", *b"SCRUBBED", bytes.clone().into()).unwrap();
        let total = 3 * BLOCK as u64 + 107;
        container.section("a").unwrap().get(BLOCK..BLOCK + 1).unwrap();
        let mut steps = Vec::new();
        while let Some(done) = Some(container.scrub(BLOCK as u64).unwrap()).filter(|done| *done > 0) {
            steps.push(done);
        }
        assert_eq!(steps, [BLOCK as u64, BLOCK as u64, 107]);
        assert_eq!(container.scrubbed(), Scrubbed { verified: total, total });
        bytes[64 + 2 * BLOCK] ^= 1;
        let damaged = Container::open("file", *b"SCRUBBED", bytes.into()).unwrap();
        assert!(damaged.scrub(u64::MAX).is_err());
    }
}
