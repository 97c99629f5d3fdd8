//! Which path does a search take?
//!
//! A pure function of the accept set's size, k, the effort and the part. All measured costs are here; they are for one core
//! of the reference machine, in nanoseconds.

use crate::index::{SearchEffort, Traversal};

use super::{
    beam::Width,
    table::{Queries, Table},
};

/// What a choice depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation<'a> {
    /// Slots that may be hits.
    pub(super) accepted: u64,
    /// Slots of the segment that have a vector.
    pub(super) present: u64,
    /// How many hits.
    pub(super) k: usize,
    /// How hard to try.
    pub(super) effort: SearchEffort,
    /// Components of a vector.
    pub(super) dimension: usize,
    /// Whether there are codes.
    pub(super) coded: bool,
    /// Whether there are signs.
    pub(super) signed: bool,
    /// What the graph is known to reach; empty without a graph.
    pub(super) table: &'a Table,
    /// The beam width that the index was declared with.
    pub(super) ef_search: Option<usize>,
}

/// A path, with what it needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Choice {
    /// Look at every accepted slot.
    Scan(Scanned),
    /// Traverse the graph.
    Graph {
        /// How wide; it is given up when a scan would have been cheaper.
        width: Width,
        /// What is known of it.
        told: Traversal,
        /// The scan that then answers.
        otherwise: Scanned,
    },
}

/// What a scan looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scanned {
    /// Measure every accepted original.
    Flat,
    /// Measure every accepted code, re-score the best; exact.
    Codes,
    /// Look at the signs of every accepted slot, measure the codes that they leave a chance, re-score the best.
    Signs {
        /// How many standard deviations an estimate may be too high.
        doubt: f32,
    },
}

/// How wide a traversal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Beam {
    /// The width that the accepted share needs.
    ef: usize,
    /// Nodes of any kind that are held in any case.
    all: usize,
}

/// The recall that the default effort is meant for.
pub(super) const DEFAULT_RECALL: f32 = 0.95;

/// The fewest hits that the default effort is meant for. By recall@1 of 0.95 one search in twenty for a single hit would miss it, such as a
/// stored vector itself: with a beam for ten hits it is in nearly always.
const DEFAULT_HITS: usize = 10;

/// The least recall that the default effort is content with where no beam reaches more.
const LEAST_RECALL: f32 = 0.9;

/// A code that is read in order: the call and the byte.
const CODE_CALL: f64 = 5.0;
const CODE_BYTE: f64 = 0.03;
/// What reading a code costs more when its neighbours are not read.
const CODE_ALONE: f64 = 12.0;
/// A distance in a graph: the call, with its share of the pool's upkeep, and the byte, at random places.
const NODE_CALL: f64 = 35.0;
const NODE_BYTE: f64 = 0.08;
/// An original: the call and the component.
const ORIGINAL_CALL: f64 = 20.0;
const ORIGINAL_COMPONENT: f64 = 0.15;
/// A row of signs: the call, the component, and what it costs more when its neighbours are not read.
const SIGN_CALL: f64 = 5.0;
const SIGN_COMPONENT: f64 = 0.012;
const SIGN_ALONE: f64 = 4.0;
/// What a search by signs costs before the first row: a rotation of the query, a component.
const SIGNS_START: (f64, f64) = (5_000.0, 20.0);
/// Codes that signs leave a chance: some, and a share.
const SIGN_PASSED: (f64, f64) = (60.0, 0.03);
/// How many standard deviations an estimate may be too high, by the recall that a scan reaches so: quantiles of the normal distribution,
/// for hits that all are as far as the limit. That is so where a filter accepts nothing near the query; else hardly any is lost.
const SCAN_DOUBTS: [(f32, f32); 4] = [(0.9, 1.3), (0.95, 1.7), (0.99, 2.4), (0.999, 3.2)];
/// A filter that accepts few may accept just those near the query, as one by a label does. Where a scan costs so many times what the traversal
/// does then, a look at the surroundings of the query is worth what it costs, a fifth of that traversal.
const TRIAL: f64 = 2.0;
/// What a search over codes costs before the first code.
const CODES_START: f64 = 2_000.0;
/// Originals that a search over codes re-scores: three times k and some.
const RESCORED: (f64, f64) = (3.0, 30.0);

impl Situation<'_> {
    /// The cheapest path that keeps what the effort promises.
    pub(super) fn choose(&self) -> Choice {
        let (otherwise, cost) = self.scan();
        let Some(beam) = self.beam() else { return Choice::Scan(otherwise) };
        // A forced beam is taken at its word unless the answer would be the whole accept set anyway.
        let surely = self.graph_cost(beam) < cost;
        if !surely && self.cost_when_near(beam) * TRIAL > cost {
            return Choice::Scan(otherwise);
        }
        let accepted = accepted_width(beam.ef, self.share()).max(self.k);
        let width = Width { all: beam.all, accepted, budget: self.distances_for(cost), trial: !surely };
        // What a traversal gives up is all about as far as what is looked for, which signs hardly tell apart.
        let otherwise = match (surely, self.coded) {
            (true, true) => Scanned::Codes,
            (true, false) => Scanned::Flat,
            (false, _) => otherwise,
        };
        Choice::Graph { width, told: self.told(beam), otherwise }
    }

    /// The cheapest scan, with its cost.
    fn scan(&self) -> (Scanned, f64) {
        let codes = self.coded.then(|| (Scanned::Codes, self.codes_cost()));
        let doubt = self.doubt().filter(|_| self.signed);
        let signs = doubt.map(|doubt| (Scanned::Signs { doubt }, self.signs_cost()));
        let cheaper = |a: (Scanned, f64), b: (Scanned, f64)| if b.1 < a.1 { b } else { a };
        codes.into_iter().chain(signs).fold((Scanned::Flat, self.flat_cost()), cheaper)
    }

    /// How far a scan may trust the signs.
    fn doubt(&self) -> Option<f32> {
        let recall = match self.effort {
            SearchEffort::Exact => return None,
            SearchEffort::EfSearch(_) => 0.999,
            SearchEffort::Recall(recall) => recall,
            // Better than the recall that is meant, at little cost.
            SearchEffort::Default => 0.99,
        };
        SCAN_DOUBTS.iter().find(|(reached, _)| *reached >= recall).map(|(_, doubt)| *doubt)
    }

    /// The beam that the effort needs; `None` when only a scan keeps the promise.
    fn beam(&self) -> Option<Beam> {
        if self.table.is_empty() {
            return None;
        }
        let (least, share) = (least_width(self.k, self.share()), self.share());
        let (recall, queries, k) = match (self.effort, self.ef_search) {
            (SearchEffort::Exact, _) => return None,
            (SearchEffort::EfSearch(ef), _) | (SearchEffort::Default, Some(ef)) => {
                return Some(Beam { ef: ef.max(least), all: ef.max(least) });
            }
            (SearchEffort::Recall(recall), _) => (recall, Queries::Alike, self.k),
            (SearchEffort::Default, None) => {
                let k = self.k.max(DEFAULT_HITS);
                // Where no beam reaches it, the best there is.
                let most = self.table.most(Queries::Any, k, share).max(LEAST_RECALL);
                (DEFAULT_RECALL.min(most), Queries::Any, k)
            }
        };
        let ef = self.table.beam(recall, queries, k, share)?.max(least);
        // A filter may accept everything around the query: what that takes without a filter is searched in any case.
        let all = self.table.beam(recall, queries, k, 1.0).unwrap_or(ef);
        Some(Beam { ef, all: all.max(ef) })
    }

    /// What is wanted and known of a beam.
    fn told(&self, beam: Beam) -> Traversal {
        let wanted = match (self.effort, self.ef_search) {
            (SearchEffort::Recall(recall), _) => Some(recall),
            (SearchEffort::Default, None) => Some(DEFAULT_RECALL),
            _ => None,
        };
        // A beam that the table gave for a recall between its cells reaches that at least.
        let given = if let SearchEffort::Recall(recall) = self.effort { recall } else { 0.0 };
        let promised = self.table.promised(beam.ef, self.k, self.share()).max(given);
        let parts = |recall: f32| (recall * 10_000.0).round() as u16;
        Traversal { beam: beam.all, wanted: wanted.map(parts), promised: parts(promised) }
    }

    /// The share of the vectors that are accepted.
    pub(super) fn share(&self) -> f64 {
        (self.accepted as f64 / self.present.max(1) as f64).min(1.0)
    }

    /// All accepted originals.
    pub(super) fn flat_cost(&self) -> f64 {
        self.accepted as f64 * self.original_cost()
    }

    /// All accepted codes and some originals.
    pub(super) fn codes_cost(&self) -> f64 {
        let rescored = (RESCORED.0 * self.k as f64 + RESCORED.1).min(self.accepted as f64);
        let density = self.accepted as f64 / self.present.max(1) as f64;
        let code = CODE_CALL + CODE_BYTE * self.dimension as f64 + CODE_ALONE * (1.0 - density);
        CODES_START + self.accepted as f64 * code + rescored * self.original_cost()
    }

    /// All accepted signs, some codes, some originals.
    pub(super) fn signs_cost(&self) -> f64 {
        let accepted = self.accepted as f64;
        let density = accepted / self.present.max(1) as f64;
        let row = SIGN_CALL + SIGN_COMPONENT * self.dimension as f64 + SIGN_ALONE * (1.0 - density);
        let codes = (SIGN_PASSED.0 + SIGN_PASSED.1 * accepted).min(accepted);
        let start = SIGNS_START.0 + SIGNS_START.1 * self.dimension as f64;
        start + accepted * row + codes * self.node_cost() + 20.0_f64.min(accepted) * self.original_cost()
    }

    /// A traversal.
    fn graph_cost(&self, beam: Beam) -> f64 {
        // The beam that holds as many nodes of any kind, as measured.
        let share = self.share();
        let as_wide = (beam.all as f64 * share / f64::midpoint(1.0, share)) as usize;
        CODES_START + self.table.distances(beam.ef.max(as_wide), share) * self.node_cost()
    }

    /// A traversal where the filter accepts whatever is near the query: as without a filter.
    fn cost_when_near(&self, beam: Beam) -> f64 {
        CODES_START + self.table.distances(beam.all, 1.0) * self.node_cost()
    }

    /// Distances of a traversal that cost as much as twice the cheapest scan: more are never worth while.
    pub(super) fn budget(&self) -> u64 {
        self.distances_for(self.scan().1)
    }

    fn distances_for(&self, scan: f64) -> u64 {
        (2.0 * scan / self.node_cost()) as u64
    }

    fn node_cost(&self) -> f64 {
        NODE_CALL + NODE_BYTE * self.dimension as f64
    }

    fn original_cost(&self) -> f64 {
        ORIGINAL_CALL + ORIGINAL_COMPONENT * self.dimension as f64
    }
}

/// How many codes a search keeps for re-scoring.
pub(super) fn rescored(k: usize) -> usize {
    k.saturating_mul(RESCORED.0 as usize).saturating_add(RESCORED.1 as usize)
}

/// How many accepted nodes a search gathers beside the `ef` nodes of any kind: all `ef` without a filter, half of them where next to none is
/// accepted. So one beam reaches about the same recall whatever the share is, and where a filter accepts nearly everything around the
/// query, or nearly nothing, the search is no narrower than without it.
pub(super) fn accepted_width(ef: usize, share: f64) -> usize {
    (ef as f64 * f64::midpoint(1.0, share)).ceil() as usize
}

/// The narrowest beam that holds k accepted nodes.
pub(super) fn least_width(k: usize, share: f64) -> usize {
    (k as f64 / f64::midpoint(1.0, share)).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::vector::table::Entry;

    /// Widths and what they reach, for the k that are measured.
    const MEASURED: [(u32, u32, f32); 6] =
        [(1, 4, 0.9), (1, 8, 0.97), (10, 12, 0.9), (10, 40, 0.97), (100, 120, 0.9), (100, 200, 0.97)];

    /// How wide a segment of 100,000 is searched.
    fn beam(k: usize, accepted: u64, effort: SearchEffort) -> usize {
        let entry = |(k, ef, recall): (u32, u32, f32)| Entry {
            k,
            share: 1.0,
            ef,
            recall,
            anywhere: recall,
            distances: 10.0 * ef as f32,
            recorded: 0,
        };
        let table = Table::of(&MEASURED.map(entry));
        let (present, coded, signed) = (100_000, true, false);
        let situation =
            Situation { accepted, present, k, effort, dimension: 128, coded, signed, table: &table, ef_search: None };
        match situation.choose() {
            Choice::Graph { width, .. } => width.all,
            other @ Choice::Scan(_) => panic!("{other:?}"),
        }
    }

    /// What a filter accepts may lie near the query: where that would be far cheaper than the scan, it is tried.
    #[test]
    fn a_traversal_is_tried_where_it_may_be_far_cheaper() {
        let entry = |ef: u32| Entry {
            k: 10,
            share: 1.0,
            ef,
            recall: 0.96,
            anywhere: 0.96,
            distances: 10.0 * ef as f32,
            recorded: 0,
        };
        let table = Table::of(&[entry(40)]);
        let choice = |accepted| {
            let (present, effort, dimension) = (100_000, SearchEffort::Default, 384);
            let (coded, signed, table, k) = (true, true, &table, 10);
            let situation =
                Situation { accepted, present, k, effort, dimension, coded, signed, table, ef_search: None };
            situation.choose()
        };
        let signs = Scanned::Signs { doubt: 2.4 };
        for (accepted, tried, expected) in [(60_000, false, Scanned::Codes), (8_000, true, signs)] {
            let Choice::Graph { width, otherwise, .. } = choice(accepted) else { panic!("{accepted} are scanned") };
            assert_eq!((width.trial, otherwise), (tried, expected), "{accepted}");
        }
        assert_eq!(choice(2_000), Choice::Scan(signs));
        assert_eq!(choice(50), Choice::Scan(Scanned::Flat));
    }

    /// A wanted recall gets what it takes for that k; nothing wanted is meant for ten hits at least.
    #[test]
    fn few_hits_are_searched_for_by_default_as_ten_are() {
        for accepted in [100_000, 60_000] {
            let of = |effort| [1, 7, 10, 55].map(|k| beam(k, accepted, effort));
            assert_eq!(of(SearchEffort::Default), [40, 40, 40, 120]);
            assert_eq!(of(SearchEffort::Recall(DEFAULT_RECALL)), [8, 30, 40, 120]);
        }
    }
}
