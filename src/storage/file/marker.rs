//! What makes a directory a database: the file `protobase.format`.
//!
//! Two lines of text, so that a person sees what it is too. The first names the format of the store and the protocol between its
//! writers; the second is the first one's checksum, and stays so in every format.

use crate::codec::{Checksum, CodecError};

use crate::storage::StorageError;

/// The file's name.
pub(super) const MARKER: &str = "protobase.format";
/// The format that this code writes, and the newest it reads.
const FORMAT: u32 = 1;
/// How writers that share a store agree. Whoever speaks another protocol must not write.
const WRITERS: u32 = 1;

/// The content of the marker file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    format: u32,
    writers: u32,
    /// A random number that tells stores apart.
    store: u64,
}

impl Marker {
    pub(super) const fn new(store: u64) -> Self {
        Self { format: FORMAT, writers: WRITERS, store }
    }

    pub(super) fn encode(&self) -> String {
        let line = format!("protobase format {} writers {} store {:016x}\n", self.format, self.writers, self.store);
        let checksum = Checksum::new().bytes(line.as_bytes()).value();
        format!("{line}crc32c {checksum:08x}\n")
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StorageError> {
        let damaged = |what: &str| -> StorageError {
            CodecError::Damaged { file: MARKER.to_owned(), position: 0, what: what.to_owned() }.into()
        };
        let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is not text"))?;
        let end = text.find('\n').ok_or_else(|| damaged("its first line has no end"))?;
        let checksum = Checksum::new().bytes(&bytes[..=end]).value();
        if text[end + 1..] != format!("crc32c {checksum:08x}\n") {
            return Err(damaged("its checksum does not match"));
        }
        let words: Vec<&str> = text[..end].split(' ').collect();
        let number = |name: &str| {
            let at = words.iter().position(|word| *word == name)?;
            words.get(at + 1).copied()
        };
        let (Some("format"), Some(Ok(format))) = (words.get(1).copied(), number("format").map(str::parse)) else {
            return Err(damaged("it names no format"));
        };
        if format > FORMAT {
            return Err(CodecError::NewerFormat { file: MARKER.to_owned(), found: format, known: FORMAT }.into());
        }
        let writers = number("writers").and_then(|word| word.parse().ok());
        let store = number("store").and_then(|word| u64::from_str_radix(word, 16).ok());
        let (Some(writers), Some(store)) = (writers, store) else {
            return Err(damaged("it lacks a field"));
        };
        Ok(Self { format, writers, store })
    }

    pub(super) const fn store(&self) -> u64 {
        self.store
    }

    /// Refuses writing beside writers that follow other rules.
    pub(super) fn check_writers(&self) -> Result<(), StorageError> {
        if self.writers == WRITERS {
            return Ok(());
        }
        Err(StorageError::Refused(format!(
            "the database is locked by an incompatible writer: its writers speak protocol {}, this version speaks {WRITERS}; \
             it can be opened for reading only",
            self.writers
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_comes_back_and_every_flipped_bit_is_detected() {
        let marker = Marker::new(0xabc);
        let text = marker.encode();
        assert_eq!(Marker::decode(text.as_bytes()).unwrap(), marker);
        assert!(marker.check_writers().is_ok());
        for bit in 0..text.len() * 8 {
            let mut flipped = text.clone().into_bytes();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let error = Marker::decode(&flipped).unwrap_err();
            assert!(matches!(error, StorageError::Codec(CodecError::Damaged { .. })), "{bit}: {error}");
        }
    }

    #[test]
    fn newer_formats_and_other_writers_are_told() {
        let newer = Marker { format: 2, writers: 9, store: 1 }.encode();
        let error = Marker::decode(newer.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "protobase.format: format 2 is newer than 1, the newest this version reads");
        let other = Marker { format: 1, writers: 9, store: 1 };
        let error = other.check_writers().unwrap_err().to_string();
        assert!(error.starts_with("the database is locked by an incompatible writer: its writers speak protocol 9"));
    }
}
