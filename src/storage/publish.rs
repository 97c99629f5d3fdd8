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
/// Bytes are handed to the file in pieces of this length, two huge pages of most processors: Linux (since 6.16, on ext4) keeps what is written
/// by as much in huge pages, and maps them as such. A search that jumps about in a graph and in vectors waits less for the translation of
/// addresses then. By a single huge page at a time that kernel writes four times slower.
const PIECE: usize = 4 << 20;
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
    let written = write_temporary(files, &temporary, write).and_then(|length| {
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
    write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<u64> {
    let file = files.create(temporary)?;
    thread::scope(|scope| {
        let mut out = Appending { scope, file: &*file, position: 0, buffer: Vec::with_capacity(PIECE), behind: None };
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
        let taken = bytes.len().min(PIECE - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == PIECE {
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
