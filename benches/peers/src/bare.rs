//! The physical limit of a durable commit: bytes appended to a preallocated file, and one `fdatasync`.

use std::{fs::File, os::unix::fs::FileExt, path::Path, sync::Mutex};

use protobase::Object;

use crate::encoded;

/// A preallocated file that is only ever appended to.
pub struct BareLog {
    file: File,
    end: Mutex<u64>,
}

impl BareLog {
    /// Creates it with `length` zeros, synced.
    #[must_use]
    pub fn create(folder: &Path, length: u64) -> Self {
        let file = File::create_new(folder.join("bare.log")).expect("created");
        let zeros = vec![0; 1 << 20];
        for position in (0..length).step_by(1 << 20) {
            file.write_all_at(&zeros, position).expect("filled");
        }
        file.sync_all().expect("synced");
        Self { file, end: Mutex::new(0) }
    }

    /// Appends an object; durable when it returns.
    pub fn append(&self, object: &Object) {
        let bytes = encoded(object);
        let mut end = self.end.lock().expect("nobody panicked");
        self.file.write_all_at(&bytes, *end).expect("written");
        self.file.sync_data().expect("synced");
        *end += bytes.len() as u64;
    }
}
