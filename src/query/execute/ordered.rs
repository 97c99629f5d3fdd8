//! Objects in the order of an index: read slot by slot from where the order starts, nothing sorted, so that whoever needs the first few
//! pays for few.

use crate::{
    expr::{Predicate, Test},
    index::{Exactness, IndexError, IndexPart, Slot, SlotSet, Work},
    object::Fields,
    query::{Candidates, Direction, IndexOrder, Node, Nulls, QueryError, SourceId, order::comparable},
    set::SegmentView,
};

use super::{
    Found, Runner, Stats, Stream,
    cursor::SlotCursor,
    fetch::{self, Accepted, Passed},
    loose::LooseMatches,
    merge::merge,
    reader::Reader,
    sort::{self, SortKey},
    tested::Tested,
};

/// The candidates' objects in the order of an index part per segment, merged.
pub fn stream<'r>(
    runner: &'r Runner<'_>,
    node: &'r Node,
    input: &'r Node,
    order: &'r IndexOrder,
) -> Result<Stream<'r>, QueryError> {
    let Some((candidates, filter)) = input.slot_space() else {
        let order = sort::Order { keys: std::slice::from_ref(&order.key), after: None };
        return sort::sorted(runner, node, runner.pulled(node, input)?, order);
    };
    let source = node.source();
    let tested = Tested::new(input, filter);
    let scan = Scan { runner, node, tested, source, order, by_owner: fetch::is_family(runner, source) };
    scan.note_partial();
    let mut valued: Vec<Stream<'r, Valued<'r>>> = Vec::new();
    let mut rest: Vec<Share<'r>> = Vec::new();
    let accepted =
        Stats::timed(runner.stats, tested.fetch, || fetch::accepted(runner, source, tested.fetch, candidates))?;
    for accepted in accepted {
        let segment = &runner.segments(source)[accepted.segment];
        let part = segment.part(order.index).filter(|part| part.ordered(&order.path, false).is_some());
        let mut share = Share { segment, part, accepted, sorted: None };
        valued.push(scan.valued(&mut share)?);
        rest.push(share);
    }
    let (loose_valued, loose_rest) = scan.loose(candidates);
    if !loose_valued.is_empty() {
        valued.push(Box::new(loose_valued.into_iter().map(Ok)));
    }
    let valued = match valued.len() {
        0 => Box::new(std::iter::empty()),
        _ => merge(valued, move |valued| scan.key(valued))?,
    };
    let valued = valued.map(|valued| valued.map(|valued| valued.found));
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

/// An object that has a value, with its key where that has been read.
struct Valued<'r> {
    found: Found<'r>,
    key: Option<SortKey<'r>>,
}

/// One segment's part in an ordered scan; `part` is `None` where the segment lacks the index.
struct Share<'r> {
    segment: &'r SegmentView,
    part: Option<&'r dyn IndexPart>,
    accepted: Accepted<'r>,
    /// Without a part: what is left when those with a value are sorted, all conditions settled.
    sorted: Option<SlotSet>,
}

#[derive(Clone, Copy)]
struct Scan<'r, 'e> {
    runner: &'r Runner<'e>,
    node: &'r Node,
    tested: Tested<'r>,
    source: SourceId,
    order: &'r IndexOrder,
    by_owner: bool,
}

impl<'r> Scan<'r, '_> {
    /// The objects of one segment that have a value, in order.
    fn valued(self, share: &mut Share<'r>) -> Result<Stream<'r, Valued<'r>>, QueryError> {
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
                Ok(true) => {
                    let found = fetch::in_slot(segment, at, slot, self.by_owner);
                    Some(found.map(|found| Valued { found, key: None }))
                }
                Ok(false) => None,
                Err(error) => Some(Err(error)),
            }
        })))
    }

    /// Whoever reads in order may stop early.
    fn note_partial(self) {
        self.runner.note(self.tested.fetch, |stats| stats.partial = true);
        if let Some((node, _)) = self.tested.residual {
            self.runner.note(node, |stats| stats.partial = true);
        }
    }

    /// A part that fails in the middle of its order can't be left out of this answer any more, but of the next.
    fn distrusted(self, segment: &SegmentView, error: IndexError) -> QueryError {
        if error.is_damage() {
            segment.distrust(self.order.index, &error);
        }
        error.into()
    }

    /// The same for a segment without the part: its values are read and sorted.
    fn sorted(self, share: &mut Share<'r>) -> Result<Stream<'r, Valued<'r>>, QueryError> {
        let slots = fetch::settled(self.runner, self.source, self.tested, &share.accepted)?;
        self.runner.note(self.node, |stats| stats.input += slots.len());
        let (mut objects, mut rest) = (Vec::new(), Vec::new());
        for slot in &slots {
            let found = fetch::in_slot(share.segment, share.accepted.segment, slot, self.by_owner)?;
            let key = self.read_key(&found)?;
            if key.values.iter().any(Option::is_some) {
                objects.push((key, found));
            } else {
                rest.push(slot.0);
            }
        }
        share.sorted = Some(SlotSet::from_ascending(rest));
        objects.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        Ok(Box::new(objects.into_iter().map(|(key, found)| Ok(Valued { found, key: Some(key) }))))
    }

    /// The matching loose objects: those with a value, sorted, and those without.
    fn loose(self, candidates: &'r Candidates) -> (Vec<Valued<'r>>, Vec<Given<'r>>) {
        let (mut valued, mut rest) = (Vec::new(), Vec::new());
        let matches = LooseMatches::new(self.runner, self.source, self.tested, candidates).all();
        self.runner.note(self.node, |stats| stats.input += matches.len() as u64);
        let loose = self.runner.loose(self.source).reading([&self.order.path]);
        for at in matches {
            let found = fetch::loose(self.runner.loose(self.source), at, self.by_owner);
            let key = self.key_of(&found, &loose.fields(at));
            if key.values.iter().any(Option::is_some) {
                valued.push((key, found));
            } else {
                rest.push(Ok(found));
            }
        }
        valued.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        (valued.into_iter().map(|(key, found)| Valued { found, key: Some(key) }).collect(), rest)
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
        if let Some(rest) = share.sorted {
            let (segment, at) = (share.segment, share.accepted.segment);
            return Ok(Box::new(
                SlotCursor::new(rest).map(move |slot| fetch::in_slot(segment, at, slot, self.by_owner)),
            ));
        }
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
            None => SlotSet::empty(),
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

    /// Whether a slot's object satisfies what the indexes left open.
    fn passes(self, segment: &SegmentView, slot: Slot, unsettled: &[&Candidates]) -> Result<bool, QueryError> {
        let passed = if unsettled.is_empty() && self.tested.residual.is_none() {
            Passed::Both
        } else {
            let filter = self.tested.residual.map(|(_, filter)| filter);
            self.runner.note(self.tested.reader(unsettled), |stats| stats.work.fetched += 1);
            segment.read(slot, |fields| Passed::test(fields, unsettled, filter))?
        };
        let kept = passed == Passed::Both;
        self.tested.note(self.runner, u64::from(passed != Passed::Nothing), u64::from(kept));
        self.runner.note(self.node, |stats| stats.input += u64::from(kept));
        Ok(kept)
    }

    fn key(self, valued: &mut Valued<'r>) -> Result<SortKey<'r>, QueryError> {
        match valued.key.take() {
            Some(key) => Ok(key),
            None => self.read_key(&valued.found),
        }
    }

    fn read_key(self, found: &Found<'_>) -> Result<SortKey<'r>, QueryError> {
        // Slots only: loose objects bring their keys.
        Reader::new(self.runner, self.node, []).read(found, |fields| self.key_of(found, fields))
    }

    fn key_of(self, found: &Found<'_>, fields: &dyn Fields) -> SortKey<'r> {
        let value = comparable(fields.field(&self.order.path).map(|value| value.to_value()));
        SortKey { keys: std::slice::from_ref(&self.order.key), values: vec![value], place: found.key }
    }
}
