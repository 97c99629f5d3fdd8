//! Protobase: a database in files, asked through its query builder. What comes back are the hits' offsets, its keys, as a row's primary key is
//! PostgreSQL's: no object is read for them.

use protobase::{
    Database, IndexableSet, Object, Query, SetSchema,
    expr::field,
    geometry::{GeoBox, LonLat, PreparedShape},
    object::Offset,
};
use tempfile::TempDir;

use super::{Contender, NEAREST, POPULOUS, Place, data::Data};

pub struct Protobase {
    cities: IndexableSet,
    countries: IndexableSet,
    /// The offsets of the first city and of the first country: ids are counted from there.
    first: [u64; 2],
    _database: Database,
    _folder: TempDir,
}

impl Protobase {
    pub fn load(data: &Data) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::options().open(folder.path()).expect("a database");
        let schema =
            SetSchema::new("cities").index("location", "geo").index("country", "hash").index("population", "ordered");
        let cities: IndexableSet = database.declare(schema).expect("declared");
        let first_city = first(&cities.insert_many(&data.cities).expect("loaded"));
        let countries: IndexableSet =
            database.declare(SetSchema::new("countries").index("area", "geo")).expect("declared");
        let object = |(id, (name, area)): (i64, &(String, geo::Geometry<f64>))| {
            Object::new().with("id", id).with("name", name.as_str()).with("area", area.clone())
        };
        let outlines: Vec<Object> = (0..).zip(&data.countries).map(object).collect();
        let first_country = first(&countries.insert_many(&outlines).expect("loaded"));
        database.flush().expect("flushed");
        database.compact().expect("compacted");
        Self { cities, countries, first: [first_city, first_country], _database: database, _folder: folder }
    }

    fn near(&self, at: Place) -> Query<'_> {
        self.cities.query().nearest_place("location", place(at), NEAREST)
    }
}

fn place(at: Place) -> LonLat {
    LonLat::new(at.lon, at.lat).expect("on the globe")
}

/// The first of offsets that follow each other.
fn first(offsets: &[Offset]) -> u64 {
    let first = offsets.first().map_or(0, |offset| offset.0);
    assert!((first..).zip(offsets).all(|(expected, offset)| offset.0 == expected), "a load leases what it needs");
    first
}

fn id(offset: Offset, first: u64) -> i64 {
    (offset.0 - first).cast_signed()
}

fn ids(query: Query<'_>, first: u64) -> Vec<i64> {
    query.run().expect("hits").offsets().into_iter().map(|offset| id(offset, first)).collect()
}

fn ascending(query: Query<'_>, first: u64) -> Vec<i64> {
    let mut ids = ids(query, first);
    ids.sort_unstable();
    ids
}

impl Contender for Protobase {
    fn nearest(&mut self, at: Place) -> Vec<i64> {
        ids(self.near(at), self.first[0])
    }

    fn nearest_in(&mut self, at: Place, country: &str) -> Vec<i64> {
        ids(self.near(at).filter(field("country").eq(country)), self.first[0])
    }

    fn nearest_populous(&mut self, at: Place) -> Vec<i64> {
        ids(self.near(at).filter(field("population").gt(POPULOUS)), self.first[0])
    }

    fn within(&mut self, at: Place, metres: f64) -> Vec<i64> {
        ascending(self.cities.query().filter(field("location").within_radius(place(at), metres)), self.first[0])
    }

    fn in_box(&mut self, low: Place, high: Place) -> Vec<i64> {
        let area = GeoBox::new(low.lon, low.lat, high.lon, high.lat).expect("a box");
        ascending(self.cities.query().filter(field("location").within_box(area)), self.first[0])
    }

    fn country_of(&mut self, at: Place) -> Vec<i64> {
        let here = PreparedShape::new(geo::Point::new(at.lon, at.lat)).expect("on the globe");
        ascending(self.countries.query().filter(field("area").covers(here)), self.first[1])
    }

    fn joined(&mut self, country: &str, metres: f64) -> Vec<(i64, i64)> {
        let side = || self.cities.query().filter(field("country").eq(country));
        let pairs = side().join_within("location", side(), "location", metres).run().expect("pairs");
        let mut ids = Vec::with_capacity(pairs.len());
        for (left, rights) in pairs.groups() {
            let left = id(left.offset, self.first[0]);
            ids.extend(rights.map(|right| (left, id(right.offset, self.first[0]))));
        }
        ids.sort_unstable();
        ids
    }
}
