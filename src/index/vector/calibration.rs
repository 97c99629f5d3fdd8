//! How wide must the beam be for a wanted recall?
//!
//! When a graph is built, some of its own members are searched for, each left out of its own answer, and the answers compared
//! with exact ones. The table of beam widths, recalls and costs is stored in the part, so that a user asks for recall and
//! the default effort means the same on easy data and on hard.

use rayon::prelude::*;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::{
    beam::Width,
    codes::{CodeQuery, Codes},
    graph::Graph,
    levels::mix,
    scratch,
};

/// One beam width and what it reaches.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Step {
    /// The beam width.
    pub(super) ef: u32,
    /// Recall@10 that it reaches with 95 % confidence, or more.
    pub(super) recall: f32,
    /// Mean distances computed.
    pub(super) distances: f32,
}

/// Hits compared.
const K: usize = 10;
/// Members searched for.
const MEMBERS: usize = 200;
/// Widths tried, until the recall is [`ENOUGH`].
const WIDTHS: [u32; 18] = [10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 192, 256, 384, 512, 768, 1024];
/// A recall after which wider beams are not measured.
const ENOUGH: f64 = 0.998;
/// The one-sided 95 % quantile of the normal distribution.
const CONFIDENCE: f64 = 1.645;

/// Measures a graph. `truth` gives the exact nearest nodes of a node, itself left out, and `rank` orders found nodes by true
/// distance from it, as a search does when it re-scores.
pub(super) fn measure<E: Send>(
    graph: &Graph<'_>,
    codes: &Codes<'_>,
    truth: impl Fn(u32, usize) -> Result<Vec<u32>, E> + Sync,
    rank: impl Fn(u32, &[u32]) -> Result<Vec<u32>, E> + Sync,
) -> Result<Vec<Step>, E> {
    let members = sample(codes.len() as u32);
    let truths: Vec<Vec<u32>> = members.par_iter().map(|member| truth(*member, K)).collect::<Result<_, E>>()?;
    let mut steps = Vec::new();
    for ef in WIDTHS {
        let measured: Vec<(f64, u64)> = members
            .par_iter()
            .zip(&truths)
            .map(|(member, truth)| {
                let (found, distances) = search(graph, codes, *member, ef as usize);
                let mut found = rank(*member, &found)?;
                found.truncate(K);
                let right = found.iter().filter(|node| truth.contains(node)).count();
                Ok((right as f64 / truth.len().max(1) as f64, distances))
            })
            .collect::<Result<_, E>>()?;
        let step = summary(ef, &measured);
        steps.push(step);
        if f64::from(step.recall) >= ENOUGH {
            break;
        }
    }
    Ok(steps)
}

/// The distances that a search with this beam computes, between and beyond the widths that were measured.
pub(super) fn distances(steps: &[Step], ef: usize) -> f64 {
    let ef = ef as f64;
    let after = steps.partition_point(|step| f64::from(step.ef) < ef);
    let Some(next) = steps.get(after).or(steps.last()) else { return 0.0 };
    f64::from(next.distances) * (ef / f64::from(next.ef)).max(0.5)
}

/// Members to search for, spread by hash.
fn sample(nodes: u32) -> Vec<u32> {
    if nodes as usize <= MEMBERS {
        return (0..nodes).collect();
    }
    let mut sample: Vec<u32> = (0..MEMBERS as u64).map(|i| (mix(i) % u64::from(nodes)) as u32).collect();
    sample.sort_unstable();
    sample.dedup();
    sample
}

/// What a search for a member finds without it, and the distances computed.
fn search(graph: &Graph<'_>, codes: &Codes<'_>, member: u32, ef: usize) -> (Vec<u32>, u64) {
    scratch::with(|scratch| {
        let mut query = CodeQuery::default();
        codes.query_of(member, &mut query);
        scratch.beam.take_work();
        let start = scratch.beam.descend(graph, codes, &query, 0);
        scratch.beam.leave_out((start != member).then_some(member));
        let width = Width { all: ef + 1, accepted: 0, budget: u64::MAX };
        scratch.beam.search(&graph.layer(0), codes, &query, &[start], width, |_| true);
        let found = scratch.beam.pool().iter().map(|found| found.place).filter(|place| *place != member);
        (found.take(ef).collect(), scratch.beam.take_work().distances)
    })
}

/// Mean recall less its uncertainty, and mean distances.
fn summary(ef: u32, measured: &[(f64, u64)]) -> Step {
    let count = measured.len().max(1) as f64;
    let mean = measured.iter().map(|(recall, _)| recall).sum::<f64>() / count;
    let variance = measured.iter().map(|(recall, _)| (recall - mean).powi(2)).sum::<f64>() / count;
    let distances = measured.iter().map(|(_, distances)| *distances as f64).sum::<f64>() / count;
    Step { ef, recall: (mean - CONFIDENCE * (variance / count).sqrt()) as f32, distances: distances as f32 }
}
