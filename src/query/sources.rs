//! The sources of this crate: sets, and lists of objects or of anything that serializes.

use std::{any::Any, sync::Arc};

use serde::Serialize;

use crate::{
    index::Cardinality,
    object::{Object, Offset},
    set::{IndexableSet, Reads, SetView},
};

use super::{Query, QueryError, Source, SourceFields, SourceObject, SourceOrder, typed};

impl<S: Source + ?Sized> Source for &S {
    fn objects(&self) -> Box<dyn Iterator<Item = Result<SourceObject<'_>, QueryError>> + '_> {
        (**self).objects()
    }

    fn view(&self) -> Result<Option<SetView>, QueryError> {
        (**self).view()
    }

    fn reads(&self) -> Option<Arc<Reads>> {
        (**self).reads()
    }

    fn order(&self) -> SourceOrder {
        (**self).order()
    }

    fn cardinality(&self) -> Cardinality {
        (**self).cardinality()
    }
}

impl Source for SetView {
    fn objects(&self) -> Box<dyn Iterator<Item = Result<SourceObject<'_>, QueryError>> + '_> {
        Box::new(self.iter().map(|object| {
            let object = object?;
            let (offset, owner) = (object.offset(), object.owner());
            Ok(SourceObject { offset, owner, fields: SourceFields::Stored(Arc::new(object)) })
        }))
    }

    fn view(&self) -> Result<Option<SetView>, QueryError> {
        Ok(Some(self.clone()))
    }

    fn reads(&self) -> Option<Arc<Reads>> {
        SetView::reads(self).cloned()
    }

    fn order(&self) -> SourceOrder {
        let family = self.declaration().parent.is_some() && self.owner().is_none();
        if family { SourceOrder::OwnerOffset } else { SourceOrder::Offset }
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::exact(self.unnoted().segments().iter().map(|segment| u64::from(segment.slots())).sum())
    }
}

impl<T: Serialize + 'static> Source for [T] {
    fn objects(&self) -> Box<dyn Iterator<Item = Result<SourceObject<'_>, QueryError>> + '_> {
        Box::new(self.iter().zip(0..).map(|(element, position)| {
            let offset = Offset(position);
            let fields = match (element as &dyn Any).downcast_ref::<Object>() {
                Some(object) => SourceFields::Borrowed(object),
                None => SourceFields::Shared(Arc::new(
                    typed::to_object(element)
                        .map_err(|source| QueryError::Conversion { offset, source: Box::new(source) })?,
                )),
            };
            Ok(SourceObject { offset, owner: None, fields })
        }))
    }

    fn order(&self) -> SourceOrder {
        SourceOrder::Offset
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::exact(self.len() as u64)
    }
}

impl<T: Serialize + 'static> Source for Vec<T> {
    fn objects(&self) -> Box<dyn Iterator<Item = Result<SourceObject<'_>, QueryError>> + '_> {
        self.as_slice().objects()
    }

    fn order(&self) -> SourceOrder {
        self.as_slice().order()
    }

    fn cardinality(&self) -> Cardinality {
        self.as_slice().cardinality()
    }
}

impl<T> IndexableSet<T> {
    /// A question over this set; every run reads a new snapshot.
    #[must_use]
    pub fn query(&self) -> Query<'_> {
        Query::over(self)
    }
}

/// Every run of a query reads a new snapshot of the set.
impl<T> Source for IndexableSet<T> {
    fn objects(&self) -> Box<dyn Iterator<Item = Result<SourceObject<'_>, QueryError>> + '_> {
        match IndexableSet::view(self) {
            Ok(view) => Box::new(collected(&view).into_iter()),
            Err(error) => Box::new(std::iter::once(Err(error.into()))),
        }
    }

    fn view(&self) -> Result<Option<SetView>, QueryError> {
        Ok(Some(IndexableSet::view(self)?))
    }
}

fn collected(view: &SetView) -> Vec<Result<SourceObject<'static>, QueryError>> {
    view.iter()
        .map(|object| {
            let object = object?;
            let (offset, owner) = (object.offset(), object.owner());
            Ok(SourceObject { offset, owner, fields: SourceFields::Stored(Arc::new(object)) })
        })
        .collect()
}
