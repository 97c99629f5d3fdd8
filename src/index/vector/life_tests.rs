//! Parts over their life: what they take, and what becomes of them when segments are merged.

use super::fixture::{Segment, clustered};
use crate::{
    index::{BuildEffort, Options},
    metric::Metric,
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
