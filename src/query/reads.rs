//! What does an answer depend on?
//!
//! A serializable transaction must know, and must not know more than that: what a query notes is its first stage's filter. Limits, orders and
//! counts are answered from what the filter lets through, so they depend on nothing else. A nearest search that found all it asked for
//! depends on nothing that is farther away than its last hit.

use crate::{
    expr::{Expr, Target},
    set::{MatchingRead, Read},
};

use super::{Hits, Query, body::Body, check, source::Input};

impl Query<'_> {
    /// Tells the transaction that reads, if one does, what the answer depends on. Hits are given when they are in the query's order.
    pub(super) fn note_reads(&self, inputs: &[Input<'_>], hits: Option<&Hits>) {
        let source = match &self.body {
            Body::Source(source) => source,
            made => return made.note_reads(inputs),
        };
        let (Some(input), Some(reads)) = (inputs.first(), source.reads()) else { return };
        let Some(view) = input.view() else { return };
        let filters = self.stages.first().map_or(&[][..], |stage| &stage.filters);
        let filter = filters.iter().cloned().reduce(Expr::and).unwrap_or_else(Expr::all);
        let filter = check::analysed(filter, Some(view));
        if filter.paths().into_iter().any(|path| path.standing().is_some()) {
            // Conditions are tested again on bare images of objects, which do not know where they stand.
            return reads.note(view.family(), Read::All(view.owner()));
        }
        let nearest = hits.and_then(|hits| self.searched(input, hits));
        reads.note(view.family(), Read::Matching(MatchingRead { owner: view.owner(), filter, nearest }));
    }

    /// How far a nearest search had to look: up to its last hit, if the answer is all that it found, and it found as many as it should; else as
    /// far as it was allowed to.
    fn searched(&self, input: &Input<'_>, hits: &Hits) -> Option<(Target, f64)> {
        let [stage] = &self.stages[..] else { return None };
        let (wanted, k) = stage.nearest.as_ref()?;
        if stage.aggregation.is_some() || !stage.order.is_empty() || stage.group.is_some() || stage.diverse.is_some() {
            return None;
        }
        let asked = stage.limit.map_or(u64::MAX, |limit| limit.saturating_add(stage.offset)).min(*k as u64);
        let found = (hits.len() as u64).saturating_add(stage.offset);
        let farthest = if found >= asked {
            hits.len().checked_sub(1).and_then(|last| hits.get(last))?.distance?
        } else {
            stage.within?
        };
        Some((wanted.target(input.view()).ok()?, farthest))
    }
}
