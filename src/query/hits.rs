//! What a query found.

use std::{ops::Range, sync::Arc};

use serde::de::DeserializeOwned;

use crate::{
    index::Cardinality,
    object::{self, FamilyId, Fields, Object, ObjectError, Offset, Value},
    set::{LooseObjects, ResultSet, SegmentView, SetView},
};

use super::{
    Cursor, Item, OrderKey, QueryError, Scalar, Source, SourceFields, SourceId, SourceObject, SourceOrder,
    found::{Element, Found},
    joined::{self, Sources},
    order::comparable,
    placed::Placed,
    selected::{Known, Selected},
    typed,
};

/// The hits of one query, in its order. Objects are read when they are asked for, from the snapshot that was searched.
#[derive(Clone)]
pub struct Hits {
    found: Vec<Found<'static>>,
    origin: Arc<Origin>,
    /// The order they come in, when there are pages of it.
    order: Option<Arc<[OrderKey]>>,
}

/// What hits are read from.
struct Origin {
    /// What is in no other source.
    of: Provenance,
    /// The sources of objects that stand beside others, by their numbers.
    joined: Vec<Provenance>,
    selected: Option<Selected>,
}

/// A source's objects.
#[derive(Clone, Default)]
pub(crate) struct Provenance {
    pub view: Option<SetView>,
    pub loose: Option<Arc<LooseObjects>>,
}

impl Provenance {
    fn segment(&self, at: usize) -> Option<&SegmentView> {
        self.view.as_ref()?.segments().get(at)
    }

    fn fields(&self, element: &Element<'_>) -> Result<SourceFields<'static>, QueryError> {
        Ok(match element {
            Element::Given(fields) => fields.clone().into_owned(),
            Element::Loose(at) => match self.loose.as_ref().and_then(|loose| loose.get(*at)) {
                Some(object) => SourceFields::Stored(Arc::new(object)),
                None => SourceFields::Shared(Arc::default()),
            },
            Element::Slot { segment, slot } => match self.segment(*segment) {
                Some(segment) => SourceFields::Stored(Arc::new(segment.object(*slot)?)),
                None => SourceFields::Shared(Arc::default()),
            },
            Element::Joined(_) => SourceFields::Shared(Arc::default()),
        })
    }
}

impl Sources for Origin {
    fn read_in(
        &self,
        source: SourceId,
        found: &Found<'_>,
        read: &mut dyn FnMut(&dyn Fields),
    ) -> Result<(), QueryError> {
        let of = self.joined.get(source.0).unwrap_or(&self.of);
        match &found.element {
            Element::Slot { segment, slot } => {
                if let Some(segment) = of.segment(*segment) {
                    segment.read(*slot, |fields| read(fields))?;
                }
            }
            Element::Joined(tuple) => read(&joined::whole(self, tuple)?),
            other => read(&Placed { fields: &of.fields(other)?, place: found.key }),
        }
        Ok(())
    }
}

impl Hits {
    pub(crate) fn new(
        found: Vec<Found<'static>>,
        of: Provenance,
        joined: Vec<Provenance>,
        items: Option<&[Item]>,
    ) -> Self {
        Self { found, origin: Arc::new(Origin { of, joined, selected: items.map(Selected::new) }), order: None }
    }

    /// The same hits, which come in this order.
    pub(crate) fn in_order(mut self, order: Option<Vec<OrderKey>>) -> Self {
        if let (Some(OrderKey { scalar: Scalar::Distance(target), .. }), Some(origin)) =
            (order.as_ref().and_then(|keys| keys.first()), Arc::get_mut(&mut self.origin))
        {
            origin.selected.iter_mut().for_each(|selected| selected.known(target));
        }
        Self { order: order.map(Arc::from), ..self }
    }

    /// Where these hits end in their order: what [`Query::after`](super::Query::after) goes on from. `None` after the last page, when there are no hits,
    /// and where hits come in no order that has pages: a nearest search's or one of [`Query::order_by`](super::Query::order_by).
    pub fn cursor(&self) -> Result<Option<Cursor>, QueryError> {
        let (Some(found), Some(order)) = (self.found.last(), &self.order) else { return Ok(None) };
        let hit = Hit::new(found, &self.origin);
        let mut keys = match (found.distance, order.first()) {
            (Some(distance), Some(OrderKey { scalar: Scalar::Distance(_), .. })) => vec![Some(Value::Float(distance))],
            _ => Vec::new(),
        };
        if keys.len() < order.len() {
            let fields = hit.fields()?;
            let placed = Placed { fields: &fields, place: found.key };
            let rest = order[keys.len()..].iter();
            keys.extend(rest.map(|key| comparable(key.scalar.evaluate(hit.offset, &placed))));
        }
        let cursor = Cursor::at(keys, found.key);
        let unwritable = || QueryError::value("cursor", "a key that cannot be stored", "an order by storable values");
        if cursor.is_writable() { Ok(Some(cursor)) } else { Err(unwritable()) }
    }

    /// The number of hits.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// One hit by its place in the order.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<Hit> {
        self.found.get(at).map(|found| Hit::new(found, &self.origin))
    }

    /// The first hit.
    #[must_use]
    pub fn first(&self) -> Option<Hit> {
        self.get(0)
    }

    /// All hits in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Hit> + '_ {
        self.found.iter().map(|found| Hit::new(found, &self.origin))
    }

    /// Some hits in order; the range must be one of theirs.
    pub(super) fn range(&self, range: Range<usize>) -> impl ExactSizeIterator<Item = Hit> + '_ {
        self.found[range].iter().map(|found| Hit::new(found, &self.origin))
    }

    /// The addresses of all hits in order; reads no object.
    #[must_use]
    pub fn offsets(&self) -> Vec<Offset> {
        self.found.iter().map(Found::offset).collect()
    }

    /// All objects, projected where the query selects.
    pub fn objects(&self) -> Result<Vec<Object>, QueryError> {
        self.iter().map(|hit| hit.object()).collect()
    }

    /// All objects as values of the caller's type.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<Vec<T>, QueryError> {
        self.iter().map(|hit| hit.get()).collect()
    }

    /// The hits as a set, for `&`, `|` and `-`. Hits over a list are of no family: they get the number 0.
    #[must_use]
    pub fn to_set(&self) -> ResultSet {
        let family = self.origin.of.view.as_ref().map_or(FamilyId(0), SetView::family);
        ResultSet::new(family, self.offsets())
    }
}

impl IntoIterator for Hits {
    type Item = Hit;
    type IntoIter = HitsIter;

    fn into_iter(self) -> HitsIter {
        HitsIter { found: self.found.into_iter(), origin: self.origin }
    }
}

/// Hits by value, in order.
pub struct HitsIter {
    found: std::vec::IntoIter<Found<'static>>,
    origin: Arc<Origin>,
}

impl Iterator for HitsIter {
    type Item = Hit;

    fn next(&mut self) -> Option<Hit> {
        self.found.next().map(|found| Hit::new(&found, &self.origin))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.found.size_hint()
    }
}

impl ExactSizeIterator for HitsIter {}

impl std::fmt::Debug for Hits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// One object that was found.
#[derive(Clone)]
pub struct Hit {
    /// Its address; its position over a list.
    pub offset: Offset,
    /// Its distance (smaller is nearer) from what the query asked for the nearest of, or ordered by first.
    pub distance: Option<f64>,
    element: Element<'static>,
    origin: Arc<Origin>,
}

impl Hit {
    fn new(found: &Found<'static>, origin: &Arc<Origin>) -> Self {
        Self {
            offset: found.offset(),
            distance: found.distance,
            element: found.element.clone(),
            origin: origin.clone(),
        }
    }

    /// The object, or the selected items of it.
    pub fn object(&self) -> Result<Object, QueryError> {
        match &self.origin.selected {
            None => self.read(|fields| fields.to_object()),
            Some(selected) => {
                let known = Known { offset: self.offset, distance: self.distance };
                match selected.of_known(known) {
                    Some(object) => Ok(object),
                    None => self.read(|fields| selected.project(known, fields)),
                }
            }
        }
    }

    /// Reads fields where they lie. Of what a segment holds, only what `read` touches has to be undamaged.
    fn read<T>(&self, read: impl FnOnce(&dyn Fields) -> T) -> Result<T, QueryError> {
        match &self.element {
            Element::Slot { segment, slot } => match self.origin.of.segment(*segment) {
                Some(segment) => Ok(segment.read(*slot, read)?),
                None => Ok(read(&self.fields()?)),
            },
            Element::Joined(tuple) => {
                let selected = self.origin.selected.as_ref();
                let whole = selected.is_none_or(Selected::is_whole);
                joined::read(&*self.origin, tuple, selected.map_or(&[], Selected::routes), whole, read)
            }
            _ => Ok(read(&self.fields()?)),
        }
    }

    /// [`Hit::object`] as a value of the caller's type.
    pub fn get<T: DeserializeOwned>(&self) -> Result<T, QueryError> {
        if self.origin.selected.is_some() {
            return self.converted(typed::from_object(&self.object()?));
        }
        self.converted(match self.fields()? {
            SourceFields::Stored(object) => object::from_bytes(&object.to_bytes()?),
            SourceFields::Shared(object) => typed::from_object(&object),
            SourceFields::Borrowed(object) => typed::from_object(object),
        })
    }

    fn converted<T>(&self, outcome: Result<T, ObjectError>) -> Result<T, QueryError> {
        outcome.map_err(|source| QueryError::Conversion { offset: self.offset, source: Box::new(source) })
    }

    /// The fields of the whole object, all of it verified, read in place.
    pub fn fields(&self) -> Result<SourceFields<'static>, QueryError> {
        match &self.element {
            Element::Joined(tuple) => Ok(SourceFields::Shared(Arc::new(joined::whole(&*self.origin, tuple)?))),
            element => self.origin.of.fields(element),
        }
    }

    fn owner(&self) -> Result<Option<Offset>, QueryError> {
        Ok(match self.fields()? {
            SourceFields::Stored(object) => object.owner(),
            SourceFields::Borrowed(_) | SourceFields::Shared(_) => None,
        })
    }
}

impl std::fmt::Debug for Hit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hit").field("offset", &self.offset).field("distance", &self.distance).finish_non_exhaustive()
    }
}

/// Hits are a source: a question can be asked of what another one found. Projections do not apply to it, distances are forgotten.
impl Source for Hits {
    fn objects(&self) -> Box<dyn Iterator<Item = Result<SourceObject<'_>, QueryError>> + '_> {
        Box::new(
            self.iter().map(|hit| Ok(SourceObject { offset: hit.offset, owner: hit.owner()?, fields: hit.fields()? })),
        )
    }

    fn order(&self) -> SourceOrder {
        SourceOrder::AsGiven
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::exact(self.found.len() as u64)
    }
}
