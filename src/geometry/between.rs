//! How far apart are two shapes?
//!
//! Zero when they have a place in common, which is told exactly; else the least of the distances between their edges. Were these shortest ways on
//! the globe, the least distance between two of them would be that from an end of one to the other: between two places within, a
//! step along both would bring them nearer. Edges are straight in longitude and latitude, and by no more beside the shortest way
//! between their ends than [`Surface::beside`] says. So the distance between two disjoint pieces of edges is less than that from the ends
//! by twice that at most; and where that may matter, a piece is halved, which divides it by four.

use geo::{Coord, Geometry};

use super::{
    TOLERANCE, distance,
    edge_tree::EdgeTree,
    span::{Span, place},
    surface::Surface,
};

/// Halvings of a pair of pieces at most: then they are shorter than what a coordinate can tell.
const HALVINGS: u32 = 80;

/// The distance between two shapes that have no place in common, in metres: too long by at most twice [`TOLERANCE`]. `None` when the other one has no
/// coordinates, or any that are not on the globe.
pub(super) fn between<S: Surface>(known: &EdgeTree, other: &Geometry<f64>) -> Option<f64> {
    let other = EdgeTree::of(other)?;
    let first = other.pieces().first()?;
    // What is found from one vertex already leaves most of the other edges out.
    let mut best = known.distance::<S>(place(first.span.from), f64::INFINITY);
    for theirs in other.pieces() {
        known.near(&theirs.cube, S::chord_square(best), |ours| {
            pair::<S>([ours.span, theirs.span], &mut best);
            S::chord_square(best)
        });
    }
    best.is_finite().then_some(best)
}

/// Looks for what is nearer than the best between pieces of two edges.
fn pair<S: Surface>(pieces: [Span; 2], best: &mut f64) {
    let mut open = vec![(pieces, 0)];
    while let Some(([ours, theirs], halvings)) = open.pop() {
        if apart::<S>([&ours, &theirs]) >= *best - TOLERANCE {
            continue;
        }
        let beside = [&ours, &theirs].map(S::beside);
        let bent = 2.0 * (beside[0] + beside[1]);
        // What the ends are at is up to a tolerance too long, or so far that it decides.
        let ends = from_ends::<S>([&ours, &theirs], bent, best).min(from_ends::<S>([&theirs, &ours], bent, best));
        let enough = *best - TOLERANCE;
        if halvings == HALVINGS || ends - bent >= enough || across::<S>([&ours, &theirs], *best) >= enough {
            continue;
        }
        if beside[0] >= beside[1] {
            open.extend(ours.halves().map(|half| ([half, theirs], halvings + 1)));
        } else {
            open.extend(theirs.halves().map(|half| ([ours, half], halvings + 1)));
        }
    }
}

/// The distance from the nearer end of a piece to another piece, which may be the least; where it is beyond the best by more than that, any
/// number from there to it.
fn from_ends<S: Surface>([piece, other]: [&Span; 2], beyond: f64, best: &mut f64) -> f64 {
    let mut nearer = f64::INFINITY;
    for end in [piece.from, piece.to] {
        let metres = S::at(place(end)).to_edge([other.from, other.to], *best + beyond);
        *best = best.min(metres);
        nearer = nearer.min(metres);
    }
    nearer
}

/// How far two pieces are apart at least, by the discs around them.
fn apart<S: Surface>([a, b]: [&Span; 2]) -> f64 {
    let ((a, reach), (b, other)) = (a.surroundings(), b.surroundings());
    S::at_least(distance(a, b) - reach - other)
}

/// How far two pieces are apart at least, by the boxes between meridians and parallels around them: as far as two meridians' pieces that are
/// as far apart as the boxes. So a parallel is told from its pole, which is as far from all of it.
fn across<S: Surface>([a, b]: [&Span; 2], mut best: f64) -> f64 {
    let middle = |span: &Span| f64::midpoint(span.from.x, span.to.x);
    let width = |span: &Span| (span.to.x - span.from.x).abs() / 2.0;
    let turned = (middle(a) - middle(b)).abs();
    let east = (turned.min(360.0 - turned) - width(a) - width(b)).max(0.0);
    let on_meridian = |span: &Span, lon: f64| {
        let at = |end: Coord<f64>| Coord { x: lon, ..end };
        Span { from: at(span.from), to: at(span.to) }
    };
    let (one, other) = (on_meridian(a, 0.0), on_meridian(b, east));
    from_ends::<S>([&one, &other], 0.0, &mut best).min(from_ends::<S>([&other, &one], 0.0, &mut best))
}
