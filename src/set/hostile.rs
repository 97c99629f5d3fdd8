//! Object files of any content, for `fuzzing`.

use std::sync::Arc;

use bytes::Bytes;

use crate::object::{Fields, Offset};

use super::segment::SegmentObjects;

/// Opens a container as an object file of so many slots and reads all of it.
pub(crate) fn object_file(file: Bytes, slots: u32) {
    let _ = SegmentObjects::open_unlisted("objects", file.clone());
    let _ = [Some(slots), None].map(|slots| SegmentObjects::open_remains("objects-1", &file, slots));
    let Ok(objects) = SegmentObjects::open("objects", file, slots).map(Arc::new) else { return };
    let _ = (objects.verify(), objects.lengths(), objects.overlaps(&objects));
    for slot in 0..slots {
        let (offset, owner) = (objects.offset(slot).ok(), objects.owner(slot).ok().flatten());
        let _ = objects.read(slot, |fields| fields.to_object());
        if let Ok(object) = objects.object(slot) {
            let _ = (object.packed().to_object(), object.to_bytes().is_ok());
        }
        let _ = (offset.map(|offset| objects.slot_of(offset)), objects.nth_by_offset(slot));
        if let Some(Ok(run)) = owner.map(|owner| objects.owned_by(owner)) {
            assert!(run.end <= slots, "a run of slots that are not there");
        }
        for column in 0..objects.column_paths().len() {
            let _ = objects.vector(column, slot);
        }
    }
    let _ = [0, 1, u64::MAX].map(|offset| (objects.slot_of(Offset(offset)), objects.owned_by(Offset(offset))));
}
