//! Is a place inside, seen from another of which that is known?
//!
//! From the place one goes along its parallel to the meridian of the other, the reference, and along that to the reference. Each edge of a
//! ring that is crossed on the way changes inside to outside and back. A corner of the way that falls on an edge, and a vertex on the
//! parallel, are decided as if the parallel lay a trifle farther north; references are chosen so that no vertex shares their meridian.
//! All sides are those of the robust predicate of `geo`: nothing depends on rounding.

use geo::{
    Coord,
    kernels::{Kernel, Orientation, RobustKernel},
};

/// The way from a place to a reference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Legs {
    pub at: Coord<f64>,
    pub reference: Coord<f64>,
}

impl Legs {
    /// Whether an edge is crossed an odd number of times; `None` when the place is on it.
    #[inline]
    pub(super) fn cross(&self, from: Coord<f64>, to: Coord<f64>) -> Option<bool> {
        let Self { at, reference } = *self;
        let (west, east) = if from.x < to.x { (from.x, to.x) } else { (to.x, from.x) };
        let (south, north) = if from.y < to.y { (from.y, to.y) } else { (to.y, from.y) };
        let in_box = at.x >= west && at.x <= east && at.y >= south && at.y <= north;
        // Half open, so that a vertex on the parallel counts once.
        let spans = south <= at.y && at.y < north;
        let straddles = west < reference.x && reference.x < east;
        if !(in_box || spans || straddles) {
            return Some(false);
        }
        let side = if in_box { RobustKernel::orient2d(from, to, at) } else { Orientation::CounterClockwise };
        if side == Orientation::Collinear {
            return None;
        }
        let corner_is_above = straddles && self.corner_is_above(from, to, [south, north]);
        let mut odd = false;
        if spans {
            // Only what spans the parallel has a west and an east side along it.
            let upwards = to.y > from.y;
            let west_of = if in_box { (side == Orientation::CounterClockwise) == upwards } else { at.x < west };
            let corner_west_of =
                if straddles { corner_is_above == ((to.x > from.x) == upwards) } else { reference.x < west };
            odd = west_of != corner_west_of;
        }
        if straddles {
            odd ^= corner_is_above != self.reference_is_above(from, to, [south, north]);
        }
        Some(odd)
    }

    /// Whether the corner of the way is above an edge that straddles the reference's meridian. On the edge is above.
    fn corner_is_above(&self, from: Coord<f64>, to: Coord<f64>, [south, north]: [f64; 2]) -> bool {
        if self.at.y < south || self.at.y >= north {
            return self.at.y >= north;
        }
        let corner = Coord { x: self.reference.x, y: self.at.y };
        match RobustKernel::orient2d(from, to, corner) {
            Orientation::Collinear => true,
            side => (side == Orientation::CounterClockwise) == (to.x > from.x),
        }
    }

    fn reference_is_above(&self, from: Coord<f64>, to: Coord<f64>, [south, north]: [f64; 2]) -> bool {
        if self.reference.y < south || self.reference.y > north {
            return self.reference.y > north;
        }
        (RobustKernel::orient2d(from, to, self.reference) == Orientation::CounterClockwise) == (to.x > from.x)
    }
}

/// Whether a place can be a reference among these edges: on none of them, no vertex on its meridian.
pub(super) fn can_be_reference(at: Coord<f64>, mut edges: impl Iterator<Item = [Coord<f64>; 2]>) -> bool {
    edges.all(|[from, to]| {
        let apart = from.x != at.x && to.x != at.x;
        let straddles = (from.x < at.x) != (to.x < at.x);
        apart && !(straddles && RobustKernel::orient2d(from, to, at) == Orientation::Collinear)
    })
}
