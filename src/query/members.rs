//! The members of a result set as a source.

use std::sync::Arc;

use crate::{
    index::Cardinality,
    set::{ResultSet, SetView},
};

use super::{QueryError, Source, SourceFields, SourceObject, SourceOrder};

/// The objects of a [`ResultSet`], as a view of their set sees them; members that it no longer holds are left out.
#[derive(Clone)]
pub struct Members<'a> {
    view: SetView,
    set: &'a ResultSet,
}

impl<'a> Members<'a> {
    /// The members of a set of results of this view's family.
    #[must_use]
    pub fn new(view: SetView, set: &'a ResultSet) -> Self {
        Self { view, set }
    }
}

impl Source for Members<'_> {
    fn objects(&self) -> Box<dyn Iterator<Item = Result<SourceObject<'_>, QueryError>> + '_> {
        let same_family = self.set.family() == self.view.family();
        Box::new(self.set.iter().filter(move |_| same_family).filter_map(|offset| {
            let object = self.view.get(offset).transpose()?;
            Some(object.map_err(QueryError::from).map(|object| SourceObject {
                offset,
                owner: object.owner(),
                fields: SourceFields::Stored(Arc::new(object)),
            }))
        }))
    }

    fn order(&self) -> SourceOrder {
        SourceOrder::Offset
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality { min: 0, expected: self.set.len() as u64, max: self.set.len() as u64 }
    }
}
