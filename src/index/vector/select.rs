//! Which of the near nodes become neighbours?
//!
//! The paper's heuristic: a candidate is taken when it is nearer to the new node than to any neighbour taken before, so that
//! the list points in all directions. Lists are not filled up with the rest: short lists make a search cheaper.

use super::{
    codes::{CodeQuery, Codes},
    graph::Layer,
};

/// Some places of a layer with their distances from one of them, nearest first.
pub(super) fn ranked(
    codes: &Codes<'_>,
    layer: &Layer<'_>,
    from: u32,
    places: &[u32],
    query: &mut CodeQuery,
) -> Vec<(i32, u32)> {
    codes.query_of(layer.node(from), query);
    places.iter().for_each(|place| codes.prefetch(layer.node(*place)));
    let measure = |place: &u32| (codes.distance(query, layer.node(*place)), *place);
    let mut ranked: Vec<(i32, u32)> = places.iter().map(measure).collect();
    ranked.sort_unstable();
    ranked
}

/// The state of a choice, reused.
#[derive(Debug, Default)]
pub(super) struct Selection {
    query: CodeQuery,
}

impl Selection {
    /// Chooses at most `most` of the candidates (distance and place, nearest first).
    pub(super) fn choose(
        &mut self,
        codes: &Codes<'_>,
        layer: &Layer<'_>,
        candidates: &[(i32, u32)],
        most: usize,
    ) -> Vec<u32> {
        let mut chosen: Vec<u32> = Vec::with_capacity(most);
        self.extend(codes, layer, &mut chosen, candidates, most);
        chosen
    }

    /// Chooses more of the candidates, until there are `most`, beside those that are chosen already.
    pub(super) fn extend(
        &mut self,
        codes: &Codes<'_>,
        layer: &Layer<'_>,
        chosen: &mut Vec<u32>,
        candidates: &[(i32, u32)],
        most: usize,
    ) {
        for (distance, place) in candidates {
            if chosen.len() >= most {
                break;
            }
            codes.query_of(layer.node(*place), &mut self.query);
            let nearer = |other: &u32| codes.distance(&self.query, layer.node(*other)) < *distance;
            if !chosen.iter().any(nearer) {
                chosen.push(*place);
            }
        }
    }
}
