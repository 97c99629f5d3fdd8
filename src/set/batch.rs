//! The writes of one transaction, checked and ready to be logged.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use bytes::Bytes;

use crate::{
    object::{FamilyId, Offset, PackedObject, Resolve, Value},
    storage::{Operation, SegmentEntry},
};

use super::{
    Engine, Overlay, Read, Reads, SetDeclaration, SetError, SetView, Snapshot, Staged, StoredObject,
    elements::in_declared_elements, key_text, segment::vector_columns, snapshot::resolved, stored::Presence,
    validate::validate,
};

/// What one transaction wants to change, on top of the snapshot it reads. Autocommit and transactions both stage here, so both
/// check the same things: every object before it is logged, unique keys against the snapshot and the batch itself.
#[derive(Clone)]
pub struct WriteBatch {
    snapshot: Snapshot,
    writes: BTreeMap<FamilyId, Arc<Overlay>>,
    segments: Vec<BulkSegment>,
    /// Where a serializable transaction's reads are noted.
    reads: Option<Arc<Reads>>,
    #[expect(dead_code, reason = "kept for its drop, which ends the registration of the snapshot")]
    open: Option<Arc<dyn Send + Sync>>,
}

/// A segment of new objects that is already in storage, to be committed by its entry.
#[derive(Clone, Debug)]
pub struct BulkSegment {
    /// The segment.
    pub entry: SegmentEntry,
    /// The owners of its objects, each once, in a nested family.
    pub owners: Vec<Offset>,
    /// The unique keys that its objects take (see [`SetDeclaration::unique_key`]).
    pub keys: Vec<Box<[u8]>>,
}

impl WriteBatch {
    /// Nothing staged yet.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        Self { snapshot, writes: BTreeMap::new(), segments: Vec::new(), reads: None, open: None }
    }

    /// [`WriteBatch::new`], with what keeps its snapshot registered as that of an open transaction until the batch is dropped.
    #[must_use]
    pub fn registered(snapshot: Snapshot, open: Arc<dyn Send + Sync>) -> Self {
        Self { open: Some(open), ..Self::new(snapshot) }
    }

    /// The same batch, noting what is read through it from here on, so that it can be committed as serializable.
    #[must_use]
    pub fn noting_reads(self) -> Self {
        Self { reads: Some(Arc::default()), ..self }
    }

    /// What was read, when that is noted.
    #[must_use]
    pub fn reads(&self) -> Option<&Arc<Reads>> {
        self.reads.as_ref()
    }

    /// What the transaction reads, without its own writes. Reads through it are not noted.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// A family, or one owner's nested set, with the staged writes on top.
    pub fn view(&self, family: FamilyId, owner: Option<Offset>) -> Result<SetView, SetError> {
        Ok(self.unnoted(family, owner)?.noting(self.reads.clone()))
    }

    /// [`WriteBatch::view`] for reads that a write makes and that its own footprint says as well.
    pub(super) fn unnoted(&self, family: FamilyId, owner: Option<Offset>) -> Result<SetView, SetError> {
        self.snapshot.view_with(family, owner, self.writes.get(&family).cloned())
    }

    /// An object that is about to be written; only its absence is a read of its own.
    pub(super) fn target(
        &self,
        family: FamilyId,
        owner: Option<Offset>,
        offset: Offset,
    ) -> Result<Option<Presence>, SetError> {
        let found = self.unnoted(family, owner)?.presence(offset)?;
        if let (None, Some(reads)) = (&found, &self.reads) {
            reads.note(family, Read::Object(offset));
        }
        Ok(found)
    }

    /// Stages a new object and returns its offset.
    pub fn insert(
        &mut self,
        engine: &dyn Engine,
        family: FamilyId,
        owner: Option<Offset>,
        object: Bytes,
    ) -> Result<Offset, SetError> {
        let (declaration, object) = self.check(engine, family, owner, None, object)?;
        let offset = engine.lease(1)?;
        self.stage_put(&declaration, family, offset, owner, object, true);
        Ok(offset)
    }

    /// Stages a new version of the object with the same unique key, or a new object when there is none.
    pub fn upsert(
        &mut self,
        engine: &dyn Engine,
        family: FamilyId,
        owner: Option<Offset>,
        object: Bytes,
    ) -> Result<Offset, SetError> {
        let declaration = self.snapshot.declaration(family)?;
        let missing = |what: &str, expected: &str| {
            let field = declaration.unique.as_ref().map_or_else(String::new, ToString::to_string);
            SetError::value(declaration, "to upsert", field, what, expected)
        };
        let Some(path) = &declaration.unique else {
            return Err(missing("no unique key is declared", "a set with a unique key, by which upsert finds objects"));
        };
        let key = PackedObject::new(&object).get(path).map(|value| value.to_value());
        let Some(key) = key.filter(|key| declaration.key_of(None, key.as_ref()).is_some()) else {
            return Err(missing("no value", "a value of the unique key, by which upsert finds the object"));
        };
        match self.view(family, owner)?.find_unique(&key)? {
            None => self.insert(engine, family, owner, object),
            Some(offset) => self.update(engine, family, owner, offset, object).map(|()| offset),
        }
    }

    /// Stages a new version of an object; [`SetError::NotFound`] when there is none at the offset.
    pub fn update(
        &mut self,
        engine: &dyn Engine,
        family: FamilyId,
        owner: Option<Offset>,
        offset: Offset,
        object: Bytes,
    ) -> Result<(), SetError> {
        let Some(Presence { owner }) = self.target(family, owner, offset)? else {
            return Err(SetError::NotFound { set: self.snapshot.declaration(family)?.name.clone(), offset });
        };
        let (declaration, object) = self.check(engine, family, owner, Some(offset), object)?;
        let new = self.is_new(family, offset);
        self.stage_put(&declaration, family, offset, owner, object, new);
        Ok(())
    }

    /// Stages the end of an object and of everything nested in it, level by level; `false` when there is none.
    pub fn remove(&mut self, family: FamilyId, owner: Option<Offset>, offset: Offset) -> Result<bool, SetError> {
        if self.target(family, owner, offset)?.is_none() {
            return Ok(false);
        }
        // Each step goes one level down, and levels are as many as declared.
        let mut ends = vec![(family, offset)];
        while let Some((family, offset)) = ends.pop() {
            for child in self.snapshot.children(family) {
                for nested in self.unnoted(child, Some(offset))?.offsets() {
                    ends.push((child, nested?));
                }
            }
            let new = self.is_new(family, offset);
            let overlay = Arc::make_mut(self.writes.entry(family).or_default());
            if new { overlay.forget(offset) } else { overlay.stage(offset, Staged::Delete) }
        }
        Ok(true)
    }

    /// An object by offset, with the staged writes on top.
    pub fn get(
        &self,
        family: FamilyId,
        owner: Option<Offset>,
        offset: Offset,
    ) -> Result<Option<StoredObject>, SetError> {
        self.view(family, owner)?.get(offset)
    }

    /// Adds segments of new objects.
    pub fn add_segments(&mut self, segments: impl IntoIterator<Item = BulkSegment>) {
        self.segments.extend(segments);
    }

    /// The staged writes by family.
    pub fn writes(&self) -> impl Iterator<Item = (FamilyId, &Overlay)> {
        self.writes.iter().map(|(family, overlay)| (*family, &**overlay))
    }

    /// The segments to be committed.
    #[must_use]
    pub fn segments(&self) -> &[BulkSegment] {
        &self.segments
    }

    /// Whether there is nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.writes.values().all(|overlay| overlay.is_empty())
    }

    /// The operations to log, in an order that can be applied.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (family, overlay) in self.writes() {
            operations.extend(overlay.iter().map(|(offset, staged)| match staged {
                Staged::Put { owner, object, .. } => {
                    Operation::Put { family, offset, owner: *owner, object: object.clone() }
                }
                Staged::Delete => Operation::Delete { family, offset },
            }));
        }
        if !self.segments.is_empty() {
            let added = self.segments.iter().map(|segment| segment.entry.clone()).collect();
            operations.push(Operation::load_mark());
            operations.push(Operation::Segments { added, removed: Vec::new() });
        }
        operations
    }

    /// Refuses an object that the set cannot take: a value that an index refuses, a taken key, an owner that is not there.
    /// `known` is its offset when it is a new version. Gives it back as it is to be stored.
    fn check(
        &self,
        engine: &dyn Engine,
        family: FamilyId,
        owner: Option<Offset>,
        known: Option<Offset>,
        object: Bytes,
    ) -> Result<(Arc<SetDeclaration>, Bytes), SetError> {
        let declaration = self.snapshot.declaration(family)?.clone();
        let packed = PackedObject::new(&object);
        let name = || match known {
            Some(offset) => format!("at offset {offset}"),
            None => match declaration.unique.as_ref().and_then(|path| Some((path, packed.get(path)?))) {
                Some((path, key)) => format!("with {path} = {}", key_text(key)),
                None => "to insert".to_owned(),
            },
        };
        self.check_owner(&declaration, owner)?;
        let converted =
            match in_declared_elements(&declaration, &vector_columns(&declaration, engine.registry()), &object, &name)?
            {
                Cow::Borrowed(_) => object.clone(),
                Cow::Owned(converted) => converted.into(),
            };
        let packed = PackedObject::new(&converted);
        validate(&declaration, &self.snapshot.nested_fields(family), engine.registry(), &packed, &name)?;
        let Some(path) = &declaration.unique else { return Ok((declaration, converted)) };
        let Some(value) = packed.get(path).map(|value| value.to_value()) else { return Ok((declaration, converted)) };
        match self.unnoted(family, owner)?.find_unique(&value)? {
            Some(by) if known != Some(by) => {
                // That a key is taken is all the transaction learns; that it is free, its own footprint says.
                self.view(family, owner)?.find_unique(&value)?;
                Err(taken(&declaration, &value, by))
            }
            _ => Ok((declaration, converted)),
        }
    }

    /// Refuses an owner that is not there, or none where there must be one, and a set that was dropped.
    pub(super) fn check_owner(&self, declaration: &SetDeclaration, owner: Option<Offset>) -> Result<(), SetError> {
        if declaration.dropped {
            return Err(SetError::NoSuchSet(declaration.name.clone()));
        }
        let refuse = |why: String| Err(SetError::Unsupported { set: declaration.name.clone(), why });
        match (&declaration.parent, owner) {
            (None, None) => Ok(()),
            (None, Some(_)) => refuse("the objects of a set that is not nested have no owner".to_owned()),
            (Some(_), None) => refuse(
                "a nested family taken as a whole has no owner to insert for; take the nested set of one object"
                    .to_owned(),
            ),
            (Some((parent, _)), Some(owner)) => {
                if self.target(*parent, None, owner)?.is_some() {
                    return Ok(());
                }
                Err(SetError::NotFound { set: self.snapshot.declaration(*parent)?.name.clone(), offset: owner })
            }
        }
    }

    fn is_new(&self, family: FamilyId, offset: Offset) -> bool {
        let staged = self.writes.get(&family).and_then(|overlay| overlay.get(offset));
        matches!(staged, Some(Staged::Put { new: true, .. }))
    }

    fn stage_put(
        &mut self,
        declaration: &SetDeclaration,
        family: FamilyId,
        offset: Offset,
        owner: Option<Offset>,
        object: Bytes,
        new: bool,
    ) {
        let key = declaration.unique_key(owner, &object);
        let overlay = Arc::make_mut(self.writes.entry(family).or_default());
        overlay.stage(offset, Staged::Put { owner, object, new, key });
    }
}

/// References read through a batch see its own writes.
impl Resolve for WriteBatch {
    type Error = SetError;

    fn resolve(&self, family: FamilyId, offset: Offset) -> Result<Option<Cow<'_, [u8]>>, SetError> {
        resolved(self.view(family, None), offset)
    }
}

/// The error for a unique key that another object has.
pub(super) fn taken(declaration: &SetDeclaration, value: &Value, by: Offset) -> SetError {
    SetError::UniqueViolation {
        set: declaration.name.as_str().into(),
        key: declaration.unique.as_ref().map_or_else(String::new, ToString::to_string).into(),
        value: key_text(value.as_ref()),
        by,
    }
}
