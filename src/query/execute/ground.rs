//! What a nearest search chooses from: every accept set settled, every loose object tested. Made once, searched as often as is needed,
//! also by several threads.

use std::collections::HashSet;

use crate::{
    index::{SlotSet, Work},
    query::{
        Nearest, Node, QueryError, SourceId,
        found::{Found, in_order},
        plan::{Partner, Question},
    },
    set::{IndexId, LooseObjects, SegmentView},
};

use super::{
    Runner, Stats,
    best::Best,
    fetch,
    loose::LooseMatches,
    partners::Partners,
    searched::{Searched, Step},
    tested::Tested,
};

/// The matching objects of a subtree that stays in slot space.
pub struct Ground<'r> {
    /// The node that searches, whose stats tell of it.
    node: &'r Node,
    stats: Option<&'r Stats>,
    segments: &'r [SegmentView],
    loose: &'r LooseObjects,
    matches: Vec<u32>,
    settled: Vec<(usize, SlotSet)>,
    by_owner: bool,
}

impl<'r> Ground<'r> {
    /// Settles what a search node stands on; `None` when that does not stay in slot space.
    pub fn new(runner: &'r Runner<'_>, node: &'r Node) -> Result<Option<Self>, QueryError> {
        node.input().map_or(Ok(None), |input| Self::over(runner, node, input))
    }

    /// The matching objects of an input of a node; `None` when that does not stay in slot space.
    pub fn over(runner: &'r Runner<'_>, node: &'r Node, input: &'r Node) -> Result<Option<Self>, QueryError> {
        let Some((candidates, filter)) = input.slot_space() else { return Ok(None) };
        let source = input.source();
        let tested = Tested::new(input, filter);
        let matches = LooseMatches::new(runner, source, tested, candidates).all();
        let settled = match tested.residual {
            Some((node, _)) => Stats::timed(runner.stats, node, || settled(runner, source, tested))?,
            None => settled(runner, source, tested)?,
        };
        let ground = Self {
            node,
            stats: runner.stats,
            segments: runner.segments(source),
            loose: runner.loose(source),
            matches,
            settled,
            by_owner: fetch::is_family(runner, source),
        };
        runner.note(node, |stats| stats.input += ground.len());
        Ok(Some(ground))
    }

    /// How many objects there are to choose from.
    pub fn len(&self) -> u64 {
        self.matches.len() as u64 + self.settled.iter().map(|(_, slots)| slots.len()).sum::<u64>()
    }

    /// The nearest of them: the accept sets are given to the index, so that it needs to know nothing of the condition; segments
    /// without its part, and loose objects, are measured.
    pub fn nearest(&self, nearest: &Nearest, index: Option<IndexId>) -> Result<Best<'static>, QueryError> {
        let mut best = Best::new(nearest);
        if nearest.k == 0 {
            return Ok(best);
        }
        self.note(&Step { work: Work { distances: self.matches.len() as u64, ..Work::default() }, ..Step::default() });
        let loose = self.loose.reading(nearest.target.paths());
        for at in &self.matches {
            let distance = nearest.target.distance(&loose.fields(*at));
            if distance.is_none_or(|distance| distance <= best.bound()) {
                best.push(distance, fetch::loose(self.loose, *at, self.by_owner));
            }
        }
        for (at, slots) in &self.settled {
            let (segment, by_owner) = (&self.segments[*at], self.by_owner);
            self.note(&Searched { segment, at: *at, slots, index, by_owner, nearest }.search(&mut best)?);
        }
        if best.wants_missing() {
            self.add_missing(&mut best)?;
        }
        Ok(best)
    }

    /// Those of them that answer a question: nearest first where it is about distances, else in the set's order.
    pub fn partners(&self, question: &Question, index: Option<IndexId>) -> Result<Vec<Found<'static>>, QueryError> {
        let mut partners = Vec::new();
        let loose = self.loose.reading(question.paths());
        for at in &self.matches {
            if let Some(Partner { distance }) = question.answered(&loose.fields(*at)) {
                partners.push(Found { distance, ..fetch::loose(self.loose, *at, self.by_owner) });
            }
        }
        for (at, slots) in &self.settled {
            let (segment, by_owner) = (&self.segments[*at], self.by_owner);
            self.note(&Partners { segment, at: *at, slots, index, by_owner, question }.find(&mut partners)?);
        }
        partners.sort_unstable_by(in_order);
        Ok(partners)
    }

    fn note(&self, step: &Step) {
        if let Some(stats) = self.stats {
            stats.note(self.node, |stats| {
                stats.work += step.work;
                stats.paths.extend(step.path);
                stats.without_part += u64::from(step.without_part);
            });
        }
    }

    /// Fills up with objects that have no distance, in the source's order.
    fn add_missing(&self, best: &mut Best<'_>) -> Result<(), QueryError> {
        let known: HashSet<(u64, u64)> = best.keys().collect();
        for (at, slots) in &self.settled {
            for slot in slots {
                let found = fetch::in_slot(&self.segments[*at], *at, slot, self.by_owner)?;
                if !known.contains(&found.key) {
                    best.push(None, found);
                }
            }
        }
        Ok(())
    }
}

/// The slots of each segment that satisfy the whole condition, where there are any.
fn settled(runner: &Runner<'_>, source: SourceId, tested: Tested<'_>) -> Result<Vec<(usize, SlotSet)>, QueryError> {
    let Some((candidates, _)) = tested.fetch.slot_space() else { return Ok(Vec::new()) };
    let accepted =
        Stats::timed(runner.stats, tested.fetch, || fetch::accepted(runner, source, tested.fetch, candidates))?;
    let mut settled = Vec::with_capacity(accepted.len());
    for accepted in &accepted {
        let slots = fetch::settled(runner, source, tested, accepted)?;
        if !slots.is_empty() {
            settled.push((accepted.segment, slots));
        }
    }
    Ok(settled)
}
