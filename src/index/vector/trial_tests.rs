//! A filter that accepts few: where these are what is near the query, the graph finds them; elsewhere a look around says so, and a scan answers.

use crate::{
    codec::Container,
    expr::Target,
    index::{BuildEffort, NearestRequest, Options, SearchEffort, SearchPath, Slot, SlotSet, Traversal, Work},
    metric::Metric,
    object::VectorBuf,
};

use super::{
    beam::Width,
    cost::{Choice, Scanned},
    fixture::{Segment, clustered},
    layout::Opened,
    nearest::Search,
};

const SLOTS: u32 = 3_000;
const K: usize = 10;

/// All slots, nearest to a query first.
fn ranked(segment: &Segment, query: &[f32]) -> Vec<Slot> {
    segment.brute(query, SLOTS as usize, &segment.all()).into_iter().map(|(slot, _)| slot).collect()
}

#[test]
fn a_trial_goes_on_among_accepted_nodes_and_leaves_others_to_the_scan() {
    let vectors = clustered(31, SLOTS as usize, 16, 12).into_iter().map(Some).collect();
    let options = Options::new().with("dimension", 16).with("metric", Metric::L2).with("flat_threshold", 0);
    let segment = Segment::new(vectors, &options, BuildEffort::Settled);
    let container = Container::open("part", *b"PBVECTOR", segment.bytes.clone().into()).unwrap();
    let opened = Opened::read(&container, Metric::L2, 16, SLOTS).unwrap();
    let width = Width { all: 64, accepted: 35, budget: u64::MAX, trial: true };
    let choice = Choice::Graph { width, told: Traversal::default(), otherwise: Scanned::Codes };
    let mut found = 0;
    let queries = clustered(32, 20, 16, 12);
    for query in &queries {
        let (ranked, vector) = (ranked(&segment, query), VectorBuf::from(query.clone()));
        let target = Target::Vector { path: "v".into(), vector: vector.clone(), metric: Metric::L2 };
        let search = |accepted: Vec<Slot>| {
            let mut slots: Vec<u32> = accepted.iter().map(|slot| slot.0).collect();
            slots.sort_unstable();
            let accept = SlotSet::from_sorted(slots);
            let (effort, bound) = (SearchEffort::Default, f64::INFINITY);
            let request = NearestRequest { target: &target, k: K, accept: &accept, effort, bound };
            let (opened, column, vector) = (&opened, &*segment.column, vector.as_ref());
            let search = Search { opened, column, metric: Metric::L2, vector, request: &request };
            let mut work = Work::default();
            let (hits, path) = search.run(choice, &mut work).unwrap();
            let slots: Vec<Slot> = hits.into_iter().map(|(slot, _)| slot).collect();
            (slots, path, work)
        };
        let tenth = SLOTS as usize / 10;
        let (near, path, work) = search(ranked[..tenth].to_vec());
        assert!(matches!(path, SearchPath::Graph(_)), "{path:?}");
        assert!(work.distances < u64::from(SLOTS) / 2, "{work:?}");
        found += near.iter().filter(|slot| ranked[..K].contains(slot)).count();
        let every_tenth: Vec<Slot> = ranked.iter().skip(3).step_by(10).copied().collect();
        for accepted in [ranked[SLOTS as usize - tenth..].to_vec(), every_tenth] {
            let right = accepted[..K].to_vec();
            let (hits, path, work) = search(accepted);
            assert_eq!((hits, path), (right, SearchPath::Codes));
            // Nodes are expanded by the trial only.
            assert!((1..=10).contains(&work.visited), "{work:?}");
        }
    }
    assert!(found * 100 >= queries.len() * K * 95, "{found} of {}", queries.len() * K);
}
