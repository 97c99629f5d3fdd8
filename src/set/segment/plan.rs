//! How is each part of a segment built, how many at once, and from what?

use std::sync::Arc;

use rayon::prelude::*;

use crate::{
    index::{BuildEffort, IndexBuilder, IndexKind, Predecessor, Slot},
    set::{
        BuildMemory, BuildThreads, IndexDeclaration, SetError, Steps,
        memory::{affordable, rounds},
    },
};

use super::{Origin, SegmentObjects};

/// A part that is about to be built.
pub(super) struct Planned<'a> {
    pub index: &'a IndexDeclaration,
    pub kind: &'a dyn IndexKind,
    pub effort: BuildEffort,
    /// What building it holds in memory.
    pub bytes: u64,
}

/// How each part is built, within the memory that there is.
pub(super) fn planned<'i>(
    indexes: impl Iterator<Item = (&'i IndexDeclaration, &'i Arc<dyn IndexKind>)>,
    set: &str,
    wanted: BuildEffort,
    slots: u32,
    memory: &BuildMemory,
) -> Vec<Planned<'i>> {
    let limit = memory.limit();
    let plan = |(index, kind): (&'i IndexDeclaration, &'i Arc<dyn IndexKind>)| {
        let (effort, bytes) = affordable(kind.as_ref(), &index.options, wanted, slots, limit);
        if effort != wanted {
            let kind = &index.kind;
            tracing::warn!(
                set,
                kind,
                slots,
                limit,
                "an index is built with less: as it answers best takes too much memory"
            );
        }
        Planned { index, kind: kind.as_ref(), effort, bytes }
    };
    indexes.map(plan).collect()
}

/// Builds parts, as many at once as memory is there for.
pub(super) fn in_rounds<T: Send>(
    planned: &[Planned<'_>],
    effort: BuildEffort,
    (memory, threads): (&BuildMemory, BuildThreads),
    steps: &Steps<'_>,
    build: impl Fn(&Planned<'_>) -> Result<T, SetError> + Sync,
) -> Result<Vec<T>, SetError> {
    let bytes: Vec<u64> = planned.iter().map(|part| part.bytes).collect();
    let mut built = Vec::with_capacity(planned.len());
    for round in rounds(&bytes, memory.limit()) {
        let held = bytes[round.clone()].iter().fold(0, |all: u64, bytes| all.saturating_add(*bytes));
        let _share = memory.hold(held, effort, &|| steps.ask())?;
        let round = || planned[round].par_iter().map(&build).collect::<Result<Vec<_>, _>>();
        built.extend(threads.run(round)?);
    }
    Ok(built)
}

/// Hands a builder the parts of the segments that are merged.
pub(super) fn inherit(
    builder: &mut dyn IndexBuilder,
    index: &IndexDeclaration,
    origins: &[Origin],
    new: &SegmentObjects,
) {
    type Moved<'a> = Box<dyn Fn() -> Option<Vec<Option<Slot>>> + 'a>;
    let known = |origin: &Origin| origin.segment.part(index.id).and_then(|part| part.container.clone());
    let moved: Vec<Moved<'_>> =
        origins.iter().map(|origin| -> Moved<'_> { Box::new(|| origin.moved(new).ok()) }).collect();
    let predecessors: Vec<Predecessor<'_>> = origins
        .iter()
        .zip(&moved)
        .filter_map(|(origin, moved)| {
            Some(Predecessor::new(known(origin)?, origin.segment.objects.slots(), origin.living(), moved.as_ref()))
        })
        .collect();
    builder.inherit(&predecessors);
}
