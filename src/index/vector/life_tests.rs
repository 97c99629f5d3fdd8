//! Parts over their life: what they take, and what becomes of them when segments are merged.

use super::fixture::{Random, Segment, clustered, recall};
use crate::{
    index::{BuildEffort, Options, SearchEffort, SearchPath, SlotSet},
    metric::{Element, Metric},
};

fn options(dimension: usize, metric: Metric) -> Options {
    Options::new().with("dimension", dimension).with("metric", metric).with("flat_threshold", 0)
}

fn some(vectors: &[Vec<f32>]) -> Vec<Option<Vec<f32>>> {
    vectors.iter().cloned().map(Some).collect()
}

/// A fact that is a number.
fn number(segment: &Segment, name: &str) -> f64 {
    let facts = segment.part.facts();
    let fact = facts.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no '{name}' in {facts:?}"));
    fact.1.parse().unwrap()
}

#[test]
fn facts_tell_what_a_vector_takes_in_each_part() {
    let vectors = some(&clustered(1, 2_000, 100, 10));
    let [settled, fresh] = [BuildEffort::Settled, BuildEffort::Fresh]
        .map(|effort| Segment::new(vectors.clone(), &options(100, Metric::L2), effort));
    for segment in [&settled, &fresh] {
        // Rows of 100 bytes fill cache lines, with a bias of 4 each; signs are one bit each, and a head.
        assert!((132.0..135.0).contains(&number(segment, "code bytes a vector")));
        assert!((32.0..66.0).contains(&number(segment, "sign bytes a vector")));
        assert_eq!(number(segment, "original bytes a vector"), 400.0);
        let held = number(segment, "bytes a vector held by searches");
        let file = segment.bytes.len() as f64 / 2_000.0;
        assert!(held <= file && file < held * 1.1, "{held} of {file} in the file");
    }
    // Lists of 2 m numbers, and the layers above.
    assert!((128.0..140.0).contains(&number(&settled, "graph bytes a vector")));
    assert_eq!(number(&fresh, "graph bytes a vector"), 0.0);
}

/// All slots but a random share.
fn without(seed: u64, slots: usize, share: f64) -> SlotSet {
    let mut random = Random::new(seed);
    let kept = (0..slots as u32).filter(|_| (random.next() >> 11) as f64 / (1_u64 << 53) as f64 >= share);
    SlotSet::from_sorted(kept.collect())
}

/// Mean recall@10 of a narrow beam, and the distances that a search takes.
fn narrow(segment: &Segment, queries: &[Vec<f32>]) -> (f64, f64) {
    let all = segment.all();
    let (mut found, mut distances) = (0.0, 0);
    for query in queries {
        let answer = segment.nearest(query, 10, &all, SearchEffort::EfSearch(24));
        assert!(matches!(answer.path, SearchPath::Graph(_)), "too few vectors to say anything of a graph");
        found += recall(&answer.hits, &segment.brute(query, 10, &all));
        distances += answer.work.distances;
    }
    (found / queries.len() as f64, distances as f64 / queries.len() as f64)
}

/// The same vectors in the same slots, built anew.
fn anew(segment: &Segment, options: &Options) -> Segment {
    let vectors = segment.all().iter().map(|slot| segment.components(slot)).collect();
    Segment::new(vectors, options, BuildEffort::Settled)
}

/// Sound, and not what a fresh build, which is given back, makes of the same.
fn assert_inherited(merged: &Segment, options: &Options, note: &str) -> Segment {
    merged.part.verify().unwrap_or_else(|error| panic!("{note}: {error}"));
    let fresh = anew(merged, options);
    assert!(fresh.bytes != merged.bytes, "{note}: the older graph was not used");
    fresh
}

/// As good as a fresh build: recall within 0.01, distances within a tenth.
fn assert_as_good(merged: &Segment, options: &Options, queries: &[Vec<f32>], note: &str) {
    let fresh = assert_inherited(merged, options, note);
    let (old, new) = (narrow(merged, queries), narrow(&fresh, queries));
    println!("{note}: recall {:.4} with {:.0} distances, built anew {:.4} with {:.0}", old.0, old.1, new.0, new.1);
    assert!(old.0 > new.0 - 0.01, "{note}: recall {} where a fresh build has {}", old.0, new.0);
    assert!(old.1 < new.1 * 1.1, "{note}: {} distances where a fresh build takes {}", old.1, new.1);
}

#[test]
fn a_graph_that_is_gone_on_with_is_as_good_as_one_built_anew() {
    let options = options(24, Metric::L2);
    let all = clustered(11, 6_600, 24, 40);
    let (first, rest) = all.split_at(6_000);
    let (new, queries) = rest.split_at(500);
    let old = Segment::new(some(first), &options, BuildEffort::Settled);
    for gone in [0.0, 0.1, 0.3] {
        let merged = Segment::merged(&[(&old, without(5, 6_000, gone))], some(new), &options);
        assert_as_good(&merged, &options, queries, &format!("seed 11, {gone} gone"));
    }
    // What comes is unlike all that is there.
    let far: Vec<Vec<f32>> =
        clustered(12, 1_100, 24, 3).into_iter().map(|v| v.iter().map(|x| x + 9.0).collect()).collect();
    let (far, far_queries) = far.split_at(1_000);
    let merged = Segment::merged(&[(&old, old.all())], some(far), &options);
    assert_as_good(&merged, &options, &[queries, far_queries].concat(), "seed 12, far away");
}

#[test]
fn a_graph_that_is_gone_on_with_again_and_again_stays_as_good() {
    let options = options(24, Metric::Cosine);
    let mut now = Segment::new(some(&clustered(20, 5_000, 24, 40)), &options, BuildEffort::Settled);
    for round in 1..=5 {
        let new = clustered(20 + round, 1_000, 24, 40);
        now = Segment::merged(&[(&now, without(round, now.all().len() as usize, 0.2))], some(&new), &options);
    }
    assert_as_good(&now, &options, &clustered(99, 100, 24, 40), "seeds 20 to 25, five rounds of a fifth");
}

#[test]
fn every_metric_with_copies_and_gaps_is_gone_on_with() {
    for element in [Element::F32, Element::I8, Element::Binary] {
        for metric in Metric::of(element) {
            let dimension = if element == Element::Binary { 200 } else { 24 };
            let options = options(dimension, *metric).with("element", element.name());
            let fitting = |vector: Vec<f32>| -> Vec<f32> {
                match element {
                    Element::I8 => vector.iter().map(|x| (x * 60.0).round().clamp(-128.0, 127.0)).collect(),
                    Element::Binary => vector.iter().map(|x| f32::from(u8::from(*x > 0.2))).collect(),
                    _ => vector,
                }
            };
            let made = |seed, count| -> Vec<Option<Vec<f32>>> {
                let mut vectors: Vec<_> =
                    clustered(seed, count, dimension, 20).into_iter().map(|v| Some(fitting(v))).collect();
                (0..count).step_by(7).for_each(|gap| vectors[gap] = None);
                (5..count).step_by(50).for_each(|twin| vectors[twin] = vectors[4].clone());
                vectors
            };
            let (old, other) = (made(30, 2_000), made(31, 300));
            let queries: Vec<Vec<f32>> = made(32, 60).into_iter().flatten().collect();
            let old = Segment::new(old, &options, BuildEffort::Settled);
            let other = Segment::new(other, &options, BuildEffort::Settled);
            let kept = [(&other, other.all()), (&old, without(3, 2_000, 0.2))];
            let merged = Segment::merged(&kept, made(33, 100), &options);
            let note = format!("seeds 30 to 33, {element}, {metric}");
            assert_inherited(&merged, &options, &note);
            let all = merged.all();
            let found = queries.iter().map(|query| {
                // One beam for all of them: what is asked is how good the graph is, not how wide a beam the default takes.
                let hits = merged.nearest(query, 10, &all, SearchEffort::EfSearch(64)).hits;
                let right = merged.brute(query, 10, &all);
                // Of equals, any will do.
                hits.iter().filter(|hit| right.last().is_some_and(|last| hit.1 <= last.1)).count() as f64 / 10.0
            });
            let recall = found.sum::<f64>() / queries.len() as f64;
            assert!(recall > 0.93, "{note}: recall {recall}");
        }
    }
}

#[test]
fn the_same_is_inherited_whatever_the_number_of_threads() {
    let options = options(16, Metric::L2);
    let old = Segment::new(some(&clustered(40, 3_000, 16, 20)), &options, BuildEffort::Settled);
    let merge = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let new = some(&clustered(41, 600, 16, 20));
        pool.install(|| Segment::merged(&[(&old, without(4, 3_000, 0.25))], new, &options).bytes)
    };
    assert!(merge(1) == merge(4));
}

#[test]
fn what_is_damaged_too_little_or_built_otherwise_is_not_inherited() {
    let options = options(16, Metric::L2);
    let vectors = some(&clustered(50, 2_000, 16, 20));
    let old = Segment::new(vectors.clone(), &options, BuildEffort::Settled);
    let fresh = |segment: &Segment| anew(segment, &options).bytes == segment.bytes;
    let new = || some(&clustered(51, 200, 16, 20));
    assert!(!fresh(&Segment::merged(&[(&old, old.all())], new(), &options)));
    assert!(fresh(&Segment::merged(&[(&old, without(6, 2_000, 0.9))], new(), &options)));
    let others = [
        Segment::new(vectors.clone(), &options, BuildEffort::Fresh),
        Segment::new(vectors, &options.clone().with("m", 8), BuildEffort::Settled),
    ];
    for other in &others {
        assert!(fresh(&Segment::merged(&[(other, other.all())], new(), &options)));
    }
    let mut damaged = old;
    for byte in (100..damaged.bytes.len() - 1_000).step_by(damaged.bytes.len() / 12) {
        damaged.bytes[byte] ^= 0x40;
        let merged = Segment::merged(&[(&damaged, damaged.all())], new(), &options);
        merged.part.verify().unwrap();
        damaged.bytes[byte] ^= 0x40;
    }
}
