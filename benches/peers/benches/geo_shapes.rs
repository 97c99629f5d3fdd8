//! In which country is a place, and how far is the nearest border? The bare part of a geo index beside `rstar`, `geo`, and brute force.
//!
//! `cargo bench --bench geo_shapes`, in this folder, with `PROTOBASE_DATA` naming a folder with `countries/countries-50m.geojson`; else the
//! coarser outlines of `datasets/` are taken. Asked from places anywhere on the globe, and from around cities. All answers are compared.

#[path = "geo/contender.rs"]
#[allow(dead_code, reason = "the other bench uses all of it")]
mod contender;
#[path = "geo/data.rs"]
#[allow(dead_code, reason = "the other bench uses all of it")]
mod data;

use std::{fs, hint::black_box, path::PathBuf, sync::LazyLock, time::Instant};

use data::random;
use geo::{
    BoundingRect, Contains, Geometry, LineString, MultiLineString, Polygon, PreparedGeometry, Relate,
    indexed::IntervalTreeMultiPolygon,
};
use protobase::{
    codec::{Container, ContainerWriter},
    expr::{Predicate, Target, Test},
    geometry::{LonLat, Region, distance_to_shape, from_geojson_value},
    index::{
        BuildEffort, Columns, IndexKind, IndexPart, NearestRequest, Options, SearchEffort, Slot, SlotSet, Work,
        geo::Geo,
    },
    object::{FieldPath, Value},
};
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};

/// Questions of each kind.
const QUESTIONS: usize = 20_000;
/// Of those, how many brute force is asked.
const BY_FORCE: usize = 200;
/// The best of so many rounds, each of at least so many nanoseconds.
const ROUNDS: usize = 5;
const ROUND: f64 = 2e8;

fn main() {
    let shapes = countries();
    let vertices: usize = shapes.iter().map(geo::CoordsIter::coords_count).sum();
    println!(
        "{} countries, {vertices} vertices; ns a question, least of {ROUNDS} rounds over {QUESTIONS}",
        shapes.len()
    );
    let borders: Vec<Geometry<f64>> = shapes.iter().map(border).collect();
    let (areas, lines) = (part("areas", &shapes), part("borders", &borders));
    for (name, places) in [("anywhere", anywhere()), ("around cities", around_cities())] {
        point_in_country(name, &places, areas.as_ref(), &shapes);
        nearest("nearest border", name, &places, lines.as_ref(), &borders);
        nearest("nearest country", name, &places, areas.as_ref(), &shapes);
    }
}

fn line(question: &str, from: &str, who: &str, nanoseconds: f64, differences: usize) {
    println!("{question:<17} {from:<14} {who:<34} {nanoseconds:>12.0} ns  {differences:>4} differences");
}

/// Nanoseconds that this thread has run, so that what else the machine does counts little; by the wall where nobody says.
fn clock() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ran = text.and_then(|text| text.split(' ').next()?.parse().ok());
    ran.unwrap_or_else(|| START.elapsed().as_nanos() as f64)
}

/// The least nanoseconds a question, and the answers. A round asks all until it has run long enough for the clock.
fn time<A>(places: &[LonLat], rounds: usize, mut answer: impl FnMut(usize, LonLat) -> A) -> (f64, Vec<A>) {
    let (mut least, mut answers) = (f64::INFINITY, Vec::new());
    for _ in 0..rounds {
        let (start, mut asked) = (clock(), 0);
        while asked == 0 || (clock() - start < ROUND && rounds > 1) {
            answers.clear();
            answers.extend(places.iter().enumerate().map(|(number, place)| answer(number, black_box(*place))));
            asked += places.len();
        }
        least = least.min((clock() - start) / asked as f64);
    }
    (least, answers)
}

fn point_in_country(from: &str, places: &[LonLat], part: &dyn IndexPart, shapes: &[Geometry<f64>]) {
    let asked: Vec<Predicate> =
        places.iter().map(|place| Predicate::new("shape", Test::Covers((*place).into()))).collect();
    let (ours, answers) =
        time(places, ROUNDS, |number, _| part.candidates(&asked[number], &mut Work::default()).expect("whole").0);
    let answers: Vec<Vec<u32>> = answers.iter().map(|slots| slots.iter().map(|slot| slot.0).collect()).collect();
    line("point in country", from, "protobase, bare index", ours, 0);
    let polygons: Vec<(u32, Polygon<f64>)> = (0..)
        .zip(shapes)
        .flat_map(|(country, shape)| {
            let parts = match shape {
                Geometry::MultiPolygon(polygons) => polygons.0.clone(),
                Geometry::Polygon(polygon) => vec![polygon.clone()],
                _ => Vec::new(),
            };
            parts.into_iter().map(move |polygon| (country, polygon))
        })
        .collect();
    let boxes = polygons.iter().zip(0_usize..).filter_map(|((_, polygon), number)| {
        let rect = polygon.bounding_rect()?;
        Some(GeomWithData::new(Rectangle::from_corners(rect.min().into(), rect.max().into()), number))
    });
    let boxes: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>> = RTree::bulk_load(boxes.collect());
    let by_boxes = |who: &str, contains: &dyn Fn(usize, geo::Point<f64>) -> bool| {
        let (nanoseconds, found) = time(places, ROUNDS, |_, place| {
            let (point, mut countries) = (geo::Point::from(place), Vec::new());
            for hit in boxes.locate_in_envelope_intersecting(AABB::from_point([place.lon, place.lat])) {
                if contains(hit.data, point) {
                    countries.push(polygons[hit.data].0);
                }
            }
            countries.sort_unstable();
            countries
        });
        let differences = found.iter().zip(&answers).filter(|(theirs, ours)| theirs != ours).count();
        line("point in country", from, who, nanoseconds, differences);
    };
    by_boxes("rstar boxes, geo contains", &|polygon, point| polygons[polygon].1.contains(&point));
    let trees: Vec<IntervalTreeMultiPolygon<f64>> =
        polygons.iter().map(|(_, polygon)| IntervalTreeMultiPolygon::new(&polygon.clone().into())).collect();
    by_boxes("rstar boxes, geo interval trees", &|polygon, point| trees[polygon].contains(&point));
    let prepared: Vec<_> = polygons.iter().map(|(_, polygon)| PreparedGeometry::from(polygon)).collect();
    by_boxes("rstar boxes, geo prepared", &|polygon, point| prepared[polygon].relate(&point).is_contains());
}

fn nearest(question: &str, from: &str, places: &[LonLat], part: &dyn IndexPart, shapes: &[Geometry<f64>]) {
    let targets: Vec<Target> =
        places.iter().map(|place| Target::Place { path: FieldPath::parse("shape"), place: *place }).collect();
    let accept = SlotSet::all(shapes.len() as u32);
    let (ours, answers) = time(places, ROUNDS, |number, _| {
        let (effort, bound) = (SearchEffort::Exact, f64::INFINITY);
        let request = NearestRequest { target: &targets[number], k: 1, accept: &accept, effort, bound };
        part.nearest(&request, &mut Work::default()).expect("whole").expect("it knows places").0[0]
    });
    line(question, from, "protobase, bare index", ours, 0);
    let some: Vec<LonLat> = places.iter().step_by(places.len() / BY_FORCE).copied().collect();
    let (force, found) = time(&some, 1, |_, place| {
        let distances =
            shapes.iter().zip(0..).filter_map(|(shape, slot)| Some((Slot(slot), distance_to_shape(place, shape)?)));
        distances.min_by(|a, b| a.1.total_cmp(&b.1)).expect("there are shapes")
    });
    let ours = answers.iter().step_by(places.len() / BY_FORCE);
    let differences = found.iter().zip(ours).filter(|(theirs, ours)| theirs != ours).count();
    line(question, from, &format!("brute force, {} of them", some.len()), force, differences);
}

/// The bare part of an index.
fn part(name: &str, shapes: &[Geometry<f64>]) -> Box<dyn IndexPart> {
    let fields = [FieldPath::parse("shape")];
    let start = Instant::now();
    let mut builder = Geo.builder(&fields, &Options::new(), BuildEffort::Settled).expect("builder");
    for (shape, slot) in shapes.iter().zip(0..) {
        let value = Value::Geometry(Box::new(shape.clone()));
        builder.add(Slot(slot), &[Some(value.as_ref())]).expect("a shape");
    }
    let mut bytes = Vec::new();
    let mut out = ContainerWriter::new(&mut bytes, *b"geobench").expect("memory");
    builder.finish(&Columns::new(), shapes.len() as u32, &mut out).expect("memory");
    out.finish().expect("memory");
    let (length, built) = (bytes.len(), start.elapsed());
    let start = Instant::now();
    let container = Container::open("bench", *b"geobench", bytes.into()).expect("just written");
    let sections: Vec<String> =
        container.names().map(|name| format!("{name} {}", container.section(name).expect("there").len())).collect();
    let part =
        Geo.open(&fields, &Options::new(), container, Columns::new(), shapes.len() as u32).expect("just written");
    let opened = start.elapsed();
    println!("{name}: built in {built:.1?}, {length} bytes, opened in {opened:.1?}: {}", sections.join(", "));
    // Checksums are tested when a block is first read: not in the first questions then.
    part.verify().expect("just written");
    part
}

/// The outlines that a geo index takes.
fn countries() -> Vec<Geometry<f64>> {
    let names = ["countries/countries-50m.geojson", "countries/countries-110m.geojson"];
    let path = names.iter().find_map(|name| file(name)).expect("datasets/ has outlines");
    let text = fs::read_to_string(&path).expect("readable");
    let collection: serde_json::Value = serde_json::from_str(&text).expect("GeoJSON");
    let features = collection["features"].as_array().expect("a collection of features");
    let all = features.len();
    let shapes: Vec<Geometry<f64>> = features
        .iter()
        .filter_map(|feature| from_geojson_value(&feature["geometry"]).ok())
        .filter(|shape| Region::from_geometry(shape).is_ok())
        .collect();
    println!("{}: {all} outlines, of which {} are no valid areas and left out", path.display(), all - shapes.len());
    shapes
}

fn border(country: &Geometry<f64>) -> Geometry<f64> {
    let rings = |polygon: &Polygon<f64>| -> Vec<LineString<f64>> {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).cloned().collect()
    };
    match country {
        Geometry::Polygon(polygon) => MultiLineString(rings(polygon)).into(),
        Geometry::MultiPolygon(polygons) => MultiLineString(polygons.0.iter().flat_map(rings).collect()).into(),
        other => other.clone(),
    }
}

/// A file of the data sets.
fn file(name: &str) -> Option<PathBuf> {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets");
    let folders = [std::env::var("PROTOBASE_DATA").unwrap_or_default(), format!("{shipped}/extra"), shipped.to_owned()];
    folders.iter().map(|folder| PathBuf::from(folder).join(name)).find(|path| path.exists())
}

/// Evenly over the globe.
fn anywhere() -> Vec<LonLat> {
    let mut random = random(42);
    let mut place = || LonLat::new(random() * 360.0 - 180.0, (random() * 2.0 - 1.0).asin().to_degrees());
    (0..QUESTIONS).map(|_| place().expect("on the globe")).collect()
}

/// Up to half a degree away from cities.
fn around_cities() -> Vec<LonLat> {
    let (cities, mut random) = (data::cities().expect("datasets/ has cities"), random(43));
    let mut near = || {
        let (city, _) = cities[(random() * cities.len() as f64) as usize];
        let (lon, lat) = (city.lon + random() - 0.5, city.lat + random() - 0.5);
        LonLat::new(lon.clamp(-180.0, 180.0), lat.clamp(-90.0, 90.0)).expect("clamped")
    };
    (0..QUESTIONS).map(|_| near()).collect()
}
