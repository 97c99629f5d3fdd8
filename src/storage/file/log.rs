//! One file of the commit log.
//!
//! A log file starts with a header that says where in the sequence it begins and which file it follows, from which position. Frames
//! follow without gaps. The file is longer than its frames: the rest is zeros, written and synced ahead of use.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;

use crate::{
    codec::{Checksum, CodecError, Cursor},
    object::Sequence,
    storage::{
        StorageError,
        files::{FileAccess, FileSystem, StoredFile},
    },
};

/// The length of a log file's header; the first frame starts here.
pub(super) const LOG_HEADER: u64 = 64;
const MAGIC: [u8; 8] = *b"PBLOG\0\r\n";
pub(super) const LOG_VERSION: u32 = 1;

/// The name of a log file.
pub(super) fn log_name(number: u64) -> String {
    format!("log-{number:016x}")
}

/// The number of the log file with this name.
pub(super) fn log_number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("log-")?;
    (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok())?
}

/// A place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub log: u64,
    pub position: u64,
}

/// What a log file says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogHeader {
    /// A random number that frames are bound to.
    pub id: u64,
    pub number: u64,
    /// The sequence of the last frame before this file.
    pub after: Sequence,
    /// Where that frame ends; log number zero when there is none.
    pub previous: Place,
}

impl LogHeader {
    pub(super) fn encode(&self) -> [u8; LOG_HEADER as usize] {
        let mut header = [0; LOG_HEADER as usize];
        header[..8].copy_from_slice(&MAGIC);
        header[8..12].copy_from_slice(&LOG_VERSION.to_le_bytes());
        let numbers = [self.id, self.number, self.after.0, self.previous.log, self.previous.position];
        for (n, number) in numbers.into_iter().enumerate() {
            header[16 + 8 * n..24 + 8 * n].copy_from_slice(&number.to_le_bytes());
        }
        let checksum = Checksum::new().number(self.number).bytes(&header[..60]).value();
        header[60..].copy_from_slice(&checksum.to_le_bytes());
        header
    }

    fn decode(number: u64, bytes: &[u8]) -> Result<Self, CodecError> {
        let name = log_name(number);
        let mut cursor = Cursor::new(&name, 0, bytes);
        let start = cursor.clone();
        if cursor.array()? != MAGIC {
            return Err(start.damaged("it does not start like a log file"));
        }
        let version = cursor.u32()?;
        let checksum = Checksum::new().number(number).bytes(&bytes[..60.min(bytes.len())]).value();
        if bytes.get(60..64) != Some(&checksum.to_le_bytes()) {
            return Err(start.damaged("the header's checksum does not match"));
        }
        if version > LOG_VERSION {
            return Err(CodecError::NewerFormat { file: name, found: version, known: LOG_VERSION });
        }
        cursor.u32()?;
        let (id, number, after) = (cursor.u64()?, cursor.u64()?, Sequence(cursor.u64()?));
        Ok(Self { id, number, after, previous: Place { log: cursor.u64()?, position: cursor.u64()? } })
    }
}

/// An open log file.
#[derive(Clone, Debug)]
pub(super) struct LogFile {
    pub name: String,
    pub header: LogHeader,
    pub file: Arc<dyn StoredFile>,
    /// How long the file is at least; log files never get shorter. Asking the system at each commit would cost more than the question:
    /// some file systems give a file whose times were looked at a new time at its next write, and write that out with the next sync.
    reserved: Arc<AtomicU64>,
}

impl LogFile {
    /// An open file, with what its header says.
    pub(super) fn over(name: String, header: LogHeader, file: Arc<dyn StoredFile>) -> Self {
        Self { name, header, file, reserved: Arc::default() }
    }

    pub(super) fn open(files: &dyn FileSystem, number: u64, access: FileAccess) -> Result<Self, StorageError> {
        let name = log_name(number);
        let failed = |error| StorageError::io(format!("opening {}", files.describe(&name)), error);
        let file = files.open(&name, access).map_err(failed)?;
        let mut bytes = [0; LOG_HEADER as usize];
        let read = file.read_at(0, &mut bytes).map_err(failed)?;
        Ok(Self::over(name, LogHeader::decode(number, &bytes[..read])?, file))
    }

    /// Opens a log file whose header cannot be read, for salvage.
    pub(super) fn open_blindly(files: &dyn FileSystem, number: u64) -> Result<Self, StorageError> {
        let name = log_name(number);
        let file = files.open(&name, FileAccess::Read);
        let file = file.map_err(|error| StorageError::io(format!("opening {}", files.describe(&name)), error))?;
        let header = LogHeader { id: 0, number, after: Sequence(0), previous: Place { log: 0, position: 0 } };
        Ok(Self::over(name, header, file))
    }

    /// Creates a log file with its header and `reserve` bytes of zeros, durable when this returns.
    pub(super) fn create(files: &dyn FileSystem, header: LogHeader, reserve: u64) -> io::Result<Self> {
        let name = log_name(header.number);
        let file = files.create(&name)?;
        let written = Self::fill(&*file, 0, reserve)
            .and_then(|()| file.write_at(0, &header.encode()))
            .and_then(|()| file.sync_data())
            .and_then(|()| files.sync_folder(""));
        if let Err(error) = written {
            // Nothing refers to it; if it cannot be removed either, it is ignored garbage.
            let _ = files.remove(&name);
            return Err(error);
        }
        Ok(Self::over(name, header, file))
    }

    /// Writes zeros from `start` to `end`.
    fn fill(file: &dyn StoredFile, start: u64, end: u64) -> io::Result<()> {
        static ZEROS: [u8; 64 << 10] = [0; 64 << 10];
        let mut position = start;
        while position < end {
            let length = (ZEROS.len() as u64).min(end - position);
            file.write_at(position, &ZEROS[..length as usize])?;
            position += length;
        }
        Ok(())
    }

    /// Makes the file reach `end` at least, in steps of `step`, with synced zeros.
    pub(super) fn reserve(&self, end: u64, step: u64) -> io::Result<()> {
        if self.reserved.load(Ordering::Relaxed) >= end {
            return Ok(());
        }
        let mut length = self.file.len()?;
        if length < end {
            let longer = end.next_multiple_of(step.max(1));
            Self::fill(&*self.file, length, longer)?;
            self.file.sync_data()?;
            length = longer;
        }
        self.reserved.fetch_max(length, Ordering::Relaxed);
        Ok(())
    }

    /// The bytes of a range; shorter when the file ends before it does.
    pub(super) fn bytes(&self, start: u64, end: u64) -> Result<Bytes, StorageError> {
        let mut bytes = vec![0; usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX)];
        let read = self.file.read_at(start, &mut bytes);
        bytes.truncate(read.map_err(|error| StorageError::io(format!("reading {}", self.name), error))?);
        Ok(bytes.into())
    }

    pub(super) fn damaged(&self, position: u64, what: impl Into<String>) -> CodecError {
        CodecError::Damaged { file: self.name.clone(), position, what: what.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::simulate::SimulatedFileSystem;

    #[test]
    fn a_header_comes_back_and_every_flipped_bit_is_detected() {
        let disk = SimulatedFileSystem::new();
        let previous = Place { log: 3, position: 999 };
        let header = LogHeader { id: 77, number: 4, after: Sequence(12), previous };
        LogFile::create(&disk, header, 4096).unwrap();
        assert_eq!(LogFile::open(&disk, 4, FileAccess::Read).unwrap().header, header);
        let bytes = disk.read_file(&log_name(4)).unwrap();
        for bit in 0..LOG_HEADER as usize * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            disk.replace_file(&log_name(4), flipped);
            let error = LogFile::open(&disk, 4, FileAccess::Read).unwrap_err().to_string();
            assert!(error.starts_with("log-0000000000000004: damaged at position 0"), "{error}");
        }
        disk.replace_file(&log_name(5), bytes);
        assert!(LogFile::open(&disk, 5, FileAccess::Read).is_err(), "a file under another's name");
        assert_eq!(
            (log_number("log-00000000000000ff"), log_number("log-1"), log_number("log")),
            (Some(255), None, None)
        );
    }
}
