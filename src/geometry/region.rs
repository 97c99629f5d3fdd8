//! The area inside polygons.

use geo::{Area, MultiPolygon};

use super::{GeoBox, GeometryError, LonLat, parts, prepared::PreparedPolygon, validate};

/// A validated polygon or multipolygon with holes, prepared for containment tests; the boundary counts as inside, a hole's
/// boundary too.
///
/// Edges are straight in longitude and latitude. Coordinates are on the globe, so an area that crosses the antimeridian is given as
/// two polygons that meet there (RFC 7946, section 3.1.9).
#[derive(Clone, Debug)]
pub struct Region {
    shape: MultiPolygon<f64>,
    polygons: Vec<PreparedPolygon>,
    fill: f64,
}

/// How a region lies to a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// No place of the box is in the region.
    Outside,
    /// Some may be; look closer.
    Partial,
    /// Every place of the box is in the region.
    Inside,
}

impl Region {
    /// A region from a `geo::Polygon` or a `geo::MultiPolygon`.
    ///
    /// # Errors
    /// When a coordinate is off the globe, a ring is not closed, too short or without an area, or edges cross or run along each other (the error
    /// names ring and vertex), or polygons overlap.
    pub fn new(shape: impl Into<MultiPolygon<f64>>) -> Result<Self, GeometryError> {
        let shape = shape.into();
        validate::polygons(&shape.0)?;
        let polygons: Vec<_> = shape.0.iter().enumerate().map(|(i, p)| PreparedPolygon::new(p, i)).collect();
        validate::leaving(&shape.0)?;
        for polygon in &polygons {
            validate::crossings(polygon)?;
        }
        for (number, polygon) in shape.0.iter().enumerate() {
            validate::holes_inside(polygon, number)?;
            parts::holes_apart(polygon, number)?;
        }
        parts::apart(&shape, &polygons)?;
        let fill = fill(&shape, &polygons);
        Ok(Self { shape, polygons, fill })
    }

    /// A region from any shape that has an inside.
    ///
    /// # Errors
    /// As [`Region::new`], and when the shape is a point, a line or a collection.
    pub fn from_geometry(geometry: &geo::Geometry<f64>) -> Result<Self, GeometryError> {
        match geometry {
            geo::Geometry::Polygon(polygon) => Self::new(polygon.clone()),
            geo::Geometry::MultiPolygon(polygons) => Self::new(polygons.clone()),
            geo::Geometry::Rect(rect) => Self::new(rect.to_polygon()),
            geo::Geometry::Triangle(triangle) => Self::new(triangle.to_polygon()),
            other => {
                Err(GeometryError::Kind { found: validate::kind_name(other), expected: "a polygon or multipolygon" })
            }
        }
    }

    /// The polygons it was made of.
    #[must_use]
    pub fn shape(&self) -> &MultiPolygon<f64> {
        &self.shape
    }

    /// The boxes of its polygons, none of which crosses the antimeridian.
    pub fn polygon_bounds(&self) -> impl ExactSizeIterator<Item = GeoBox> + '_ {
        self.polygons.iter().map(|polygon| *polygon.bounds())
    }

    /// The share of its polygons' boxes that the region fills, 0..=1, in degrees of longitude and latitude: for estimates.
    #[must_use]
    pub fn fill(&self) -> f64 {
        self.fill
    }

    /// Whether a place lies inside or on the boundary.
    #[must_use]
    pub fn contains(&self, place: LonLat) -> bool {
        (0..self.polygons.len()).any(|polygon| self.polygon_contains(polygon, place))
    }

    /// Whether a place lies inside or on the boundary of one of the polygons, by number.
    pub(super) fn polygon_contains(&self, polygon: usize, place: LonLat) -> bool {
        self.polygons[polygon].covers(place)
    }

    /// How the region lies to a box that does not cross the antimeridian. `Outside` and `Inside` are certain.
    #[must_use]
    pub fn relation(&self, area: &GeoBox) -> Relation {
        let mut outside = true;
        for polygon in &self.polygons {
            match polygon_relation(polygon, area) {
                Relation::Inside => return Relation::Inside,
                Relation::Partial => outside = false,
                Relation::Outside => {}
            }
        }
        if outside { Relation::Outside } else { Relation::Partial }
    }
}

impl PartialEq for Region {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape
    }
}

impl TryFrom<&geo::Geometry<f64>> for Region {
    type Error = GeometryError;
    fn try_from(geometry: &geo::Geometry<f64>) -> Result<Self, GeometryError> {
        Self::from_geometry(geometry)
    }
}

fn fill(shape: &MultiPolygon<f64>, polygons: &[PreparedPolygon]) -> f64 {
    let boxes: f64 = polygons.iter().map(|polygon| polygon.bounds().width() * polygon.bounds().height()).sum();
    if boxes > 0.0 { (shape.unsigned_area() / boxes).min(1.0) } else { 1.0 }
}

fn polygon_relation(polygon: &PreparedPolygon, area: &GeoBox) -> Relation {
    let bounds = polygon.bounds();
    if area.south > bounds.north || area.north < bounds.south {
        return Relation::Outside;
    }
    // Along the antimeridian and at the poles a place has more names than the one in the box.
    let on_seam = area.west == -180.0 || area.east == 180.0 || area.south == -90.0 || area.north == 90.0;
    if area.west > bounds.east || area.east < bounds.west {
        let meets_over_seam =
            on_seam && (bounds.west == -180.0 || bounds.east == 180.0 || bounds.south == -90.0 || bounds.north == 90.0);
        return if meets_over_seam { Relation::Partial } else { Relation::Outside };
    }
    if on_seam || polygon.may_touch(area) {
        return Relation::Partial;
    }
    // No edge touches the box, so one corner speaks for all of it.
    if polygon.contains(LonLat { lon: area.west, lat: area.south }) { Relation::Inside } else { Relation::Outside }
}

#[cfg(test)]
mod tests {
    use geo::{Contains, Intersects, coord, polygon};
    use proptest::prelude::*;

    use super::*;

    fn place(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).unwrap()
    }

    fn ring_with_hole() -> Region {
        Region::new(polygon!(
            exterior: [(x: 0., y: 0.), (x: 10., y: 0.), (x: 10., y: 10.), (x: 0., y: 10.), (x: 0., y: 0.)],
            interiors: [[(x: 2., y: 2.), (x: 2., y: 8.), (x: 8., y: 8.), (x: 8., y: 2.), (x: 2., y: 2.)]],
        ))
        .unwrap()
    }

    #[test]
    fn holes_are_outside_and_every_boundary_is_inside_67() {
        let region = ring_with_hole();
        assert!(region.contains(place(1.0, 1.0)) && region.contains(place(9.0, 5.0)));
        assert!(
            !region.contains(place(5.0, 5.0))
                && !region.contains(place(11.0, 5.0))
                && !region.contains(place(-1.0, 0.0))
        );
        for boundary in [(0.0, 0.0), (10.0, 3.0), (5.0, 10.0), (2.0, 5.0), (8.0, 8.0), (4.0, 2.0)] {
            assert!(region.contains(place(boundary.0, boundary.1)), "{boundary:?}");
        }
    }

    #[test]
    fn both_sides_of_the_antimeridian_and_the_poles() {
        let box_of =
            |w: f64, s: f64, e: f64, n: f64| geo::Rect::new(coord! {x: w, y: s}, coord! {x: e, y: n}).to_polygon();
        let east = Region::new(box_of(170.0, -5.0, 180.0, 5.0)).unwrap();
        assert!(
            east.contains(place(180.0, 0.0)) && east.contains(place(-180.0, 0.0)) && !east.contains(place(-179.0, 0.0))
        );
        let cap = Region::new(box_of(20.0, 60.0, 30.0, 90.0)).unwrap();
        assert!(cap.contains(place(-100.0, 90.0)) && !cap.contains(place(-100.0, 89.0)));
        let both = Region::new(MultiPolygon(vec![box_of(170.0, -5.0, 180.0, 5.0), box_of(-180.0, -5.0, -170.0, 5.0)]))
            .unwrap();
        assert!(
            both.contains(place(175.0, 0.0)) && both.contains(place(-175.0, 0.0)) && !both.contains(place(0.0, 0.0))
        );
    }

    #[test]
    fn an_island_that_shrank_to_a_point_reaches_no_pole() {
        let island = polygon![(x: 50., y: 50.), (x: 50., y: 50.), (x: 50., y: 50.), (x: 50., y: 50.)];
        let mainland = polygon![(x: 0., y: 0.), (x: 10., y: 0.), (x: 10., y: 10.), (x: 0., y: 0.)];
        let region = Region::new(MultiPolygon(vec![mainland, island])).unwrap();
        assert!(!region.contains(place(0.0, 90.0)) && !region.contains(place(0.0, -90.0)));
    }

    /// A star-shaped ring around a centre never crosses itself.
    fn star() -> impl Strategy<Value = geo::Polygon<f64>> {
        (-60.0..60.0_f64, -40.0..40.0_f64, prop::collection::vec(1.0..30.0_f64, 3..60)).prop_map(|(x, y, radii)| {
            let step = std::f64::consts::TAU / radii.len() as f64;
            let vertex = |(i, r): (usize, &f64)| {
                let (sin, cos) = (i as f64 * step).sin_cos();
                // Whole degrees now and then, so that points do fall on vertices and edges.
                coord! { x: (x + r * cos).round(), y: (y + r * sin).round() }
            };
            geo::Polygon::new(radii.iter().enumerate().map(vertex).collect(), vec![])
        })
    }

    proptest! {
        #[test]
        fn containment_equals_geo(polygon in star(), points in prop::collection::vec((-90..=90i32, -70..=70i32), 1..60)) {
            let Ok(region) = Region::new(polygon.clone()) else { return Ok(()) };
            for (x, y) in points {
                let point = geo::Point::new(f64::from(x), f64::from(y));
                // Intersects is inside or on the boundary.
                prop_assert_eq!(region.contains(point.try_into().unwrap()), polygon.intersects(&point), "{:?}", point);
            }
        }

        #[test]
        fn relations_are_certain(polygon in star(), corner in (-90..=80i32, -70..=60i32), size in (0..10i32, 0..10i32)) {
            let Ok(region) = Region::new(polygon.clone()) else { return Ok(()) };
            let (w, s) = (f64::from(corner.0), f64::from(corner.1));
            let (e, n) = (w + f64::from(size.0), s + f64::from(size.1));
            let rect = geo::Rect::new(coord! {x: w, y: s}, coord! {x: e, y: n});
            match region.relation(&GeoBox::new(w, s, e, n).unwrap()) {
                Relation::Outside => prop_assert!(!polygon.intersects(&rect)),
                Relation::Inside => prop_assert!(size.0 == 0 || size.1 == 0 || polygon.contains(&rect)),
                Relation::Partial => {}
            }
        }
    }
}
