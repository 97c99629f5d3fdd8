//! The nearest shapes, exactly.
//!
//! The tree is descended to the leaf that seems nearest, then everything that the k-th shape's distance so far does not rule out.

use crate::{
    geometry::{LonLat, Nearest, ToEdges},
    index::{
        IndexError, Work,
        widest::{Task, widest},
    },
};

use super::{
    super::{
        area::existing,
        grid::{self, Point, SCALE},
        kernel::{Target, at_most, nearest_of},
        step::{MOST_LEVELS, Step},
    },
    Edges,
};

/// What is asked of a search.
pub(in super::super) struct Wanted<'a> {
    pub place: LonLat,
    /// How many shapes.
    pub k: usize,
    /// No shape farther than so many metres.
    pub bound: f64,
    /// Leaves and near edges that may be looked at before the search is given up.
    pub budget: u64,
    /// Whether a shape may be among them.
    pub accepts: &'a dyn Fn(u32) -> Result<bool, IndexError>,
}

impl Edges {
    /// The k nearest accepted shapes with their distances, in no order: all that may be among them. `None` when the budget ran out.
    pub(in super::super) fn nearest(
        &self,
        wanted: &Wanted<'_>,
        work: &mut Work,
    ) -> Result<Option<Vec<(u32, f64)>>, IndexError> {
        let to = ToEdges::new(wanted.place);
        let best = Best { k: wanted.k, limit: Limit::metres(wanted.bound), found: Vec::new(), offers: 0 };
        let (target, at) = (Target::new(wanted.place), grid::quantize(wanted.place));
        let mut search = Search { edges: self, wanted, to, target, at, best, left: wanted.budget, work };
        if !widest(&mut search)? {
            return Ok(None);
        }
        search.best.cut();
        let found = search.best.found.iter();
        Ok(Some(found.map(|(shape, nearest)| (*shape, to.metres(nearest))).collect()))
    }
}

/// What is farther is not wanted.
#[derive(Clone, Copy)]
struct Limit {
    /// The chord in steps of the grid, and its square.
    chord: f32,
    square: f32,
}

impl Limit {
    fn metres(metres: f64) -> Self {
        let square = grid::outer_square(metres);
        Self { chord: square.sqrt() * (1.0 + 1e-6), square }
    }

    /// As far as something that was measured.
    fn nearest(nearest: &Nearest) -> Self {
        let chord = (nearest.chord() * SCALE + 2.0) as f32 * (1.0 + 1e-6);
        Self { chord, square: chord * chord * (1.0 + 1e-6) }
    }

    fn smaller(self, other: Self) -> Self {
        if other.square < self.square { other } else { self }
    }
}

/// The nearest shapes so far, by number.
struct Best {
    k: usize,
    limit: Limit,
    found: Vec<(u32, Nearest)>,
    /// Offers since the limit was lowered.
    offers: usize,
}

impl Best {
    /// Keeps the nearer of what is known of a shape.
    fn offer(&mut self, shape: u32, nearest: Nearest, to: &ToEdges) {
        match self.found.binary_search_by_key(&shape, |known| known.0) {
            Ok(at) => to.keep(&mut self.found[at].1, nearest),
            Err(at) => self.found.insert(at, (shape, nearest)),
        }
        self.offers += 1;
        // Shapes come nearer while their edges are looked at, so the limit does too. To lower it costs as much as there are shapes.
        if self.offers > self.k / 4 {
            self.cut();
        }
    }

    /// Lowers the limit to the k-th distance, and forgets what is farther.
    fn cut(&mut self) {
        self.offers = 0;
        if self.found.len() < self.k || self.k == 0 {
            return;
        }
        let kth = if self.k == 1 {
            self.found.iter().map(|known| known.1).reduce(|a, b| if b.chord() < a.chord() { b } else { a })
        } else {
            let mut all: Vec<Nearest> = self.found.iter().map(|known| known.1).collect();
            Some(*all.select_nth_unstable_by(self.k - 1, |a, b| a.chord().total_cmp(&b.chord())).1)
        };
        if let Some(kth) = kth {
            self.limit = self.limit.smaller(Limit::nearest(&kth));
        }
        let chord = self.limit.chord;
        self.found.retain(|known| (known.1.chord() * SCALE) as f32 <= chord);
    }
}

struct Search<'a> {
    edges: &'a Edges,
    wanted: &'a Wanted<'a>,
    to: ToEdges,
    target: Target,
    at: Point,
    best: Best,
    /// Leaves and near edges that may still be looked at.
    left: u64,
    work: &'a mut Work,
}

impl Task for &mut Search<'_> {
    /// False when the budget ran out.
    type Output = Result<bool, IndexError>;

    #[inline(always)]
    fn run(self) -> Result<bool, IndexError> {
        let Some(root) = self.edges.shape.root() else { return Ok(true) };
        let mut path = [Step::default(); MOST_LEVELS];
        path[0] = self.step(root, 0)?;
        let mut depth = 1;
        while depth > 0 {
            let step = &mut path[depth - 1];
            let level = step.level;
            let Some(below) = step.next(self.best.limit.square) else {
                depth -= 1;
                continue;
            };
            if level > 1 && depth < MOST_LEVELS {
                path[depth] = self.step(level - 1, below)?;
                depth += 1;
            } else if !self.leaf(below)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Search<'_> {
    #[inline(always)]
    fn step(&mut self, level: usize, number: usize) -> Result<Step, IndexError> {
        self.work.visited += 1;
        let squares = self.target.boxes(self.edges.node(level, number)?);
        let open = existing(self.edges.shape.children(level, number)) & at_most(&squares, self.best.limit.square);
        Ok(Step { level, number, open, squares })
    }

    /// Measures the near edges of a leaf, that which seems nearest first; false when the budget ran out.
    #[inline(always)]
    fn leaf(&mut self, number: usize) -> Result<bool, IndexError> {
        self.work.visited += 1;
        let positions = self.edges.shape.positions(0, number);
        let least = self.edges.leaf(number)?.chords(self.at).0;
        let mut open = existing(positions.len()) & at_most(&least, self.best.limit.chord);
        let Some(left) = self.left.checked_sub(u64::from(open.count_ones()) + 1) else { return Ok(false) };
        self.left = left;
        while open != 0 {
            let (edge, bound) = nearest_of(&least, open);
            if bound > self.best.limit.chord {
                break;
            }
            open &= !(1 << edge);
            self.edge(positions.start + edge)?;
        }
        Ok(true)
    }

    fn edge(&mut self, position: usize) -> Result<(), IndexError> {
        let owner = self.edges.owners(position..position + 1)?[0];
        if (self.wanted.accepts)(owner)? {
            let [from, to] = self.edges.ends(position)?;
            self.work.distances += 1;
            self.best.offer(owner, self.to.to_edge(from, to), &self.to);
        }
        Ok(())
    }
}
