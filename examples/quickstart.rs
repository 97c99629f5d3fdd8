//! A set with three indexes, and one question that mixes meaning, place and attributes.
use protobase::{Database, LonLat, Object, Options, SetSchema, field};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = Database::in_memory(); // or Database::open("my.db")?
    let schema = SetSchema::new("places").index("country", "hash").index("location", "geo");
    let vector = Options::new().with("dimension", 3).with("metric", "cosine");
    let places = database.declare::<Object>(schema.index_with("embedding", "vector", vector))?;
    for (name, country, lon, lat, embedding) in [
        ("Vardzia", "GE", 43.28, 41.38, [0.9_f32, 0.1, 0.2]),
        ("Gergeti", "GE", 44.62, 42.66, [0.7, 0.6, 0.1]),
        ("Meteora", "GR", 21.63, 39.72, [0.8, 0.5, 0.1]),
    ] {
        let place = Object::new().with("name", name).with("country", country).with("embedding", embedding.to_vec());
        places.insert(&place.with("location", LonLat::new(lon, lat)?))?;
    }
    let near_tbilisi = field("location").within_radius(LonLat::new(44.79, 41.72)?, 200_000.0);
    let filter = near_tbilisi.and(field("country").eq("GE"));
    let query = places.query().filter(filter).nearest("embedding", [0.8, 0.5, 0.0], 2);
    for hit in query.run()? {
        println!("{:.3} {}", hit.distance.unwrap_or_default(), hit.object()?);
    }
    println!("{}", query.explain()?);
    Ok(())
}
