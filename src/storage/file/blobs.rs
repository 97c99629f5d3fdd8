//! Immutable files: temporary name, write, sync, rename, sync the folder, and only then refer to them.

use std::io::{self, Write};

use crate::storage::{
    StorageError,
    publish::{is_temporary, publish},
};

use super::FileStorage;

/// The folder of blobs: what users put into the directory itself is never taken for one.
pub(super) const BLOBS: &str = "blobs";
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
        self.publish(&path, write)
    }

    /// Writes a file that appears under its name whole and durable, or not at all.
    pub(super) fn publish(
        &self,
        path: &str,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<u64, StorageError> {
        publish(&*self.files, path, write).map_err(|error| self.failed("writing", path, error))
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
