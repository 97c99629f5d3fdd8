//! How wide must the beam be for a wanted recall?
//!
//! When all but a few nodes of a graph are linked, it is searched for two kinds of probes, and the answers are compared with exact ones:
//!
//! - *members*, the nodes that are held back: queries like the indexed vectors, which the graph has not seen. (To leave linked nodes out of
//!   their own answers is not the same: what was linked by way of them is then hard to find.)
//! - *midpoints* of two of them: queries from elsewhere, as a question is not like the passages that answer it. They
//!   are farther from everything, and a narrow beam that starts in a wrong region stays there.
//!
//! Where the index names a set of recorded queries, these are asked in the place of both.
//!
//! Each is asked for [`KS`] hits among [`SHARES`] of the nodes, drawn by a fixed hash; one search tells what all narrower ones
//! would have found (`ladder`). A width reaches the recall that members reach with 95 % confidence. For queries from anywhere it counts as
//! reaching it when midpoints do, too. Where vectors form clusters, midpoints lie in a void that no real query comes from and may never
//! be answered well: so three times the width that members need is always enough. (Of 40 questions over 11,742 passages a beam of 14, which
//! members need for 0.95, finds 0.90, twice that 0.93, and 44, which midpoints need, 0.975.) What was measured is stored in the part
//! (`table`), so that a user asks for recall and the default effort means the same on easy data and on hard.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::{index::IndexError, object::VectorBuf};

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
/// One node in so many at most is held back.
const FEWEST_OTHERS: usize = 10;
/// Fewer recorded queries say too little.
const FEWEST_RECORDED: usize = 30;
/// So many times the width that members need is always enough.
const WIDER: u32 = 3;
/// A recall after which wider beams are not listed.
const ENOUGH: f64 = 0.998;
/// The one-sided 95 % quantile of the normal distribution.
const CONFIDENCE: f64 = 1.645;

/// What a graph is measured with, beside itself.
pub(super) struct Calibration<'c> {
    /// Reads the nodes' codes, and their vectors: its column has one a node.
    pub(super) scan: Scan<'c>,
    /// Recorded queries, if there are any.
    pub(super) queries: &'c [VectorBuf],
    /// How many distances a search may compute at each of [`SHARES`] before a scan is cheaper in any case.
    pub(super) budgets: [u64; SHARES.len()],
}

impl Calibration<'_> {
    /// How many nodes of so many a graph is to be measured without.
    pub(super) fn held(nodes: usize) -> usize {
        PROBES.min(nodes / FEWEST_OTHERS)
    }

    /// Measures a graph that has all nodes but those that are held back.
    pub(super) fn measure(&self, graph: &Graph<'_>, held: &[u32]) -> Result<Vec<Entry>, IndexError> {
        let probes = Probes::choose(&self.scan, self.queries, held)?;
        let mut entries = Vec::new();
        for (share, budget) in SHARES.into_iter().zip(self.budgets) {
            let search = |probe: &Probe| Asked::of(probe.search(graph, &self.scan, share, budget));
            let inside: Vec<Asked> = probes.inside.par_iter().map(search).collect();
            let outside: Vec<Asked> = probes.outside.par_iter().map(search).collect();
            for at in (0..KS.len()).filter(|_| !inside.is_empty()) {
                let cell = cell(&inside, &outside, at, share).into_iter();
                entries.extend(cell.map(|entry| Entry { recorded: probes.recorded, ..entry }));
            }
        }
        Ok(entries)
    }
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
    fn choose(scan: &Scan<'_>, queries: &[VectorBuf], held: &[u32]) -> Result<Self, IndexError> {
        let absent: HashSet<u32> = held.iter().copied().collect();
        if queries.len() >= FEWEST_RECORDED {
            let gap = queries.len().div_ceil(2 * PROBES);
            let chosen: Vec<&VectorBuf> = queries.iter().step_by(gap).collect();
            let recorded = |query: &&VectorBuf| Probe::new(scan, (*query).clone(), &absent);
            let inside: Vec<Probe> = chosen.par_iter().map(recorded).collect::<Result<_, _>>()?;
            return Ok(Self { recorded: inside.len() as u32, inside, outside: Vec::new() });
        }
        let member = |node: &u32| Probe::member(scan, *node, &absent);
        let midpoint = |pair: &[u32]| Probe::midpoint(scan, pair[0], pair[1], &absent);
        let inside = held.par_iter().map(member).collect::<Result<_, _>>()?;
        let outside = held.par_windows(2).map(midpoint).collect::<Result<_, _>>()?;
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
        let members = assured(inside, width, k, share);
        let midpoints = if outside.is_empty() { members } else { assured(outside, width, k, share) };
        reached.push((ef, members));
        let narrower = reached.iter().rfind(|(width, _)| width * WIDER <= ef).map_or(0.0, |(_, recall)| *recall);
        let anywhere = counted(members, midpoints, narrower);
        let costs = inside.iter().chain(outside).filter_map(|probe| probe.rungs.get(width));
        let costs: Vec<f64> = costs.map(|rung| rung.distances as f64).collect();
        if costs.len() * 2 <= inside.len() + outside.len() {
            // Most such searches would be given up.
            break;
        }
        let distances = (costs.iter().sum::<f64>() / costs.len() as f64) as f32;
        let (recall, share) = (members as f32, share as f32);
        entries.push(Entry { k: KS[k] as u32, share, ef, recall, anywhere: anywhere as f32, distances, recorded: 0 });
        if anywhere >= ENOUGH {
            break;
        }
    }
    entries
}

/// The recall that a width counts for, by that of members, of midpoints, and of members at a width that is several times narrower.
fn counted(members: f64, midpoints: f64, members_narrower: f64) -> f64 {
    members.min(midpoints.max(members_narrower))
}

/// The recall that a width reaches with confidence: of the nearest k it is at least what it is of more of them, as the nearer are found more easily;
/// so few hits a query say enough.
fn assured(probes: &[Asked], width: usize, k: usize, share: f64) -> f64 {
    let fits = |k: &usize| least_width(KS[*k], share) <= WIDTHS[width] as usize;
    let recall = |k: usize| confident(probes.iter().map(|probe| probe.recall(width, k)), KS[k]);
    (k..KS.len()).take_while(fits).map(recall).fold(0.0, f64::max)
}

/// Mean recall less its uncertainty. One more miss than was seen is taken into account: that none was seen is no proof that there are none.
fn confident(recalls: impl Iterator<Item = f64>, k: usize) -> f64 {
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
    fn the_harder_probes_count_up_to_three_times_the_width() {
        assert_eq!(counted(0.95, 0.97, 0.0), 0.95);
        // Midpoints decide, unless members were right at a third of the width already.
        assert_eq!(counted(0.99, 0.80, 0.70), 0.80);
        assert_eq!(counted(0.99, 0.30, 0.95), 0.95);
    }

    #[test]
    fn that_no_miss_was_seen_proves_a_recall_below_one() {
        let all = |k| confident(std::iter::repeat_n(1.0, 200), k);
        assert!((0.98..0.99).contains(&all(1)), "{}", all(1));
        assert!(all(10) < 1.0 && all(10) > ENOUGH, "{}", all(10));
        // Ten hits a query say more of the nearest one than one hit.
        let (rung, truth) = (Rung { found: [1, 10, 100], distances: 1 }, 100);
        let probes: Vec<Asked> = (0..200).map(|_| Asked { rungs: vec![rung; WIDTHS.len()], truth }).collect();
        assert_eq!(assured(&probes, WIDTHS.len() - 1, 0, 1.0), assured(&probes, WIDTHS.len() - 1, 2, 1.0));
        assert!(assured(&probes, 0, 0, 1.0) < 0.99, "a beam of two does not hold ten");
    }
}
