//! An open file of the simulated disk.

use std::{io, sync::Arc};

use crate::storage::{
    files::{FileAccess, StoredFile},
    locked::Lockable,
};

use super::{FileOperation, Machine};

#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) machine: Arc<Machine>,
    pub(super) id: usize,
    pub(super) name: String,
    pub(super) access: FileAccess,
}

impl StoredFile for OpenFile {
    fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut disk = self.machine.disk.locked();
        disk.check_power()?;
        let content = &disk.files[self.id].content;
        let start = usize::try_from(position).unwrap_or(usize::MAX).min(content.len());
        let read = buffer.len().min(content.len() - start);
        buffer[..read].copy_from_slice(&content[start..start + read]);
        disk.bytes_read += read as u64;
        Ok(read)
    }

    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()> {
        if self.access == FileAccess::Read {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let mut disk = self.machine.disk.locked();
        disk.check_power()?;
        let length = bytes.len() as u64;
        // What was under way when the power went may be on the disk in part: the write counts as unsynced.
        let begun = disk.begin(FileOperation::Write { name: self.name.clone(), position, length });
        let space = disk.space_for(self.id, position, length);
        disk.write(self.id, position, &bytes[..usize::try_from(space.min(length)).unwrap_or(0)]);
        begun?;
        if space < length { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.machine.disk.locked();
        disk.begin(FileOperation::Sync(self.name.clone()))?;
        disk.sync(self.id)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.machine.disk.locked().files[self.id].content.len() as u64)
    }
}
