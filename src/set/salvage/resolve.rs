//! Which of several claims about an offset holds?

use std::collections::BTreeMap;

use crate::{
    codec::CodecError,
    object::{FamilyId, Offset, Sequence, check},
    storage::{Evidence, Operation},
};

use super::{Losses, Place, SetDeclaration, Source, Wreck};

/// Everything that is said about the offsets of one family.
#[derive(Default)]
pub(super) struct Claims {
    /// The newest intact version of each offset.
    intact: BTreeMap<Offset, Place>,
    /// Versions before the checkpoint that may have been removed by it, in a frame that is lost.
    old: BTreeMap<Offset, Place>,
    /// When each removed offset was removed.
    removed: BTreeMap<Offset, Sequence>,
    /// Versions that cannot be read.
    damaged: Vec<(Offset, Sequence, CodecError)>,
}

impl Claims {
    pub fn is_empty(&self) -> bool {
        self.intact.is_empty() && self.damaged.is_empty()
    }

    /// What a frame says. Up to the checkpoint it counts only where no frame is missing that could say otherwise.
    fn put(&mut self, evidence: &Evidence, offset: Offset, sequence: Sequence, source: Source) {
        if evidence.is_gapless(sequence, evidence.checkpoint.sequence) {
            self.add(offset, sequence, source);
        } else {
            self.old.insert(offset, Place { sequence, source });
        }
    }

    /// A segment built at a sequence holds what was written up to it, so it goes before a frame of the same sequence.
    fn add(&mut self, offset: Offset, sequence: Sequence, source: Source) {
        match self.intact.get(&offset) {
            Some(known) if known.sequence > sequence => {}
            _ => drop(self.intact.insert(offset, Place { sequence, source })),
        }
    }
}

/// Collects what frames and object files say.
pub(super) fn collect(
    evidence: &Evidence,
    wrecks: &[Wreck],
    families: &mut BTreeMap<FamilyId, Claims>,
    declarations: &BTreeMap<FamilyId, SetDeclaration>,
    losses: &mut Losses,
) {
    for (sequence, frame) in &evidence.frames {
        for operation in frame.transactions.iter().flatten() {
            match operation {
                Operation::Put { family, offset, owner, object } if check(object).is_ok() => {
                    let source = Source::Frame(*owner, object.clone());
                    families.entry(*family).or_default().put(evidence, *offset, *sequence, source);
                }
                Operation::Delete { family, offset } => {
                    families.entry(*family).or_default().removed.insert(*offset, *sequence);
                }
                _ => {}
            }
        }
    }
    for (at, wreck) in wrecks.iter().enumerate() {
        let set = declarations.get(&wreck.family).map_or("?", |declaration| declaration.name.as_str());
        let claims = families.entry(wreck.family).or_default();
        for (slot, offset) in wreck.slots() {
            match offset.map(|offset| (offset, wreck.object(slot))) {
                Ok((offset, Ok(_))) => claims.add(offset, wreck.sequence, Source::Slot(at, slot)),
                Ok((offset, Err(damage))) => claims.damaged.push((offset, wreck.sequence, damage)),
                Err(damage) => losses.object(&damage, set, None),
            }
        }
    }
}

/// What is there in the end.
pub(super) fn resolve(
    evidence: &Evidence,
    declaration: &SetDeclaration,
    claims: Claims,
    losses: &mut Losses,
) -> BTreeMap<Offset, Place> {
    let Claims { mut intact, mut old, removed, damaged } = claims;
    for (offset, sequence, damage) in damaged {
        let known = intact.get(&offset).map(|place| place.sequence);
        let is_superseded = known.is_some_and(|known| known >= sequence)
            || removed.get(&offset).is_some_and(|removed| *removed >= sequence);
        if is_superseded {
            continue;
        }
        // When nothing is missing between an older version and the damaged one, they are the same.
        let is_same = |place: &Place| place.sequence <= sequence && evidence.is_gapless(place.sequence, sequence);
        let older = intact.remove(&offset).into_iter().chain(old.remove(&offset)).find(is_same);
        match older {
            Some(place) => drop(intact.insert(offset, place)),
            None => losses.object(&damage, &declaration.name, Some(offset)),
        }
    }
    intact.retain(|offset, place| removed.get(offset).is_none_or(|removed| *removed < place.sequence));
    intact
}
