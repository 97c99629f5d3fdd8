//! What bad disks, bad cables and bad hands do to files at rest.

use std::{fmt, io, sync::Arc};

use crate::codec::Random;

use super::disk::Disk;

/// One damage. Positions and lengths are in bytes; what reaches past a file's end is cut to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// A bit is flipped.
    Flip {
        /// In this file.
        file: String,
        /// Its number: eight times the position, plus the bit in the byte.
        bit: u64,
    },
    /// Bytes read as zeros.
    Zero {
        /// In this file.
        file: String,
        /// From here.
        start: u64,
        /// So many.
        length: u64,
    },
    /// The file ends early.
    Cut {
        /// This file.
        file: String,
        /// Its new length.
        length: u64,
    },
    /// A write meant for one block went to another one: that one holds its content too.
    Misdirect {
        /// In this file.
        file: String,
        /// From this position.
        from: u64,
        /// To this one.
        to: u64,
        /// So many bytes.
        length: u64,
    },
    /// Two blocks stand in each other's place.
    Exchange {
        /// In this file.
        file: String,
        /// One starts here.
        one: u64,
        /// The other here.
        other: u64,
        /// They have so many bytes.
        length: u64,
    },
    /// Two files have each other's content.
    Swap {
        /// One.
        one: String,
        /// The other.
        other: String,
    },
    /// The file is gone.
    Remove {
        /// This file.
        file: String,
    },
}

impl Damage {
    /// Any damage to any of these files, which have these lengths.
    pub fn random(files: &[(String, u64)], random: &mut Random) -> Option<Self> {
        let (file, length) = files.get(random.below(files.len() as u64) as usize).cloned()?;
        let block = 1 << (9 + random.below(4));
        let start = |random: &mut Random| random.below(length.div_ceil(block)) * block;
        Some(match random.below(20) {
            0..8 => Self::Flip { file, bit: random.below(length * 8) },
            8..11 => Self::Zero { start: start(random), length: block, file },
            11..13 => Self::Cut { length: random.below(length), file },
            13..15 => Self::Misdirect { from: start(random), to: start(random), length: block, file },
            15..17 => Self::Exchange { one: start(random), other: start(random), length: block, file },
            17..19 => {
                let (other, _) = files.get(random.below(files.len() as u64) as usize)?.clone();
                Self::Swap { one: file, other }
            }
            _ => Self::Remove { file },
        })
    }

    /// The files that it touches.
    #[must_use]
    pub fn files(&self) -> Vec<&str> {
        match self {
            Self::Flip { file, .. }
            | Self::Zero { file, .. }
            | Self::Cut { file, .. }
            | Self::Misdirect { file, .. }
            | Self::Exchange { file, .. }
            | Self::Remove { file } => vec![file],
            Self::Swap { one, other } => vec![one, other],
        }
    }

    /// Does it to a disk; false when nothing is different then.
    pub(super) fn apply(&self, disk: &mut Disk) -> io::Result<bool> {
        match self {
            Self::Swap { one, other } => {
                let contents = (disk.content(one)?, disk.content(other)?);
                disk.replace(one, contents.1.clone());
                disk.replace(other, contents.0.clone());
                Ok(contents.0 != contents.1)
            }
            Self::Remove { file } => {
                disk.find(file)?;
                disk.names.unset(file);
                Ok(true)
            }
            _ => {
                let file = self.files()[0];
                let before = disk.content(file)?;
                let mut bytes = Vec::clone(&before);
                self.alter(&mut bytes);
                let changed = bytes != *before;
                disk.replace(file, Arc::new(bytes));
                Ok(changed)
            }
        }
    }

    fn alter(&self, bytes: &mut Vec<u8>) {
        let clip = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(bytes.len());
        let end = |start: usize, length: u64| clip((start as u64).saturating_add(length));
        match self {
            Self::Flip { bit, .. } => {
                if let Some(byte) = bytes.get_mut(usize::try_from(bit / 8).unwrap_or(usize::MAX)) {
                    *byte ^= 1 << (bit % 8);
                }
            }
            Self::Zero { start, length, .. } => {
                let start = clip(*start);
                let end = end(start, *length);
                bytes[start..end].fill(0);
            }
            Self::Cut { length, .. } => bytes.truncate(clip(*length)),
            Self::Misdirect { from, to, length, .. } => {
                let (from, to) = (clip(*from), clip(*to));
                let length = (end(from, *length) - from).min(bytes.len() - to);
                bytes.copy_within(from..from + length, to);
            }
            Self::Exchange { one, other, length, .. } => {
                let (one, other) = (clip(*one.min(other)), clip(*one.max(other)));
                let length = (end(one, *length) - one).min(bytes.len() - other).min(other - one);
                let (front, back) = bytes.split_at_mut(other);
                front[one..one + length].swap_with_slice(&mut back[..length]);
            }
            Self::Swap { .. } | Self::Remove { .. } => {}
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flip { file, bit } => write!(f, "bit {} of byte {} of {file} flipped", bit % 8, bit / 8),
            Self::Zero { file, start, length } => write!(f, "{length} bytes of {file} from {start} on zeroed"),
            Self::Cut { file, length } => write!(f, "{file} cut to {length} bytes"),
            Self::Misdirect { file, from, to, length } => {
                write!(f, "{length} bytes of {file} from {from} on also at {to}")
            }
            Self::Exchange { file, one, other, length } => {
                write!(f, "{length} bytes of {file} at {one} and {other} exchanged")
            }
            Self::Swap { one, other } => write!(f, "{one} and {other} swapped"),
            Self::Remove { file } => write!(f, "{file} removed"),
        }
    }
}
