//! Candidates against `evaluate`, order against the total order.

use crate::{
    codec::Random,
    expr::{Predicate, evaluate},
    index::{Exactness, Slot, SlotSet, Work},
    object::{FieldPath, Fields, ValueRef, order},
};

use super::Subject;

impl Subject<'_> {
    /// Asks one predicate. `None` when the part does not offer to answer, else whether the answer was exact.
    pub fn check_answer(&self, predicate: &Predicate, random: &mut Random) -> Result<Option<bool>, String> {
        let Some(access) = self.part.access(predicate) else { return Ok(None) };
        let slots = |set: &SlotSet| set.iter().map(|slot| slot.0).collect::<Vec<u32>>();
        let at = |what: &str| format!("{predicate}: {what}");
        let (found, exactness) =
            self.part.candidates(predicate, &mut Work::default()).map_err(|error| at(&error.to_string()))?;
        let expected = self.matching(predicate);
        let exact = exactness == Exactness::Exact;
        if exactness != access.exactness {
            return Err(at("candidates are not as exact as access said"));
        }
        let (min, max) = (access.cardinality.min, access.cardinality.max);
        if !(min..=max).contains(&found.len()) || !(min..=max).contains(&access.cardinality.expected) {
            return Err(at(&format!("{} candidates, but access said {min} to {max}", found.len())));
        }
        if !access.cost.is_finite() || access.cost < 0.0 {
            return Err(at("a cost that is no cost"));
        }
        let missing = expected.and_not(&found, &mut Work::default());
        if !missing.is_empty() || exact && found != expected {
            return Err(at(&format!("found {:?}, expected {:?}", slots(&found), slots(&expected))));
        }
        self.check_within(predicate, &expected, exact, random).map_err(|what| at(&what))?;
        Ok(Some(exact))
    }

    /// The slots that match, by definition.
    fn matching(&self, predicate: &Predicate) -> SlotSet {
        let expr = predicate.clone().into();
        (0..).zip(self.objects).filter(|(_, object)| evaluate(&expr, *object)).map(|(slot, _)| Slot(slot)).collect()
    }

    fn check_within(
        &self,
        predicate: &Predicate,
        expected: &SlotSet,
        exact: bool,
        random: &mut Random,
    ) -> Result<(), String> {
        let within = random_set(self.objects.len(), random);
        let found = self.part.candidates_within(predicate, &within, &mut Work::default());
        let Some(found) = found.map_err(|error| error.to_string())? else { return Ok(()) };
        let mut work = Work::default();
        let wanted = expected.and(&within, &mut work);
        let inside = found.and_not(&within, &mut work).is_empty() && wanted.and_not(&found, &mut work).is_empty();
        if inside && (!exact || found == wanted) { Ok(()) } else { Err("candidates_within differs".to_owned()) }
    }

    /// Walks a field in order, if the part does; returns whether it does.
    pub fn check_order(&self, field: &FieldPath) -> Result<bool, String> {
        for descending in [false, true] {
            let Some(slots) = self.part.ordered(field, descending) else { return Ok(false) };
            let found: Result<Vec<Slot>, _> = slots.collect();
            let found = found.map_err(|error| format!("order of {field}: {error}"))?;
            if found != self.in_order(field, descending) {
                return Err(format!("order of {field}, descending {descending}: {found:?}"));
            }
        }
        Ok(true)
    }

    fn in_order(&self, field: &FieldPath, descending: bool) -> Vec<Slot> {
        let value = |object| Fields::field(object, field).filter(|value| !matches!(value, ValueRef::Null));
        let mut sorted: Vec<_> =
            (0..).zip(self.objects).filter_map(|(slot, object)| Some((value(object)?, Slot(slot)))).collect();
        sorted.sort_by(|(a, _), (b, _)| if descending { order::compare(*b, *a) } else { order::compare(*a, *b) });
        sorted.into_iter().map(|(_, slot)| slot).collect()
    }
}

/// All slots, about half, a few, or none.
pub(super) fn random_set(slots: usize, random: &mut Random) -> SlotSet {
    let one_in = [1, 2, 30, usize::MAX][random.index(4)];
    (0..).map(Slot).take(slots).filter(|_| random.once_in(one_in)).collect()
}
