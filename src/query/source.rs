//! What can be asked? Anything that can be iterated.
//!
//! A [`Source`] has one required method. Sets add a view, through which the compiler sees their indexes; the same question gives
//! the same answer with and without one.

use std::sync::Arc;

use crate::{
    index::Cardinality,
    object::{FieldPath, Fields, Object, Offset, ValueRef},
    set::{Reads, SetView, StoredObject},
};

use super::QueryError;

/// What a query reads from.
pub trait Source {
    /// All objects in the source's own order, each with its address; a source that knows no offsets numbers them by position.
    fn objects(&self) -> Box<dyn Iterator<Item = Result<SourceObject<'_>, QueryError>> + '_>;

    /// The indexed view behind this source, when there is one. It must hold the same objects as [`Source::objects`].
    fn view(&self) -> Result<Option<SetView>, QueryError> {
        Ok(None)
    }

    /// Where reads are noted, when this is read by a serializable transaction. Then the query notes what its answer depends on, and
    /// reads [`Source::view`] without notes.
    fn reads(&self) -> Option<Arc<Reads>> {
        None
    }

    /// The order that [`Source::objects`] promises.
    fn order(&self) -> SourceOrder {
        SourceOrder::AsGiven
    }

    /// How many objects there are.
    fn cardinality(&self) -> Cardinality {
        Cardinality { min: 0, expected: 1_000, max: u64::MAX }
    }
}

/// The order of a source's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceOrder {
    /// Ascending offsets.
    Offset,
    /// Ascending (owner, offset), the order of a whole nested family.
    OwnerOffset,
    /// Whatever order the source gives; ties are broken by offset nevertheless.
    AsGiven,
}

/// One object of a source, borrowed where possible.
#[derive(Clone)]
pub struct SourceObject<'a> {
    /// Its address, or its position in a list.
    pub offset: Offset,
    /// The owner, for objects of a nested set.
    pub owner: Option<Offset>,
    /// Its fields.
    pub fields: SourceFields<'a>,
}

/// The fields of a source's object.
#[derive(Clone)]
pub enum SourceFields<'a> {
    /// An object that the source owns.
    Borrowed(&'a Object),
    /// An object made for this query.
    Shared(Arc<Object>),
    /// An object of a set, read in place.
    Stored(Arc<StoredObject>),
}

impl SourceFields<'_> {
    /// The same fields without borrowing from the source.
    pub(crate) fn into_owned(self) -> SourceFields<'static> {
        match self {
            Self::Borrowed(object) => SourceFields::Shared(Arc::new(object.clone())),
            Self::Shared(object) => SourceFields::Shared(object),
            Self::Stored(object) => SourceFields::Stored(object),
        }
    }
}

impl Fields for SourceFields<'_> {
    fn field(&self, path: &FieldPath) -> Option<ValueRef<'_>> {
        match self {
            Self::Borrowed(object) => object.field(path),
            Self::Shared(object) => object.field(path),
            Self::Stored(object) => object.field(path),
        }
    }

    fn to_object(&self) -> Object {
        match self {
            Self::Borrowed(object) => object.to_object(),
            Self::Shared(object) => object.to_object(),
            Self::Stored(object) => object.to_object(),
        }
    }
}

/// A source as a plan reads it.
pub(crate) enum Input<'a> {
    /// A set, with its indexes.
    Set(SetView),
    /// Anything else.
    Listed(&'a dyn Source),
}

impl<'a> Input<'a> {
    pub(crate) fn new(source: &'a dyn Source) -> Result<Self, QueryError> {
        Ok(match source.view()? {
            Some(view) => Self::Set(view.unnoted()),
            None => Self::Listed(source),
        })
    }

    pub(crate) fn view(&self) -> Option<&SetView> {
        match self {
            Self::Set(view) => Some(view),
            Self::Listed(_) => None,
        }
    }
}
