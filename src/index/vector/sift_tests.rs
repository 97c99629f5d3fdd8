//! What signs rule out, whatever a filter accepts: near the query, far from it, at random.

use crate::{
    codec::Container,
    expr::Target,
    index::{BuildEffort, NearestRequest, Options, SearchEffort, SearchPath, Slot, SlotSet, Work},
    metric::Metric,
    object::VectorBuf,
};

use super::{
    cost::{Choice, Scanned},
    fixture::{Found, Segment, clustered, recall},
    layout::Opened,
    nearest::Search,
};

const SLOTS: usize = 12_000;
const K: usize = 10;

/// As sure as 0.99 is, for hits that all are as far as the limit.
const SURE: Scanned = Scanned::Signs { doubt: 2.4 };

/// A fifth of all slots in four ways, from all of them in the order of their distance.
fn filters(ranked: &[Slot]) -> [(&'static str, Vec<Slot>); 4] {
    let fifth = ranked.len() / 5;
    [
        ("near the query", ranked[..fifth].to_vec()),
        ("next to what is near", ranked[fifth..2 * fifth].to_vec()),
        ("far from it", ranked[4 * fifth..].to_vec()),
        ("anywhere", ranked.iter().skip(3).step_by(5).copied().collect()),
    ]
}

/// A segment without a graph, and its part as it is opened.
struct Scanning {
    segment: Segment,
    opened: Opened,
}

impl Scanning {
    fn new(metric: Metric, vectors: &[Vec<f32>]) -> Self {
        let dimension = vectors[0].len();
        let options = Options::new().with("dimension", dimension).with("metric", metric);
        let vectors: Vec<_> = vectors.iter().cloned().map(Some).collect();
        let slots = vectors.len() as u32;
        let segment = Segment::new(vectors, &options, BuildEffort::Fresh);
        let container = Container::open("part", *b"PBVECTOR", segment.bytes.clone().into()).unwrap();
        let opened = Opened::read(&container, metric, dimension, slots).unwrap();
        Self { segment, opened }
    }

    /// The nearest within a bound, by a scan of this kind.
    fn nearest(&self, query: &[f32], accept: &SlotSet, bound: f64, scanned: Scanned) -> Found {
        let Self { segment, opened } = self;
        let (metric, vector) = (segment.metric, VectorBuf::from(query));
        let target = Target::Vector { path: "v".into(), vector: vector.clone(), metric };
        let request = NearestRequest { target: &target, k: K, accept, effort: SearchEffort::Default, bound };
        let search = Search { opened, column: &*segment.column, metric, vector: vector.as_ref(), request: &request };
        let mut work = Work::default();
        let (hits, path) = search.run(Choice::Scan(scanned), &mut work).unwrap();
        Found { hits, path, work }
    }
}

fn recalls(metric: Metric, dimension: usize) {
    let mut vectors = clustered(61, SLOTS + 40, dimension, 30);
    let queries = vectors.split_off(SLOTS);
    let scanning = Scanning::new(metric, &vectors);
    let all = scanning.segment.all();
    let (mut sums, mut codes) = ([0.0; 4], [0; 4]);
    for query in &queries {
        let ranked: Vec<Slot> = scanning.segment.brute(query, SLOTS, &all).into_iter().map(|(slot, _)| slot).collect();
        for ((_, accepted), (sum, codes)) in filters(&ranked).iter().zip(sums.iter_mut().zip(&mut codes)) {
            let mut slots: Vec<u32> = accepted.iter().map(|slot| slot.0).collect();
            slots.sort_unstable();
            let accept = SlotSet::from_sorted(slots);
            let found = scanning.nearest(query, &accept, f64::INFINITY, SURE);
            assert_eq!((found.hits.len(), found.path), (K, SearchPath::Signs));
            *sum += recall(&found.hits, &scanning.segment.brute(query, K, &accept));
            *codes += found.work.distances;
        }
    }
    for ((name, _), sum) in filters(&[]).iter().zip(sums) {
        let recall = sum / queries.len() as f64;
        assert!(recall >= 0.98, "{metric} {dimension}, what is accepted is {name}: {recall}");
    }
    // From some distance on all are about as far, and hardly any is ruled out.
    for of in [0, 3] {
        let each = codes[of] / queries.len() as u64;
        assert!(each < SLOTS as u64 / 10, "{metric} {dimension}: of a fifth, {each} codes are measured");
    }
}

#[test]
fn signs_keep_what_is_nearest_wherever_a_filter_accepts() {
    for metric in [Metric::L2, Metric::Cosine, Metric::InnerProduct] {
        recalls(metric, 64);
    }
    recalls(Metric::L2, 160);
}

/// Hits of other segments bound what is looked at more closely here.
#[test]
fn a_bound_leaves_what_is_within_it() {
    let vectors = clustered(62, 3_000, 64, 30);
    let scanning = Scanning::new(Metric::L2, &vectors);
    let accept = scanning.segment.all();
    for (query, within) in vectors.iter().step_by(100).zip([0, 1, 3, 10, 100].into_iter().cycle()) {
        let all = scanning.segment.brute(query, 3_000, &accept);
        for scanned in [Scanned::Codes, Scanned::Signs { doubt: 9.0 }, Scanned::Flat] {
            let found = scanning.nearest(query, &accept, all[within].1, scanned);
            assert_eq!(found.hits, all[..K.min(within + 1)], "{scanned:?}, {within} within");
        }
    }
}
