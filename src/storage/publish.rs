//! How does a file appear whole or not at all? Temporary name, write, sync, rename, sync the folder.

use std::{
    io::{self, Write},
    sync::Arc,
};

use super::files::{FileSystem, StoredFile};

/// What separates a file's name from the random part of its temporary name.
const TEMPORARY: &str = ".tmp-";
/// Bytes are handed to the file in pieces of this length.
const PIECE: usize = 1 << 20;

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
    let mut out = Appending { file, position: 0, buffer: Vec::with_capacity(PIECE) };
    write(&mut out)?;
    out.empty()?;
    out.file.sync_data()?;
    Ok(out.position)
}

/// Writes a file from its start to its end.
struct Appending {
    file: Arc<dyn StoredFile>,
    position: u64,
    buffer: Vec<u8>,
}

impl Appending {
    fn empty(&mut self) -> io::Result<()> {
        self.file.write_at(self.position, &self.buffer)?;
        self.position += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

impl Write for Appending {
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
