//! How does a long file reach the disk while its next bytes are still being made?
//!
//! A thread of its own writes full buffers in the order they come and hands them back, and another one syncs now and then, so that copying
//! into the system's memory and writing to the disk go on at once: when the last byte is there, most of the file is durable already.

use std::{
    io, mem,
    sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel},
    thread::{Scope, ScopedJoinHandle},
};

use super::files::StoredFile;

/// So many buffers may wait to be written; then their maker waits.
const WAITING: usize = 4;
/// A sync is due when so many bytes were written since the last one was. One that waits until another is through syncs whatever was written
/// meanwhile.
const SYNCED: u64 = 16 << 20;

/// Writes buffers to the end of a file behind its maker's back.
pub(super) struct Behind<'scope> {
    full: SyncSender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
    /// Gone when their failure has been told.
    threads: Vec<ScopedJoinHandle<'scope, io::Result<()>>>,
}

impl<'scope> Behind<'scope> {
    /// Starts to write at a position.
    pub fn start<'file: 'scope>(
        scope: &'scope Scope<'scope, 'file>,
        file: &'file dyn StoredFile,
        position: u64,
    ) -> Self {
        let (full, buffers) = sync_channel(WAITING);
        let (written, empty) = channel();
        let (due, syncs) = sync_channel(1);
        let syncer = scope.spawn(move || syncs.iter().try_for_each(|()| file.sync_data()));
        let writer = scope.spawn(move || write_all(file, position, &buffers, &written, &due));
        Self { full, empty, threads: vec![writer, syncer] }
    }

    /// Hands over a full buffer and returns an empty one.
    pub fn write(&mut self, buffer: Vec<u8>) -> io::Result<Vec<u8>> {
        let capacity = buffer.capacity();
        match self.full.send(buffer) {
            Ok(()) => Ok(self.empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(capacity))),
            // The writer has stopped; it or who syncs says why.
            Err(_) => self.join().and(Err(io::Error::other("the thread that writes has stopped"))),
        }
    }

    /// Waits until all is written; what came last is not synced yet.
    pub fn finish(mut self) -> io::Result<()> {
        let (nobody, _) = sync_channel(0);
        drop(mem::replace(&mut self.full, nobody));
        self.join()
    }

    fn join(&mut self) -> io::Result<()> {
        let panicked = |_| Err(io::Error::other("a thread that writes has panicked"));
        let ended = self.threads.drain(..).map(|thread| thread.join().unwrap_or_else(panicked));
        // All are waited for, whichever fails.
        ended.fold(Ok(()), io::Result::and)
    }
}

/// Writes all that comes. Ends early when nobody syncs any more, who then has the reason.
fn write_all(
    file: &dyn StoredFile,
    mut position: u64,
    full: &Receiver<Vec<u8>>,
    empty: &Sender<Vec<u8>>,
    due: &SyncSender<()>,
) -> io::Result<()> {
    let mut unsynced = 0;
    for mut buffer in full {
        file.write_at(position, &buffer)?;
        position += buffer.len() as u64;
        unsynced += buffer.len() as u64;
        buffer.clear();
        // Whoever makes the bytes may have made the last already.
        let _ = empty.send(buffer);
        if unsynced >= SYNCED {
            match due.try_send(()) {
                Ok(()) => unsynced = 0,
                Err(TrySendError::Full(())) => {}
                Err(TrySendError::Disconnected(())) => break,
            }
        }
    }
    Ok(())
}
