//! Writing what segments are made of: blobs, or memory.

use std::io::{self, Write};

use bytes::Bytes;

use crate::{
    codec::AlignedBuffer,
    set::{SetError, Spend},
    storage::Storage,
};

use super::write::WriteError;

/// Publishes a blob, with errors that are not the target's carried around the writer.
pub(super) fn put(
    storage: &dyn Storage,
    name: &str,
    spend: &Spend<'_>,
    write: &mut dyn FnMut(&mut dyn Write) -> Result<(), WriteError>,
) -> Result<(), SetError> {
    let mut failed = None;
    let outcome = storage.put(name, &mut |out| carry(write(&mut Spending { out, spend }), &mut failed));
    match failed {
        Some(error) => Err(error),
        None => Ok(outcome.map(drop)?),
    }
}

/// Removes files that were written for nothing. What can't be removed now is garbage, and collected later.
pub(in crate::set) fn discard<'f>(files: impl IntoIterator<Item = &'f str>, storage: &dyn Storage) {
    for file in files {
        if let Err(error) = storage.remove(file) {
            tracing::debug!("{file}, which is not needed, is left for later: {error}");
        }
    }
}

/// Tells of bytes before it writes them.
struct Spending<'a> {
    out: &'a mut dyn Write,
    spend: &'a Spend<'a>,
}

impl Write for Spending<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.spend)(bytes.len());
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Builds bytes in memory.
pub(super) fn write_to_memory(
    write: &mut dyn FnMut(&mut dyn Write) -> Result<(), WriteError>,
) -> Result<Bytes, SetError> {
    let mut out = AlignedBuffer::new();
    match write(&mut out) {
        Ok(()) => Ok(out.into_bytes()),
        Err(WriteError::Set(error)) => Err(error),
        Err(WriteError::Io(source)) => Err(SetError::memory(source)),
    }
}

fn carry(outcome: Result<(), WriteError>, failed: &mut Option<SetError>) -> io::Result<()> {
    match outcome {
        Ok(()) => Ok(()),
        Err(WriteError::Io(error)) => Err(error),
        Err(WriteError::Set(error)) => {
            let message = error.to_string();
            *failed = Some(error);
            Err(io::Error::other(message))
        }
    }
}
