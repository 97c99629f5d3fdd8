//! Parts against brute force, by the numbers of the behaviours that must hold.

use proptest::prelude::*;

use super::{
    VectorKind,
    fixture::{Random, Segment, clustered, recall},
};
use crate::{
    codec::Container,
    expr::{Predicate, Test},
    index::{BuildEffort, Exactness, IndexError, IndexKind, Options, SearchEffort, Slot, SlotSet, Work},
    metric::{Element, Metric},
    object::{FieldPath, Value},
};

fn options(dimension: usize, metric: Metric) -> Options {
    Options::new().with("dimension", dimension).with("metric", metric)
}

fn graph_options(dimension: usize, metric: Metric) -> Options {
    options(dimension, metric).with("flat_threshold", 0)
}

fn some(vectors: &[Vec<f32>]) -> Vec<Option<Vec<f32>>> {
    vectors.iter().cloned().map(Some).collect()
}

/// A set of about this share of the slots.
fn share(seed: u64, slots: usize, share: f64) -> SlotSet {
    let mut random = Random::new(seed);
    let chosen = (0..slots as u32).filter(|_| (random.next() >> 11) as f64 / (1_u64 << 53) as f64 > 1.0 - share);
    SlotSet::from_sorted(chosen.collect())
}

fn mean_recall(segment: &Segment, queries: &[Vec<f32>], accept: &SlotSet, effort: SearchEffort) -> f64 {
    let one = |query: &Vec<f32>| {
        let found = segment.nearest(query, 10, accept, effort);
        recall(&found.hits, &segment.brute(query, 10, accept))
    };
    queries.iter().map(one).sum::<f64>() / queries.len() as f64
}

/// 55, 56: bad values are refused by name.
#[test]
fn bad_values_are_refused_with_field_value_and_expectation_55_56() {
    let fields = [FieldPath::parse("a.v")];
    let options = options(3, Metric::Cosine);
    let check = |value: Value| VectorKind.check_values(&fields, &options, &[Some(value.as_ref())]);
    let cases = [
        (Value::Vector(vec![1.0, 2.0].into()), "a vector of 2 components"),
        (Value::Vector(vec![1.0, f32::NAN, 0.0].into()), "component 1 is NaN"),
        (Value::Vector(vec![1.0, 0.0, f32::INFINITY].into()), "component 2 is inf"),
        (Value::Vector(vec![0.0; 3].into()), "zero vector"),
        (Value::Int(7), "the number 7"),
        (Value::Null, "null"),
    ];
    for (value, words) in cases {
        let error = check(value).unwrap_err();
        assert!(matches!(error, IndexError::Value { .. }));
        let text = error.to_string();
        assert!(text.contains("a.v") && text.contains(words) && text.contains("expected"), "{text}");
    }
    assert!(VectorKind.check_values(&fields, &options, &[None]).is_ok());
    assert!(check(Value::Vector(vec![1.0, 0.0, 0.0].into())).is_ok());
    assert!(VectorKind.check(&[fields[0].clone(), fields[0].clone()], &options).is_err());
}

/// 55, 56: and on query.
#[test]
fn bad_targets_are_refused_55_56() {
    let segment = Segment::new(some(&clustered(3, 20, 4, 2)), &options(4, Metric::Cosine), BuildEffort::Settled);
    for bad in [vec![1.0; 3], vec![f32::NAN; 4], vec![0.0; 4]] {
        let target = crate::expr::Target::Vector { path: "v".into(), vector: bad.into(), metric: Metric::Cosine };
        let accept = segment.all();
        let request = crate::index::NearestRequest {
            target: &target,
            k: 1,
            accept: &accept,
            effort: SearchEffort::Default,
            bound: f64::INFINITY,
        };
        let error = segment.part.nearest(&request, &mut Work::default()).unwrap_err();
        assert!(matches!(error, IndexError::Value { .. }));
    }
}

/// 57, 58, 61 on every path: the right number of hits, ascending, ties by slot, the distances of the pairwise function.
#[test]
fn hits_are_complete_ordered_and_numbered_alike_on_every_path_57_58_61() {
    let mut vectors = some(&clustered(4, 3000, 24, 20));
    for gap in (0..3000).step_by(7) {
        vectors[gap] = None;
    }
    for twin in (5..3000).step_by(50) {
        vectors[twin] = vectors[4].clone();
    }
    let query = vectors[1].clone().unwrap();
    for metric in Metric::of(Element::F32).iter().copied() {
        let settled = Segment::new(vectors.clone(), &graph_options(24, metric), BuildEffort::Settled);
        let fresh = Segment::new(vectors.clone(), &graph_options(24, metric), BuildEffort::Fresh);
        settled.part.verify().unwrap();
        fresh.part.verify().unwrap();
        for segment in [&settled, &fresh] {
            for accept in [segment.all(), share(1, 3000, 0.5), share(2, 3000, 0.02), SlotSet::range(100, 103)] {
                for k in [0, 1, 10, 5000] {
                    let right = segment.brute(&query, k, &accept);
                    let exact = segment.nearest(&query, k, &accept, SearchEffort::Exact);
                    assert_eq!(exact.hits, right, "{metric} {k} {:?}", exact.path);
                    for effort in [SearchEffort::Default, SearchEffort::EfSearch(64), SearchEffort::Recall(0.99)] {
                        let found = segment.nearest(&query, k, &accept, effort);
                        assert_eq!(found.hits.len(), right.len(), "{metric} {k} {:?}", found.path);
                        assert!(found.hits.windows(2).all(|p| (p[0].1, p[0].0) < (p[1].1, p[1].0)));
                        for (slot, distance) in &found.hits {
                            let vector = vectors[slot.0 as usize].as_ref().unwrap();
                            assert!(accept.contains(*slot));
                            assert_eq!(*distance, metric.distance(&query, vector));
                        }
                    }
                }
            }
        }
    }
}

/// 59: complete and inclusive, on every kind of part.
#[test]
fn within_distance_is_complete_and_inclusive_59() {
    let mut vectors = some(&clustered(5, 9000, 12, 10));
    vectors[3] = None;
    vectors[8] = vectors[9].clone();
    for metric in Metric::of(Element::F32).iter().copied() {
        for count in [100, 9000] {
            let segment = Segment::new(vectors[..count].to_vec(), &options(12, metric), BuildEffort::Settled);
            let query = vectors[17].clone().unwrap();
            let nearest = segment.brute(&query, count, &segment.all());
            for edge in [0, 5, count / 2, count - 2] {
                for inclusive in [true, false] {
                    let distance = nearest[edge].1;
                    let test = Test::WithinDistance { target: query.clone().into(), metric, distance, inclusive };
                    let predicate = Predicate::new("v", test);
                    assert_eq!(segment.part.access(&predicate).unwrap().exactness, Exactness::Exact);
                    let (found, _) = segment.part.candidates(&predicate, &mut Work::default()).unwrap();
                    let matches = |d: f64| if inclusive { d <= distance } else { d < distance };
                    let mut right: Vec<u32> = nearest.iter().filter(|hit| matches(hit.1)).map(|hit| hit.0.0).collect();
                    right.sort_unstable();
                    assert_eq!(found, SlotSet::from_sorted(right), "{metric} {count} {edge} {inclusive}");
                }
            }
        }
    }
}

/// A part says nothing to predicates and targets that are not its own.
#[test]
fn other_questions_are_not_answered() {
    let segment = Segment::new(some(&clustered(6, 50, 4, 2)), &options(4, Metric::L2), BuildEffort::Settled);
    let within = |path: &str, metric, length| {
        let test = Test::WithinDistance { target: vec![0.5; length].into(), metric, distance: 1.0, inclusive: true };
        segment.part.access(&Predicate::new(path, test))
    };
    assert!(within("v", Metric::L2, 4).is_some());
    assert!(within("w", Metric::L2, 4).is_none());
    assert!(within("v", Metric::Cosine, 4).is_none());
    assert!(within("v", Metric::L2, 5).is_none());
    assert!(segment.part.access(&Predicate::new("v", Test::IsNull)).is_none());
}

/// 60: cosine of un-normalized input is cosine, through codes and graph.
#[test]
fn cosine_does_not_depend_on_length_60() {
    let vectors = clustered(7, 2000, 16, 9);
    let stretched =
        vectors.iter().enumerate().map(|(i, v)| v.iter().map(|x| x * (1.0 + i as f32)).collect()).collect::<Vec<_>>();
    let plain = Segment::new(some(&vectors), &graph_options(16, Metric::Cosine), BuildEffort::Settled);
    let long = Segment::new(some(&stretched), &graph_options(16, Metric::Cosine), BuildEffort::Settled);
    for query in vectors.iter().step_by(97) {
        let (a, b) =
            (plain.brute(query, 10, &plain.all()), long.nearest(query, 10, &long.all(), SearchEffort::Default));
        assert!(recall(&b.hits, &a) >= 0.8);
        let exact = long.nearest(query, 10, &long.all(), SearchEffort::Exact);
        assert!(a.iter().zip(&exact.hits).all(|(x, y)| (x.1 - y.1).abs() < 1e-5));
    }
}

/// 63: copies of one vector are one node; recall and work do not collapse.
#[test]
fn ten_thousand_copies_do_no_harm_63() {
    let vectors = clustered(8, 20_000, 16, 40);
    let mut copied = vectors.clone();
    for i in 0..10_000 {
        copied[i * 2] = vectors[1].clone();
    }
    let segment = Segment::new(some(&copied), &graph_options(16, Metric::L2), BuildEffort::Settled);
    segment.part.verify().unwrap();
    let queries: Vec<Vec<f32>> = clustered(8, 20_100, 16, 40).split_off(20_000);
    let mut work = 0;
    for query in &queries {
        let found = segment.nearest(query, 10, &segment.all(), SearchEffort::Default);
        assert!(found.path.is_graph());
        work += found.work.distances;
    }
    assert!(work / 100 < 1_500, "{}", work / 100);
    assert!(mean_recall(&segment, &queries, &segment.all(), SearchEffort::Default) >= 0.95);
    let of_the_copies = segment.nearest(&vectors[1], 50, &segment.all(), SearchEffort::Default);
    assert_eq!(of_the_copies.hits, segment.brute(&vectors[1], 50, &segment.all()));
}

/// 64 and more: recall on the generated set, graph path forced, unfiltered and filtered; and the work it takes.
#[test]
fn recall_on_a_clustered_set() {
    let mut vectors = clustered(9, 20_200, 64, 100);
    let queries = vectors.split_off(20_000);
    let segment = Segment::new(some(&vectors), &graph_options(64, Metric::L2), BuildEffort::Settled);
    segment.part.verify().unwrap();
    let all = segment.all();
    for query in &queries {
        assert!(segment.nearest(query, 10, &all, SearchEffort::Default).path.is_graph());
    }
    assert!(mean_recall(&segment, &queries, &all, SearchEffort::Default) >= 0.95);
    for part in [0.5, 0.1, 0.01] {
        let found = mean_recall(&segment, &queries, &share(3, 20_000, part), SearchEffort::Default);
        assert!(found >= 0.95, "{part}: {found}");
    }
    correlated(&segment, &queries);
    let half = share(4, 20_000, 0.5);
    let mut work = 0;
    for query in &queries {
        let found = segment.nearest(query, 10, &half, SearchEffort::Default);
        assert!(found.path.is_graph());
        work += found.work.distances;
    }
    assert!(work <= queries.len() as u64 * half.len() / 10, "{}", work / queries.len() as u64);
}

/// Filters that lie around the query, or everywhere but there.
fn correlated(segment: &Segment, queries: &[Vec<f32>]) {
    let (mut near, mut far) = (0.0, 0.0);
    for query in queries.iter().step_by(10) {
        let order = segment.brute(query, 20_000, &segment.all());
        let set = |hits: &[(Slot, f64)]| {
            let mut slots: Vec<u32> = hits.iter().map(|hit| hit.0.0).collect();
            slots.sort_unstable();
            SlotSet::from_sorted(slots)
        };
        let one = |accept: SlotSet| {
            let found = segment.nearest(query, 10, &accept, SearchEffort::Default);
            recall(&found.hits, &segment.brute(query, 10, &accept))
        };
        near += one(set(&order[..8_000]));
        far += one(set(&order[12_000..]));
    }
    assert!(near / 20.0 >= 0.95 && far / 20.0 >= 0.95, "{near} {far}");
}

/// The bytes of a part are the same whatever the number of threads.
#[test]
fn builds_are_deterministic() {
    let vectors = some(&clustered(10, 3000, 16, 10));
    let build = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Segment::new(vectors.clone(), &graph_options(16, Metric::L2), BuildEffort::Settled).bytes)
    };
    assert_eq!(build(1), build(3));
}

/// Codes that cannot tell vectors apart are found out: the search falls back on originals and stays right.
#[test]
fn collapsed_codes_do_not_cost_recall() {
    let mut random = Random::new(11);
    let vectors: Vec<Vec<f32>> =
        (0..2000).map(|i| (0..8).map(|_| if i % 2 == 0 { 1e6 } else { -1e6 } + random.normal()).collect()).collect();
    let segment = Segment::new(some(&vectors), &graph_options(8, Metric::L2), BuildEffort::Settled);
    segment.part.verify().unwrap();
    assert!(mean_recall(&segment, &vectors[..40], &segment.all(), SearchEffort::Default) >= 0.95);
}

/// Nothing, one vector, two equal ones, no vector at all.
#[test]
fn tiny_segments() {
    for metric in Metric::of(Element::F32).iter().copied() {
        for vectors in [vec![], vec![None], vec![Some(vec![1.0, 2.0])], vec![Some(vec![1.0, 2.0]); 3]] {
            let segment = Segment::new(vectors, &graph_options(2, metric), BuildEffort::Settled);
            segment.part.verify().unwrap();
            let found = segment.nearest(&[0.5, 0.5], 2, &segment.all(), SearchEffort::Default);
            assert_eq!(found.hits, segment.brute(&[0.5, 0.5], 2, &segment.all()));
        }
    }
}

/// A part of another segment, or damaged bytes, are refused.
#[test]
fn foreign_and_damaged_parts_are_refused() {
    let segment = Segment::new(some(&clustered(12, 600, 8, 4)), &graph_options(8, Metric::L2), BuildEffort::Settled);
    let mut bytes = segment.bytes.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let columns = crate::index::Columns::new().with("v".into(), segment.column.clone());
    let open = |bytes: Vec<u8>, options: &Options| {
        let container = Container::open("part", *b"PBVECTOR", bytes.into()).unwrap();
        VectorKind.open(&["v".into()], options, container, columns.clone(), 600).unwrap().verify()
    };
    assert!(open(segment.bytes.clone(), &options(8, Metric::L2)).is_ok());
    assert!(matches!(open(segment.bytes.clone(), &options(8, Metric::Cosine)), Err(IndexError::Invariant(_))));
    assert!(matches!(open(bytes, &options(8, Metric::L2)), Err(IndexError::Codec(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// 39, 58, 61: any vectors, any filter, any k: exact equals brute force, and the default has as many hits.
    #[test]
    fn exact_is_brute_force(
        raw in prop::collection::vec(prop::option::weighted(0.9, prop::collection::vec(-3_i8..4, 5)), 1..400),
        scale in prop::sample::select(vec![1e-20_f32, 1.0, 1e15]),
        filter in any::<u64>(),
        k in 0_usize..30,
        metric in prop::sample::select(Metric::of(Element::F32).to_vec()),
    ) {
        let vector = |v: Vec<i8>| {
            let mut v: Vec<f32> = v.into_iter().map(|x| f32::from(x) * scale).collect();
            if v.iter().all(|x| *x == 0.0) { v[0] = scale; }
            v
        };
        let vectors: Vec<Option<Vec<f32>>> = raw.into_iter().map(|v| v.map(vector)).collect();
        let slots = vectors.len();
        let segment = Segment::new(vectors, &graph_options(5, metric), BuildEffort::Settled);
        segment.part.verify().unwrap();
        let query = [scale, -2.0 * scale, 0.5 * scale, 0.0, scale];
        let accept = share(filter, slots, (filter % 5) as f64 / 4.0);
        let right = segment.brute(&query, k, &accept);
        prop_assert_eq!(&segment.nearest(&query, k, &accept, SearchEffort::Exact).hits, &right);
        prop_assert_eq!(segment.nearest(&query, k, &accept, SearchEffort::Default).hits.len(), right.len());
    }
}
