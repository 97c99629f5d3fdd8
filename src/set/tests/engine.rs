//! The smallest engine: one commit at a time, and whoever read an older state tries again.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    index::Registry,
    object::{FamilyId, Offset, Sequence},
    set::{
        Conflict, Decision, Engine, Families, IndexableSet, Maintenance, SegmentChange, SetError, SetSchema, Snapshot,
        WriteBatch,
    },
    storage::{Frame, FrameDraft, MemoryStorage, Operation, SegmentId, Storage},
};

use crate::set::BuildMemory;

use super::kind::Listing;

static UNLIMITED: BuildMemory = BuildMemory::unlimited();

pub struct TestEngine {
    storage: Arc<dyn Storage>,
    registry: Arc<Registry>,
    families: Mutex<Arc<Families>>,
    next: AtomicU64,
}

impl TestEngine {
    pub fn new() -> Arc<Self> {
        let mut registry = Registry::new();
        registry.register(Arc::new(Listing));
        Self::with_registry(registry)
    }

    pub fn with_registry(registry: Registry) -> Arc<Self> {
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
        let registry = Arc::new(registry);
        let families = Self::opened(&storage, &registry);
        Arc::new(Self { storage, registry, families: Mutex::new(families), next: AtomicU64::new(1) })
    }

    fn opened(storage: &Arc<dyn Storage>, registry: &Arc<Registry>) -> Arc<Families> {
        let checkpoint = storage.newest_checkpoint().unwrap().unwrap_or_default();
        let families = Families::open(storage.clone(), registry.clone(), &checkpoint).unwrap();
        for frame in storage.read(checkpoint.sequence).unwrap() {
            families.apply(&frame).unwrap();
        }
        Arc::new(families)
    }

    pub fn families(&self) -> Arc<Families> {
        self.families.lock().unwrap().clone()
    }

    /// What another process sees, or this one after it was started again.
    pub fn elsewhere(&self) -> Arc<Families> {
        Self::opened(&self.storage, &self.registry)
    }

    pub fn reopen(&self) {
        *self.families.lock().unwrap() = self.elsewhere();
    }

    /// Starts again with other index kinds.
    pub fn reopen_with(&self, registry: Registry) -> Arc<Self> {
        let registry = Arc::new(registry);
        let families = Mutex::new(Self::opened(&self.storage, &registry));
        let next = AtomicU64::new(self.next.load(Ordering::Relaxed));
        Arc::new(Self { storage: self.storage.clone(), registry, families, next })
    }

    pub fn checkpoint(&self) {
        let checkpoint = self.families().checkpoint(self.next.load(Ordering::Relaxed)).unwrap();
        self.storage.put_checkpoint(&checkpoint, None).unwrap();
        self.storage.trim(checkpoint.sequence.next()).unwrap();
    }

    pub fn declare<T>(self: &Arc<Self>, schema: &SetSchema) -> Result<IndexableSet<T>, SetError> {
        let snapshot = self.snapshot();
        let declarations = schema.declare(&snapshot, &self.registry)?;
        let operations: Vec<_> = declarations
            .into_iter()
            .map(|(family, declaration)| Operation::Declare { family, declaration: declaration.encode() })
            .collect();
        if !operations.is_empty() {
            self.log(operations);
        }
        let family = self.snapshot().family(schema.name()).unwrap();
        Ok(IndexableSet::new(self.clone(), family, None))
    }

    pub fn maintenance(&self) -> Maintenance<'static> {
        Maintenance::new(self.snapshot(), self.registry.clone(), self.storage.clone(), &UNLIMITED)
    }

    pub fn id(&self) -> SegmentId {
        SegmentId(self.next.fetch_add(1, Ordering::Relaxed))
    }

    pub fn perform(&self, family: FamilyId, decision: &Decision) {
        let change = self.maintenance().perform(family, decision, &|| Ok(self.id())).unwrap();
        self.publish(change);
    }

    pub fn publish(&self, change: Option<SegmentChange>) {
        if let Some(SegmentChange { added, removed }) = change {
            self.log(vec![Operation::Segments { added, removed }]);
        }
    }

    pub fn compact(&self, family: FamilyId) {
        let sizes = self.snapshot().sizes(family).unwrap();
        self.perform(family, &Decision::Compact(sizes.segments.iter().map(|segment| segment.id).collect()));
    }

    pub fn flush(&self, family: FamilyId) {
        self.perform(family, &Decision::Flush);
    }

    fn log(&self, operations: Vec<Operation>) -> Sequence {
        let families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        self.append(&families, operations)
    }

    fn append(&self, families: &Families, operations: Vec<Operation>) -> Sequence {
        let draft = FrameDraft { lease: None, transactions: vec![operations] };
        let sequence = self.storage.append(families.snapshot().sequence(), &draft).unwrap();
        families.apply(&Frame { sequence, lease: None, transactions: draft.transactions }).unwrap();
        sequence
    }
}

impl Engine for TestEngine {
    fn snapshot(&self) -> Snapshot {
        self.families().snapshot()
    }

    fn begin(&self) -> Result<WriteBatch, SetError> {
        Ok(WriteBatch::new(self.snapshot()))
    }

    fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    fn build_memory(&self) -> &BuildMemory {
        &UNLIMITED
    }

    fn lease(&self, count: u64) -> Result<Offset, SetError> {
        Ok(Offset(self.next.fetch_add(count, Ordering::Relaxed)))
    }

    fn commit(&self, batch: WriteBatch) -> Result<Sequence, SetError> {
        let families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        if batch.is_empty() {
            return Ok(batch.snapshot().sequence());
        }
        if families.snapshot().sequence() > batch.snapshot().sequence() {
            return Err(SetError::Conflict(Conflict::Forgotten(Sequence(0))));
        }
        Ok(self.append(&families, batch.operations()))
    }
}
