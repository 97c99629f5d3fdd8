//! The shipped data, as the demo reads it.

use std::{collections::BTreeMap, path::Path};

use crate::{
    cli::CliError,
    geometry::{LonLat, Region, Regions},
    import::{Import, NpyMatrix, ReadProgress, read_lines},
    object::{Object, Value},
};

/// The atlas of notable places, and the questions about it.
pub struct Atlas {
    questions: NpyMatrix,
}

impl Atlas {
    /// Opens the atlas; reads the question embeddings only.
    pub fn open(datasets: &Path) -> Result<Self, CliError> {
        Ok(Self { questions: NpyMatrix::read(&datasets.join("atlas/questions.embeddings.npy"))? })
    }

    /// The embedding of one question.
    pub fn question(&self, line: usize) -> Result<Vec<f32>, CliError> {
        let vector =
            self.questions.vector(line).ok_or_else(|| CliError::Usage(format!("the atlas has no question {line}")))?;
        Ok(vector.to_vec())
    }

    /// All places, with `location` and `embedding`.
    pub fn places(datasets: &Path, progress: impl Fn(ReadProgress) + 'static) -> Result<Vec<Object>, CliError> {
        let folder = datasets.join("atlas");
        let import = Import::new()
            .file(folder.join("places.jsonl"))
            .point("location", "lon", "lat")
            .vectors("embedding", folder.join("places.embeddings.npy"));
        Ok(import.read_with(progress)?.objects)
    }
}

/// All cities, with `location`.
pub fn cities(datasets: &Path, progress: impl Fn(ReadProgress) + 'static) -> Result<Vec<Object>, CliError> {
    let import = Import::new().file(datasets.join("cities/cities.csv.gz")).point("location", "lon", "lat");
    Ok(import.read_with(progress)?.objects)
}

/// One country with the objects that will be nested in it.
pub struct Country {
    /// Its own fields.
    pub object: Object,
    /// Its cities.
    pub cities: Vec<Object>,
    /// Its notable places.
    pub places: Vec<Object>,
}

/// Groups cities and places by country code, and gives each country its name, its largest city and its outline.
pub fn countries(outlines: &Outlines, cities: &[Object], places: &[Object]) -> Vec<Country> {
    let mut grouped: BTreeMap<String, (Vec<Object>, Vec<Object>)> = BTreeMap::new();
    for city in cities {
        grouped.entry(text(city, "country")).or_default().0.push(city.clone());
    }
    for place in places {
        grouped.entry(text(place, "country_code")).or_default().1.push(place.clone());
    }
    let cities = grouped.iter().map(|(code, (cities, _))| (code.as_str(), &cities[..]));
    let owned = outlines.owned(cities.collect());
    let outline = |code: &str| owned.get(code).and_then(|outline| outlines.features.get(*outline));
    grouped.into_iter().map(|(code, (cities, places))| country(&code, cities, places, outline(&code))).collect()
}

fn largest(cities: &[Object]) -> Option<&Object> {
    cities.iter().max_by_key(|city| people(city))
}

fn people(city: &Object) -> i64 {
    if let Some(Value::Int(people)) = city.get("population") { *people } else { 0 }
}

fn country(code: &str, cities: Vec<Object>, places: Vec<Object>, outline: Option<&Object>) -> Country {
    // A place of the atlas says what its country is called; else the outline does, else only the code is known.
    let named =
        places.first().map(|place| text(place, "country")).or_else(|| outline.map(|outline| text(outline, "name")));
    let mut object = Object::new().with("country_code", code).with("name", named.unwrap_or_else(|| code.to_owned()));
    if let Some(city) = largest(&cities) {
        object.set("largest_city", text(city, "name"));
    }
    if let Some(shape) = outline.and_then(|outline| outline.get("geometry")) {
        object.set("outline", shape.clone());
    }
    Country { object, cities, places }
}

/// So many of a country's cities are looked for in the outlines.
const ASKED: usize = 1_000;

/// The country outlines, found by a place inside.
pub struct Outlines {
    features: Vec<Object>,
    regions: Regions<usize>,
    /// Countries whose outline is not valid by RFC 7946 (a ring that crosses itself, or jumps the antimeridian uncut): left out.
    pub left_out: Vec<String>,
}

impl Outlines {
    /// Reads the shipped outlines.
    pub fn read(datasets: &Path) -> Result<Self, CliError> {
        let file = datasets.join("countries/countries-110m.geojson");
        let features: Vec<Object> =
            read_lines(&file)?.map(|line| line.map(|line| line.object)).collect::<Result<_, _>>()?;
        let (mut regions, mut left_out) = (Vec::new(), Vec::new());
        for (index, feature) in features.iter().enumerate() {
            let Some(Value::Geometry(shape)) = feature.get("geometry") else { continue };
            match Region::from_geometry(shape) {
                Ok(region) => regions.push((index, region)),
                Err(_) => left_out.push(text(feature, "name")),
            }
        }
        Ok(Self { features, regions: Regions::new(regions), left_out })
    }

    /// Which country has which outline. The outlines say names only, and so coarsely that ports lie outside and small countries within a
    /// neighbour: an outline is of the country that most of the larger cities inside are of, and a country's is the one of these with most of its own.
    fn owned(&self, countries: Vec<(&str, &[Object])>) -> BTreeMap<String, usize> {
        let mut votes: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for (code, cities) in countries {
            let mut larger: Vec<&Object> = cities.iter().collect();
            larger.sort_by_key(|city| std::cmp::Reverse(people(city)));
            for place in larger.into_iter().take(ASKED).filter_map(location) {
                if let Some(outline) = self.around(place) {
                    *votes.entry((outline, code)).or_default() += 1;
                }
            }
        }
        let mut owners: BTreeMap<usize, (usize, &str)> = BTreeMap::new();
        for ((outline, code), count) in votes {
            let owner = owners.entry(outline).or_default();
            *owner = (*owner).max((count, code));
        }
        let mut owned: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (outline, (count, code)) in owners {
            let own = owned.entry(code.to_owned()).or_default();
            *own = (*own).max((count, outline));
        }
        owned.into_iter().map(|(code, (_, outline))| (code, outline)).collect()
    }

    /// Which of the features has the place inside.
    fn around(&self, place: LonLat) -> Option<usize> {
        self.regions.containing(place).first().map(|index| **index)
    }
}

fn text(object: &Object, field: &str) -> String {
    match object.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn location(object: &Object) -> Option<LonLat> {
    match object.get("location")?.as_ref() {
        crate::object::ValueRef::Geometry(geometry) => geometry.point(),
        _ => None,
    }
}
