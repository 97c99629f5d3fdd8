//! Which object files belong to a damaged store, and what can be opened of them?

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use roaring::RoaringBitmap;

use crate::{
    codec::{CodecError, Container},
    object::FamilyId,
    set::{
        SetDeclaration, SetError, is_segment_file,
        segment::{About, SegmentObjects},
    },
    storage::{Evidence, Operation, SegmentEntry, SegmentId},
};

use super::{
    loss::{Loss, Losses},
    wreck::Wreck,
};

/// The segments that belong to the store as far as is known.
pub(super) struct Segments {
    live: BTreeMap<SegmentId, (SegmentEntry, RoaringBitmap)>,
    removed: BTreeSet<SegmentId>,
}

impl Segments {
    pub fn of(evidence: &Evidence) -> Self {
        let listed = evidence.checkpoint.segments.iter();
        let live = listed.map(|(entry, dead)| (entry.id, (entry.clone(), dead.clone()))).collect();
        let mut segments = Self { live, removed: BTreeSet::new() };
        let after = evidence.frames.range(evidence.checkpoint.listed.next()..).map(|(_, frame)| frame);
        for operation in after.flat_map(|frame| frame.transactions.iter().flatten()) {
            if let Operation::Segments { added, removed } = operation {
                segments.apply(added, removed, evidence.is_incomplete());
            }
        }
        segments
    }

    fn apply(&mut self, added: &[SegmentEntry], removed: &[SegmentId], incomplete: bool) {
        // A change whose segments another one has replaced before is void.
        if !incomplete && !removed.iter().all(|id| self.live.contains_key(id)) {
            return;
        }
        for id in removed {
            self.live.remove(id);
            self.removed.insert(*id);
        }
        for entry in added.iter().filter(|entry| entry.slots > 0) {
            let dead = self.live.remove(&entry.id).map(|(_, dead)| dead).unwrap_or_default();
            self.live.insert(entry.id, (entry.clone(), dead));
        }
    }

    pub fn open(
        &self,
        evidence: &Evidence,
        declarations: &mut BTreeMap<FamilyId, SetDeclaration>,
        losses: &mut Losses,
    ) -> Result<Vec<Wreck>, SetError> {
        let mut wrecks = Vec::new();
        for (entry, dead) in self.live.values() {
            let opened = match evidence.open(&entry.objects) {
                Ok(bytes) => open_file(&entry.objects, &bytes, Some(entry.slots)).map_err(Some),
                Err(error) if error.is_not_found() => Err(None),
                Err(error) => return Err(error.into()),
            };
            if let Ok(Opened { objects, .. }) = &opened
                && let Some(declaration) = objects.about().and_then(|about| decoded(&about))
            {
                declarations.entry(entry.family).or_insert(declaration);
            }
            let set = declarations.get(&entry.family).map(|declaration| declaration.name.clone());
            check_parts(evidence, entry, set.as_deref(), losses);
            match opened {
                Ok(Opened { objects, damage }) => {
                    report_remains(damage, set.as_deref(), losses);
                    wrecks.push(Wreck {
                        name: entry.objects.clone(),
                        family: entry.family,
                        sequence: entry.sequence,
                        dead: dead.clone(),
                        objects: objects.into(),
                    });
                }
                Err(damage) => {
                    let gone = || Loss::missing(&entry.objects, set.as_deref(), "the file is missing");
                    let mut loss = damage.map_or_else(gone, |damage| Loss::of(&damage, set.as_deref()));
                    let alive = u64::from(entry.slots) - dead.len().min(entry.slots.into());
                    loss.what = format!("{}; of its {alive} objects only those are saved that the log has", loss.what);
                    losses.add(loss);
                }
            }
        }
        if evidence.is_incomplete() {
            self.adopt(evidence, declarations, losses, &mut wrecks);
        }
        Ok(wrecks)
    }

    /// Object files that nothing readable refers to: when frames or checkpoints are lost, these may have referred to them.
    fn adopt(
        &self,
        evidence: &Evidence,
        declarations: &mut BTreeMap<FamilyId, SetDeclaration>,
        losses: &mut Losses,
        wrecks: &mut Vec<Wreck>,
    ) {
        let listed: BTreeSet<&str> = self.live.values().map(|(entry, _)| entry.objects.as_str()).collect();
        let unlisted = |name: &&String| name.starts_with("objects-") && !listed.contains(name.as_str());
        for name in evidence.blobs.iter().filter(|name| is_segment_file(name)).filter(unlisted) {
            let Ok(bytes) = evidence.open(name) else { continue };
            let Opened { objects, damage } = match open_file(name, &bytes, None) {
                Ok(opened) => opened,
                Err(damage) => {
                    losses.add(Loss::of(&damage, None));
                    continue;
                }
            };
            let known = objects.about().and_then(|about| decoded(&about).map(|declaration| (about, declaration)));
            let Some((about, declaration)) = known else {
                losses.add(Loss::missing(name, None, "nothing intact says whose objects the file holds"));
                continue;
            };
            if self.removed.contains(&about.id) {
                continue;
            }
            let set = declarations.entry(about.family).or_insert(declaration).name.clone();
            report_remains(damage, Some(&set), losses);
            let what = format!(
                "nothing readable refers to the file, which holds {} objects as of commit {}; they are used where nothing newer is \
                 known, and some may have been removed since, or never committed",
                objects.slots(),
                about.sequence
            );
            losses.add(Loss { objects: Some(0), ..Loss::missing(name, Some(&set), what) });
            let (family, sequence, dead) = (about.family, about.sequence, RoaringBitmap::new());
            wrecks.push(Wreck { name: name.clone(), family, sequence, dead, objects: objects.into() });
        }
    }
}

/// An object file, opened as far as it is intact.
struct Opened {
    objects: SegmentObjects,
    /// What kept it from being opened as it should be.
    damage: Option<CodecError>,
}

/// Opens an object file of so many slots; without a number, of as many as it seems to have.
fn open_file(name: &str, bytes: &Bytes, slots: Option<u32>) -> Result<Opened, CodecError> {
    let opened = match slots {
        Some(slots) => SegmentObjects::open(name, bytes.clone(), slots),
        None => SegmentObjects::open_unlisted(name, bytes.clone()),
    };
    // A damaged checksum table would take all blocks with it that it speaks of.
    let opened = opened.and_then(|objects| match objects.container().map(Container::verify_table) {
        Some(Err(damage)) => Err(damage),
        _ => Ok(objects),
    });
    match opened {
        Ok(objects) => Ok(Opened { objects, damage: None }),
        Err(damage @ CodecError::Damaged { .. }) => match SegmentObjects::open_remains(name, bytes, slots) {
            Some(objects) => Ok(Opened { objects, damage: Some(damage) }),
            None => Err(damage),
        },
        Err(newer) => Err(newer),
    }
}

fn decoded(about: &About) -> Option<SetDeclaration> {
    SetDeclaration::decode(&about.declaration).ok()
}

/// A file whose objects were found another way than by its directory.
fn report_remains(damage: Option<CodecError>, set: Option<&str>, losses: &mut Losses) {
    const WHY: &str = "its objects are found without it, and each that its block's checksum vouches for is saved";
    if let Some(damage) = damage {
        losses.add(Loss::of(&damage, set).harmless(WHY));
    }
}

/// Damage that costs no object is named, too.
pub(super) fn report_harmless(
    evidence: &Evidence,
    wrecks: &[Wreck],
    set: impl Fn(FamilyId) -> Option<String>,
    losses: &mut Losses,
) {
    for wreck in wrecks.iter().filter(|wreck| !losses.mention(&wreck.name)).collect::<Vec<_>>() {
        let Ok(bytes) = evidence.open(&wreck.name) else { continue };
        if let Err(damage) = Container::open_any(&wreck.name, bytes).and_then(|container| container.verify()) {
            let why = "what stood there is dead, or intact elsewhere";
            losses.add(Loss::of(&damage, set(wreck.family).as_deref()).harmless(why));
        }
    }
}

fn check_parts(evidence: &Evidence, entry: &SegmentEntry, set: Option<&str>, losses: &mut Losses) {
    const WHY: &str = "an index part, which is built again";
    for part in &entry.parts {
        let loss = match evidence.open(&part.file) {
            Err(error) => Loss::missing(&part.file, set, error.to_string()),
            Ok(bytes) => match Container::open_any(&part.file, bytes).and_then(|container| container.verify()) {
                Ok(()) => continue,
                Err(damage) => Loss::of(&damage, set),
            },
        };
        losses.add(loss.harmless(WHY));
    }
}
