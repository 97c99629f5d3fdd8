//! Is what the table promises kept? Searches of held-out queries against brute force, for every k, accepted share and recall, between
//! and beyond those that were measured.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::{
    codec::Container,
    index::{BuildEffort, Options, SearchEffort, SearchPath, Slot, SlotSet},
    metric::Metric,
    object::VectorBuf,
};

use super::{
    beam::Width,
    cost::accepted_width,
    fixture::{Random, Segment, clustered, recall},
    ladder::{KS, WIDTHS},
    layout::{Opened, Reading},
    probe::{Probe, SHARES, accepts},
    scan::Scan,
    scratch,
};

/// How far below the wanted recall what is measured may lie: the hundredth that is allowed, and about two standard errors of 200 queries,
/// which are greater the fewer hits each has.
fn margin(k: usize) -> f64 {
    match k {
        ..3 => 0.04,
        3..10 => 0.025,
        10.. => 0.02,
    }
}

fn options(dimension: usize, metric: Metric) -> Options {
    Options::new().with("dimension", dimension).with("metric", metric).with("flat_threshold", 0)
}

fn share_of(seed: u64, slots: u32, share: f64) -> SlotSet {
    let mut random = Random::new(seed);
    let chosen = (0..slots).filter(|_| (random.next() >> 11) as f64 / (1_u64 << 53) as f64 <= share);
    if share >= 1.0 { SlotSet::all(slots) } else { SlotSet::from_sorted(chosen.collect()) }
}

#[test]
fn a_wanted_recall_is_reached_for_every_k_and_share() {
    for (seed, metric) in [(21, Metric::L2), (22, Metric::Cosine)] {
        let mut vectors = clustered(seed, 8_200, 32, 40);
        let queries = vectors.split_off(8_000);
        let segment = Segment::new(vectors.into_iter().map(Some).collect(), &options(32, metric), BuildEffort::Settled);
        let order: Vec<_> = queries.par_iter().map(|query| segment.brute(query, 3_000, &segment.all())).collect();
        let mut walked = 0;
        for share in [1.0, 0.7, 0.5, 0.2, 0.1] {
            let accept = share_of(seed, 8_000, share);
            let accepted = |order: &Vec<(Slot, f64)>| {
                order.iter().copied().filter(|(slot, _)| accept.contains(*slot)).take(150).collect::<Vec<_>>()
            };
            let right: Vec<_> = order.iter().map(accepted).collect();
            for k in [1, 3, 10, 30, 100, 150] {
                for wanted in [0.9_f32, 0.95, 0.99] {
                    let effort = SearchEffort::Recall(wanted);
                    let (mut found, mut promised) = (0.0, 1.0_f64);
                    for (query, right) in queries.iter().zip(&right) {
                        let answer = segment.nearest(query, k, &accept, effort);
                        found += recall(&answer.hits, &right[..k]);
                        if let SearchPath::Graph(told) = answer.path {
                            assert_eq!(told.wanted, Some((wanted * 10_000.0).round() as u16));
                            promised = promised.min(f64::from(told.promised) / 10_000.0);
                            walked += 1;
                        }
                    }
                    let found = found / queries.len() as f64;
                    let told = format!("{metric}, {share} accepted, k = {k}, wanted {wanted}: {found}");
                    assert!(found >= f64::from(wanted) - margin(k), "{told}");
                    assert!(promised >= f64::from(wanted) - 1e-3, "{told}: {promised} promised");
                }
            }
        }
        // A good part by the graph: else nothing was tested.
        assert!(walked > 200 * 5 * 6 * 3 / 4, "{metric}: {walked} searches of the graph");
    }
}

/// One wide search tells of every narrower one exactly what that one finds and computes.
#[test]
fn one_wide_search_tells_of_all_narrower_ones() {
    let vectors = clustered(23, 3_000, 16, 12);
    let segment =
        Segment::new(vectors.iter().cloned().map(Some).collect(), &options(16, Metric::L2), BuildEffort::Settled);
    let container = Container::open("part", *b"PBVECTOR", segment.bytes.clone().into()).unwrap();
    let opened = Opened::read(&container, Metric::L2, 16, 3_000).unwrap();
    let graph = opened.graph(Reading::Whole).unwrap().unwrap();
    let (codes, encoding) = opened.codes(Reading::Whole).unwrap().unwrap();
    let scan = Scan { codes, encoding, nodes: opened.nodes(Reading::Whole).unwrap(), column: &*segment.column };
    for query in clustered(24, 20, 16, 12) {
        let probe = Probe::new(&scan, VectorBuf::from(query.clone()), &HashSet::new()).unwrap();
        let query = encoding.query(&VectorBuf::from(query)).code;
        for share in SHARES {
            let (rungs, truth) = probe.search(&graph, &scan, share, u64::MAX);
            let right: Vec<u32> = probe.nearest().filter(|node| accepts(share, *node)).take(truth).collect();
            assert_eq!((rungs.len(), right.len()), (WIDTHS.len(), 100));
            let mut complete = false;
            for (ef, rung) in WIDTHS.into_iter().zip(&rungs).filter(|(ef, _)| *ef <= 128) {
                let wanted = accepted_width(ef as usize, share);
                let width = Width { all: ef as usize, accepted: wanted, budget: u64::MAX, trial: false };
                let (found, distances) = scratch::with(|scratch| {
                    let beam = &mut scratch.beam;
                    beam.take_work();
                    let start = beam.descend(&graph, &codes, &query, 0);
                    let accept = |node| accepts(share, node);
                    beam.explore::<1>(&graph.layer(0), &codes, &query, &[start], width, accept, |_| true);
                    let found: Vec<u32> = beam.pool().iter().map(|found| found.place()).collect();
                    (found, beam.take_work().distances)
                });
                let count = |k: usize| right[..k].iter().filter(|node| found.contains(node)).count();
                // Farther ones are not looked for where a beam does not hold as many.
                for (at, k) in KS.into_iter().enumerate().filter(|(_, k)| *k <= wanted) {
                    assert_eq!(usize::from(rung.found[at]), count(k), "{share}, {ef}, {k}");
                }
                // What has found everything goes no further: what wider ones cost is then estimated from above.
                match std::mem::replace(&mut complete, usize::from(rung.found[2]) == 100) {
                    false => assert_eq!(rung.distances, distances, "{share}, {ef}"),
                    true => assert!(rung.distances >= distances, "{share}, {ef}"),
                }
            }
        }
    }
}

/// Recorded queries are asked in the place of members: where they are far from all vectors, they need a wider beam.
#[test]
fn recorded_queries_decide_where_there_are_any() {
    let vectors = clustered(25, 6_000, 24, 30);
    let mut random = Random::new(26);
    let far: Vec<Vec<f32>> = (0..300).map(|_| (0..24).map(|_| 1.5 * random.signed()).collect()).collect();
    let (recorded, asked) = far.split_at(200);
    let build = |queries: &[Vec<f32>]| {
        let some = vectors.iter().cloned().map(Some).collect();
        Segment::with_examples(some, &options(24, Metric::L2), BuildEffort::Settled, queries)
    };
    let (by_members, by_recorded, too_few) = (build(&[]), build(recorded), build(&recorded[..10]));
    assert_eq!(by_members.bytes, too_few.bytes, "a few say nothing");
    let fact = |segment: &Segment| {
        let facts = segment.part.facts();
        facts.into_iter().find(|(name, _)| *name == "calibrated with").map(|(_, value)| value)
    };
    assert_eq!(fact(&by_members).as_deref(), Some("its own vectors"));
    assert_eq!(fact(&by_recorded).as_deref(), Some("200 recorded queries"));
    let measured = |segment: &Segment| {
        let (mut found, mut beam) = (0.0, 0);
        for query in asked {
            let answer = segment.nearest(query, 10, &segment.all(), SearchEffort::Recall(0.95));
            let SearchPath::Graph(told) = answer.path else { panic!("{:?}", answer.path) };
            (found, beam) = (found + recall(&answer.hits, &segment.brute(query, 10, &segment.all())), told.beam);
        }
        (found / asked.len() as f64, beam)
    };
    let (blind, seeing) = (measured(&by_members), measured(&by_recorded));
    assert!(seeing.0 >= 0.93 && seeing.1 > blind.1, "{blind:?} {seeing:?}");
}

/// Parts of early versions say what ten hits without a filter need; the rest follows.
#[test]
fn an_early_table_is_read() {
    use super::table::{Queries, Step, Table};
    use zerocopy::FromBytes;
    let numbers = [(16_u32, 0.9_f32, 100.0_f32), (32, 0.96, 180.0), (64, 0.99, 300.0)];
    let bytes: Vec<u8> = numbers
        .iter()
        .flat_map(|(ef, recall, distances)| [ef.to_le_bytes(), recall.to_le_bytes(), distances.to_le_bytes()].concat())
        .collect();
    let steps: Vec<Step> = bytes.chunks(12).map(|bytes| Step::read_from_bytes(bytes).unwrap()).collect();
    let table = Table::of(&Step::entries(&steps));
    assert_eq!(table.beam(0.95, Queries::Any, 10, 1.0), Some(64), "at least as wide as by default then");
    let beam = |recall, k, share| table.beam(recall, Queries::Alike, k, share);
    assert_eq!([beam(0.95, 10, 1.0), beam(0.95, 1, 1.0), beam(0.995, 10, 1.0)], [Some(32), Some(32), None]);
    assert_eq!([beam(0.95, 100, 1.0), beam(0.95, 10, 0.3)], [Some(320), Some(32)]);
    assert_eq!([table.distances(32, 1.0), table.distances(48, 1.0), table.distances(32, 0.25)], [180.0, 240.0, 720.0]);
    assert_eq!((table.promised(40, 10, 0.5), table.recorded()), (0.96, 0));
}
