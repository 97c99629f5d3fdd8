//! What does the geo index cost? For changes to it; `benches/peers/benches/geo` has other libraries beside it.
//!
//! Nearest 10, everything within 50 km, boxes of 2 x 2 degrees, and nearest 10 under filters, over the 170,391 cities of `datasets/` (or the
//! folder in `PROTOBASE_DATA`), asked from around cities. Nothing else of the database is measured.

use std::{hint::black_box, io::Read, path::PathBuf};

use criterion::{Criterion, criterion_group, criterion_main};
use protobase::{
    codec::{Container, ContainerWriter},
    expr::{Predicate, Target, Test},
    geometry::{GeoBox, LonLat},
    index::{
        BuildEffort, Columns, IndexKind, IndexPart, NearestRequest, Options, SearchEffort, Slot, SlotSet, Work,
        geo::Geo,
    },
    object::{FieldPath, Value},
};

/// The cities' places and countries, from the first file that is there; `None` when there is none.
fn cities() -> Option<Vec<(LonLat, String)>> {
    let folders = [
        std::env::var("PROTOBASE_DATA").unwrap_or_default().into(),
        PathBuf::from("datasets/extra"),
        "datasets".into(),
    ];
    let files = ["cities/cities.csv", "cities/cities.csv.gz", "cities.csv", "cities.csv.gz"];
    let path =
        folders.iter().flat_map(|folder| files.iter().map(|file| folder.join(file))).find(|path| path.exists())?;
    let bytes = std::fs::read(&path).ok()?;
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).ok()?;
    } else {
        text = String::from_utf8(bytes).ok()?;
    }
    let header: Vec<&str> = text.lines().next()?.split(',').collect();
    let from_end = |name: &str| header.iter().position(|column| *column == name).map(|at| header.len() - at);
    let (lon, lat, country) = (from_end("lon")?, from_end("lat")?, from_end("country")?);
    // Names may hold commas, the columns after them do not: count from the end.
    let city = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let field = |from_end: usize| fields.get(fields.len().checked_sub(from_end)?).copied();
        let place = LonLat::new(field(lon)?.parse().ok()?, field(lat)?.parse().ok()?).ok()?;
        Some((place, field(country)?.to_owned()))
    };
    Some(text.lines().skip(1).filter_map(city).collect())
}

fn build(places: &[LonLat]) -> Vec<u8> {
    let fields = [FieldPath::parse("location")];
    let mut builder = Geo.builder(&fields, &Options::new(), BuildEffort::Settled).expect("builder");
    for (place, slot) in places.iter().zip(0..) {
        let value = Value::Geometry(Box::new((*place).into()));
        builder.add(Slot(slot), &[Some(value.as_ref())]).expect("a point");
    }
    let mut bytes = Vec::new();
    let mut out = ContainerWriter::new(&mut bytes, *b"geobench").expect("memory");
    builder.finish(&Columns::new(), places.len() as u32, &mut out).expect("memory");
    out.finish().expect("memory");
    bytes
}

fn open(bytes: Vec<u8>, slots: usize) -> Box<dyn IndexPart> {
    let container = Container::open("bench", *b"geobench", bytes.into()).expect("just written");
    Geo.open(&[FieldPath::parse("location")], &Options::new(), container, Columns::new(), slots as u32)
        .expect("just written")
}

/// A thousand places near cities, away from them by up to half a degree.
fn questions(places: &[LonLat]) -> Vec<LonLat> {
    let mut state = 42_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..1000)
        .map(|_| {
            let city = places[(random() * places.len() as f64) as usize];
            let (lon, lat) = (city.lon + random() - 0.5, city.lat + random() - 0.5);
            LonLat::new(lon.clamp(-180.0, 180.0), lat.clamp(-90.0, 90.0)).expect("clamped")
        })
        .collect()
}

fn filters(cities: &[(LonLat, String)]) -> Vec<(String, SlotSet)> {
    let every = |step: usize| SlotSet::collect((0..cities.len() as u32).step_by(step).map(Slot));
    let mut filters: Vec<_> = [2, 10, 100, 1000, 10_000].map(|step| (format!("1 in {step}"), every(step))).into();
    for country in ["US", "JP", "NZ"] {
        let of_country = |(slot, (_, name)): (u32, &(LonLat, String))| (name == country).then_some(Slot(slot));
        filters.push((format!("country {country}"), SlotSet::collect((0..).zip(cities).filter_map(of_country))));
    }
    filters
}

fn geo(c: &mut Criterion) {
    let Some(cities) = cities() else {
        println!("skipped: no cities.csv in PROTOBASE_DATA, datasets/extra or datasets (1 bench skipped)");
        return;
    };
    let places: Vec<LonLat> = cities.iter().map(|(place, _)| *place).collect();
    let bytes = build(&places);
    println!("{} cities, {:.1} bytes a point", places.len(), bytes.len() as f64 / places.len() as f64);
    c.bench_function("geo/build", |b| b.iter(|| build(black_box(&places))));
    c.bench_function("geo/open", |b| b.iter_with_setup(|| bytes.clone(), |bytes| open(bytes, places.len())));
    let part = open(bytes, places.len());
    let questions = questions(&places);
    nearest(c, part.as_ref(), &questions, &cities);
    areas(c, part.as_ref(), &questions);
}

fn nearest(c: &mut Criterion, part: &dyn IndexPart, questions: &[LonLat], cities: &[(LonLat, String)]) {
    let targets: Vec<_> =
        questions.iter().map(|place| Target::Place { path: FieldPath::parse("location"), place: *place }).collect();
    let mut filters = filters(cities);
    filters.insert(0, ("all".to_owned(), SlotSet::all(cities.len() as u32)));
    for (name, accept) in &filters {
        let mut next = targets.iter().cycle();
        c.bench_function(&format!("geo/nearest 10, {name}"), |b| {
            b.iter(|| {
                let target = next.next().expect("cycles");
                let request =
                    NearestRequest { target, k: 10, accept, effort: SearchEffort::Exact, bound: f64::INFINITY };
                part.nearest(&request, &mut Work::default())
            });
        });
    }
}

fn areas(c: &mut Criterion, part: &dyn IndexPart, questions: &[LonLat]) {
    let radius = |place: &LonLat| Predicate::new("location", Test::WithinRadius(*place, 50_000.0));
    let square = |place: &LonLat| {
        let (south, north) = ((place.lat - 1.0).max(-90.0), (place.lat + 1.0).min(90.0));
        let area = GeoBox::new((place.lon - 1.0).max(-180.0), south, (place.lon + 1.0).min(180.0), north);
        Predicate::new("location", Test::WithinBox(area.expect("clamped")))
    };
    let radii: Vec<_> = questions.iter().map(radius).collect();
    let boxes: Vec<_> = questions.iter().map(square).collect();
    for (name, predicates) in [("radius 50 km", radii), ("box 2 x 2 degrees", boxes)] {
        let mut next = predicates.iter().cycle();
        c.bench_function(&format!("geo/{name}"), |b| {
            b.iter(|| part.candidates(next.next().expect("cycles"), &mut Work::default()));
        });
        c.bench_function(&format!("geo/{name}, estimate"), |b| {
            b.iter(|| part.access(next.next().expect("cycles")));
        });
    }
}

criterion_group!(benches, geo);
criterion_main!(benches);
