//! A set with three indexes, a few objects, one question that mixes meaning, place and attributes.

use protobase::{Database, IndexableSet, LonLat, Options, Point, SetSchema, Vector, field};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
struct Place { name: String, country: String, location: Point, embedding: Vector }

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = Database::in_memory(); // or Database::open("my.db")?
    let places: IndexableSet<Place> = database.declare(
        SetSchema::new("places")
            .index("country", "hash")
            .index("location", "geo")
            .index_with("embedding", "vector", Options::new().with("dimension", 3).with("metric", "cosine")),
    )?;
    for (name, country, lon, lat, embedding) in
        [("Vardzia", "GE", 43.28, 41.38, [0.9, 0.1, 0.2]), ("Gergeti", "GE", 44.62, 42.66, [0.7, 0.6, 0.1]), ("Meteora", "GR", 21.63, 39.72, [0.8, 0.5, 0.1])]
    {
        places.insert(&Place { name: name.into(), country: country.into(), location: Point::new(lon, lat), embedding: Vector::from(embedding.to_vec()) })?;
    }
    let near_tbilisi = field("location").within_radius(LonLat::new(44.79, 41.72)?, 200_000.0);
    for hit in places.query().filter(near_tbilisi.and(field("country").eq("GE"))).nearest("embedding", &[0.8, 0.5, 0.0], 2).run()? {
                println!("{:?} {:.3}", hit.get::<Place>()?.name, hit.distance.unwrap_or_default());
    }
    Ok(())
}
