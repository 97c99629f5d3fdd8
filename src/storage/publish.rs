//! How does a file appear whole or not at all? Temporary name, write, sync, rename, sync the folder.

use std::{
    io::{self, Write},
    mem,
    thread::{self, Scope},
};

use super::{
    behind::Behind,
    files::{FileSystem, StoredFile},
};

/// What separates a file's name from the random part of its temporary name.
const TEMPORARY: &str = ".tmp-";
/// Bytes are handed to the file in pieces of this length.
const PIECE: usize = 1 << 20;
/// Those of an index part in pieces of a huge page of most processors: Linux keeps what is written by as much at a time in such pages, where the
/// file system can, and maps them as such. A search that jumps about in a graph of some ten megabytes then waits less for the translation
/// of addresses: it answers 1.3 times as many queries. Writing is slower so, and objects are more than parts.
const PART_PIECE: usize = 2 << 20;
/// How the names of index parts begin, in whatever folder.
const PART: &str = "part-";
/// A file that gets longer than this is worth a thread that writes it.
const LONG: u64 = 8 << 20;

/// Whether a file was being written when its writer stopped.
pub(super) fn is_temporary(name: &str) -> bool {
    let random = name.rsplit_once(TEMPORARY).map(|(_, random)| random);
    random.is_some_and(|random| random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The folder of a path; the directory itself is `""`.
fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Writes a file that appears under its name whole and durable, or not at all. Returns its length.
pub(super) fn publish(
    files: &dyn FileSystem,
    path: &str,
    write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<u64> {
    let temporary = format!("{path}{TEMPORARY}{:016x}", files.unique());
    let piece = if path.rsplit('/').next().is_some_and(|name| name.starts_with(PART)) { PART_PIECE } else { PIECE };
    let written = write_temporary(files, &temporary, piece, write).and_then(|length| {
        files.rename(&temporary, path)?;
        files.sync_folder(folder_of(path))?;
        Ok(length)
    });
    written.inspect_err(|_| {
        // If it cannot be removed either, it is ignored garbage.
        let _ = files.remove(&temporary);
    })
}

fn write_temporary(
    files: &dyn FileSystem,
    temporary: &str,
    piece: usize,
    write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<u64> {
    let file = files.create(temporary)?;
    thread::scope(|scope| {
        let buffer = Vec::with_capacity(piece);
        let mut out = Appending { scope, file: &*file, position: 0, piece, buffer, behind: None };
        write(&mut out)?;
        out.finish()
    })
}

/// Writes a file from its start to its end: by itself while it is short, then behind its caller's back, so that the next bytes are made
/// while the last ones go to the disk.
struct Appending<'scope, 'file: 'scope> {
    scope: &'scope Scope<'scope, 'file>,
    file: &'file dyn StoredFile,
    position: u64,
    piece: usize,
    buffer: Vec<u8>,
    behind: Option<Behind<'scope>>,
}

impl Appending<'_, '_> {
    /// Lets go of a full buffer.
    fn empty(&mut self) -> io::Result<()> {
        let length = self.buffer.len() as u64;
        if self.position < LONG {
            self.file.write_at(self.position, &self.buffer)?;
            self.buffer.clear();
        } else {
            let (file, position) = (self.file, self.position);
            let behind = self.behind.get_or_insert_with(|| Behind::start(self.scope, file, position));
            self.buffer = behind.write(mem::take(&mut self.buffer))?;
        }
        self.position += length;
        Ok(())
    }

    /// Writes what is left and makes all of it durable; returns the length.
    fn finish(mut self) -> io::Result<u64> {
        self.empty()?;
        self.behind.map_or(Ok(()), Behind::finish)?;
        self.file.sync_data()?;
        Ok(self.position)
    }
}

impl Write for Appending<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.piece - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == self.piece {
            self.empty()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::simulate::{Fault, FaultKind, Keep, SimulatedFileSystem};

    const LENGTH: usize = 27_000_123;

    fn bytes() -> impl Iterator<Item = u8> {
        (0..LENGTH as u64).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8)
    }

    fn publish_long(disk: &SimulatedFileSystem) -> io::Result<u64> {
        let content: Vec<u8> = bytes().collect();
        publish(disk, "long", &mut |out| content.chunks(77_777).try_for_each(|chunk| out.write_all(chunk)))
    }

    /// The bytes are whole, in order and durable, though a thread of its own wrote the most of them.
    #[test]
    fn a_long_file_is_there_whole_after_a_power_cut() {
        let disk = SimulatedFileSystem::new();
        assert_eq!(publish_long(&disk).unwrap(), LENGTH as u64);
        assert_eq!(disk.unsynced(), 0);
        let disk = disk.after_power_cut(Keep::Nothing, 1);
        assert!(disk.read_file("long").unwrap().into_iter().eq(bytes()));
    }

    /// Whatever write or sync fails, the maker of the bytes is told of it, and nothing stays.
    #[test]
    fn a_long_file_that_cannot_be_written_leaves_nothing() {
        let disk = SimulatedFileSystem::new();
        let before = disk.operations();
        publish_long(&disk).unwrap();
        let calls = disk.operations() - before;
        for call in 0..calls {
            let disk = SimulatedFileSystem::new();
            disk.plan_fault(Some(Fault { kind: FaultKind::Full, call, lasting: false }));
            let outcome = publish_long(&disk);
            if disk.faults_fired() == 0 {
                break;
            }
            assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::StorageFull, "call {call} of {calls}");
            assert!(!disk.file_names().iter().any(|name| is_temporary(name)), "call {call}: {:?}", disk.file_names());
        }
    }
}
