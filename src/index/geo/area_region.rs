//! The inside of polygons: a tree box is compared with them by the longitudes and latitudes it spans.

use crate::{
    geometry::{GeoBox, LonLat, Region, Relation},
    index::{Cardinality, IndexError},
};

use super::{
    area::{self, Area, Sorted},
    area_box::BoxArea,
    grid::{MARGIN, SCALE},
    tree::{FANOUT, Node, Tree},
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

/// Polygons whose boxes an estimate looks at one by one; of more, the box around all.
const ESTIMATE_POLYGONS: usize = 8;

/// A region's boxes hold at least its points; the share of the boxes that it fills makes the guess.
pub(super) fn count_region(tree: &Tree, region: &Region) -> Result<(Cardinality, usize), IndexError> {
    let mut sum = (Cardinality::exact(0), 0);
    for bounds in estimate_boxes(region) {
        let (count, border) = area::estimate(tree, &BoxArea::new(bounds))?;
        sum.0.max += count.max;
        sum.0.expected += (count.expected as f64 * region.fill()) as u64;
        sum.1 += border;
    }
    sum.0.max = sum.0.max.min(u64::from(tree.header.points));
    sum.0.expected = sum.0.expected.min(sum.0.max);
    Ok(sum)
}

fn estimate_boxes(region: &Region) -> Vec<GeoBox> {
    if region.polygon_bounds().len() <= ESTIMATE_POLYGONS {
        return region.polygon_bounds().collect();
    }
    region.polygon_bounds().reduce(|all, one| all.around(&one)).into_iter().collect()
}
