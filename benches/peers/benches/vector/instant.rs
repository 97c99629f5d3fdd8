//! `instant-distance`: no filter, M = 32 (64 at the bottom), and a beam that is set when its graph is built.

use std::sync::OnceLock;

use instant_distance::{Builder, Hnsw, Point, Search};
use ndarray::{Array2, Axis, concatenate};
use protobase::metric::Metric;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    asked::{Data, Filter},
    contender::{Contender, EF_CONSTRUCTION, K, Outcome, distance},
};

/// Base vectors, after them the queries: a point is a place in here, so that a graph that is written down holds no vectors.
static VECTORS: OnceLock<(Array2<f32>, Metric)> = OnceLock::new();

#[derive(Clone, Serialize, Deserialize)]
struct Place(u32);

impl Place {
    fn vector(&self) -> (&'static [f32], Metric) {
        let (all, metric) = VECTORS.get().expect("vectors come before points");
        let start = self.0 as usize * all.ncols();
        (&all.as_slice().expect("the matrix is in C order")[start..start + all.ncols()], *metric)
    }
}

impl Point for Place {
    fn distance(&self, other: &Self) -> f32 {
        let ((a, metric), (b, _)) = (self.vector(), other.vector());
        distance(metric, a, b)
    }
}

/// A graph, and the same written down, from which it is made anew for each beam.
pub struct Instant {
    graph: Hnsw<Place>,
    written: Value,
    first_query: u32,
    search: Search,
}

impl Instant {
    pub fn build(data: &Data) -> Outcome<Self> {
        let all = concatenate(Axis(0), &[data.base.view(), data.queries.view()])?;
        let _ = VECTORS.set((all, data.metric));
        let first_query = data.base.nrows() as u32;
        let points = (0..first_query).map(Place).collect();
        let (graph, _) = Builder::default().seed(1).ef_construction(EF_CONSTRUCTION).build_hnsw(points);
        Ok(Self { graph, written: Value::Null, first_query, search: Search::default() })
    }
}

impl Contender for Instant {
    fn beam(&mut self, ef: usize) -> Outcome<()> {
        if self.written.is_null() {
            self.written = serde_json::to_value(&self.graph)?;
        }
        self.written["ef_search"] = ef.into();
        self.graph = Hnsw::deserialize(&self.written)?;
        Ok(())
    }

    fn filter(&mut self, filter: Option<&Filter>) -> bool {
        filter.is_none()
    }

    fn search(&mut self, query: usize) -> Outcome<Vec<u64>> {
        let place = Place(self.first_query + query as u32);
        let found = self.graph.search(&place, &mut self.search).take(K);
        Ok(found.map(|item| u64::from(item.point.0)).collect())
    }
}
