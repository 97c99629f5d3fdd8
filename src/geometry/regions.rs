//! Which of many regions is a place in?

use rstar::{AABB, RTree, primitives::GeomWithData, primitives::Rectangle};

use super::{LonLat, Region};

type PolygonBox = GeomWithData<Rectangle<[f64; 2]>, (u32, u32)>;

/// Named regions, such as the countries, that can be asked for those around a place.
///
/// An R-tree (`rstar`) holds the boxes of all polygons; [`Region`] decides.
#[derive(Clone, Debug)]
pub struct Regions<N> {
    named: Vec<(N, Region)>,
    boxes: RTree<PolygonBox>,
}

impl<N> Regions<N> {
    /// Prepares these regions.
    pub fn new(named: impl IntoIterator<Item = (N, Region)>) -> Self {
        let named: Vec<_> = named.into_iter().collect();
        let mut boxes = Vec::new();
        for (region, (_, shape)) in named.iter().enumerate() {
            for (polygon, bounds) in shape.polygon_bounds().enumerate() {
                let corners = Rectangle::from_corners([bounds.west, bounds.south], [bounds.east, bounds.north]);
                boxes.push(PolygonBox::new(corners, (region as u32, polygon as u32)));
            }
        }
        Self { named, boxes: RTree::bulk_load(boxes) }
    }

    /// The names of the regions that contain a place (boundaries included), in the order given.
    #[must_use]
    pub fn containing(&self, place: LonLat) -> Vec<&N> {
        let mut found: Vec<u32> = Vec::new();
        let (west, east) = if place.is_pole() { (-180.0, 180.0) } else { (place.lon, place.lon) };
        let mut look = |area: AABB<[f64; 2]>| {
            for PolygonBox { data: (region, polygon), .. } in self.boxes.locate_in_envelope_intersecting(area) {
                if self.named[*region as usize].1.polygon_contains(*polygon as usize, place) {
                    found.push(*region);
                }
            }
        };
        look(AABB::from_corners([west, place.lat], [east, place.lat]));
        if let Some(other) = place.across_antimeridian() {
            look(AABB::from_point([other.lon, other.lat]));
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|region| &self.named[region as usize].0).collect()
    }

    /// All regions with their names, in the order given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&N, &Region)> {
        self.named.iter().map(|(name, region)| (name, region))
    }

    /// The box around all regions, `None` when there is none.
    #[must_use]
    pub fn bounds(&self) -> Option<([f64; 2], [f64; 2])> {
        let envelope = self.boxes.root().envelope();
        (!self.named.is_empty()).then(|| (envelope.lower(), envelope.upper()))
    }
}

#[cfg(test)]
mod tests {
    use geo::{Rect, coord};

    use super::*;

    #[test]
    fn finds_what_a_scan_finds() {
        let boxes =
            [(0.0, 0.0, 10.0, 10.0), (5.0, 5.0, 15.0, 15.0), (170.0, 0.0, 180.0, 10.0), (20.0, 70.0, 30.0, 90.0)];
        let regions = Regions::new(boxes.iter().enumerate().map(|(i, &(w, s, e, n))| {
            (i, Region::new(Rect::new(coord! {x: w, y: s}, coord! {x: e, y: n}).to_polygon()).unwrap())
        }));
        for lon in (-180..=180).step_by(5) {
            for lat in (-90..=90).step_by(5) {
                let place = LonLat::new(f64::from(lon), f64::from(lat)).unwrap();
                let scan: Vec<&usize> =
                    regions.iter().filter(|(_, region)| region.contains(place)).map(|(name, _)| name).collect();
                assert_eq!(regions.containing(place), scan, "{place}");
            }
        }
        assert!(Regions::<u8>::new([]).containing(LonLat::new(0.0, 0.0).unwrap()).is_empty());
    }
}
