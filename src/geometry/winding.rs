//! How many areas lie beside a way?
//!
//! Boundaries are pieces with their area to the left, so a ray to the east meets as many more that go north than go south as there are areas
//! around its start: areas may overlap. Beside a way the number changes where a piece crosses it, and nowhere else; which crossing
//! comes first is told exactly.

use std::cmp::Ordering;

use geo::{Coord, Line, kernels::Orientation};

use super::{
    exact::Crossing,
    pieces::{Area, Pieces, cross, same_way, side},
};

/// One side of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    Left,
    Right,
}

/// By how much the numbers of areas change where the way is crossed.
type Change<const N: usize> = (Crossing, [i32; N]);

/// The numbers of areas, of several boundaries, that lie beside a part of a way: between any two crossings, in order. The part was cut
/// at all vertices on it.
pub(super) fn beside<const N: usize>(
    part: Line<f64>,
    on: Beside,
    boundaries: [&Pieces; N],
) -> impl Iterator<Item = [i32; N]> {
    let start = boundaries.map(|boundary| winding(part, on, boundary));
    let mut changes: Vec<Change<N>> = Vec::new();
    for (number, boundary) in boundaries.iter().enumerate() {
        for piece in boundary.near(Area::around(part)).filter(|piece| cross(*piece, part)) {
            let mut change = [0; N];
            change[number] = if side(piece, part.end) == Orientation::CounterClockwise { 1 } else { -1 };
            changes.push((Crossing::new(piece, part), change));
        }
    }
    changes.sort_unstable_by(|a, b| a.0.order(&b.0));
    let mut next = changes.into_iter().peekable();
    let after = move |numbers: &[i32; N]| {
        let (mut at, mut numbers) = (next.next()?, *numbers);
        loop {
            numbers.iter_mut().zip(at.1).for_each(|(number, change)| *number += change);
            match next.next_if(|following| at.0.order(&following.0) == Ordering::Equal) {
                Some(same_place) => at = same_place,
                None => return Some(numbers),
            }
        }
    };
    std::iter::successors(Some(start), after)
}

/// The number of areas around a place that is on no boundary.
pub(super) fn around(at: Coord<f64>, boundary: &Pieces) -> i32 {
    winding(Line::new(at, at), Beside::Left, boundary)
}

/// The number of areas around a place that is as little beside the start of a way as one likes, and far less than it is on the way.
fn winding(way: Line<f64>, on: Beside, boundary: &Pieces) -> i32 {
    let start = way.start;
    let is_north = if way.dy() == 0.0 { (way.dx() >= 0.0) == (on == Beside::Left) } else { way.dy() > 0.0 };
    let is_below = |y: f64| y < start.y || (y == start.y && is_north);
    let is_left = |piece: &Line<f64>| {
        let mut sides = [start, way.end].into_iter().map(|at| side(*piece, at));
        match sides.find(|side| *side != Orientation::Collinear) {
            Some(side) => side == Orientation::CounterClockwise,
            None => same_way(piece, &way) == (on == Beside::Left),
        }
    };
    let east = Area { low: start, high: Coord { x: 180.0, y: start.y } };
    let mut around = 0;
    for piece in boundary.near(east) {
        match (is_below(piece.start.y), is_below(piece.end.y)) {
            (true, false) => around += i32::from(is_left(&piece)),
            (false, true) => around -= i32::from(!is_left(&piece)),
            _ => {}
        }
    }
    around
}
