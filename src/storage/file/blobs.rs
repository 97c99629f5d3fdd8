//! Immutable files: temporary name, write, sync, rename, sync the folder, and only then refer to them.

use std::{
    io::{self, Write},
    sync::Arc,
};

use crate::storage::{StorageError, files::StoredFile};

use super::FileStorage;

/// The folder of blobs: what users put into the directory itself is never taken for one.
pub(super) const BLOBS: &str = "blobs";
/// What separates a file's name from the random part of its temporary name.
const TEMPORARY: &str = ".tmp-";
/// Bytes are handed to the file in pieces of this length.
const PIECE: usize = 1 << 20;

/// Whether a file was being written when its writer stopped.
pub(super) fn is_temporary(name: &str) -> bool {
    let random = name.rsplit_once(TEMPORARY).map(|(_, random)| random);
    random.is_some_and(|random| random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The file of a blob.
pub(super) fn path(name: &str) -> Result<String, StorageError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name.len() > 200 || name.starts_with('.') || !name.bytes().all(plain) || is_temporary(name) {
        return Err(StorageError::Refused(format!(
            "'{name}' is no name for a blob: use letters, digits, '-', '_', '.'"
        )));
    }
    Ok(format!("{BLOBS}/{name}"))
}

impl FileStorage {
    pub(super) fn put_blob(
        &self,
        name: &str,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<u64, StorageError> {
        self.check_writable()?;
        let path = path(name)?;
        if self.files.open(&path, self.access()).is_ok() {
            let what = format!("{} exists, and published blobs are never replaced", self.files.describe(&path));
            return Err(StorageError::Refused(what));
        }
        self.publish(BLOBS, &path, write)
    }

    /// Writes a file that appears under its name whole and durable, or not at all.
    pub(super) fn publish(
        &self,
        folder: &str,
        path: &str,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<u64, StorageError> {
        let temporary = format!("{path}{TEMPORARY}{:016x}", self.files.unique());
        let written = self.write_temporary(&temporary, write).and_then(|length| {
            self.files.rename(&temporary, path)?;
            self.files.sync_folder(folder)?;
            Ok(length)
        });
        written.map_err(|error| {
            // If it cannot be removed either, it is ignored garbage.
            let _ = self.files.remove(&temporary);
            self.failed("writing", path, error)
        })
    }

    fn write_temporary(
        &self,
        temporary: &str,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<u64> {
        let file = self.files.create(temporary)?;
        let mut out = Appending { file, position: 0, buffer: Vec::with_capacity(PIECE) };
        write(&mut out)?;
        out.empty()?;
        out.file.sync_data()?;
        Ok(out.position)
    }

    pub(super) fn remove_file(&self, path: &str) -> Result<(), StorageError> {
        match self.files.remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed("removing", path, error)),
            _ => Ok(()),
        }
    }

    /// Removes what interrupted writers left behind. Only when nobody can be writing: maintaining, with loads kept out.
    pub(super) fn remove_temporary_files(&self) -> Result<(), StorageError> {
        for folder in ["", BLOBS] {
            let listed = self.files.list(folder).map_err(|error| self.failed("listing", folder, error))?;
            for name in listed.into_iter().map(|listed| listed.name).filter(|name| is_temporary(name)) {
                self.remove_file(&if folder.is_empty() { name } else { format!("{folder}/{name}") })?;
            }
        }
        Ok(())
    }

    pub(super) fn list_blobs(&self) -> Result<Vec<(String, u64)>, StorageError> {
        let listed = self.files.list(BLOBS).map_err(|error| self.failed("listing", BLOBS, error))?;
        let blobs = listed.into_iter().filter(|listed| path(&listed.name).is_ok());
        Ok(blobs.filter_map(|listed| Some((listed.name, listed.length?))).collect())
    }
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
