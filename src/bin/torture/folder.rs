//! Directories for the hazards that need a real file system.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A directory that is removed in the end.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new one below `parent`.
    pub fn new(parent: &Path, name: &str) -> io::Result<Self> {
        let path = parent.join(format!("protobase-torture-{}-{name}", std::process::id()));
        // Left by a process that had the same number.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to whoever cleans the parent.
        let _ = fs::remove_dir_all(&self.0);
    }
}
