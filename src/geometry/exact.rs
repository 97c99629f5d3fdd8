//! Which of two crossings comes first on a way? Without rounding.
//!
//! Numbers as they are first, with what rounding may have done to them; only where that does not tell, sums of numbers none of which
//! overlaps another, after J. R. Shewchuk, "Adaptive precision floating-point arithmetic" (1997).

use std::cmp::Ordering;

use geo::{Coord, Line};

/// Where a piece crosses a way, both of whose ends are off the piece's line, one on either side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crossing {
    piece: Line<f64>,
    way: Line<f64>,
    /// How far the way's start and its end are from the piece's line, in twice the areas of triangles.
    start: Near,
    end: Near,
}

/// A number, and how far it may be off.
#[derive(Clone, Copy, Debug)]
struct Near {
    number: f64,
    off: f64,
}

impl Crossing {
    pub(super) fn new(piece: Line<f64>, way: Line<f64>) -> Self {
        Self { piece, way, start: determinant(piece, way.start), end: determinant(piece, way.end) }
    }

    /// Which of two crossings of one way is nearer to its start: with d and e how far start and end are from the piece, it is at d / (d + e).
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let (one, two) = (self.start.times(other.end), other.start.times(self.end));
        let apart = one.number - two.number;
        if apart.abs() > (one.off + two.off) * 1.01 {
            return apart.total_cmp(&0.0);
        }
        if self.piece == other.piece || self.piece == Line::new(other.piece.end, other.piece.start) {
            return Ordering::Equal;
        }
        let distance = |of: &Self, at: Coord<f64>| Sum::determinant(of.piece, at).positive();
        let product = |start: &Self, end: &Self| distance(start, self.way.start).times(&distance(end, self.way.end));
        product(self, other).minus(&product(other, self)).sign()
    }
}

impl Near {
    fn times(self, other: Self) -> Self {
        let number = self.number * other.number;
        let off = self.off * other.number + self.number * other.off + self.off * other.off;
        Self { number, off: off + number * f64::EPSILON }
    }
}

/// How far a place is from a piece's line.
fn determinant(piece: Line<f64>, at: Coord<f64>) -> Near {
    let (a, b) = (piece.start - at, piece.end - at);
    let (left, right) = (a.x * b.y, a.y * b.x);
    // Twice what Shewchuk says is enough.
    Near { number: (left - right).abs(), off: (left.abs() + right.abs()) * 4.0 * f64::EPSILON }
}

/// A sum of numbers, by size from the smallest, none of which has a digit where another has one.
#[derive(Clone, Debug, Default)]
struct Sum(Vec<f64>);

impl Sum {
    fn difference(a: f64, b: f64) -> Self {
        Self::default().plus(a).plus(-b)
    }

    fn determinant(piece: Line<f64>, at: Coord<f64>) -> Self {
        let (from, to) = (piece.start, piece.end);
        let [ax, ay] = [Self::difference(from.x, at.x), Self::difference(from.y, at.y)];
        let [bx, by] = [Self::difference(to.x, at.x), Self::difference(to.y, at.y)];
        ax.times(&by).minus(&ay.times(&bx))
    }

    fn plus(mut self, number: f64) -> Self {
        let mut rest = number;
        for part in &mut self.0 {
            let sum = *part + rest;
            let added = sum - *part;
            *part = (*part - (sum - added)) + (rest - added);
            rest = sum;
        }
        self.0.push(rest);
        self.0.retain(|part| *part != 0.0);
        self
    }

    fn minus(self, other: &Self) -> Self {
        other.0.iter().fold(self, |sum, part| sum.plus(-part))
    }

    fn times(&self, other: &Self) -> Self {
        let pairs = self.0.iter().flat_map(|a| other.0.iter().map(move |b| (*a, *b)));
        pairs.fold(Self::default(), |sum, (a, b)| {
            let product = a * b;
            sum.plus(a.mul_add(b, -product)).plus(product)
        })
    }

    fn sign(&self) -> Ordering {
        self.0.last().map_or(Ordering::Equal, |greatest| greatest.total_cmp(&0.0))
    }

    fn positive(mut self) -> Self {
        if self.sign().is_lt() {
            self.0.iter_mut().for_each(|part| *part = -*part);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::twin::Draws;

    fn line(from: (f64, f64), to: (f64, f64)) -> Line<f64> {
        Line::new(Coord::from(from), Coord::from(to))
    }

    /// Of whole numbers, fractions tell.
    #[test]
    fn crossings_come_in_the_order_of_their_fractions() {
        let mut draws = Draws::new(7);
        let way = line((0.0, 0.0), (12.0, 6.0));
        let mut number = |end: u64| draws.below(end) as f64;
        // From above the way to below it.
        let pieces: Vec<Line<f64>> = (0..300)
            .map(|_| (1.0 + number(8), number(3), 1.0 + number(5), 1.0 + number(5)))
            .map(|(x, drift, above, below)| line((x, x / 2.0 + above), (x + drift, (x + drift) / 2.0 - below)))
            .collect();
        let share = |piece: &Line<f64>| {
            let [start, end] = [way.start, way.end].map(|at| {
                let (a, b) = (piece.start - at, piece.end - at);
                // Whole numbers, but for halves of two.
                (4.0 * (a.x * b.y - a.y * b.x)).abs() as i128
            });
            (start, start + end)
        };
        let mut equal = 0;
        for one in &pieces {
            for other in &pieces {
                let ((a, b), (c, d)) = (share(one), share(other));
                let found = Crossing::new(*one, way).order(&Crossing::new(*other, way));
                assert_eq!(found, (a * d).cmp(&(c * b)), "{one:?} {other:?}");
                equal += usize::from(found.is_eq() && one != other);
            }
        }
        assert!(equal > 100, "{equal} of different pieces at the same place");
    }

    #[test]
    fn crossings_a_last_bit_apart_have_an_order() {
        let way = line((0.1, 0.3), (0.7, 0.3));
        let through = |x: f64| Crossing::new(line((x, 0.1), (x, 0.5)), way);
        let (mut last, mut x) = (through(0.2), 0.2_f64);
        for _ in 0..50 {
            x = x.next_up();
            let next = through(x);
            assert!(last.order(&next).is_lt() && next.order(&last).is_gt(), "{x}");
            // Another piece of the same meridian crosses at the same place.
            assert!(next.order(&Crossing::new(line((x, 0.9), (x, -3.3)), way)).is_eq(), "{x}");
            last = next;
        }
    }
}
