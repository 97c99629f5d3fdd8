//! Which fields do the objects of a segment have at all?
//!
//! Segments do not change, so what was found out once, by walking over the names in all objects and stepping over their values, holds as long as the
//! segment lives. Nobody pays for it but who asks for a field that no object was met with.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::codec::CodecError;

use super::SegmentObjects;

/// The names of top-level fields.
pub(super) type FieldNames = HashSet<Box<[u8]>>;

/// So many slots are walked over at a time.
const BLOCK: u32 = 8_192;

/// Walks over all objects, dead ones too.
pub(super) fn collect(objects: &SegmentObjects) -> Result<FieldNames, CodecError> {
    let blocks = 0..objects.slots().div_ceil(BLOCK);
    blocks.into_par_iter().map(|block| of_block(objects, block * BLOCK)).try_reduce(
        FieldNames::new,
        |mut one, other| {
            one.extend(other);
            Ok(one)
        },
    )
}

fn of_block(objects: &SegmentObjects, first: u32) -> Result<FieldNames, CodecError> {
    let mut names = FieldNames::new();
    for slot in first..objects.slots().min(first.saturating_add(BLOCK)) {
        objects.read_packed(slot, |object| {
            object.for_each_name(&mut |name| {
                if !names.contains(name) {
                    names.insert(name.into());
                }
            });
        })?;
    }
    Ok(names)
}
