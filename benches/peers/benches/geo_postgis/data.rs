//! The cities and countries that both are asked about.

use std::path::PathBuf;

use protobase::{Object, Value, import::Import};

/// Longitude and latitude.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub lon: f64,
    pub lat: f64,
}

/// What is loaded. A city's id is its place in the list, and so is a country's.
pub struct Data {
    pub cities: Vec<Object>,
    /// Name and outline.
    pub countries: Vec<(String, geo::Geometry<f64>)>,
    places: Vec<Place>,
}

impl Data {
    /// Reads what the project ships, or what `PROTOBASE_DATA` has more of.
    pub fn read() -> Option<Self> {
        let mut loaded = Import::new().file(file("cities/cities.csv")?).point("location", "lon", "lat").read().ok()?;
        let mut places = Vec::with_capacity(loaded.objects.len());
        for (id, city) in (0..).zip(&mut loaded.objects) {
            let degrees = |name: &str| city.get(name).and_then(|value| value.as_ref().as_f64());
            places.push(Place { lon: degrees("lon")?, lat: degrees("lat")? });
            city.set("id", Value::Int(id));
        }
        let outlines = file("countries/countries-50m.geojson").or_else(|| file("countries/countries-110m.geojson"))?;
        let read = Import::new().file(outlines).skip_bad(true).read().ok()?;
        for refused in &read.skipped {
            println!("left out for both, no valid area: {refused}");
        }
        let outline = |country: Object| match (country.get("name"), country.get("geometry")) {
            (Some(name), Some(Value::Geometry(shape))) => Some((name.to_string(), (**shape).clone())),
            _ => None,
        };
        let mut countries: Vec<(String, geo::Geometry<f64>)> = read.objects.into_iter().filter_map(outline).collect();
        countries.retain(|(name, outline)| match protobase::geometry::Region::from_geometry(outline) {
            Ok(_) => true,
            Err(error) => {
                println!("left out for both: {name}: {error}");
                false
            }
        });
        Some(Self { cities: loaded.objects, countries, places })
    }

    pub fn place_of(&self, city: i64) -> Place {
        usize::try_from(city).ok().and_then(|at| self.places.get(at).copied()).unwrap_or(Place { lon: 0.0, lat: 0.0 })
    }

    /// Up to half a degree from a city.
    pub fn around_a_city(&self, random: &mut Random) -> Place {
        let city = self.places[(random.next() * self.places.len() as f64) as usize];
        let (lon, lat) = (city.lon + random.next() - 0.5, city.lat + random.next() - 0.5);
        Place { lon: lon.clamp(-180.0, 180.0), lat: lat.clamp(-90.0, 90.0) }
    }
}

/// Metres on the sphere.
pub fn metres(a: Place, b: Place) -> f64 {
    let place = |at: Place| protobase::geometry::LonLat::new(at.lon, at.lat).expect("on the globe");
    protobase::geometry::distance(place(a), place(b))
}

fn file(name: &str) -> Option<PathBuf> {
    let shipped = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets"));
    let folders = [std::env::var("PROTOBASE_DATA").ok().map(PathBuf::from), Some(shipped)];
    let names = [name.to_owned(), format!("{name}.gz")];
    let all = folders.iter().flatten().flat_map(|folder| names.iter().map(|name| folder.join(name)));
    let found = all.clone().find(|path| path.exists());
    if found.is_none() {
        println!("not there: {name}, in PROTOBASE_DATA or datasets");
    }
    found
}

/// Numbers from 0 to 1, the same in every run.
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}
