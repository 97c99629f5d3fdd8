//! An open file of the simulated disk.

use std::{io, sync::Arc};

use crate::storage::{
    files::{FileAccess, StoredFile},
    locked::Lockable,
};

use super::{
    FileOperation, Machine,
    faults::{Call, FaultKind},
};

#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) machine: Arc<Machine>,
    pub(super) id: usize,
    pub(super) name: String,
    pub(super) access: FileAccess,
}

/// Half of what was asked, and something.
fn short(length: usize) -> usize {
    length.div_ceil(2)
}

impl StoredFile for OpenFile {
    fn read_some(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut disk = self.machine.disk.locked();
        let fault = disk.call(Call::Read)?;
        let wanted = if fault.is_some() { short(buffer.len()) } else { buffer.len() };
        let content = disk.file(self.id).bytes.clone();
        let start = usize::try_from(position).unwrap_or(usize::MAX).min(content.len());
        let read = wanted.min(content.len() - start);
        buffer[..read].copy_from_slice(&content[start..start + read]);
        disk.bytes_read += read as u64;
        Ok(read)
    }

    fn write_some(&self, position: u64, bytes: &[u8]) -> io::Result<usize> {
        if self.access == FileAccess::Read {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let mut disk = self.machine.disk.locked();
        let fault = disk.call(Call::Write)?;
        if fault == Some(FaultKind::Interrupted) {
            return Err(FaultKind::Interrupted.error());
        }
        let length = if fault.is_some() { short(bytes.len()) } else { bytes.len() };
        let space = disk.space_for(self.id, position, length as u64);
        let written = usize::try_from(space).unwrap_or(length).min(length);
        // What was under way when the power went may be on the disk in part: the write counts as unsynced.
        let operation = FileOperation::Write { name: self.name.clone(), position, length: bytes.len() as u64 };
        let begun = disk.begin(operation);
        disk.write(self.id, position, &bytes[..written]);
        begun?;
        disk.done();
        match fault {
            Some(kind) if kind != FaultKind::Short => Err(kind.error()),
            _ if written == 0 && !bytes.is_empty() => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(written),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.machine.disk.locked();
        let fault = disk.call(Call::Sync)?;
        disk.begin(FileOperation::Sync(self.name.clone()))?;
        let synced = disk.sync(self.id, fault);
        disk.done();
        synced
    }

    fn len(&self) -> io::Result<u64> {
        let mut disk = self.machine.disk.locked();
        disk.call(Call::Length)?;
        Ok(disk.file(self.id).bytes.len() as u64)
    }
}
