//! Parts of every element type and metric against brute force over what is stored.

use super::{
    VectorKind,
    fixture::{Random, Segment, clustered, recall},
};
use crate::{
    expr::{Predicate, Test},
    index::{BuildEffort, Exactness, IndexKind, Options, SearchEffort, Slot, SlotSet, Work},
    metric::{Element, Metric},
    object::{FieldPath, ValueRef, VectorBuf},
};

/// An element type, a metric and a dimension: bits also of dimensions that do not fill their last byte.
fn every() -> Vec<(Element, Metric, usize)> {
    let mut every = Vec::new();
    for element in Element::ALL {
        let dimensions: &[usize] = if element == Element::Binary { &[13, 200] } else { &[24] };
        for metric in Metric::of(element) {
            every.extend(dimensions.iter().map(|dimension| (element, *metric, *dimension)));
        }
    }
    every
}

fn options(element: Element, metric: Metric, dimension: usize) -> Options {
    Options::new().with("dimension", dimension).with("element", element.name()).with("metric", metric)
}

/// Clustered vectors that the element type holds, with gaps and copies.
fn vectors(element: Element, count: usize, dimension: usize) -> Vec<Option<Vec<f32>>> {
    let fitting = |vector: Vec<f32>| -> Vec<f32> {
        match element {
            Element::I8 => vector.iter().map(|x| (x * 60.0).round().clamp(-128.0, 127.0)).collect(),
            Element::Binary => vector.iter().map(|x| f32::from(u8::from(*x > 0.2))).collect(),
            _ => vector,
        }
    };
    let mut vectors: Vec<_> = clustered(4, count, dimension, 20).into_iter().map(|v| Some(fitting(v))).collect();
    for gap in (0..count).step_by(7) {
        vectors[gap] = None;
    }
    for twin in (5..count).step_by(50) {
        vectors[twin] = vectors[4].clone();
    }
    vectors
}

fn share(slots: u32, one_in: u64) -> SlotSet {
    let mut random = Random::new(one_in);
    SlotSet::from_sorted((0..slots).filter(|_| random.next().is_multiple_of(one_in)).collect())
}

#[test]
fn hits_are_complete_ordered_and_numbered_alike_on_every_path() {
    for (element, metric, dimension) in every() {
        let vectors = vectors(element, 1_500, dimension);
        let query = vectors[1].clone().unwrap();
        let options = options(element, metric, dimension).with("flat_threshold", 0);
        for effort in [BuildEffort::Settled, BuildEffort::Fresh] {
            let segment = Segment::new(vectors.clone(), &options, effort);
            segment.part.verify().unwrap();
            for accept in [segment.all(), share(1_500, 2), share(1_500, 50), SlotSet::range(100, 103)] {
                for k in [1, 10, 5_000] {
                    let right = segment.brute(&query, k, &accept);
                    let exact = segment.nearest(&query, k, &accept, SearchEffort::Exact);
                    assert_eq!(exact.hits, right, "{element} {metric} {k} {:?}", exact.path);
                    let all = segment.brute(&query, 5_000, &accept);
                    for effort in [SearchEffort::Default, SearchEffort::EfSearch(64)] {
                        let found = segment.nearest(&query, k, &accept, effort);
                        assert_eq!(found.hits.len(), right.len(), "{element} {metric} {k} {:?}", found.path);
                        assert!(found.hits.windows(2).all(|p| (p[0].1, p[0].0) < (p[1].1, p[1].0)));
                        assert!(found.hits.iter().all(|hit| all.contains(hit)), "{element} {metric} {:?}", found.path);
                    }
                }
            }
        }
    }
}

#[test]
fn within_distance_is_complete_and_inclusive() {
    for (element, metric, dimension) in every() {
        let vectors = vectors(element, 900, dimension);
        let segment = Segment::new(vectors.clone(), &options(element, metric, dimension), BuildEffort::Settled);
        let query = vectors[17].clone().unwrap();
        let nearest = segment.brute(&query, 900, &segment.all());
        for edge in [0, 5, 400, nearest.len() - 1] {
            for inclusive in [true, false] {
                let distance = nearest[edge].1;
                let predicate =
                    Predicate::new("v", Test::WithinDistance { target: (&query).into(), metric, distance, inclusive });
                assert_eq!(segment.part.access(&predicate).unwrap().exactness, Exactness::Exact);
                let (found, _) = segment.part.candidates(&predicate, &mut Work::default()).unwrap();
                let matches = |d: f64| if inclusive { d <= distance } else { d < distance };
                let mut right: Vec<Slot> = nearest.iter().filter(|hit| matches(hit.1)).map(|hit| hit.0).collect();
                right.sort_unstable();
                assert_eq!(found.iter().collect::<Vec<_>>(), right, "{element} {metric} {edge} {inclusive}");
            }
        }
    }
}

/// The graph over bits and over narrow numbers finds what it should.
#[test]
fn graphs_over_every_element_type_find_their_neighbours() {
    let tried = [
        (Element::F16, Metric::Cosine, 24),
        (Element::I8, Metric::L2, 24),
        (Element::Binary, Metric::Hamming, 200),
        (Element::Binary, Metric::Jaccard, 200),
    ];
    for (element, metric, dimension) in tried {
        let vectors = vectors(element, 6_000, dimension);
        let options = options(element, metric, dimension).with("flat_threshold", 0);
        let segment = Segment::new(vectors.clone(), &options, BuildEffort::Settled);
        let queries: Vec<&Vec<f32>> = vectors.iter().flatten().step_by(300).collect();
        let mut by_graph = 0;
        let mut total = 0.0;
        for query in &queries {
            // A beam of 100 would cost as much as a scan.
            let found = segment.nearest(query, 10, &segment.all(), SearchEffort::EfSearch(80));
            by_graph += usize::from(found.path.is_graph());
            // Where distances are few whole numbers, any of those at the last one is right.
            let right = segment.brute(query, 10, &segment.all());
            let last = right.last().unwrap().1;
            let near = found.hits.iter().filter(|hit| hit.1 <= last).count();
            total += if near == right.len() { 1.0 } else { recall(&found.hits, &right) };
        }
        let mean = total / queries.len() as f64;
        assert!(by_graph > queries.len() / 2, "{element} {metric}: the graph was asked {by_graph} times");
        assert!(mean > 0.93, "{element} {metric}: {mean}");
    }
}

#[test]
fn vectors_of_another_type_are_refused_with_what_was_expected() {
    let fields = [FieldPath::parse("v")];
    let refused = |options: &Options, vector: VectorBuf| {
        let error = VectorKind.check_values(&fields, options, &[Some(ValueRef::Vector(vector.as_ref()))]);
        error.unwrap_err().to_string()
    };
    let bits = options(Element::Binary, Metric::Jaccard, 3);
    assert!(
        VectorKind
            .check_values(&fields, &bits, &[Some(ValueRef::Vector(VectorBuf::bits(&[false; 3]).as_ref()))])
            .is_ok()
    );
    let text = refused(&bits, VectorBuf::bits(&[true; 4]));
    assert!(text.contains("a vector of 4 bits") && text.contains("expected a vector of 3 bits"), "{text}");
    let text = refused(&bits, VectorBuf::i8(&[1, 0, 1]));
    assert!(text.contains("a vector of 3 components of i8"), "{text}");
    let halves = options(Element::F16, Metric::Cosine, 2);
    assert!(refused(&halves, VectorBuf::f16(&[1.0, 1e9])).contains("component 1 is inf"));
    assert!(refused(&halves, VectorBuf::f16(&[0.0, 1e-9])).contains("a zero vector"));
}
