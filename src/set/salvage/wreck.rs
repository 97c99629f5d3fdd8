//! One object file that may be damaged, read slot by slot.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use roaring::RoaringBitmap;

use crate::{
    codec::CodecError,
    object::{FamilyId, Offset, Sequence, check_stored},
    set::segment::SegmentObjects,
};

/// An object file that was opened.
pub(super) struct Wreck {
    pub name: String,
    pub family: FamilyId,
    /// It holds the newest version of each of its offsets at this sequence.
    pub sequence: Sequence,
    pub dead: RoaringBitmap,
    pub objects: Arc<SegmentObjects>,
}

/// An object with whose set it is in.
pub(super) type Owned = (Option<Offset>, Bytes);

impl Wreck {
    /// The slots that are alive as far as is known, with their offsets.
    pub fn slots(&self) -> impl Iterator<Item = (u32, Result<Offset, CodecError>)> + '_ {
        let alive = |slot: &u32| !self.dead.contains(*slot);
        (0..self.objects.slots()).filter(alive).map(|slot| (slot, self.objects.offset(slot)))
    }

    /// The object in a slot with everything that belongs to it, or what of it is damaged.
    pub fn object(&self, slot: u32) -> Result<Owned, CodecError> {
        let stored = self.objects.object(slot)?;
        let damaged = |what: String| CodecError::Damaged { file: self.name.clone(), position: 0, what };
        let columns = u32::try_from(self.objects.column_paths().len()).unwrap_or(u32::MAX);
        check_stored(stored.packed().bytes, columns)
            .map_err(|error| damaged(format!("slot {slot} holds no object: {error}")))?;
        let whole = stored.to_bytes().map_err(|error| damaged(format!("slot {slot}: {error}")))?;
        let bytes = match whole {
            Cow::Borrowed(bytes) => Bytes::copy_from_slice(bytes),
            Cow::Owned(bytes) => bytes.into(),
        };
        Ok((stored.owner(), bytes))
    }
}
