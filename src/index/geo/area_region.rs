//! The inside of polygons: a tree box is compared with them by the longitudes and latitudes it spans.

use crate::geometry::{GeoBox, LonLat, Region, Relation};

use super::{
    area::{Area, Sorted},
    grid::{MARGIN, SCALE},
    tree::{FANOUT, Node},
};

/// A region's places.
#[derive(Debug)]
pub(super) struct RegionArea<'a>(pub &'a Region);

impl Area for RegionArea<'_> {
    fn boxes(&self, node: &Node) -> Sorted {
        let relations: [Relation; FANOUT] = std::array::from_fn(|i| {
            let low = [0, 1, 2].map(|d| f64::from(node.low[d][i]) - MARGIN);
            let high = [0, 1, 2].map(|d| f64::from(node.high[d][i]) + MARGIN);
            self.0.relation(&span(low, high))
        });
        Sorted::by(|i| relations[i] == Relation::Inside, |i| relations[i] == Relation::Outside)
    }

    fn contains(&self, place: LonLat) -> bool {
        self.0.contains(place)
    }
}

/// A box of meridians and parallels around all points of the sphere that are in a tree box.
fn span(low: [f64; 3], high: [f64; 3]) -> GeoBox {
    let latitude = |z: f64| (z / SCALE).clamp(-1.0, 1.0).asin().to_degrees();
    let (west, east) = longitudes(low, high);
    let (south, north) = (latitude(low[2]), latitude(high[2]));
    GeoBox::new(west, south, east, north).unwrap_or(GeoBox::globe())
}

fn longitudes(low: [f64; 3], high: [f64; 3]) -> (f64, f64) {
    // Around the axis, and over the antimeridian, where a box would have to be cut in two.
    if low[0] <= 0.0 && low[1] <= 0.0 && high[1] >= 0.0 {
        return (-180.0, 180.0);
    }
    let corners = [(low[0], low[1]), (low[0], high[1]), (high[0], low[1]), (high[0], high[1])];
    let angles = corners.map(|(x, y)| y.atan2(x).to_degrees());
    angles.iter().fold((180.0, -180.0), |(west, east), &angle| (f64::min(west, angle), f64::max(east, angle)))
}
