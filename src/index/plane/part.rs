//! An opened part: which predicates and targets it answers.

use crate::{
    codec::Container,
    expr::{Predicate, Target},
    index::{
        Access, Exactness, IndexError, IndexPart, NearestAnswer, NearestRequest, Slot, SlotSet, Work,
        search::damaged,
        sorted::{Answer, SortedField},
    },
    object::FieldPath,
};

use super::{NAME, blocks::Blocks, points::Points};

#[derive(Debug)]
pub(super) struct PlanePart {
    pub fields: Vec<FieldPath>,
    /// One for each field.
    pub planes: Vec<SortedField>,
    pub points: Points,
    /// `None` in parts of early versions.
    pub blocks: Option<Blocks>,
    pub part: Container,
}

impl PlanePart {
    /// Opens the sections and compares their sizes; reads nothing else.
    pub fn open(fields: &[FieldPath], part: Container, slots: u32) -> Result<Self, IndexError> {
        let dimensions = fields.len();
        let planes: Result<Vec<SortedField>, IndexError> =
            (0..dimensions).map(|dimension| SortedField::open(&part, &format!("{dimension}."), slots)).collect();
        let points = Points::open(&part, dimensions, slots)?;
        let blocks = Blocks::open(&part, dimensions, slots)?;
        Ok(Self { fields: fields.to_vec(), planes: planes?, points, blocks, part })
    }

    /// The plane of one field, and its answer to a test on that field alone.
    fn answer(&self, predicate: &Predicate) -> Result<Option<(&SortedField, Answer)>, IndexError> {
        let [path] = &predicate.paths[..] else { return Ok(None) };
        let Some(dimension) = self.fields.iter().position(|field| field == path) else { return Ok(None) };
        let plane = &self.planes[dimension];
        Ok(plane.answer(&predicate.test)?.map(|answer| (plane, answer)))
    }

    fn sure_answer(&self, predicate: &Predicate) -> Result<(&SortedField, Answer), IndexError> {
        self.answer(predicate)?.ok_or_else(|| damaged(NAME, format!("cannot answer {predicate}")))
    }

    fn offer(&self, predicate: &Predicate) -> Result<Option<Access>, IndexError> {
        match self.shape(predicate) {
            Some(shape) => self.shape_access(&shape).map(Some),
            None => Ok(self.answer(predicate)?.map(|(plane, answer)| plane.offer(&answer))),
        }
    }
}

impl IndexPart for PlanePart {
    fn access(&self, predicate: &Predicate) -> Option<Access> {
        // A damaged part makes no offer: the segment answers by evaluation until the part is rebuilt.
        self.offer(predicate).inspect_err(|error| tracing::warn!(%error, "plane index")).ok()?
    }

    fn candidates(&self, predicate: &Predicate, work: &mut Work) -> Result<(SlotSet, Exactness), IndexError> {
        if let Some(shape) = self.shape(predicate) {
            return Ok((self.in_shape(&shape, work)?, Exactness::Exact));
        }
        let (plane, answer) = self.sure_answer(predicate)?;
        Ok((plane.slots_of(&answer, work)?, answer.exactness()))
    }

    fn candidates_within(
        &self,
        predicate: &Predicate,
        within: &SlotSet,
        work: &mut Work,
    ) -> Result<Option<SlotSet>, IndexError> {
        if let Some(shape) = self.shape(predicate) {
            return self.in_shape_within(&shape, within, work);
        }
        let (plane, answer) = self.sure_answer(predicate)?;
        plane.slots_within(&answer, within, work)
    }

    fn nearest(&self, request: &NearestRequest<'_>, work: &mut Work) -> Result<Option<NearestAnswer>, IndexError> {
        let Target::Coordinates { paths, center } = request.target else { return Ok(None) };
        match self.dimensions(paths).filter(|_| self.can_nearest(request.target)) {
            Some(dimensions) => self.nearest_to(&dimensions, center, request, work).map(Some),
            None => Ok(None),
        }
    }

    fn can_nearest(&self, target: &Target) -> bool {
        let Target::Coordinates { paths, center } = target else { return false };
        (1..=16).contains(&paths.len()) && paths.len() == center.len() && self.dimensions(paths).is_some()
    }

    fn ordered(
        &self,
        path: &FieldPath,
        descending: bool,
    ) -> Option<Box<dyn Iterator<Item = Result<Slot, IndexError>> + '_>> {
        let dimension = self.fields.iter().position(|field| field == path)?;
        Some(self.planes[dimension].walk(descending))
    }

    fn verify(&self) -> Result<(), IndexError> {
        self.part.verify()?;
        self.planes.iter().try_for_each(SortedField::verify)?;
        self.verify_points()?;
        self.verify_blocks()
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let values: Vec<String> = self.planes.iter().map(|plane| plane.distinct().to_string()).collect();
        vec![("dimensions", self.planes.len().to_string()), ("values", values.join(" "))]
    }
}
