//! Mapping files into memory: the only unsafe code of the storage layer.
#![allow(unsafe_code, reason = "mapping a file is unsafe by its nature")]

use std::{fs::File, io, path::Path};

use bytes::Bytes;
use memmap2::Mmap;

/// Maps a whole file. The map lives as long as the bytes, also after the file has been removed.
pub(super) fn map(path: &Path) -> io::Result<Bytes> {
    let file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: only published blobs are mapped, and the storage layer never writes to, truncates or reuses a published file: it
    // is renamed into place once and later at most removed, which leaves the map intact. A foreign program that shortens the
    // file in place is outside of what can be defended against; what it changes in place, the checksums report.
    let map = unsafe { Mmap::map(&file)? };
    Ok(Bytes::from_owner(map))
}
