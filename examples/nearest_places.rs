//! A nearest-location service: all cities of the world in memory, the nearest to a place, with and without a filter, across the antimeridian.

use std::{path::Path, time::Instant};

use protobase::{Database, LonLat, SetSchema, field, import::Import};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    let cities =
        Import::new().file(datasets.join("cities/cities.csv.gz")).point("location", "lon", "lat").read()?.objects;

    let database = Database::in_memory();
    let set = database.declare(SetSchema::new("cities").index("location", "geo").index("population", "ordered"))?;
    set.insert_many(&cities)?;
    println!("{} cities\n", set.len()?);

    let taveuni = LonLat::new(-179.98, -16.85)?;
    for (what, filter) in [("any size", None), ("a million people", Some(field("population").ge(1_000_000)))] {
        let start = Instant::now();
        let mut query = set.query().nearest_place("location", taveuni, 5);
        if let Some(filter) = filter {
            query = query.filter(filter);
        }
        let hits = query.run()?;
        println!("nearest to 179.98 W, 16.85 S, {what} ({:?}):", start.elapsed());
        for hit in hits {
            let city = hit.object()?;
            let kilometres = hit.distance.unwrap_or_default() / 1_000.0;
            println!("  {kilometres:8.1} km  {}, {}", city.get("name").unwrap(), city.get("country").unwrap());
        }
    }
    Ok(())
}
