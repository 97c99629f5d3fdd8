//! How far is a place from a shape?
//!
//! Zero inside an area and on any boundary or line; else the least of the distances to its edges, which [`ToEdges`] measures. So the
//! answer is the distance to a place of the shape, and no other is nearer by more than [`TOLERANCE`](super::TOLERANCE).

use geo::{Coord, Geometry, LineString, Polygon};

use super::{
    LonLat, Nearest, ToEdges, distance,
    members::{Member, each_member},
    place::on_globe,
    prepared::PreparedPolygon,
};

/// The distance from a place to a shape in metres: zero inside and on the boundary, elsewhere too long by at most
/// [`TOLERANCE`](super::TOLERANCE). `None` for a shape without coordinates, or with any that are not on the globe.
#[must_use]
pub fn distance_to_shape(place: LonLat, shape: &Geometry<f64>) -> Option<f64> {
    nearest_place(place, shape).map(|nearest| distance(place, nearest))
}

/// The place of a shape that the distance to it is measured to: the place itself inside and on the boundary.
pub(super) fn nearest_place(place: LonLat, shape: &Geometry<f64>) -> Option<LonLat> {
    let to = ToEdges::new(place);
    let mut search = Search { place, best: to.nothing(), to };
    search.shape(shape)?;
    search.best.place()
}

/// The nearest of what was looked at so far.
struct Search {
    place: LonLat,
    to: ToEdges,
    best: Nearest,
}

impl Search {
    /// `None` when a coordinate is not on the globe.
    fn shape(&mut self, shape: &Geometry<f64>) -> Option<()> {
        each_member(shape, &mut |member| match member {
            Member::Path(vertices) => self.path(vertices),
            Member::Area(polygon) => self.polygon(polygon),
        })
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) -> Option<()> {
        let rings = || std::iter::once(polygon.exterior()).chain(polygon.interiors());
        rings().flat_map(LineString::coords).try_for_each(on_globe)?;
        if self.best.square > 0.0 && PreparedPolygon::new(polygon, 0).covers(self.place) {
            self.best = self.to.here();
        }
        rings().try_for_each(|ring| self.path(&ring.0))
    }

    /// The edges between vertices; one vertex alone is an edge without length.
    fn path(&mut self, vertices: &[Coord<f64>]) -> Option<()> {
        vertices.iter().try_for_each(on_globe)?;
        if let [only] = vertices {
            self.to.keep(&mut self.best, self.to.to_edge(*only, *only));
        }
        let Some(first) = vertices.first() else { return Some(()) };
        let mut before = self.to.vertex(*first);
        for vertex in &vertices[1..] {
            let ends = [before, self.to.vertex(*vertex)];
            if self.to.may_be_nearer(ends, &self.best) {
                self.to.keep(&mut self.best, self.to.between(ends));
            }
            before = ends[1];
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{EARTH_RADIUS, PreparedShape, Region, TOLERANCE, distance, from_wkt},
        *,
    };
    use crate::geometry::twin::{Draws, sampled_distance};

    fn place(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).unwrap()
    }

    fn metres(text: &str, lon: f64, lat: f64) -> f64 {
        distance_to_shape(place(lon, lat), &from_wkt(text).unwrap()).unwrap()
    }

    fn degrees(degrees: f64) -> f64 {
        EARTH_RADIUS * degrees.to_radians()
    }

    #[track_caller]
    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 2.0 * TOLERANCE, "{found} against {expected}");
    }

    #[test]
    fn inside_and_on_the_boundary_it_is_zero_67() {
        let ring = "POLYGON((0 0,10 0,10 10,0 10,0 0),(2 2,2 8,8 8,8 2,2 2))";
        for (lon, lat) in [(1., 1.), (0., 0.), (10., 3.), (5., 10.), (2., 5.), (8., 8.)] {
            assert_eq!(metres(ring, lon, lat), 0.0, "{lon} {lat}");
        }
        // In the hole: to the hole's edge, which is a meridian.
        near(metres(ring, 2.5, 5.0), distance_to_meridian(2.5, 5.0, 2.0));
        assert_eq!(metres("LINESTRING(0 0,10 10,20 0)", 5.0, 5.0), 0.0);
        assert_eq!(metres("MULTILINESTRING((0 0,1 1),(170 3,180 3))", -180.0, 3.0), 0.0);
        assert_eq!(metres("POLYGON((170 0,180 0,180 10,170 10,170 0))", -180.0, 5.0), 0.0);
        assert_eq!(metres("POLYGON((20 60,30 60,30 90,20 90,20 60))", -100.0, 90.0), 0.0);
    }

    /// From a place to the whole meridian on its side of the globe.
    fn distance_to_meridian(lon: f64, lat: f64, meridian: f64) -> f64 {
        EARTH_RADIUS * (lat.to_radians().cos() * (lon - meridian).to_radians().sin().abs()).asin()
    }

    #[test]
    fn known_distances() {
        near(metres("LINESTRING(0 0,90 0)", 45.0, 1.0), degrees(1.0));
        near(metres("LINESTRING(0 -90,0 90)", 30.0, 60.0), distance_to_meridian(30.0, 60.0, 0.0));
        // A parallel bends away from the great circle: the nearest place is on the place's own meridian.
        near(metres("LINESTRING(0 60,90 60)", 45.0, 61.0), degrees(1.0));
        near(metres("LINESTRING(0 60,90 60)", 45.0, 90.0), degrees(30.0));
        // Over the antimeridian, over the pole, and the long way that the numbers say.
        near(metres("POLYGON((170 -5,180 -5,180 5,170 5,170 -5))", -179.0, 0.0), degrees(1.0));
        let corner = distance(place(-155.0, 89.0), place(30.0, 89.0));
        near(metres("POLYGON((20 60,30 60,30 89,20 89,20 60))", -155.0, 89.0), corner);
        near(metres("LINESTRING(179 0,-179 0)", 0.0, 1.0), degrees(1.0));
        near(metres("LINESTRING(179 0,-179 0)", 180.0, 0.0), degrees(1.0));
        near(metres("MULTIPOINT((0 0),(10 0))", 7.0, 0.0), degrees(3.0));
        near(metres("GEOMETRYCOLLECTION(POINT(0 0),LINESTRING(10 0,10 5))", 9.0, 0.0), degrees(1.0));
        assert_eq!(metres("POINT(1 2)", 3.0, 4.0), distance(place(1.0, 2.0), place(3.0, 4.0)));
    }

    #[test]
    fn what_is_nowhere_has_no_distance() {
        for shape in [Geometry::GeometryCollection(geo::GeometryCollection(vec![])), LineString::new(vec![]).into()] {
            assert_eq!(distance_to_shape(place(0.0, 0.0), &shape), None);
        }
        for at in [(200.0, 0.0), (0.0, 91.0), (f64::NAN, 0.0)] {
            let line: Geometry<f64> = LineString::from(vec![(0.0, 0.0), at]).into();
            assert_eq!(distance_to_shape(place(0.0, 0.0), &line), None, "{at:?}");
        }
    }

    /// Against samples along every edge, of places where it is easy and where it is not.
    #[test]
    fn equals_a_dense_sampling_of_the_edges_65() {
        let seed = Draws::seed("PROTOBASE_SEED");
        let mut draws = Draws::new(seed);
        let mut largest = 0.0_f64;
        for round in 0..400 {
            let shape = draws.nested_shape();
            let place = draws.place_near(&shape);
            let found = distance_to_shape(place, &shape).unwrap();
            let (sampled, step) = sampled_distance(place, &shape);
            let note = format!("seed {seed}, round {round}: {place} to {shape:?}: {found} against {sampled}");
            // Samples are places of the shape, so none is nearer; and half the way between two of them is all that they may miss.
            let slack = if sampled > 2.0e7 { 0.5 } else { TOLERANCE };
            assert!(found <= sampled + slack && found >= sampled - step - 1e-6, "{note}, step {step}");
            largest = largest.max(sampled - found);
            if let Ok(region) = Region::from_geometry(&shape) {
                assert_eq!(found == 0.0, region.contains(place), "{note}");
            }
            let covers = PreparedShape::new(shape.clone()).unwrap().covers_place(place);
            assert_eq!(found == 0.0, covers, "{note}");
        }
        assert!(largest > 0.0, "samples were never coarser than the answer");
    }
}
