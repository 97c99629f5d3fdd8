//! A consistent read view of everything.

use std::{borrow::Cow, fmt, sync::Arc};

use crate::{
    object::{FamilyId, FieldPath, Offset, Resolve, Sequence},
    storage::SegmentId,
};

use super::{FamilySizes, Overlay, SetDeclaration, SetError, SetView, state::FamilyState, world::World};

/// A consistent read view of all families at one sequence. Cheap to clone; keeps what it needs.
#[derive(Clone)]
pub struct Snapshot {
    world: Arc<World>,
    sequence: Sequence,
}

impl Snapshot {
    /// The newest that a world shows.
    pub(super) fn new(world: Arc<World>) -> Self {
        let sequence = world.published();
        Self { world, sequence }
    }

    /// The sequence that this snapshot sees.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// A family by its name: `places`, `countries.cities`.
    #[must_use]
    pub fn family(&self, name: &str) -> Option<FamilyId> {
        self.families().find(|(_, declaration)| declaration.name == name).map(|(family, _)| family)
    }

    /// The family of the nested sets at a field of a family's objects.
    pub fn nested(&self, parent: FamilyId, field: &FieldPath) -> Result<FamilyId, SetError> {
        let is_it = |declaration: &SetDeclaration| {
            declaration.parent.as_ref().is_some_and(|(family, path)| *family == parent && path == field)
        };
        match self.families().find(|(_, declaration)| is_it(declaration)) {
            Some((family, _)) => Ok(family),
            None => Err(self.no_such_field(parent, field)),
        }
    }

    fn no_such_field(&self, parent: FamilyId, field: &FieldPath) -> SetError {
        let declared: Vec<_> = self.nested_fields(parent).iter().map(ToString::to_string).collect();
        let declared = if declared.is_empty() { "none".to_owned() } else { declared.join(", ") };
        match self.declaration(parent) {
            Ok(parent) => SetError::NoSuchField { set: parent.name.clone(), field: field.to_string(), declared },
            Err(error) => error,
        }
    }

    /// All families nested directly in one.
    #[must_use]
    pub fn children(&self, parent: FamilyId) -> Vec<FamilyId> {
        let is_child =
            |declaration: &SetDeclaration| declaration.parent.as_ref().is_some_and(|(family, _)| *family == parent);
        self.families().filter(|(_, declaration)| is_child(declaration)).map(|(family, _)| family).collect()
    }

    /// The fields of a family's objects in which nested sets stand.
    #[must_use]
    pub fn nested_fields(&self, parent: FamilyId) -> Vec<FieldPath> {
        let parents = self.families().filter_map(|(_, declaration)| declaration.parent.as_ref());
        parents.filter(|(family, _)| *family == parent).map(|(_, path)| path.clone()).collect()
    }

    /// A family's declaration.
    pub fn declaration(&self, family: FamilyId) -> Result<&Arc<SetDeclaration>, SetError> {
        Ok(&self.world.family(family)?.declaration)
    }

    /// All families that are there, by number.
    pub fn families(&self) -> impl Iterator<Item = (FamilyId, &Arc<SetDeclaration>)> {
        self.every_family().filter(|(_, declaration)| !declaration.dropped)
    }

    /// All families, dropped ones included, of which segments may be left.
    pub fn every_family(&self) -> impl Iterator<Item = (FamilyId, &Arc<SetDeclaration>)> {
        self.world.families.iter().map(|(family, state)| (*family, &state.declaration))
    }

    /// A set by name, as queries read it.
    pub fn set(&self, name: &str) -> Result<SetView, SetError> {
        let family = self.family(name).ok_or_else(|| SetError::NoSuchSet(name.to_owned()))?;
        self.view(family, None)
    }

    /// A family, or one owner's nested set in it.
    pub fn view(&self, family: FamilyId, owner: Option<Offset>) -> Result<SetView, SetError> {
        self.view_with(family, owner, None)
    }

    /// [`Snapshot::view`] with a transaction's own writes on top.
    pub fn view_with(
        &self,
        family: FamilyId,
        owner: Option<Offset>,
        overlay: Option<Arc<Overlay>>,
    ) -> Result<SetView, SetError> {
        Ok(SetView::new(self.world.family(family)?.clone(), self.world.registry.clone(), self.sequence, owner, overlay))
    }

    /// Whether a segment is live.
    #[must_use]
    pub fn has_segment(&self, family: FamilyId, segment: SegmentId) -> bool {
        self.world.family(family).is_ok_and(|state| state.segment(segment).is_some())
    }

    /// What a family takes, for `info` and for [`super::choose`].
    pub fn sizes(&self, family: FamilyId) -> Result<FamilySizes, SetError> {
        FamilySizes::of(self.world.family(family)?, self.sequence, &self.world.registry)
    }

    pub(super) fn state(&self, family: FamilyId) -> Result<&Arc<FamilyState>, SetError> {
        self.world.family(family)
    }
}

impl Resolve for Snapshot {
    type Error = SetError;

    fn resolve(&self, family: FamilyId, offset: Offset) -> Result<Option<Cow<'_, [u8]>>, SetError> {
        resolved(self.view(family, None), offset)
    }
}

/// The bytes of an object that a reference names; nothing, when its family is not there (any more).
pub(super) fn resolved<'a>(view: Result<SetView, SetError>, offset: Offset) -> Result<Option<Cow<'a, [u8]>>, SetError> {
    match view {
        Ok(view) => view.get(offset)?.map(|object| Ok(Cow::Owned(object.to_bytes()?.into_owned()))).transpose(),
        Err(SetError::NoSuchFamily(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot at {}", self.sequence)
    }
}
