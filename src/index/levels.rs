//! A tree without pointers: every leaf and node but the last of its level has `FANOUT` children, a power of two, so positions are computed.

use std::ops::Range;

/// How many leaves and nodes there are: level 0 are the leaves, the last level is the root alone. Empty without points.
#[derive(Clone, Debug)]
pub(super) struct Levels<const FANOUT: usize> {
    pub points: usize,
    /// By level, the number of leaves or nodes.
    pub counts: Vec<usize>,
    /// By level from 1, the number of nodes in all lower levels.
    firsts: Vec<usize>,
}

impl<const FANOUT: usize> Levels<FANOUT> {
    pub(super) fn new(points: usize) -> Self {
        let (mut counts, mut firsts) = (Vec::new(), Vec::new());
        if points > 0 {
            let (mut count, mut nodes) = (points.div_ceil(FANOUT), 0);
            counts.push(count);
            firsts.push(0);
            loop {
                count = count.div_ceil(FANOUT);
                counts.push(count);
                firsts.push(nodes);
                nodes += count;
                if count == 1 {
                    break;
                }
            }
        }
        Self { points, counts, firsts }
    }

    /// The number of leaves.
    #[inline]
    pub(super) fn leaves(&self) -> usize {
        self.counts.first().copied().unwrap_or(0)
    }

    /// The level of the root; `None` without points.
    #[inline]
    pub(super) fn root(&self) -> Option<usize> {
        self.counts.len().checked_sub(1)
    }

    #[inline]
    pub(super) fn nodes(&self) -> usize {
        self.counts.iter().skip(1).sum()
    }

    /// How many children a node has, or points a leaf.
    #[inline]
    pub(super) fn children(&self, level: usize, number: usize) -> usize {
        let below = if level == 0 { self.points } else { self.counts[level - 1] };
        (below - number * FANOUT).min(FANOUT)
    }

    /// The positions under a node or leaf.
    #[inline]
    pub(super) fn positions(&self, level: usize, number: usize) -> Range<usize> {
        let span = FANOUT << (FANOUT.ilog2() as usize * level);
        number * span..((number + 1) * span).min(self.points)
    }

    /// Where a node stands among all nodes.
    #[inline]
    pub(super) fn node(&self, level: usize, number: usize) -> usize {
        self.firsts[level] + number
    }

    /// Where to cut so many points in two, so that all leaves and nodes but the last of each level are full; `None` for a leaf.
    pub(super) fn cut(points: usize) -> Option<usize> {
        let leaves = points.div_ceil(FANOUT);
        (leaves > 1).then(|| FANOUT * (leaves.next_power_of_two() / 2))
    }
}
