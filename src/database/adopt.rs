//! How does a store become live state?

use std::sync::Arc;

use crate::{
    index::Registry,
    object::Sequence,
    set::Families,
    storage::{Lease, Storage, StorageError},
};

use super::Error;

/// A checkpoint taken up, with the log after it applied.
pub(super) struct Adopted {
    /// The state.
    pub families: Families,
    /// The first offset that was never leased.
    pub next_offset: u64,
    /// Where the checkpoint stands.
    pub checkpoint: Sequence,
}

/// How often an opening starts over because a checkpoint's files were replaced under it.
const TRIES: usize = 16;

/// Takes up the newest checkpoint and the log after it. A file or a frame that is gone means that a newer checkpoint exists.
pub(super) fn adopt(storage: &Arc<dyn Storage>, registry: &Arc<Registry>) -> Result<Adopted, Error> {
    let mut tries = 1;
    loop {
        match try_adopt(storage, registry) {
            Err(error) if tries < TRIES && is_replaced(&error) => {
                tracing::debug!(%error, "starting over from a newer checkpoint");
                tries += 1;
            }
            adopted => return adopted,
        }
    }
}

fn try_adopt(storage: &Arc<dyn Storage>, registry: &Arc<Registry>) -> Result<Adopted, Error> {
    let checkpoint = storage.newest_checkpoint()?.unwrap_or_default();
    let families = Families::open(storage.clone(), registry.clone(), &checkpoint)?;
    let mut next_offset = checkpoint.next_offset.max(1);
    for frame in storage.read(checkpoint.sequence)? {
        families.apply(&frame)?;
        next_offset = next_offset.max(frame.lease.map_or(0, Lease::end));
    }
    Ok(Adopted { families, next_offset, checkpoint: checkpoint.sequence })
}

/// Whether a file or a frame was not there.
pub(super) fn is_replaced(error: &Error) -> bool {
    matches!(error, Error::Storage(error) if error.is_not_found() || matches!(error, StorageError::Trimmed { .. }))
}
