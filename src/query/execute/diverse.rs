//! Near but different: maximal marginal relevance.

use crate::{
    expr::{Target, asked, vector},
    object::VectorBuf,
    query::{Node, QueryError},
};

use super::{Found, Runner, Stream, reader::Reader};

/// Chooses `k` of an input that comes nearest first: see [`Node::Diverse`].
pub fn chosen<'r>(
    runner: &'r Runner<'_>,
    node: &'r Node,
    input: Stream<'r>,
    target: &'r Target,
    k: usize,
    lambda: f64,
) -> Result<Stream<'r>, QueryError> {
    let Some((path, metric)) = target.metric() else { return Ok(input) };
    let reader = Reader::new(runner, node, [path]);
    let mut left = Vec::new();
    for found in input {
        let found = found?;
        let vector = reader.read(&found, |fields| vector(fields.field(path)?))?;
        if let (Some(vector), Some(distance)) = (vector, found.distance) {
            left.push(Candidate { found, vector, distance, apart: None });
        }
    }
    let mut chosen: Vec<Found<'r>> = Vec::with_capacity(k.min(left.len()));
    while chosen.len() < k
        && let Some(next) = best(&left, lambda)
    {
        let next = left.remove(next);
        let vector = asked(&next.vector, metric);
        for other in &mut left {
            let apart = metric.distance(&*vector, &other.vector);
            other.apart = Some(other.apart.map_or(apart, |known| known.min(apart)));
        }
        runner.note(node, |stats| stats.work.distances += left.len() as u64);
        chosen.push(next.found);
    }
    Ok(Box::new(chosen.into_iter().map(Ok)))
}

/// An object that is not chosen yet.
struct Candidate<'r> {
    found: Found<'r>,
    vector: VectorBuf,
    distance: f64,
    /// How far it is from the nearest one that is chosen.
    apart: Option<f64>,
}

impl Candidate<'_> {
    /// The less, the better.
    fn cost(&self, lambda: f64) -> f64 {
        self.apart.map_or(self.distance, |apart| lambda * self.distance - (1.0 - lambda) * apart)
    }
}

/// The place of the best of those that are left, the first of several.
fn best(left: &[Candidate<'_>], lambda: f64) -> Option<usize> {
    let costs = left.iter().map(|candidate| candidate.cost(lambda)).enumerate();
    costs.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(at, _)| at)
}
