//! Distances between shapes against samples along their edges.

use geo::{Coord, CoordsIter, Geometry, MapCoords};

use super::{
    EARTH_RADIUS, Edges, GeoBox, Globe, LonLat, PreparedShape, TOLERANCE, distance, distance_to_shape,
    edge_tree::edges, from_wkt, geodesic_distance, geodesic_to_shape, twin::Draws,
};

const BOTH: [Globe; 2] = [Globe::Sphere, Globe::Ellipsoid];

fn known(text: &str) -> PreparedShape {
    PreparedShape::new(from_wkt(text).unwrap()).unwrap()
}

fn metres(a: &str, b: &str, globe: Globe) -> f64 {
    let [ab, ba] = [(a, b), (b, a)].map(|(a, b)| known(a).metres_to(&from_wkt(b).unwrap(), globe).unwrap());
    assert!((ab - ba).abs() <= 2.0 * TOLERANCE, "{a} {b}: {ab} {ba}");
    ab
}

/// The least of a distance at places of edges: at some of each, and ever finer about the nearest of these. And the way between the first samples.
fn sampled(edges: &[[Coord<f64>; 2]], samples: u32, metres: impl Fn(LonLat) -> f64) -> (f64, f64) {
    let at = |[from, to]: [Coord<f64>; 2], share: f64| {
        let at = from + (to - from) * share;
        metres(LonLat { lon: at.x.clamp(-180.0, 180.0), lat: at.y.clamp(-90.0, 90.0) })
    };
    let (mut found, mut step) = (Vec::new(), 0.0_f64);
    for edge in edges {
        let (way, width) = (edge[1] - edge[0], 1.0 / f64::from(samples));
        step = step.max(EARTH_RADIUS * 1.005 * (way.x.abs() + way.y.abs()).to_radians() * width);
        found.extend((0..=samples).map(|n| (at(*edge, f64::from(n) * width), *edge, f64::from(n) * width)));
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut least = found[0].0;
    for (_, edge, share) in found.into_iter().take(3) {
        let (mut middle, mut reach) = (share, 1.0 / f64::from(samples));
        for _ in 0..3 {
            let shares = (0..=40).map(|n| (middle + reach * (f64::from(n) - 20.0) / 20.0).clamp(0.0, 1.0));
            let finer = shares.map(|share| (at(edge, share), share)).min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
            (middle, reach, least) = (finer.1, reach / 20.0, least.min(finer.0));
        }
    }
    (least, step)
}

/// Another shape, most often so near to the first that it matters how their edges run.
fn beside(draws: &mut Draws, first: &Geometry<f64>) -> Geometry<f64> {
    let other = draws.shape();
    if draws.below(4) == 0 {
        return other;
    }
    let to = draws.place_near(first);
    let vertices: Vec<_> = other.coords_iter().collect();
    let from = vertices[draws.below(vertices.len() as u64) as usize];
    other.map_coords(|at| Coord {
        x: (at.x + to.lon - from.x).clamp(-180.0, 180.0),
        y: (at.y + to.lat - from.y).clamp(-90.0, 90.0),
    })
}

#[test]
fn between_shapes_as_samples_say_67() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed ^ 0x77);
    let mut apart = 0;
    for round in 0..300 {
        let first = draws.shape();
        let second = beside(&mut draws, &first);
        let (Ok(a), Ok(b)) = (PreparedShape::new(first.clone()), PreparedShape::new(second.clone())) else { continue };
        let note = format!("seed {seed}, round {round}: {first:?} to {second:?}");
        let found = a.metres_to(&second, Globe::Sphere).expect(&note);
        let other_way = b.metres_to(&first, Globe::Sphere).expect(&note);
        let slack = if found > 1.9e7 { 0.5 } else { 2.0 * TOLERANCE };
        assert!((found - other_way).abs() <= slack, "{note}: {found} and {other_way}");
        if a.intersects(&second) {
            assert_eq!(found, 0.0, "{note}");
            continue;
        }
        let (least, step) =
            sampled(&edges(&second).unwrap(), 60, |place| distance_to_shape(place, &first).expect(&note));
        assert!(found <= least + slack && found >= least - step - slack, "{note}: {found} against {least}");
        apart += 1;
    }
    assert!(apart > 100, "{apart} shapes were apart");
}

#[test]
fn a_place_and_a_known_shape_as_the_other_way_round() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed ^ 0x78);
    for round in 0..300 {
        let shape = draws.shape();
        let place = draws.place_near(&shape);
        let Ok(known) = PreparedShape::new(shape.clone()) else { continue };
        let note = format!("seed {seed}, round {round}: {place} to {shape:?}");
        let (found, expected) =
            (known.metres_to_place(place, Globe::Sphere), distance_to_shape(place, &shape).unwrap());
        assert!((found - expected).abs() <= 1e-6 && (found == 0.0) == (expected == 0.0), "{note}: {found} {expected}");
        let (found, expected) =
            (known.metres_to_place(place, Globe::Ellipsoid), geodesic_to_shape(place, &shape).unwrap());
        let slack = if found > 1.9e7 { 0.5 } else { TOLERANCE };
        assert!((found - expected).abs() <= slack, "{note}: {found} {expected}");
    }
}

#[test]
fn on_the_ellipsoid_no_place_of_a_shape_is_nearer() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed ^ 0x79);
    let mut gained = 0.0_f64;
    for round in 0..150 {
        let shape = draws.shape();
        let place = draws.place_near(&shape);
        let found = geodesic_to_shape(place, &shape).unwrap();
        if found == 0.0 {
            continue;
        }
        let (least, step) = sampled(&edges(&shape).unwrap(), 200, |at| geodesic_distance(place, at));
        let note = format!("seed {seed}, round {round}: {place} to {shape:?}: {found} against {least}");
        let slack = if found > 1.9e7 { 0.5 } else { TOLERANCE };
        assert!(found <= least + slack && found >= least - step - slack, "{note}");
        let on_sphere = super::to_shape::nearest_place(place, &shape).unwrap();
        gained = gained.max(geodesic_distance(place, on_sphere) / found - 1.0);
    }
    assert!(gained > 1e-5, "what is nearest on the sphere was nearest on the ellipsoid, too: {gained}");
}

#[test]
fn between_shapes_on_the_ellipsoid_as_samples_say() {
    let seed = Draws::seed("PROTOBASE_SEED");
    let mut draws = Draws::new(seed ^ 0x80);
    let mut apart = 0;
    for round in 0..60 {
        let first = draws.shape();
        let second = beside(&mut draws, &first);
        let (Ok(a), Ok(_)) = (PreparedShape::new(first.clone()), PreparedShape::new(second.clone())) else { continue };
        let note = format!("seed {seed}, round {round}: {first:?} to {second:?}");
        let found = a.metres_to(&second, Globe::Ellipsoid).expect(&note);
        if found == 0.0 {
            assert!(a.intersects(&second), "{note}");
            continue;
        }
        let (least, step) =
            sampled(&edges(&second).unwrap(), 20, |place| geodesic_to_shape(place, &first).expect(&note));
        let slack = if found > 1.9e7 { 0.5 } else { 2.0 * TOLERANCE };
        assert!(found <= least + slack && found >= least - step - slack, "{note}: {found} against {least}");
        apart += 1;
    }
    assert!(apart > 20, "{apart} shapes were apart");
}

#[test]
fn known_distances_between_shapes() {
    let near = |found: f64, expected: f64| {
        assert!((found - expected).abs() <= 2.0 * TOLERANCE, "{found} against {expected}");
    };
    let degrees = |degrees: f64| EARTH_RADIUS * degrees.to_radians();
    let sphere = |a: &str, b: &str| metres(a, b, Globe::Sphere);
    // Along parallels, whose edges have the same distance everywhere.
    near(sphere("POLYGON((0 50,10 50,10 51,0 51,0 50))", "POLYGON((2 52,8 52,8 53,2 53,2 52))"), degrees(1.0));
    // Along a meridian and over the equator; the nearest places are at the far end.
    let at_80 = distance(LonLat { lon: 0.0, lat: 80.0 }, LonLat { lon: 1.0, lat: 80.0 });
    near(sphere("LINESTRING(0 0,0 80)", "LINESTRING(1 -10,1 80)"), at_80);
    // A bent parallel and the pole; a slanted one whose nearest place is inside both edges.
    near(sphere("LINESTRING(-170 70,170 70)", "LINESTRING(10 89,60 89)"), degrees(19.0));
    near(sphere("LINESTRING(0 60,90 60)", "LINESTRING(0 45,45 59,90 45)"), degrees(1.0));
    // Over the antimeridian and the poles.
    near(sphere("POLYGON((170 -5,179 -5,179 5,170 5,170 -5))", "LINESTRING(-179 -3,-170 4)"), {
        distance_to_shape(LonLat { lon: -179.0, lat: -3.0 }, &from_wkt("LINESTRING(179 -5,179 5)").unwrap()).unwrap()
    });
    near(sphere("LINESTRING(10 80,10 89)", "LINESTRING(-170 88,-170 70)"), degrees(3.0));
    // From a pole, all of a parallel is as far.
    near(sphere("LINESTRING(-135 90,-135 60)", "LINESTRING(0 60,45 60)"), degrees(30.0));
    near(sphere("POLYGON((165 -90,157 -80,150 -80,165 -90))", "LINESTRING(-60 -75,15 -75)"), degrees(15.0));
    near(sphere("MULTIPOINT((0 0),(10 0))", "MULTIPOINT((20 0),(12 0))"), degrees(2.0));
    for globe in BOTH {
        assert_eq!(metres("POLYGON((0 0,9 0,9 9,0 9,0 0))", "LINESTRING(2 2,3 3)", globe), 0.0);
        assert_eq!(metres("POLYGON((170 0,180 0,180 9,170 9,170 0))", "LINESTRING(-180 4,-170 4)", globe), 0.0);
        assert_eq!(metres("LINESTRING(0 80,20 90)", "LINESTRING(100 90,100 70)", globe), 0.0);
        let inside_the_hole =
            metres("POLYGON((0 0,9 0,9 9,0 9,0 0),(2 2,2 7,7 7,7 2,2 2))", "POLYGON((3 3,6 3,6 6,3 6,3 3))", globe);
        assert!((100_000.0..112_000.0).contains(&inside_the_hole), "{inside_the_hole}");
    }
    let to_the_pole = geodesic_distance(LonLat { lon: 0.0, lat: 60.0 }, LonLat { lon: 0.0, lat: 90.0 });
    near(metres("LINESTRING(-135 90,-135 60)", "LINESTRING(0 60,45 60)", Globe::Ellipsoid), to_the_pole);
    let parallels = "POLYGON((2 52,8 52,8 53,2 53,2 52))";
    let apart = geodesic_distance(LonLat { lon: 0.0, lat: 51.0 }, LonLat { lon: 0.0, lat: 52.0 });
    near(metres("POLYGON((0 50,10 50,10 51,0 51,0 50))", parallels, Globe::Ellipsoid), apart);
}

#[test]
fn boxes_and_great_circles_are_measured_from() {
    let fiji = PreparedShape::from(GeoBox::new(177.0, -20.0, -179.0, -15.0).unwrap());
    let to = |shape: &PreparedShape, text: &str| shape.metres_to(&from_wkt(text).unwrap(), Globe::Sphere).unwrap();
    let expected = distance(LonLat { lon: -179.0, lat: -20.0 }, LonLat { lon: -178.0, lat: -20.0 });
    assert!((to(&fiji, "LINESTRING(-178 -20,-178 -15)") - expected).abs() < 0.01);
    assert_eq!(to(&fiji, "LINESTRING(180 -16,180 -10)"), 0.0);
    let flight = PreparedShape::with_edges(from_wkt("LINESTRING(0 60,90 60)").unwrap(), Edges::great_circle()).unwrap();
    // The great circle rises to 67.79 degrees.
    let beside = to(&flight, "LINESTRING(44 69,46 69)");
    assert!((beside - EARTH_RADIUS * 1.2077_f64.to_radians()).abs() < 100.0, "{beside}");
}

#[test]
fn what_is_nowhere_is_nowhere_near() {
    let line = known("LINESTRING(0 0,1 1)");
    for globe in BOTH {
        let nothing = Geometry::GeometryCollection(geo::GeometryCollection(vec![]));
        assert_eq!(line.metres_to(&nothing, globe), None);
        assert_eq!(line.metres_to(&geo::Point::new(200.0, 0.0).into(), globe), None);
        assert_eq!(line.metres_to(&geo::LineString::from(vec![(0.0, 0.0), (0.0, f64::NAN)]).into(), globe), None);
    }
}
