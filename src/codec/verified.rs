//! Which blocks have been verified: shared by all clones of a section.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::{BLOCK, CodecError, Section, directory::bound};

static BYTES_VERIFIED: AtomicU64 = AtomicU64::new(0);

/// The stored bytes that this process has verified so far, which are all the stored bytes it has looked at. A block counts
/// once for each time its file was opened. For tests that bound what an operation reads.
#[must_use]
pub fn bytes_verified() -> u64 {
    BYTES_VERIFIED.load(Ordering::Relaxed)
}

pub(super) fn count_verified(bytes: usize) {
    BYTES_VERIFIED.fetch_add(bytes as u64, Ordering::Relaxed);
}

/// Where a section's block checksums are.
#[derive(Debug)]
pub(super) enum Checksums {
    /// In the directory, which has been verified.
    Listed(Vec<u32>),
    /// In the container's checksum table, from this entry on; itself verified on first touch.
    Table(Section, usize),
}

impl Checksums {
    fn of_block(&self, block: usize) -> Result<u32, CodecError> {
        match self {
            Self::Listed(list) => Ok(list[block]),
            Self::Table(table, first) => Ok(table.array::<u32>(first + block..first + block + 1)?[0]),
        }
    }
}

/// What is known about the blocks of one stored section.
#[derive(Debug)]
pub(super) struct Verified {
    pub file: Arc<str>,
    pub kind: [u8; 8],
    pub name: String,
    /// Where the section starts in its file.
    pub position: u64,
    checksums: Checksums,
    /// One bit a block. Relaxed loads are enough: the bytes never change, so a set bit says nothing about other memory.
    bits: Box<[AtomicU64]>,
    /// How many blocks are still unverified; `all` is set when it reaches zero.
    left: AtomicU64,
    all: AtomicBool,
}

impl Verified {
    pub(super) fn new(
        file: Arc<str>,
        kind: [u8; 8],
        name: String,
        position: u64,
        length: usize,
        checksums: Checksums,
    ) -> Self {
        let blocks = length.div_ceil(BLOCK);
        let bits = (0..blocks.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        let left = AtomicU64::new(blocks as u64);
        Self { file, kind, name, position, checksums, bits, left, all: AtomicBool::new(blocks == 0) }
    }

    /// Whether every block is verified.
    #[inline]
    pub(super) fn all(&self) -> bool {
        self.all.load(Ordering::Relaxed)
    }

    /// How many blocks are unverified.
    pub(super) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Whether the blocks of a range inside the section, not empty, are verified; may say no for a range of more than two blocks.
    #[inline]
    pub(super) fn covers(&self, start: usize, end: usize) -> bool {
        let (first, last) = (start / BLOCK, (end - 1) / BLOCK);
        self.is_set(first) && (first == last || first + 1 == last && self.is_set(last))
    }

    #[inline]
    fn is_set(&self, block: usize) -> bool {
        self.bits.get(block / 64).is_some_and(|word| word.load(Ordering::Relaxed) >> (block % 64) & 1 == 1)
    }

    /// Verifies the blocks of a range that have not been. `stored` is the section with its padding.
    #[cold]
    pub(super) fn verify(&self, stored: &[u8], start: usize, end: usize) -> Result<(), CodecError> {
        for block in start / BLOCK..end.div_ceil(BLOCK) {
            if !self.is_set(block) {
                self.verify_block(stored, block)?;
            }
        }
        Ok(())
    }

    fn verify_block(&self, stored: &[u8], block: usize) -> Result<(), CodecError> {
        let start = block * BLOCK;
        let bytes = &stored[start..stored.len().min(start + BLOCK)];
        let position = self.position + start as u64;
        count_verified(bytes.len());
        if bound(self.kind, position, bytes) != self.checksums.of_block(block)? {
            return Err(self.damaged(start, "a block's checksum does not match"));
        }
        let bit = 1 << (block % 64);
        let before = self.bits[block / 64].fetch_or(bit, Ordering::Relaxed);
        if before & bit == 0 && self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.all.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    #[cold]
    pub(super) fn damaged(&self, start: usize, what: &str) -> CodecError {
        CodecError::Damaged {
            file: self.file.to_string(),
            position: self.position.saturating_add(start as u64),
            what: format!("section '{}': {what}", self.name),
        }
    }
}
