//! A box of meridians and parallels, as planes through the globe.
//!
//! A parallel is a plane across the axis. A meridian is half of a plane through the axis: east of it is where a vector
//! has a positive product with the plane's normal. So a tree box is compared with four planes by its corners.

use crate::geometry::{GeoBox, LonLat, Relation};

use super::{
    area::Area,
    grid::{MARGIN, SCALE},
    tree::{FANOUT, Node},
};

/// A box with its planes, in steps of the grid.
#[derive(Debug)]
pub(super) struct BoxArea {
    area: GeoBox,
    low_z: f64,
    high_z: f64,
    /// Normals of the planes, x and y: to the east of the western edge, to the west of the eastern edge.
    edges: [[f64; 2]; 2],
    width: f64,
}

impl BoxArea {
    pub(super) fn new(area: GeoBox) -> Self {
        let (sin_west, cos_west) = area.west.to_radians().sin_cos();
        let (sin_east, cos_east) = area.east.to_radians().sin_cos();
        Self {
            area,
            low_z: area.south.to_radians().sin() * SCALE,
            high_z: area.north.to_radians().sin() * SCALE,
            edges: [[-sin_west, cos_west], [sin_east, -cos_east]],
            width: area.width(),
        }
    }

    fn relation(&self, low: [f64; 3], high: [f64; 3]) -> Relation {
        if low[2] > self.high_z + MARGIN || high[2] < self.low_z - MARGIN {
            return Relation::Outside;
        }
        // A box that reaches a pole takes in all longitudes there: only `contains` knows.
        let parallels = (low[2] > self.low_z + MARGIN || self.area.south == -90.0)
            && (high[2] < self.high_z - MARGIN || self.area.north == 90.0);
        match self.meridians(low, high) {
            Relation::Inside if !parallels => Relation::Partial,
            relation => relation,
        }
    }

    fn meridians(&self, low: [f64; 3], high: [f64; 3]) -> Relation {
        if self.width >= 360.0 {
            return Relation::Inside;
        }
        let spans = self.edges.map(|[x, y]| {
            let along = |n: f64, d: usize| if n >= 0.0 { (n * low[d], n * high[d]) } else { (n * high[d], n * low[d]) };
            let ((x_low, x_high), (y_low, y_high)) = (along(x, 0), along(y, 1));
            (x_low + y_low, x_high + y_high)
        });
        let outside = spans.map(|(_, most)| most < -MARGIN);
        let inside = spans.map(|(least, _)| least > MARGIN);
        // Up to half of the globe a place must be on the right side of both edges, beyond it of one.
        let (out, within) = if self.width <= 180.0 {
            (outside[0] || outside[1], inside[0] && inside[1])
        } else {
            (outside[0] && outside[1], inside[0] || inside[1])
        };
        if out {
            Relation::Outside
        } else if within {
            Relation::Inside
        } else {
            Relation::Partial
        }
    }
}

impl Area for BoxArea {
    fn relations(&self, node: &Node) -> [Relation; FANOUT] {
        std::array::from_fn(|i| {
            let low = [0, 1, 2].map(|d| f64::from(node.low[d][i]));
            let high = [0, 1, 2].map(|d| f64::from(node.high[d][i]));
            self.relation(low, high)
        })
    }

    fn contains(&self, place: LonLat) -> bool {
        self.area.contains(place)
    }
}
