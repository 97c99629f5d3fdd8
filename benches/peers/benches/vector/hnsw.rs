//! `hnsw_rs`, measured by our kernels, which are faster than its own.

use hnsw_rs::prelude::{DataId, Distance, FilterT, Hnsw};
use protobase::{index::SlotSet, metric::Metric};

use crate::{
    asked::{Data, Filter},
    contender::{Contender, EF_CONSTRUCTION, K, M, Outcome, distance},
};

/// The layers that it may have.
const LAYERS: usize = 16;

#[derive(Clone, Copy)]
struct ByMetric(Metric);

impl Distance<f32> for ByMetric {
    fn eval(&self, a: &[f32], b: &[f32]) -> f32 {
        // It insists on distances that are not negative.
        distance(self.0, a, b).max(0.0)
    }
}

/// Bits of the lines that a filter accepts.
struct Accepted(Vec<u64>);

impl Accepted {
    fn of(set: &SlotSet, lines: usize) -> Self {
        let mut bits = vec![0; lines.div_ceil(64)];
        for slot in set.iter() {
            bits[slot.0 as usize / 64] |= 1 << (slot.0 % 64);
        }
        Self(bits)
    }
}

impl FilterT for Accepted {
    fn hnsw_filter(&self, id: &DataId) -> bool {
        self.0[id / 64] >> (id % 64) & 1 == 1
    }
}

pub struct HnswRs {
    graph: Hnsw<'static, f32, ByMetric>,
    queries: Vec<Vec<f32>>,
    lines: usize,
    ef: usize,
    /// One set for each filter or label, and which one a query has.
    accepts: Option<(Vec<Accepted>, Vec<usize>)>,
}

impl HnswRs {
    pub fn build(data: &Data) -> Self {
        let lines = data.base.nrows();
        let mut graph = Hnsw::new(M, lines, LAYERS, EF_CONSTRUCTION, ByMetric(data.metric));
        let vectors: Vec<Vec<f32>> = data.base.rows().into_iter().map(|line| line.to_vec()).collect();
        graph.parallel_insert(&vectors.iter().zip(0..).collect::<Vec<_>>());
        graph.set_searching_mode(true);
        let queries = data.queries.rows().into_iter().map(|query| query.to_vec()).collect();
        Self { graph, queries, lines, ef: K, accepts: None }
    }
}

impl Contender for HnswRs {
    fn beam(&mut self, ef: usize) -> Outcome<()> {
        self.ef = ef;
        Ok(())
    }

    fn filter(&mut self, filter: Option<&Filter>) -> bool {
        self.accepts = filter.map(|filter| {
            let (kinds, of) = filter.kinds();
            (kinds.into_iter().map(|set| Accepted::of(set, self.lines)).collect(), of)
        });
        true
    }

    fn search(&mut self, query: usize) -> Outcome<Vec<u64>> {
        let accepts = self.accepts.as_ref().map(|(kinds, of)| &kinds[of[query]] as &dyn FilterT);
        let found = self.graph.search_filter(&self.queries[query], K, self.ef, accepts);
        Ok(found.iter().map(|neighbour| neighbour.d_id as u64).collect())
    }
}
