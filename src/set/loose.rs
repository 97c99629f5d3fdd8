//! What does a snapshot see that is in no segment?

use std::{ops::Range, ptr, sync::Arc};

use crate::object::{FieldPath, Fields, Object, Offset, Sequence, ValueRef};

use super::{
    StoredObject,
    delta::{Column, Tail},
    place::{Place, place_of},
};

/// The visible objects of a view that are in no segment: the tails' and the transaction's own, in the set's order. They are addressed by their
/// place in that order.
#[derive(Debug, Default)]
pub struct LooseObjects {
    order: Vec<Loose>,
    tails: Vec<Arc<Tail>>,
    /// The transaction's own.
    own: Vec<StoredObject>,
}

/// Where one object is.
#[derive(Clone, Copy, Debug)]
struct Loose {
    place: Place,
    /// Its tail; behind the last one are the transaction's own.
    tail: u32,
    at: u32,
}

impl LooseObjects {
    /// What a snapshot sees in tails: everything, or one owner's.
    pub(super) fn of_tails(tails: &[Arc<Tail>], at: Sequence, owner: Option<Offset>) -> Self {
        let mut order =
            Vec::with_capacity(if owner.is_none() { tails.iter().map(|tail| tail.len() as usize).sum() } else { 0 });
        for (tail, number) in tails.iter().zip(0..) {
            let mine = tail.visible_places(at).filter(|(_, version)| owner.is_none() || version.owner == owner);
            order.extend(mine.map(|(at, version)| Loose { place: version.place(), tail: number, at }));
        }
        order.sort_unstable_by_key(|loose| loose.place);
        Self { order, tails: tails.to_vec(), own: Vec::new() }
    }

    /// One owner's among these.
    pub(super) fn of_owner(&self, owner: Offset) -> Self {
        let start = self.order.partition_point(|loose| loose.place.0 < owner);
        let end = self.order.partition_point(|loose| loose.place.0 <= owner);
        Self { order: self.order[start..end].to_vec(), tails: self.tails.clone(), own: Vec::new() }
    }

    /// These without what a transaction hides, and with what it adds.
    pub(super) fn overlaid(&self, is_hidden: impl Fn(Offset) -> bool, own: Vec<StoredObject>) -> Self {
        let Ok(tail) = u32::try_from(self.tails.len()) else { return Self::default() };
        let mut order: Vec<Loose> = self.order.iter().filter(|loose| !is_hidden(loose.place.1)).copied().collect();
        order.extend(own.iter().zip(0..).map(|(object, at)| Loose { place: place_of(object), tail, at }));
        order.sort_unstable_by_key(|loose| loose.place);
        Self { order, tails: self.tails.clone(), own }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The key by which the set is ordered: (owner, offset); the owner is 0 in a top-level set.
    #[must_use]
    pub fn place(&self, at: u32) -> (Offset, Offset) {
        self.order.get(at as usize).map_or((Offset(0), Offset(0)), |loose| loose.place)
    }

    /// One object, to be kept.
    #[must_use]
    pub fn get(&self, at: u32) -> Option<StoredObject> {
        let loose = self.order.get(at as usize)?;
        match self.tails.get(loose.tail as usize) {
            Some(tail) => tail.at(loose.at).map(StoredObject::of_version),
            None => self.own.get(loose.at as usize).cloned(),
        }
    }

    /// A field of one object, read from its bytes. Who reads a field of many asks a [`LooseReader`].
    #[must_use]
    pub fn field(&self, at: u32, path: &FieldPath) -> Option<ValueRef<'_>> {
        self.packed(self.order.get(at as usize)?, path)
    }

    /// `None` in a top-level set.
    fn owner(&self, loose: &Loose) -> Option<Offset> {
        match self.tails.get(loose.tail as usize) {
            Some(tail) => tail.at(loose.at)?.owner,
            None => self.own.get(loose.at as usize)?.owner(),
        }
    }

    #[inline]
    fn packed(&self, loose: &Loose, path: &FieldPath) -> Option<ValueRef<'_>> {
        match self.tails.get(loose.tail as usize) {
            Some(tail) => tail.at(loose.at)?.field(path),
            None => self.own.get(loose.at as usize)?.field(path),
        }
    }

    /// The fields of one object, read from its bytes.
    #[must_use]
    pub fn fields(&self, at: u32) -> LooseFields<'_> {
        LooseFields { objects: self, known: &[], at }
    }

    /// One whole object.
    #[must_use]
    pub fn to_object(&self, at: u32) -> Object {
        self.get(at).map_or_else(Object::new, |object| object.to_object())
    }

    /// Reads these fields of many objects: from columns where the tails have them, made now for the blocks that are met first.
    #[must_use]
    pub fn reading<'a>(&'a self, paths: impl IntoIterator<Item = &'a FieldPath>) -> LooseReader<'a> {
        let columns = |path| self.tails.iter().map(|tail| tail.column(path)).collect();
        let fields = paths.into_iter().filter(|path| path.standing().is_none());
        LooseReader { objects: self, known: fields.map(|path| (path, columns(path))).collect() }
    }

    /// All objects.
    pub fn iter(&self) -> impl Iterator<Item = StoredObject> + '_ {
        self.places().filter_map(|at| self.get(at))
    }

    /// The places of all objects.
    #[must_use]
    pub fn places(&self) -> Range<u32> {
        0..u32::try_from(self.order.len()).unwrap_or(u32::MAX)
    }
}

/// Some fields of loose objects, ready to be read object by object.
#[derive(Debug)]
pub struct LooseReader<'a> {
    objects: &'a LooseObjects,
    known: Vec<Known<'a>>,
}

/// A field with its column in every tail that has one.
type Known<'a> = (&'a FieldPath, Vec<Option<&'a Column>>);

impl LooseReader<'_> {
    /// The fields of one object.
    #[must_use]
    pub fn fields(&self, at: u32) -> LooseFields<'_> {
        LooseFields { objects: self.objects, known: &self.known, at }
    }
}

/// The fields of one loose object. Those that a reader was made for are found by the identity of their paths; others are read from the
/// object's bytes.
#[derive(Clone, Copy, Debug)]
pub struct LooseFields<'a> {
    objects: &'a LooseObjects,
    known: &'a [Known<'a>],
    at: u32,
}

impl Fields for LooseFields<'_> {
    #[inline]
    fn field(&self, path: &FieldPath) -> Option<ValueRef<'_>> {
        let Self { objects, known, .. } = self;
        let loose = objects.order.get(self.at as usize)?;
        if let Some(standing) = path.standing() {
            return standing.value(loose.place.1, objects.owner(loose));
        }
        let tail = loose.tail as usize;
        let known = known.iter().find(|(known, _)| ptr::eq(*known, path));
        match known.and_then(|(_, columns)| *columns.get(tail)?).zip(objects.tails.get(tail)) {
            Some((column, tail)) => tail.value(column, loose.at),
            None => objects.packed(loose, path),
        }
    }

    fn to_object(&self) -> Object {
        self.objects.to_object(self.at)
    }
}
