//! How wide must the beam be for a wanted recall?
//!
//! When a graph is built it is searched for two kinds of probes, and the answers are compared with exact ones:
//!
//! - *members*, each left out of its own answer: queries like the indexed vectors;
//! - *midpoints* of two random members: queries from elsewhere, as a question is not like the passages that answer it. They
//!   are farther from everything, and a narrow beam that starts in a wrong region stays there.
//!
//! A width counts as reaching a recall when members reach it and midpoints miss at most twice as many. Where vectors form
//! clusters, midpoints lie in a void that no real query comes from and may never be answered well: so twice the width that
//! members need is always enough. The table of widths, recalls and costs is stored in the part, so that a user asks for
//! recall and the default effort means the same on easy data and on hard.

use rayon::prelude::*;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    codec::scrambled,
    index::{IndexError, Slot, SlotSet, Work},
    metric::Metric,
    object::{VectorBuf, VectorRef},
};

use super::{beam::Width, graph::Graph, hits::Hits, midpoint::midpoint, scan::Scan, scratch};

/// One beam width and what it reaches.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Step {
    /// The beam width.
    pub(super) ef: u32,
    /// Recall@10 that it counts for, with 95 % confidence.
    pub(super) recall: f32,
    /// Mean distances computed.
    pub(super) distances: f32,
}

/// Hits compared.
const K: usize = 10;
/// Probes of each kind.
const PROBES: usize = 200;
/// How many times as many nearest as for members may be missed for midpoints.
const MORE_MISSES: f64 = 2.0;
/// Widths tried, until the recall is [`ENOUGH`].
const WIDTHS: [u32; 18] = [10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 192, 256, 384, 512, 768, 1024];
/// A recall after which wider beams are not measured.
const ENOUGH: f64 = 0.998;
/// The one-sided 95 % quantile of the normal distribution.
const CONFIDENCE: f64 = 1.645;

/// Measures a graph over the nodes that `scan` reads: `scan.column` has one vector a node.
pub(super) fn measure(graph: &Graph<'_>, scan: &Scan<'_>, metric: Metric) -> Result<Vec<Step>, IndexError> {
    let members = sample(scan.nodes.count, 0);
    let partners = sample(scan.nodes.count, PROBES as u64);
    let member = |node: &u32| Probe::member(scan, *node);
    let midpoint = |(a, b): (&u32, &u32)| Probe::midpoint(scan, *a, *b);
    let inside: Vec<Probe> = members.par_iter().map(member).collect::<Result<_, _>>()?;
    let outside: Vec<Probe> = members.par_iter().zip(&partners).map(midpoint).collect::<Result<_, _>>()?;
    let (mut steps, mut reached) = (Vec::new(), Vec::new());
    for ef in WIDTHS {
        let inside = measured(graph, scan, metric, &inside, ef)?;
        let outside = measured(graph, scan, metric, &outside, ef)?;
        reached.push((ef, assured(&inside)));
        let half_as_wide = reached.iter().find(|(width, _)| width * 2 == ef).map_or(0.0, |(_, recall)| *recall);
        let recall = counted(assured(&inside), assured(&outside), half_as_wide);
        let distances = f64::midpoint(mean_distances(&inside), mean_distances(&outside));
        steps.push(Step { ef, recall: recall as f32, distances: distances as f32 });
        if recall >= ENOUGH {
            break;
        }
    }
    Ok(steps)
}

/// The recall that a width counts for, by that of members, of midpoints, and of members at half the width.
fn counted(members: f64, midpoints: f64, members_at_half: f64) -> f64 {
    members.min((1.0 - (1.0 - midpoints) / MORE_MISSES).max(members_at_half))
}

/// A query that the graph is measured with.
struct Probe {
    vector: VectorBuf,
    /// The node that is the query itself and no answer to it.
    member: Option<u32>,
    /// The exact nearest nodes.
    truth: Vec<u32>,
}

impl Probe {
    fn member(scan: &Scan<'_>, node: u32) -> Result<Self, IndexError> {
        Self::new(scan, vector(scan, node)?.into(), Some(node))
    }

    /// Halfway between two members.
    fn midpoint(scan: &Scan<'_>, a: u32, b: u32) -> Result<Self, IndexError> {
        Self::new(scan, midpoint(vector(scan, a)?, vector(scan, b)?), None)
    }

    fn new(scan: &Scan<'_>, vector: VectorBuf, member: Option<u32>) -> Result<Self, IndexError> {
        let all = SlotSet::all(scan.nodes.count);
        let hits = scan.nearest(vector.as_ref(), &all, Hits::new(K + 1, f64::INFINITY), &mut Work::default())?;
        let others = hits.into_pairs().into_iter().map(|(slot, _)| slot.0).filter(|node| Some(*node) != member);
        Ok(Self { truth: others.take(K).collect(), vector, member })
    }

    /// What a search finds, best first by true distance, and the distances computed.
    fn search(
        &self,
        graph: &Graph<'_>,
        scan: &Scan<'_>,
        metric: Metric,
        ef: usize,
    ) -> Result<(Vec<u32>, u64), IndexError> {
        let query = scan.encoding.query(&self.vector).code;
        let (found, distances) = scratch::with(|scratch| {
            let beam = &mut scratch.beam;
            beam.take_work();
            let start = beam.descend(graph, &scan.codes, &query, 0);
            // A search that starts at the member itself must see it.
            beam.leave_out(self.member.filter(|member| *member != start));
            let width = Width { all: ef + usize::from(self.member.is_some()), accepted: 0, budget: u64::MAX };
            beam.search(&graph.layer(0), &scan.codes, &query, &[start], width, |_| true);
            let found = beam.pool().iter().map(|found| found.place).filter(|place| Some(*place) != self.member);
            (found.take(ef).collect::<Vec<u32>>(), beam.take_work().distances)
        });
        let mut ranked = Vec::with_capacity(found.len());
        for node in found {
            ranked.push((metric.distance(&self.vector, vector(scan, node)?), node));
        }
        ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Ok((ranked.into_iter().take(K).map(|(_, node)| node).collect(), distances))
    }
}

/// The vector of a node.
fn vector<'a>(scan: &Scan<'a>, node: u32) -> Result<VectorRef<'a>, IndexError> {
    let missing = || IndexError::Invariant(format!("node {node} has no vector"));
    scan.column.vector(Slot(node))?.ok_or_else(missing)
}

/// Recall and distances of each probe at one beam width.
fn measured(
    graph: &Graph<'_>,
    scan: &Scan<'_>,
    metric: Metric,
    probes: &[Probe],
    ef: u32,
) -> Result<Vec<(f64, u64)>, IndexError> {
    let one = |probe: &Probe| {
        let (found, distances) = probe.search(graph, scan, metric, ef as usize)?;
        let right = found.iter().filter(|node| probe.truth.contains(node)).count();
        Ok((right as f64 / probe.truth.len().max(1) as f64, distances))
    };
    probes.par_iter().map(one).collect()
}

/// The distances that a search with this beam computes, between and beyond the widths that were measured.
pub(super) fn distances(steps: &[Step], ef: usize) -> f64 {
    let ef = ef as f64;
    let after = steps.partition_point(|step| f64::from(step.ef) < ef);
    let Some(next) = steps.get(after).or(steps.last()) else { return 0.0 };
    f64::from(next.distances) * (ef / f64::from(next.ef)).max(0.5)
}

/// Members, drawn by hash from `start` on.
fn sample(nodes: u32, start: u64) -> Vec<u32> {
    (start..start + PROBES as u64).map(|i| (scrambled(i) % u64::from(nodes)) as u32).collect()
}

fn mean_distances(measured: &[(f64, u64)]) -> f64 {
    measured.iter().map(|(_, distances)| *distances as f64).sum::<f64>() / measured.len().max(1) as f64
}

/// Mean recall less its uncertainty.
fn assured(measured: &[(f64, u64)]) -> f64 {
    let count = measured.len().max(1) as f64;
    let mean = measured.iter().map(|(recall, _)| recall).sum::<f64>() / count;
    let variance = measured.iter().map(|(recall, _)| (recall - mean).powi(2)).sum::<f64>() / count;
    mean - CONFIDENCE * (variance / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_harder_probes_count_up_to_twice_the_width() {
        // Members decide where midpoints miss at most twice as many.
        assert_eq!(counted(0.95, 0.95, 0.0), 0.95);
        // Midpoints decide where they miss more, unless members were right at half the width already.
        assert!((counted(0.99, 0.80, 0.85) - 0.90).abs() < 1e-9);
        assert_eq!(counted(0.99, 0.30, 0.95), 0.95);
        // A width without a half in the table is held to the midpoints.
        assert!((counted(1.0, 0.5, 0.0) - 0.75).abs() < 1e-9);
    }

    #[test]
    fn widths_of_a_default_search_have_their_half_measured() {
        assert!(WIDTHS.iter().filter(|ef| **ef >= 20).all(|ef| WIDTHS.contains(&(ef / 2))));
    }
}
