//! How wide must the beam be for a wanted recall?
//!
//! When a graph is built it is searched for two kinds of probes, and the answers are compared with exact ones:
//!
//! - *members*, each left out of its own answer: queries like the indexed vectors;
//! - *midpoints* of two random members: queries from elsewhere, as a question is not like the passages that answer it. They
//!   are farther from everything, and a narrow beam that starts in a wrong region stays there.
//!
//! Where the index names a set of recorded queries, these are asked in the place of both.
//!
//! Each is asked for [`KS`] hits among [`SHARES`] of the nodes, drawn by a fixed hash; one search tells what all narrower ones
//! would have found (`ladder`). A width reaches the recall that members reach with 95 % confidence. For queries from anywhere it counts as
//! reaching it when midpoints miss at most twice as many. Where vectors form clusters, midpoints lie in a void that no real query comes
//! from and may never be answered well: so twice the width that members need is always enough. What was measured is stored in the part
//! (`table`), so that a user asks for recall and the default effort means the same on easy data and on hard.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::{codec::scrambled, index::IndexError, object::VectorBuf};

use super::{
    cost::least_width,
    graph::Graph,
    ladder::{KS, Rung, WIDTHS},
    probe::{Probe, SHARES},
    scan::Scan,
    table::Entry,
};

/// Probes of each kind.
const PROBES: usize = 200;
/// Fewer recorded queries say too little.
const FEWEST_RECORDED: usize = 30;
/// How many times as many nearest as for members may be missed for midpoints.
const MORE_MISSES: f64 = 2.0;
/// A recall after which wider beams are not listed.
const ENOUGH: f64 = 0.998;
/// The one-sided 95 % quantile of the normal distribution.
const CONFIDENCE: f64 = 1.645;

/// Measures a graph over the nodes that `scan` reads: `scan.column` has one vector a node. `queries` are recorded ones, if there are any.
/// `budget` says how many distances a search may compute at a share before a scan is cheaper in any case.
pub(super) fn measure(
    graph: &Graph<'_>,
    scan: &Scan<'_>,
    queries: &[VectorBuf],
    budget: impl Fn(f64) -> u64 + Sync,
) -> Result<Vec<Entry>, IndexError> {
    let probes = Probes::choose(graph, scan, queries)?;
    let mut entries = Vec::new();
    for share in SHARES {
        let search = |probe: &Probe| Asked::of(probe.search(graph, scan, share, budget(share)));
        let inside: Vec<Asked> = probes.inside.par_iter().map(search).collect();
        let outside: Vec<Asked> = probes.outside.par_iter().map(search).collect();
        for at in 0..KS.len() {
            let cell = cell(&inside, &outside, at, share).into_iter();
            entries.extend(cell.map(|entry| Entry { recorded: probes.recorded, ..entry }));
        }
    }
    Ok(entries)
}

/// What a graph is measured with.
struct Probes {
    /// Queries like the vectors, or recorded ones.
    inside: Vec<Probe>,
    /// Queries from elsewhere; none beside recorded ones, which are from where queries come from.
    outside: Vec<Probe>,
    /// How many are recorded.
    recorded: u32,
}

impl Probes {
    fn choose(graph: &Graph<'_>, scan: &Scan<'_>, queries: &[VectorBuf]) -> Result<Self, IndexError> {
        if queries.len() >= FEWEST_RECORDED {
            let gap = queries.len().div_ceil(2 * PROBES);
            let chosen: Vec<&VectorBuf> = queries.iter().step_by(gap).collect();
            let recorded = |query: &&VectorBuf| Probe::new(scan, (*query).clone(), None);
            let inside: Vec<Probe> = chosen.par_iter().map(recorded).collect::<Result<_, _>>()?;
            return Ok(Self { recorded: inside.len() as u32, inside, outside: Vec::new() });
        }
        let count = scan.nodes.count;
        let (members, partners) = (sample(graph, count, 0), sample(graph, count, PROBES as u64));
        let member = |node: &u32| Probe::member(scan, *node);
        let midpoint = |(a, b): (&u32, &u32)| Probe::midpoint(scan, *a, *b);
        let inside = members.par_iter().map(member).collect::<Result<_, _>>()?;
        let outside = members.par_iter().zip(&partners).map(midpoint).collect::<Result<_, _>>()?;
        Ok(Self { inside, outside, recorded: 0 })
    }
}

/// What a probe found at one share.
struct Asked {
    rungs: Vec<Rung>,
    /// How many there are to be found.
    truth: usize,
}

impl Asked {
    fn of((rungs, truth): (Vec<Rung>, usize)) -> Self {
        Self { rungs, truth }
    }

    /// The share of the nearest k that a width found, and how many hits count; nothing where the search was given up.
    fn recall(&self, width: usize, k: usize) -> f64 {
        let wanted = KS[k].min(self.truth).max(1);
        self.rungs.get(width).map_or(0.0, |rung| f64::from(rung.found[k]) / wanted as f64)
    }
}

/// The widths for one k and share, until the recall is [`ENOUGH`].
fn cell(inside: &[Asked], outside: &[Asked], k: usize, share: f64) -> Vec<Entry> {
    let least = least_width(KS[k], share);
    let (mut entries, mut reached) = (Vec::<Entry>::new(), Vec::<(u32, f64)>::new());
    for (width, ef) in WIDTHS.into_iter().enumerate().filter(|(_, ef)| *ef as usize >= least) {
        let assured = |probes: &[Asked]| assured(probes.iter().map(|probe| probe.recall(width, k)), KS[k]);
        let members = assured(inside);
        let midpoints = if outside.is_empty() { members } else { assured(outside) };
        reached.push((ef, members));
        let half_as_wide = reached.iter().rfind(|(width, _)| width * 2 <= ef).map_or(0.0, |(_, recall)| *recall);
        let anywhere = counted(members, midpoints, half_as_wide);
        let costs = inside.iter().chain(outside).filter_map(|probe| probe.rungs.get(width));
        let costs: Vec<f64> = costs.map(|rung| rung.distances as f64).collect();
        let distances = costs.iter().sum::<f64>() / costs.len() as f64;
        let gain =
            entries.last().is_none_or(|last| f64::from(last.recall) < members || f64::from(last.anywhere) < anywhere);
        if !costs.is_empty() && gain {
            let (recall, anywhere) = (members as f32, anywhere as f32);
            let (k, share, distances) = (KS[k] as u32, share as f32, distances as f32);
            entries.push(Entry { k, share, ef, recall, anywhere, distances, recorded: 0 });
        }
        if anywhere >= ENOUGH {
            break;
        }
    }
    entries
}

/// The recall that a width counts for, by that of members, of midpoints, and of members at half the width.
fn counted(members: f64, midpoints: f64, members_at_half: f64) -> f64 {
    members.min((1.0 - (1.0 - midpoints) / MORE_MISSES).max(members_at_half))
}

/// Members, drawn by hash from `start` on: of those in the base layer alone, as a query is not one of the nodes that a search starts from.
fn sample(graph: &Graph<'_>, nodes: u32, start: u64) -> Vec<u32> {
    let drawn = |i: u64| (scrambled(i) % u64::from(nodes)) as u32;
    let above: HashSet<u32> = match graph.height() {
        0 => HashSet::new(),
        _ => (0..graph.members[0]).map(|place| graph.layer(1).node(place)).collect(),
    };
    let usable = |i: u64| (0..8).map(|again| drawn(i | again << 32)).find(|node| !above.contains(node));
    (start..start + PROBES as u64).map(|i| usable(i).unwrap_or_else(|| drawn(i))).collect()
}

/// Mean recall less its uncertainty. One more miss than was seen is taken into account: that none was seen is no proof that there are none.
fn assured(recalls: impl Iterator<Item = f64>, k: usize) -> f64 {
    let recalls: Vec<f64> = recalls.chain([1.0 - 1.0 / k as f64]).collect();
    let count = recalls.len() as f64;
    let mean = recalls.iter().sum::<f64>() / count;
    let variance = recalls.iter().map(|recall| (recall - mean).powi(2)).sum::<f64>() / count;
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
}
