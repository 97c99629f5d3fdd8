//! What does a snapshot see that is in no segment?

use crate::object::{FieldPath, Fields, Object, Offset, ValueRef};

use super::{StoredObject, merge::place_of};

/// The visible objects of a view that are in no segment: the tails' and the transaction's own, in the set's order. They are addressed by their
/// place in that order.
#[derive(Debug, Default)]
pub struct LooseObjects {
    objects: Vec<StoredObject>,
}

impl LooseObjects {
    pub(super) fn new(mut objects: Vec<StoredObject>) -> Self {
        objects.sort_unstable_by_key(place_of);
        Self { objects }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The key by which the set is ordered: (owner, offset); the owner is 0 in a top-level set.
    #[must_use]
    pub fn place(&self, at: u32) -> (Offset, Offset) {
        self.objects.get(at as usize).map_or((Offset(0), Offset(0)), place_of)
    }

    /// One object, to be kept.
    #[must_use]
    pub fn get(&self, at: u32) -> Option<StoredObject> {
        self.objects.get(at as usize).cloned()
    }

    /// A field of one object.
    #[must_use]
    pub fn field(&self, at: u32, path: &FieldPath) -> Option<ValueRef<'_>> {
        self.objects.get(at as usize)?.field(path)
    }

    /// One whole object.
    #[must_use]
    pub fn to_object(&self, at: u32) -> Object {
        self.objects.get(at as usize).map_or_else(Object::new, Fields::to_object)
    }

    /// The fields of one object, to be read now.
    #[must_use]
    pub fn fields(&self, at: u32) -> LooseFields<'_> {
        LooseFields { objects: self, at }
    }

    /// All objects.
    pub fn iter(&self) -> impl Iterator<Item = StoredObject> + '_ {
        self.objects.iter().cloned()
    }
}

/// The fields of one loose object.
#[derive(Clone, Copy, Debug)]
pub struct LooseFields<'a> {
    objects: &'a LooseObjects,
    at: u32,
}

impl Fields for LooseFields<'_> {
    fn field(&self, path: &FieldPath) -> Option<ValueRef<'_>> {
        self.objects.field(self.at, path)
    }

    fn to_object(&self) -> Object {
        self.objects.to_object(self.at)
    }
}
