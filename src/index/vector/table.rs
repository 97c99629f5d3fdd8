//! What a graph is known to reach: the recall of beam widths, for some k and some shares of accepted nodes.
//!
//! A cell of the table is what was measured for one k and one share. Between and beyond cells:
//!
//! - between two k the beam grows evenly from one cell's to the other's; above the greatest, as k does;
//! - between two shares it goes evenly, on a logarithmic scale of shares, from one cell's to the other's; below the least it is the
//!   least's: a traversal goes on until it has enough accepted nodes, so the same beam sees more around them the fewer are accepted;
//! - distances do so, too, on a logarithmic scale of their own; below the least share they are as many more as accepted nodes are rarer.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// One beam width and what it reaches, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Entry {
    /// How many hits were wanted.
    pub(super) k: u32,
    /// The share of nodes that were accepted.
    pub(super) share: f32,
    /// The beam width.
    pub(super) ef: u32,
    /// Recall@k of queries like the vectors, with 95 % confidence.
    pub(super) recall: f32,
    /// Recall@k that the width counts for where queries may come from elsewhere.
    pub(super) anywhere: f32,
    /// Mean distances computed.
    pub(super) distances: f32,
    /// How many recorded queries it was measured with; 0 when with the vectors themselves.
    pub(super) recorded: u32,
}

/// A width as versions stored it that measured ten hits without a filter only, and read it.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Step {
    ef: u32,
    recall: f32,
    distances: f32,
}

impl Step {
    /// What the entries say of ten hits without a filter.
    pub(super) fn of(entries: &[Entry]) -> Vec<Self> {
        let those = entries.iter().filter(|entry| entry.k == 10 && entry.share == 1.0);
        those.map(|entry| Self { ef: entry.ef, recall: entry.anywhere, distances: entry.distances }).collect()
    }

    /// What is known of other k and shares by them. Those versions searched with a beam of [`EARLY_LEAST`] at least where nothing was
    /// asked for: narrower ones were not known to do for queries from anywhere.
    pub(super) fn entries(steps: &[Self]) -> Vec<Entry> {
        let entry = |(at, step): (usize, &Self)| {
            let Self { ef, recall, distances } = *step;
            let anywhere = if ef >= EARLY_LEAST || at + 1 == steps.len() { recall } else { 0.0 };
            Entry { k: 10, share: 1.0, ef, recall, anywhere, distances, recorded: 0 }
        };
        steps.iter().enumerate().map(entry).collect()
    }
}

/// The narrowest beam that versions took by default which measured nothing but [`Step`]s.
const EARLY_LEAST: u32 = 64;

/// All cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    /// From the greatest share down.
    shares: Vec<Share>,
}

/// What was measured with one share of the nodes accepted.
#[derive(Clone, Debug, PartialEq)]
struct Share {
    accepted: f64,
    /// By k, ascending.
    cells: Vec<Cell>,
    /// Widths with the distances that they cost, ascending.
    costs: Vec<(f64, f64)>,
}

/// What was measured for one k; widths and recalls ascend.
#[derive(Clone, Debug, PartialEq)]
struct Cell {
    k: f64,
    steps: Vec<Entry>,
}

/// Which queries a recall is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queries {
    /// Such as the vectors are.
    Alike,
    /// Any, also such as are unlike the vectors.
    Any,
}

impl Table {
    /// A table of stored entries; what makes no sense in them is left out.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let sound = |entry: &&Entry| entry.k > 0 && entry.ef > 0 && entry.share > 0.0 && entry.share <= 1.0;
        let mut entries: Vec<Entry> = entries.iter().filter(sound).copied().collect();
        let place = |a: &Entry, b: &Entry| b.share.total_cmp(&a.share).then((a.k, a.ef).cmp(&(b.k, b.ef)));
        entries.sort_by(place);
        let shares = entries.chunk_by(|a, b| a.share == b.share).map(Share::of).collect();
        Self { shares }
    }

    /// Whether nothing is known, as without a graph.
    pub(super) fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    /// The narrowest beam that is known to reach a recall. Where one of two shares has no beam that does, the other's counts.
    pub(super) fn beam(&self, recall: f32, queries: Queries, k: usize, share: f64) -> Option<usize> {
        let (above, below) = self.around(share)?;
        let ef = |of: &Share| of.beam(recall, queries, k as f64);
        let width = match (ef(above), below) {
            (Some(wide), Some(below)) => ef(below).map_or(wide, |ef| wide + (ef - wide) * above.along(below, share)),
            (wide, below) => wide.or(below.and_then(ef))?,
        };
        Some((width.ceil() as usize).max(k))
    }

    /// How many recorded queries were asked.
    pub(super) fn recorded(&self) -> u32 {
        let steps = self.shares.iter().flat_map(|share| &share.cells).flat_map(|cell| &cell.steps);
        steps.map(|step| step.recorded).max().unwrap_or(0)
    }

    /// The greatest recall that any beam is known to reach.
    pub(super) fn most(&self, queries: Queries, k: usize, share: f64) -> f32 {
        let steps = self.corner(k, share).map_or(&[][..], |cell| &cell.steps);
        steps.last().map_or(0.0, |step| step.recall_of(queries))
    }

    /// The recall that a beam is known to reach for queries such as the vectors are, at the next greater k and share that were measured;
    /// zero where nothing is known.
    pub(super) fn promised(&self, ef: usize, k: usize, share: f64) -> f32 {
        let Some(cell) = self.corner(k, share) else { return 0.0 };
        let ef = ef as f64 * (cell.k / k as f64).min(1.0);
        let reached = cell.steps.partition_point(|step| f64::from(step.ef) <= ef);
        reached.checked_sub(1).map_or(0.0, |last| cell.steps[last].recall)
    }

    /// The distances that a search with this beam computes.
    pub(super) fn distances(&self, ef: usize, share: f64) -> f64 {
        let Some((above, below)) = self.around(share) else { return 0.0 };
        let ef = ef as f64;
        let dear = above.distances(ef);
        match below {
            Some(below) => dear * (below.distances(ef).max(1.0) / dear.max(1.0)).powf(above.along(below, share)),
            None => dear * (above.accepted / share).max(1.0),
        }
    }

    /// The measured share that is next above and the next below; what is below all has the least alone.
    fn around(&self, share: f64) -> Option<(&Share, Option<&Share>)> {
        let after = self.shares.partition_point(|known| known.accepted >= share);
        match after.checked_sub(1) {
            None => Some((self.shares.first()?, None)),
            Some(above) => Some((self.shares.get(above)?, self.shares.get(after))),
        }
    }

    /// The measured cell next above a k and a share.
    fn corner(&self, k: usize, share: f64) -> Option<&Cell> {
        let cells = &self.around(share)?.0.cells;
        let at = cells.partition_point(|cell| cell.k < k as f64);
        cells.get(at).or(cells.last())
    }
}

impl Share {
    /// The entries of one share, by k and width.
    fn of(entries: &[Entry]) -> Self {
        let cell = |steps: &[Entry]| Cell { k: f64::from(steps[0].k), steps: risen(steps) };
        let cells: Vec<Cell> = entries.chunk_by(|a, b| a.k == b.k).map(cell).collect();
        let mut costs: Vec<(f64, f64)> =
            entries.iter().map(|entry| (f64::from(entry.ef), f64::from(entry.distances))).collect();
        costs.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        costs.dedup_by_key(|cost| cost.0);
        Self { accepted: f64::from(entries[0].share), cells, costs }
    }

    /// Where a share lies between this one, at 0, and a lesser one, at 1, on a logarithmic scale.
    fn along(&self, below: &Self, share: f64) -> f64 {
        ((self.accepted / share).ln() / (self.accepted / below.accepted).ln()).clamp(0.0, 1.0)
    }

    fn beam(&self, recall: f32, queries: Queries, k: f64) -> Option<f64> {
        let after = self.cells.partition_point(|cell| cell.k < k);
        let ef = |cell: &Cell| cell.beam(recall, queries);
        match (after.checked_sub(1).and_then(|before| self.cells.get(before)), self.cells.get(after)) {
            (Some(less), Some(more)) if more.k > k => {
                let (from, to) = (ef(less)?, ef(more)?);
                Some(from + (to - from) * (k - less.k) / (more.k - less.k))
            }
            (Some(greatest), None) => Some(ef(greatest)? * k / greatest.k),
            (_, Some(this)) => ef(this),
            (None, None) => None,
        }
    }

    fn distances(&self, ef: f64) -> f64 {
        let after = self.costs.partition_point(|(width, _)| *width < ef);
        match (after.checked_sub(1).map(|before| self.costs[before]), self.costs.get(after)) {
            (Some((from, fewer)), Some((to, more))) => fewer + (more - fewer) * (ef - from) / (to - from),
            (Some((widest, most)), None) => match after.checked_sub(2).map(|before| self.costs[before]) {
                Some((narrower, fewer)) => most + (most - fewer).max(0.0) * (ef - widest) / (widest - narrower),
                None => most * ef / widest,
            },
            // Some are computed however narrow the beam is.
            (None, Some((narrowest, least))) => least * (ef / narrowest).max(0.5),
            (None, None) => 0.0,
        }
    }
}

impl Cell {
    fn beam(&self, recall: f32, queries: Queries) -> Option<f64> {
        let at = self.steps.partition_point(|step| step.recall_of(queries) < recall);
        self.steps.get(at).map(|step| f64::from(step.ef))
    }
}

impl Entry {
    fn recall_of(&self, queries: Queries) -> f32 {
        match queries {
            Queries::Alike => self.recall,
            Queries::Any => self.anywhere,
        }
    }
}

/// Steps whose recalls ascend: what a narrower beam reaches a wider one counts for, too.
fn risen(steps: &[Entry]) -> Vec<Entry> {
    let (mut recall, mut anywhere) = (0.0_f32, 0.0_f32);
    let rise = |step: &Entry| {
        (recall, anywhere) = (recall.max(step.recall), anywhere.max(step.anywhere));
        Entry { recall, anywhere, ..*step }
    };
    steps.iter().map(rise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One k and share: widths with recalls.
    type Measured<'s> = (u32, f32, &'s [(u32, f32)]);

    /// For k and share: widths with recalls; each costs ten distances a node of its width, divided by the share.
    fn table(cells: &[Measured<'_>]) -> Table {
        let entry = |k: u32, share: f32, (ef, recall): (u32, f32)| {
            let (anywhere, distances) = (recall - 0.02, 10.0 * ef as f32 / share);
            Entry { k, share, ef, recall, anywhere, distances, recorded: 0 }
        };
        let entries = cells.iter().flat_map(|(k, share, steps)| steps.iter().map(|step| entry(*k, *share, *step)));
        Table::of(&entries.collect::<Vec<_>>())
    }

    fn three() -> Table {
        table(&[
            (1, 1.0, &[(8, 0.9), (16, 0.97)]),
            (10, 1.0, &[(12, 0.9), (34, 0.97)]),
            (100, 1.0, &[(120, 0.9), (214, 0.97)]),
            (10, 0.5, &[(14, 0.9), (40, 0.97)]),
            (10, 0.25, &[(10, 0.9), (44, 0.97)]),
        ])
    }

    #[test]
    fn the_narrowest_that_reaches_it_is_found() {
        let table = three();
        let beam = |recall, k| table.beam(recall, Queries::Alike, k, 1.0);
        assert_eq!(
            [beam(0.5, 10), beam(0.9, 10), beam(0.91, 10), beam(0.98, 10)],
            [Some(12), Some(12), Some(34), None]
        );
        assert_eq!(table.beam(0.9, Queries::Any, 10, 1.0), Some(34), "its recall for any queries is less");
        assert_eq!([table.most(Queries::Alike, 10, 1.0), table.most(Queries::Any, 10, 1.0)], [0.97, 0.97 - 0.02]);
        assert!(Table::default().is_empty() && Table::default().beam(0.5, Queries::Any, 1, 1.0).is_none());
    }

    #[test]
    fn between_and_beyond_k_beams_grow_evenly() {
        let table = three();
        let beam = |k| table.beam(0.95, Queries::Alike, k, 1.0).unwrap();
        assert_eq!([beam(1), beam(4), beam(10), beam(55), beam(100), beam(200)], [16, 22, 34, 124, 214, 428]);
        assert!((1..300).all(|k| beam(k) <= beam(k + 1) && beam(k) >= k));
    }

    #[test]
    fn between_shares_beams_go_evenly() {
        let three = three();
        let beam = |share| three.beam(0.95, Queries::Alike, 10, share).unwrap();
        assert_eq!(
            [beam(1.0), beam(0.5_f64.sqrt()), beam(0.5), beam(0.5_f64.powf(1.5)), beam(0.25)],
            [34, 37, 40, 42, 44]
        );
        assert_eq!(beam(0.01), 44, "below the least share as at it");
        let one_sided = table(&[(10, 1.0, &[(12, 0.9)][..]), (10, 0.5, &[(14, 0.9), (40, 0.97)])]);
        assert_eq!(one_sided.beam(0.95, Queries::Alike, 10, 0.7), Some(40), "no beam without a filter reaches it");
    }

    #[test]
    fn distances_go_evenly_and_grow_as_accepted_nodes_get_rare() {
        let table = three();
        let distances = |ef, share| (table.distances(ef, share)).round();
        assert_eq!([distances(34, 1.0), distances(23, 1.0), distances(428, 1.0)], [340.0, 230.0, 4280.0]);
        assert_eq!([distances(40, 0.5), distances(44, 0.25), distances(44, 0.025)], [800.0, 1760.0, 17_600.0]);
        // Half way on the logarithmic scale.
        assert_eq!(distances(40, 0.5_f64.sqrt()), (400.0 * 800.0_f64).sqrt().round());
    }

    #[test]
    fn a_promise_is_the_most_that_the_beam_is_known_for() {
        let table = three();
        let promised = |ef, k| table.promised(ef, k, 1.0);
        assert_eq!([promised(11, 10), promised(12, 10), promised(33, 10), promised(34, 10)], [0.0, 0.9, 0.9, 0.97]);
        assert_eq!([promised(34, 4), promised(214, 55), promised(213, 55)], [0.97, 0.97, 0.9], "as for more hits");
        assert_eq!(
            [promised(428, 200), promised(427, 200)],
            [0.97, 0.9],
            "and in proportion for more than were measured"
        );
        assert_eq!(
            [table.promised(34, 10, 0.7), table.promised(43, 10, 0.2), table.promised(44, 10, 0.2)],
            [0.97, 0.9, 0.97]
        );
    }

    #[test]
    fn what_makes_no_sense_is_left_out_and_recalls_ascend() {
        let sound =
            |k, share, ef, recall| Entry { k, share, ef, recall, anywhere: recall, distances: 1.0, recorded: 0 };
        let entries =
            [sound(0, 1.0, 9, 1.0), sound(10, f32::NAN, 9, 1.0), sound(10, 2.0, 9, 1.0), sound(10, 1.0, 0, 1.0)];
        assert!(Table::of(&entries).is_empty());
        let table = table(&[(10, 1.0, &[(10, 0.9), (12, 0.85), (14, 0.95)])]);
        assert_eq!(table.beam(0.9, Queries::Alike, 10, 1.0), Some(10));
        assert_eq!(table.promised(12, 10, 1.0), 0.9);
    }
}
