//! `geo-index`'s packed tree over longitudes and latitudes, asked with great-circle distances.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use geo_index::rtree::{NeighborsOptions, RTree, RTreeBuilder, RTreeIndex, sort::HilbertSort};
use protobase::geometry::{DistanceFrom, GeoBox, LonLat};

use crate::contender::{Contender, Facts, Question};

pub struct GeoIndex {
    tree: RTree<f64>,
    points: usize,
    build: Duration,
}

impl GeoIndex {
    pub fn build(places: &[LonLat]) -> Self {
        let start = Instant::now();
        let mut builder = RTreeBuilder::<f64>::new(places.len() as u32);
        for place in places {
            builder.add(place.lon, place.lat, place.lon, place.lat);
        }
        Self { tree: builder.finish::<HilbertSort>(), points: places.len(), build: start.elapsed() }
    }

    fn near(&self, place: LonLat, options: NeighborsOptions<f64>) -> Vec<(u32, f64)> {
        let from = DistanceFrom::new(place);
        let to = |lon, lat| from.to(LonLat::new(lon, lat).expect("a point of the tree"));
        self.tree.neighbors_with_callbacks(
            options,
            |area| to_box(place, area, to),
            |_, [lon, lat, ..]| Some(to(lon, lat)),
        )
    }
}

/// The great-circle distance to a box of meridians and parallels: straight north or south, or to one of its meridians.
fn to_box(place: LonLat, [west, south, east, north]: [f64; 4], to: impl Fn(f64, f64) -> f64) -> f64 {
    if west <= place.lon && place.lon <= east {
        return to(place.lon, place.lat.clamp(south, north));
    }
    let meridian = |lon: f64| {
        let (sin_lat, cos_lat) = place.lat.to_radians().sin_cos();
        // Where a great circle through the place meets the meridian at a right angle.
        let foot = sin_lat.atan2(cos_lat * (lon - place.lon).to_radians().cos()).to_degrees();
        to(lon, foot.clamp(south, north))
    };
    // Less than the error of the foot.
    (meridian(west).min(meridian(east)) - 1e-3).max(0.0)
}

impl Contender for GeoIndex {
    fn name(&self) -> &'static str {
        "geo-index, great circles"
    }

    fn facts(&self) -> Facts {
        let bytes = self.tree.as_ref().len() as f64 / self.points as f64;
        Facts { build: self.build, bytes: Some(bytes), open: None }
    }

    fn nearest(&self, place: LonLat, k: usize) -> Question<'_> {
        Box::new(move || black_box(self.near(place, NeighborsOptions::k(k))).len())
    }

    fn within(&self, place: LonLat, metres: f64) -> Question<'_> {
        Box::new(move || {
            let found = self.near(place, NeighborsOptions::all().max_distance(metres));
            let mut slots: Vec<u32> = found.iter().map(|(slot, _)| *slot).collect();
            slots.sort_unstable();
            black_box(slots).len()
        })
    }

    fn inside(&self, area: GeoBox) -> Option<Question<'_>> {
        Some(Box::new(move || {
            let mut slots = self.tree.search(area.west, area.south, area.east, area.north);
            slots.sort_unstable();
            black_box(slots).len()
        }))
    }
}
