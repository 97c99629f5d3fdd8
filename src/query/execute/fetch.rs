//! From slots to objects: dead slots go, loose objects come in, the source's order is kept.

use rayon::prelude::*;

use crate::{
    expr::{self, Expr},
    index::{Slot, SlotSet, Work},
    object::{Fields, Offset},
    query::{Candidates, Node, QueryError, SourceId, cost},
    set::{LooseObjects, SegmentView},
};

use super::{
    Element, Found, Runner, Stats, Stream, cursor::SlotCursor, loose::LooseMatches, merge::merge, segments,
    tested::Tested,
};

/// The live candidates of one segment, and what must still be evaluated on each.
pub struct Accepted<'e> {
    /// The segment's place in the view.
    pub segment: usize,
    /// Candidates minus dead slots; of one owner when the view is.
    pub slots: SlotSet,
    /// The parts of the condition that the segment's parts left open.
    pub unsettled: Vec<&'e Candidates>,
}

/// The live candidates of every segment.
pub fn accepted<'e>(
    runner: &Runner<'_>,
    source: SourceId,
    node: &Node,
    candidates: &'e Candidates,
) -> Result<Vec<Accepted<'e>>, QueryError> {
    let segments = runner.segments(source);
    let alive = Alive { owner: runner.view(source).and_then(|view| view.owner()), stats: runner.stats, node };
    let total: u64 = segments.iter().map(|segment| u64::from(segment.slots())).sum();
    if segments.len() > 1 && total >= cost::PARALLEL_SLOTS {
        let of_segment = |(at, segment)| alive.accepted(at, segment, candidates);
        let answers: Vec<_> = segments.par_iter().enumerate().map(of_segment).collect::<Result<_, _>>()?;
        return Ok(answers.into_iter().flatten().collect());
    }
    let mut answers = Vec::with_capacity(segments.len());
    for (at, segment) in segments.iter().enumerate() {
        answers.extend(alive.accepted(at, segment, candidates)?);
    }
    Ok(answers)
}

/// Takes from candidates what a snapshot must not see: dead slots, other owners' slots.
struct Alive<'n> {
    owner: Option<Offset>,
    stats: Option<&'n Stats>,
    node: &'n Node,
}

impl Alive<'_> {
    /// `None` when no candidate is left.
    fn accepted<'e>(
        &self,
        at: usize,
        segment: &SegmentView,
        candidates: &'e Candidates,
    ) -> Result<Option<Accepted<'e>>, QueryError> {
        let run = match self.owner {
            Some(owner) => segment.owned_by(owner)?,
            None => 0..segment.slots(),
        };
        if run.is_empty() {
            return Ok(None);
        }
        let answer = segments::candidates(candidates, segment, self.stats)?;
        let mut work = Work::default();
        let before = answer.slots.len();
        let mut slots = answer.slots;
        if self.owner.is_some() {
            slots = slots.and(&SlotSet::range(run.start, run.end), &mut work);
        }
        if !segment.dead().is_empty() {
            slots = slots.and_not(segment.dead(), &mut work);
        }
        self.note(before, work);
        Ok((!slots.is_empty()).then_some(Accepted { segment: at, slots, unsettled: answer.unsettled }))
    }

    /// The number of live candidates where nothing is left to be evaluated, without making their set; else `None`.
    fn count(&self, segment: &SegmentView, candidates: &Candidates) -> Result<Option<u64>, QueryError> {
        if self.owner.is_some() || !segment.dead().is_empty() {
            return Ok(None);
        }
        let count = segments::count(candidates, segment, self.stats)?;
        self.note(count.unwrap_or(0), Work::default());
        Ok(count)
    }

    fn note(&self, input: u64, work: Work) {
        if let Some(stats) = self.stats {
            stats.note(self.node, |of_node| {
                of_node.input += input;
                of_node.work += work;
            });
        }
    }
}

/// The number of live candidates and of matching loose objects. No object of a settled segment is read.
pub fn count(runner: &Runner<'_>, source: SourceId, node: &Node, candidates: &Candidates) -> Result<u64, QueryError> {
    let alive = Alive { owner: runner.view(source).and_then(|view| view.owner()), stats: runner.stats, node };
    let tested = Tested { fetch: node, residual: None };
    let mut count = 0;
    for (at, segment) in runner.segments(source).iter().enumerate() {
        if let Some(known) = alive.count(segment, candidates)? {
            count += known;
        } else if let Some(accepted) = alive.accepted(at, segment, candidates)? {
            count += evaluated(runner, source, tested, &accepted)?.0.len();
        }
    }
    Ok(count + LooseMatches::new(runner, source, tested, candidates).count())
}

/// [`count`] where a filter stands over the candidates.
pub fn count_filtered(
    runner: &Runner<'_>,
    node: &Node,
    candidates: &Candidates,
    filter: &Expr,
) -> Result<u64, QueryError> {
    let source = node.source();
    let tested = Tested::new(node, Some(filter));
    let mut count = 0;
    let accepted = Stats::timed(runner.stats, tested.fetch, || accepted(runner, source, tested.fetch, candidates))?;
    for accepted in &accepted {
        count += settled(runner, source, tested, accepted)?.len();
    }
    Ok(count + LooseMatches::new(runner, source, tested, candidates).all().len() as u64)
}

/// Objects from which on a residual is evaluated in parallel.
const PARALLEL_OBJECTS: usize = 4_096;

/// The accepted slots that satisfy everything that is still open; notes what came out of the nodes that test them.
pub fn settled(
    runner: &Runner<'_>,
    source: SourceId,
    tested: Tested<'_>,
    accepted: &Accepted<'_>,
) -> Result<SlotSet, QueryError> {
    let (slots, fetched) = evaluated(runner, source, tested, accepted)?;
    tested.note(runner, fetched, slots.len());
    Ok(slots)
}

/// The accepted slots on which everything that is still open has been evaluated, and how many the fetch let through.
fn evaluated(
    runner: &Runner<'_>,
    source: SourceId,
    tested: Tested<'_>,
    accepted: &Accepted<'_>,
) -> Result<(SlotSet, u64), QueryError> {
    let unsettled = &accepted.unsettled;
    if unsettled.is_empty() && tested.residual.is_none() {
        return Ok((accepted.slots.clone(), accepted.slots.len()));
    }
    let segment = &runner.segments(source)[accepted.segment];
    let test = |slot: &Slot| -> Result<(u32, Passed), QueryError> {
        let filter = tested.residual.map(|(_, filter)| filter);
        Ok((slot.0, segment.read(*slot, |fields| Passed::test(fields, unsettled, filter))?))
    };
    let slots: Vec<Slot> = accepted.slots.iter().collect();
    let reader = tested.reader(unsettled);
    runner.note(reader, |stats| stats.work.fetched += slots.len() as u64);
    let tests: Vec<(u32, Passed)> = Stats::timed(runner.stats, reader, || {
        if slots.len() >= PARALLEL_OBJECTS {
            slots.par_iter().with_min_len(PARALLEL_OBJECTS / 4).map(test).collect::<Result<_, _>>()
        } else {
            slots.iter().map(test).collect::<Result<_, QueryError>>()
        }
    })?;
    let fetched = tests.iter().filter(|(_, passed)| *passed != Passed::Nothing).count() as u64;
    let kept = tests.into_iter().filter(|(_, passed)| *passed == Passed::Both).map(|(slot, _)| slot);
    Ok((SlotSet::from_ascending(kept.collect()), fetched))
}

/// What of the open conditions an object has passed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// Not what indexes left open.
    Nothing,
    /// That, but not the residual filter.
    Fetch,
    /// Everything.
    Both,
}

impl Passed {
    /// Evaluates what is open on an object.
    pub fn test(object: &dyn Fields, unsettled: &[&Candidates], filter: Option<&Expr>) -> Self {
        if !unsettled.iter().all(|open| open.matches(object)) {
            Self::Nothing
        } else if filter.is_none_or(|filter| expr::evaluate(filter, object)) {
            Self::Both
        } else {
            Self::Fetch
        }
    }
}

/// All objects of a set in its order.
pub fn scan<'r>(runner: &'r Runner<'_>, source: SourceId, node: &'r Node) -> Result<Stream<'r>, QueryError> {
    stream(runner, source, node, &Candidates::Scan)
}

/// The candidates' objects in the set's order.
pub fn stream<'r>(
    runner: &'r Runner<'_>,
    source: SourceId,
    node: &'r Node,
    candidates: &'r Candidates,
) -> Result<Stream<'r>, QueryError> {
    streamed(runner, source, node, candidates, accepted(runner, source, node, candidates)?)
}

/// [`stream`], all of it: what is settled and in one segment goes through no stream.
pub fn all<'r>(
    runner: &'r Runner<'_>,
    source: SourceId,
    node: &'r Node,
    candidates: &'r Candidates,
) -> Result<Vec<Found<'static>>, QueryError> {
    let mut accepted = accepted(runner, source, node, candidates)?;
    let is_settled = accepted.iter().all(|accepted| accepted.unsettled.is_empty());
    if !is_settled || accepted.len() > 1 || !runner.loose(source).is_empty() {
        return streamed(runner, source, node, candidates, accepted)?.map(|found| Ok(found?.into_owned())).collect();
    }
    let Some(Accepted { segment: at, slots, .. }) = accepted.pop() else { return Ok(Vec::new()) };
    let (segment, by_owner) = (&runner.segments(source)[at], is_family(runner, source));
    let mut found = Vec::with_capacity(usize::try_from(slots.len()).unwrap_or_default());
    for slot in &slots {
        found.push(in_slot(segment, at, slot, by_owner)?);
    }
    Ok(found)
}

fn streamed<'r>(
    runner: &'r Runner<'_>,
    source: SourceId,
    node: &'r Node,
    candidates: &'r Candidates,
    accepted: Vec<Accepted<'r>>,
) -> Result<Stream<'r>, QueryError> {
    let mut streams: Vec<Stream<'r>> = Vec::new();
    for accepted in accepted {
        streams.push(of_segment(runner, source, node, accepted));
    }
    if !runner.loose(source).is_empty() {
        let (objects, by_owner) = (runner.loose(source), is_family(runner, source));
        let tested = Tested { fetch: node, residual: None };
        let matches = LooseMatches::new(runner, source, tested, candidates);
        streams.push(Box::new(matches.map(move |at| Ok(loose(objects, at, by_owner)))));
    }
    if streams.is_empty() {
        return Ok(Box::new(std::iter::empty()));
    }
    merge(streams, |found| Ok(found.key))
}

fn of_segment<'r>(runner: &'r Runner<'_>, source: SourceId, node: &'r Node, accepted: Accepted<'r>) -> Stream<'r> {
    let segment = &runner.segments(source)[accepted.segment];
    let by_owner = is_family(runner, source);
    let at = accepted.segment;
    let unsettled = accepted.unsettled;
    Box::new(SlotCursor::new(accepted.slots).filter_map(move |slot| {
        if !unsettled.is_empty() {
            runner.note(node, |stats| stats.work.fetched += 1);
            match segment.read(slot, |fields| Passed::test(fields, &unsettled, None)) {
                Ok(Passed::Nothing) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(error.into())),
            }
        }
        Some(in_slot(segment, at, slot, by_owner))
    }))
}

/// Whether the set is a whole nested family, which is ordered by (owner, offset).
pub fn is_family(runner: &Runner<'_>, source: SourceId) -> bool {
    runner.view(source).is_some_and(|view| view.declaration().parent.is_some() && view.owner().is_none())
}

/// The object in a slot, not yet read.
pub fn in_slot(segment: &SegmentView, at: usize, slot: Slot, by_owner: bool) -> Result<Found<'static>, QueryError> {
    let key = if by_owner {
        let (owner, offset) = segment.place(slot.0)?;
        (owner.0, offset.0)
    } else {
        (0, segment.offset(slot)?.0)
    };
    Ok(Found { key, distance: None, element: Element::Slot { segment: at, slot } })
}

/// A loose object.
pub fn loose(objects: &LooseObjects, at: u32, by_owner: bool) -> Found<'static> {
    let (owner, offset) = objects.place(at);
    let owner = if by_owner { owner.0 } else { 0 };
    Found { key: (owner, offset.0), distance: None, element: Element::Loose(at) }
}
