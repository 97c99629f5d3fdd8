//! An opened part: one sorted field.

use crate::{
    codec::Container,
    expr::Predicate,
    index::{
        Access, Exactness, IndexError, IndexPart, Slot, SlotSet, Work,
        search::damaged,
        sorted::{Answer, SortedField},
    },
    object::FieldPath,
};

use super::NAME;

#[derive(Debug)]
pub(super) struct OrderedPart {
    pub path: FieldPath,
    pub part: Container,
    pub field: SortedField,
}

impl OrderedPart {
    fn answer(&self, predicate: &Predicate) -> Result<Option<Answer>, IndexError> {
        if predicate.paths == [self.path.clone()] { self.field.answer(&predicate.test) } else { Ok(None) }
    }

    fn sure_answer(&self, predicate: &Predicate) -> Result<Answer, IndexError> {
        self.answer(predicate)?.ok_or_else(|| damaged(NAME, format!("cannot answer {predicate}")))
    }
}

impl IndexPart for OrderedPart {
    fn access(&self, predicate: &Predicate) -> Option<Access> {
        // A damaged part makes no offer: the segment answers by evaluation until the part is rebuilt.
        let answer = self.answer(predicate).inspect_err(|error| tracing::warn!(%error, "ordered index")).ok()??;
        Some(self.field.offer(&answer))
    }

    fn candidates(&self, predicate: &Predicate, work: &mut Work) -> Result<(SlotSet, Exactness), IndexError> {
        let answer = self.sure_answer(predicate)?;
        Ok((self.field.slots_of(&answer, work)?, answer.exactness()))
    }

    fn candidates_within(
        &self,
        predicate: &Predicate,
        within: &SlotSet,
        work: &mut Work,
    ) -> Result<Option<SlotSet>, IndexError> {
        self.field.slots_within(&self.sure_answer(predicate)?, within, work)
    }

    fn ordered(
        &self,
        path: &FieldPath,
        descending: bool,
    ) -> Option<Box<dyn Iterator<Item = Result<Slot, IndexError>> + '_>> {
        (*path == self.path).then(|| self.field.walk(descending))
    }

    fn verify(&self) -> Result<(), IndexError> {
        self.part.verify()?;
        self.field.verify()
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![("values", self.field.distinct().to_string()), ("prefixes", self.field.prefix_count().to_string())]
    }
}
