//! One search that tells what every narrower beam would have found.
//!
//! A best-first search expands the nearest that it has not expanded yet. A narrow beam does the same until all that it holds is
//! expanded, and what it holds are the nearest of what was measured. So the narrow search is the beginning of the wide one: it
//! ends where as many as are in its beam, the nearest of the wide one's, are expanded. One wide search stands for all.

use super::{beam::Beam, cost::accepted_width};

/// The k that are measured.
pub(super) const KS: [usize; 3] = [1, 10, 100];

/// The widths that are measured.
pub(super) const WIDTHS: [u32; 49] = [
    2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 22, 24, 28, 32, 36, 40, 44, 48, 56, 64, 72, 80, 88, 96, 112,
    128, 144, 160, 176, 192, 224, 256, 288, 320, 352, 384, 448, 512, 576, 640, 704, 768, 896, 1024,
];

/// What one width found of the nearest, for each of [`KS`], and what it cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rung {
    pub(super) found: [u8; KS.len()],
    pub(super) distances: u64,
}

/// What the widths found so far, as a search goes on.
pub(super) struct Ladder<'t> {
    /// Code distances and nodes of what is to be found, nearest first.
    truth: &'t [(i32, u32)],
    /// Places in `truth` that were not found yet, ascending.
    missing: Vec<usize>,
    /// The share of nodes that are accepted.
    share: f64,
    /// Accepted nodes that were expanded.
    expanded: usize,
    rungs: Vec<Rung>,
}

impl<'t> Ladder<'t> {
    pub(super) fn new(truth: &'t [(i32, u32)], share: f64) -> Self {
        let (missing, rungs) = ((0..truth.len()).collect(), Vec::with_capacity(WIDTHS.len()));
        Self { truth, missing, share, expanded: 0, rungs }
    }

    /// Looks at a search that is about to expand the nearest that is not expanded; false when nothing more is to be learnt.
    pub(super) fn step(&mut self, beam: &Beam) -> bool {
        let frontier = beam.frontier();
        while let Some(ef) = WIDTHS.get(self.rungs.len())
            && self.is_done(beam, frontier, *ef as usize)
        {
            self.climb(beam, *ef as usize);
        }
        self.expanded += usize::from(beam.pool().get(frontier).is_some_and(|found| found.accepted));
        self.rungs.len() < WIDTHS.len() && !self.missing.is_empty()
    }

    /// What each width found, when the search has ended; widths that did not come to an end are missing. A search that is out of
    /// places has ended for all widths; one that has found everything would only have cost more, at most in proportion.
    pub(super) fn finish(mut self, beam: &Beam, ended: bool) -> Vec<Rung> {
        let all = self.missing.is_empty() && self.rungs.last().is_some_and(|last| last.found.iter().sum::<u8>() > 0);
        while (ended || all)
            && let Some(ef) = WIDTHS.get(self.rungs.len())
        {
            let before = self.rungs.last().map(|rung| (rung.distances, WIDTHS[self.rungs.len() - 1]));
            self.climb(beam, *ef as usize);
            if let (false, Some((distances, width)), Some(rung)) = (ended, before, self.rungs.last_mut()) {
                rung.distances = distances * u64::from(*ef) / u64::from(width);
            }
        }
        self.rungs
    }

    /// Whether all that a beam of this width would hold is expanded.
    fn is_done(&self, beam: &Beam, frontier: usize, ef: usize) -> bool {
        let wanted = accepted_width(ef, self.share);
        let expanded = || beam.pool()[..frontier].iter().filter(|found| found.accepted).count();
        frontier >= ef && self.expanded >= wanted && expanded() >= wanted
    }

    /// Notes what a width found. What was found once stays in the beam, as it is nearer than what is dropped.
    fn climb(&mut self, beam: &Beam, ef: usize) {
        let (pool, wanted) = (beam.pool(), accepted_width(ef, self.share));
        let mut accepted = pool.iter().enumerate().filter(|(_, found)| found.accepted);
        let last = wanted.checked_sub(1).and_then(|last| accepted.nth(last)).map_or(0, |(at, _)| at + 1);
        let held = &pool[..ef.max(last).min(pool.len())];
        // Farther ones are looked for where a beam holds as many.
        let within = KS.iter().rfind(|k| **k <= wanted.max(1)).map_or(0, |k| *k);
        let truth = self.truth;
        let is_missing = |at: &usize| {
            let (distance, node) = truth[*at];
            let place = held.partition_point(|found| (found.distance(), found.place()) < (distance, node));
            *at >= within || held.get(place).is_none_or(|found| found.place() != node)
        };
        self.missing.retain(is_missing);
        let found = KS.map(|k| (k.min(truth.len()) - self.missing.partition_point(|at| *at < k)) as u8);
        self.rungs.push(Rung { found, distances: beam.distances() });
    }
}
