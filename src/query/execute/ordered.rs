//! Objects in the order of an index: read slot by slot from where the order starts, nothing sorted, so that whoever needs the first few
//! pays for few.

use crate::{
    expr::{self, Expr, Predicate, Test},
    index::{Exactness, IndexError, IndexPart, Slot, SlotSet, Work},
    object::{Fields, ValueRef},
    query::{Candidates, Direction, IndexOrder, Node, Nulls, QueryError, SourceId},
    set::SegmentView,
};

use super::{
    Found, Runner, Stream,
    cursor::SlotCursor,
    fetch::{self, Accepted},
    merge::merge,
    sort::{self, SortKey, comparable},
};

/// The candidates' objects in the order of an index part per segment, merged.
pub fn stream<'r>(
    runner: &'r Runner<'_>,
    node: &'r Node,
    input: &'r Node,
    order: &'r IndexOrder,
) -> Result<Stream<'r>, QueryError> {
    let Some((candidates, filter)) = input.slot_space() else {
        return sort::sorted(runner, node, runner.stream(input)?, std::slice::from_ref(&order.key));
    };
    let source = node.source();
    let fetch_node = if filter.is_some() { input.input().unwrap_or(input) } else { input };
    let scan = Scan { runner, node, input, source, order, filter, by_owner: fetch::is_family(runner, source) };
    let mut valued: Vec<Stream<'r>> = Vec::new();
    let mut rest: Vec<Share<'r>> = Vec::new();
    for accepted in fetch::accepted(runner, source, fetch_node, candidates)? {
        let segment = &runner.segments(source)[accepted.segment];
        let part = segment.part(order.index).filter(|part| part.ordered(&order.path, false).is_some());
        let share = Share { segment, part, accepted };
        valued.push(scan.valued(&share)?);
        rest.push(share);
    }
    let (loose_valued, loose_rest) = scan.loose(candidates);
    if !loose_valued.is_empty() {
        valued.push(Box::new(loose_valued.into_iter()));
    }
    let valued = match valued.len() {
        0 => Box::new(std::iter::empty()),
        _ => merge(valued, move |found| scan.key(found))?,
    };
    let nulls = move || scan.nulls(rest, loose_rest);
    Ok(match order.key.nulls {
        Nulls::Last => Box::new(valued.chain(std::iter::once_with(nulls).flat_map(flattened))),
        Nulls::First => Box::new(flattened(nulls()).chain(valued)),
    })
}

fn flattened(stream: Result<Stream<'_>, QueryError>) -> Stream<'_> {
    stream.unwrap_or_else(|error| Box::new(std::iter::once(Err(error))))
}

/// An object that is already known.
type Given<'r> = Result<Found<'r>, QueryError>;

/// One segment's part in an ordered scan; `part` is `None` where the segment lacks the index.
struct Share<'r> {
    segment: &'r SegmentView,
    part: Option<&'r dyn IndexPart>,
    accepted: Accepted<'r>,
}

#[derive(Clone, Copy)]
struct Scan<'r, 'e> {
    runner: &'r Runner<'e>,
    node: &'r Node,
    input: &'r Node,
    source: SourceId,
    order: &'r IndexOrder,
    filter: Option<&'r Expr>,
    by_owner: bool,
}

impl<'r> Scan<'r, '_> {
    /// The objects of one segment that have a value, in order.
    fn valued(self, share: &Share<'r>) -> Result<Stream<'r>, QueryError> {
        let (segment, at) = (share.segment, share.accepted.segment);
        let descending = self.order.key.direction == Direction::Descending;
        let Some(slots) = share.part.and_then(|part| part.ordered(&self.order.path, descending)) else {
            return self.sorted(share);
        };
        let accept = share.accepted.slots.for_probing();
        let unsettled = share.accepted.unsettled.clone();
        Ok(Box::new(slots.filter_map(move |slot| {
            self.runner.note(self.node, |stats| stats.work.visited += 1);
            let slot = match slot {
                Ok(slot) if !accept.contains(slot) => return None,
                Ok(slot) => slot,
                Err(error) => return Some(Err(self.distrusted(segment, error))),
            };
            match self.passes(segment, slot, &unsettled) {
                Ok(true) => Some(fetch::in_slot(segment, at, slot, self.by_owner)),
                Ok(false) => None,
                Err(error) => Some(Err(error)),
            }
        })))
    }

    /// A part that fails in the middle of its order can't be left out of this answer any more, but of the next.
    fn distrusted(self, segment: &SegmentView, error: IndexError) -> QueryError {
        if error.is_damage() {
            segment.distrust(self.order.index, &error);
        }
        error.into()
    }

    /// The same for a segment without the part: its values are read and sorted.
    fn sorted(self, share: &Share<'r>) -> Result<Stream<'r>, QueryError> {
        let slots = fetch::settled(self.runner, self.source, self.input, &share.accepted, self.filter)?;
        let mut objects = Vec::new();
        for slot in &slots {
            let found = fetch::in_slot(share.segment, share.accepted.segment, slot, self.by_owner)?;
            let key = self.key(&found)?;
            if key.values.iter().any(Option::is_some) {
                objects.push((key, found));
            }
        }
        objects.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let objects: Vec<_> = objects.into_iter().map(|(_, found)| Ok(found)).collect();
        Ok(Box::new(objects.into_iter()))
    }

    /// The matching loose objects: those with a value, sorted, and those without.
    fn loose(self, candidates: &'r Candidates) -> (Vec<Given<'r>>, Vec<Given<'r>>) {
        let (mut valued, mut rest) = (Vec::new(), Vec::new());
        for (at, object) in fetch::loose_matches(self.runner, self.source, candidates, self.filter) {
            let found = fetch::loose(at, object, self.by_owner);
            let key = self.key_of(&found, object);
            if key.values.iter().any(Option::is_some) {
                valued.push((key, found));
            } else {
                rest.push(Ok(found));
            }
        }
        valued.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        (valued.into_iter().map(|(_, found)| Ok(found)).collect(), rest)
    }

    /// The objects that have no value, in the set's own order.
    fn nulls(self, shares: Vec<Share<'r>>, loose: Vec<Given<'r>>) -> Result<Stream<'r>, QueryError> {
        let mut streams: Vec<Stream<'r>> = Vec::with_capacity(shares.len() + 1);
        for share in shares {
            streams.push(self.segment_nulls(share)?);
        }
        if !loose.is_empty() {
            streams.push(Box::new(loose.into_iter()));
        }
        if streams.is_empty() {
            return Ok(Box::new(std::iter::empty()));
        }
        merge(streams, |found| Ok(found.key))
    }

    fn segment_nulls(self, share: Share<'r>) -> Result<Stream<'r>, QueryError> {
        let unvalued = self.unvalued(&share)?;
        let (segment, at, unsettled) = (share.segment, share.accepted.segment, share.accepted.unsettled);
        Ok(Box::new(SlotCursor::new(unvalued).filter_map(move |slot| match self.passes(segment, slot, &unsettled) {
            Ok(true) => Some(fetch::in_slot(segment, at, slot, self.by_owner)),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        })))
    }

    /// The accepted slots whose value is null or missing.
    fn unvalued(self, share: &Share<'r>) -> Result<SlotSet, QueryError> {
        let accepted = &share.accepted.slots;
        let mut work = Work::default();
        let unvalued = match share.part {
            Some(part) => match self.asked_of(part, &mut work)? {
                Some(unvalued) => accepted.and(&unvalued, &mut work),
                None => accepted.and_not(&self.walked(share.segment, part, &mut work)?, &mut work),
            },
            None => self.looked_up(share, &mut work)?,
        };
        self.runner.note(self.node, |stats| stats.work += work);
        Ok(unvalued)
    }

    /// The slots without a value, when the part answers for them.
    fn asked_of(self, part: &dyn IndexPart, work: &mut Work) -> Result<Option<SlotSet>, QueryError> {
        let mut unvalued = SlotSet::empty();
        for test in [Test::IsNull, Test::IsMissing] {
            let predicate = Predicate::new(self.order.path.clone(), test);
            match part.access(&predicate) {
                Some(access) if access.exactness == Exactness::Exact => {
                    unvalued = unvalued.or(&part.candidates(&predicate, work)?.0, work);
                }
                _ => return Ok(None),
            }
        }
        Ok(Some(unvalued))
    }

    /// The slots with a value, collected from the whole order.
    fn walked(self, segment: &SegmentView, part: &dyn IndexPart, work: &mut Work) -> Result<SlotSet, QueryError> {
        let mut valued = vec![0u64; segment.slots() as usize / 64 + 1];
        for slot in part.ordered(&self.order.path, false).into_iter().flatten() {
            let slot = slot.map_err(|error| self.distrusted(segment, error))?.0 as usize;
            work.visited += 1;
            if let Some(word) = valued.get_mut(slot / 64) {
                *word |= 1 << (slot % 64);
            }
        }
        Ok(SlotSet::from_bitmap(valued))
    }

    /// The accepted slots without a value, each looked at.
    fn looked_up(self, share: &Share<'r>, work: &mut Work) -> Result<SlotSet, QueryError> {
        let mut slots = Vec::new();
        for slot in &share.accepted.slots {
            let object = share.segment.object(slot)?;
            work.fetched += 1;
            if matches!(object.field(&self.order.path), None | Some(ValueRef::Null)) {
                slots.push(slot.0);
            }
        }
        Ok(SlotSet::from_sorted(slots))
    }

    /// Whether a slot's object satisfies what the indexes left open.
    fn passes(self, segment: &SegmentView, slot: Slot, unsettled: &[&Candidates]) -> Result<bool, QueryError> {
        if unsettled.is_empty() && self.filter.is_none() {
            return Ok(true);
        }
        let object = segment.object(slot)?;
        let passes = unsettled.iter().all(|open| open.matches(&object))
            && self.filter.is_none_or(|filter| expr::evaluate(filter, &object));
        self.runner.note(self.input, |stats| {
            stats.input += 1;
            stats.output += u64::from(passes);
            stats.work.fetched += 1;
        });
        Ok(passes)
    }

    fn key(self, found: &Found<'_>) -> Result<SortKey<'r>, QueryError> {
        let fields = self.runner.read(self.source, self.node, found)?;
        Ok(self.key_of(found, &fields))
    }

    fn key_of(self, found: &Found<'_>, fields: &dyn Fields) -> SortKey<'r> {
        let value = comparable(fields.field(&self.order.path).map(|value| value.to_value()));
        SortKey { keys: std::slice::from_ref(&self.order.key), values: vec![value], place: found.key }
    }
}
