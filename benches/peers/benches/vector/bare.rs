//! Our vector index by itself.

use protobase::{
    expr::Target,
    index::{Options, SearchEffort, SlotSet, Work},
};

use crate::{
    asked::{Data, Filter},
    contender::{Contender, K, Outcome},
    vectors::Segment,
};

/// One segment whose graph is asked for everything (flat search is switched off), with accept sets ready.
pub struct Bare {
    segment: Segment,
    targets: Vec<Target>,
    accepts: Vec<SlotSet>,
    effort: SearchEffort,
}

impl Bare {
    pub fn build(data: &Data) -> Outcome<Self> {
        let segment = Segment::build(data.base.clone(), data.metric, &Options::new().with("flat_threshold", 0))?;
        let targets = data.queries.rows().into_iter().map(|query| segment.target(query)).collect();
        let accepts = vec![SlotSet::all(segment.len()); data.queries.nrows()];
        Ok(Self { segment, targets, accepts, effort: SearchEffort::Default })
    }
}

impl Contender for Bare {
    fn effort(&mut self) -> Option<&mut SearchEffort> {
        Some(&mut self.effort)
    }

    fn filter(&mut self, filter: Option<&Filter>) -> bool {
        let all = || vec![SlotSet::all(self.segment.len()); self.targets.len()];
        self.accepts = filter.map_or_else(all, |filter| filter.accepts.clone());
        true
    }

    fn search(&mut self, query: usize) -> Outcome<Vec<u64>> {
        let (target, accept) = (&self.targets[query], &self.accepts[query]);
        let (hits, _) = self.segment.nearest(target, K, accept, self.effort, &mut Work::default())?;
        Ok(hits.into_iter().map(|(slot, _)| u64::from(slot.0)).collect())
    }
}
