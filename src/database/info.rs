//! What is in a database, and what does it take?

use serde::Serialize;

use crate::{
    object::FamilyId,
    set::{FamilySizes, IndexDeclaration, SegmentSizes, SegmentView, SetDeclaration, Snapshot},
};

use super::{Database, Error, MaintenanceInfo, ScrubInfo, locked::lock};

/// A database at one sequence.
#[derive(Clone, Debug, Serialize)]
pub struct DatabaseInfo {
    /// The newest commit that is counted here.
    pub sequence: u64,
    /// The sequence that the newest checkpoint covers; the log after it is replayed at opening.
    pub checkpoint: u64,
    /// Declared sets, nested families included.
    pub sets: Vec<SetInfo>,
    /// Bytes of all segments on disk.
    pub bytes: u64,
    /// Bytes that compaction would give back, estimated from dead slots.
    pub reclaimable_bytes: u64,
    /// Commits of this process that had to wait for maintenance.
    pub throttled_commits: u64,
    /// Bytes that background maintenance of this process has written.
    pub maintained_bytes: u64,
    /// What background maintenance of this process is at.
    pub maintenance: Option<MaintenanceInfo>,
    /// How far the verification of stored bytes is.
    pub scrub: ScrubInfo,
}

/// One set.
#[derive(Clone, Debug, Serialize)]
pub struct SetInfo {
    /// Its name.
    pub name: String,
    /// The unique key.
    pub unique: Option<String>,
    /// Visible objects.
    pub objects: u64,
    /// Versions of objects that are in memory and in no segment on disk yet.
    pub delta_objects: u64,
    /// Their bytes.
    pub delta_bytes: u64,
    /// Declared indexes.
    pub indexes: Vec<IndexInfo>,
    /// Segments on disk.
    pub segments: Vec<SegmentInfo>,
    /// Bytes of the segments on disk.
    pub bytes: u64,
    /// Bytes that compaction would give back, estimated from dead slots.
    pub reclaimable_bytes: u64,
}

/// One declared index.
#[derive(Clone, Debug, Serialize)]
pub struct IndexInfo {
    /// The fields it covers.
    pub fields: Vec<String>,
    /// Its kind.
    pub kind: String,
    /// Whether this program knows the kind; if not, its parts are left alone and evaluation answers.
    pub known: bool,
    /// Its options.
    pub options: Vec<(String, String)>,
    /// Segments, in memory and on disk, that have a part of it.
    pub parts: usize,
    /// Segments that lack one: there, evaluation answers until maintenance has built it.
    pub missing: usize,
    /// Segments on disk whose part is not as good as it gets, because building that takes more memory than builds may hold
    /// ([`super::DatabaseOptions::build_memory`]): vectors without a graph.
    pub unaffordable: usize,
    /// What its parts tell of themselves, by segment.
    pub facts: Vec<(String, Vec<(String, String)>)>,
}

/// One segment on disk.
#[derive(Clone, Debug, Serialize)]
pub struct SegmentInfo {
    /// Its number.
    pub id: u64,
    /// Its slots.
    pub slots: u32,
    /// Slots of objects that have been written anew or deleted since.
    pub dead: u32,
    /// Bytes of its files.
    pub bytes: u64,
    /// Bytes of its objects as they are stored: fewer than `object_bytes` when they are compressed.
    pub stored_bytes: u64,
    /// Bytes of its objects, without indexed vectors.
    pub object_bytes: u64,
}

impl Database {
    /// Sets, counts, indexes, segments and sizes, as of now.
    pub fn info(&self) -> Result<DatabaseInfo, Error> {
        let snapshot = self.core.latest()?;
        let families: Vec<FamilyId> = snapshot.families().map(|(family, _)| family).collect();
        let sets =
            families.into_iter().map(|family| self.set_info(&snapshot, family)).collect::<Result<Vec<_>, _>>()?;
        Ok(DatabaseInfo {
            sequence: snapshot.sequence().0,
            checkpoint: self.core.pressure.checkpoint().0,
            bytes: sets.iter().map(|set| set.bytes).sum(),
            reclaimable_bytes: sets.iter().map(|set| set.reclaimable_bytes).sum(),
            throttled_commits: self.core.pressure.throttled(),
            maintained_bytes: self.core.budget.spent(),
            maintenance: lock(&self.core.work).clone(),
            scrub: self.core.scrub_info()?,
            sets,
        })
    }

    fn set_info(&self, snapshot: &Snapshot, family: FamilyId) -> Result<SetInfo, Error> {
        let declaration: &SetDeclaration = snapshot.declaration(family)?;
        let sizes = snapshot.sizes(family)?;
        let view = snapshot.view(family, None)?;
        let indexes = declaration.indexes.iter().map(|index| self.index_info(index, view.segments(), &sizes)).collect();
        Ok(SetInfo {
            name: declaration.name.clone(),
            unique: declaration.unique.as_ref().map(ToString::to_string),
            objects: sizes.objects,
            delta_objects: sizes.delta_objects,
            delta_bytes: sizes.delta_bytes,
            indexes,
            bytes: sizes.segments.iter().map(|segment| segment.bytes).sum(),
            reclaimable_bytes: reclaimable(&sizes),
            segments: segments(&sizes),
        })
    }

    fn index_info(&self, index: &IndexDeclaration, segments: &[SegmentView], sizes: &FamilySizes) -> IndexInfo {
        let limit = self.core.build_memory.limit();
        let unaffordable = |segment: &&SegmentSizes| {
            segment.unsettled.contains(&index.id) && !sizes.to_settle(segment, limit).contains(&index.id)
        };
        let parts: Vec<_> = segments.iter().filter_map(|s| s.part(index.id).map(|part| (s.name(), part))).collect();
        let owned =
            |facts: Vec<(&str, String)>| facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect();
        IndexInfo {
            fields: index.fields.iter().map(ToString::to_string).collect(),
            kind: index.kind.clone(),
            known: self.core.registry.find(&index.kind).is_some(),
            options: index.options.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            parts: parts.len(),
            missing: segments.len() - parts.len(),
            unaffordable: sizes.segments.iter().filter(unaffordable).count(),
            facts: parts.into_iter().map(|(name, part)| (name, owned(part.facts()))).collect(),
        }
    }
}

fn segments(sizes: &FamilySizes) -> Vec<SegmentInfo> {
    let info = |s: &crate::set::SegmentSizes| SegmentInfo {
        id: s.id.0,
        slots: s.slots,
        dead: s.dead,
        bytes: s.bytes,
        stored_bytes: s.stored_bytes,
        object_bytes: s.object_bytes,
    };
    sizes.segments.iter().map(info).collect()
}

/// The dead part of every segment, taken as evenly spread over its bytes.
fn reclaimable(sizes: &FamilySizes) -> u64 {
    let of = |s: &crate::set::SegmentSizes| {
        u64::try_from(u128::from(s.bytes) * u128::from(s.dead) / u128::from(s.slots.max(1))).unwrap_or(s.bytes)
    };
    sizes.segments.iter().map(of).sum()
}
