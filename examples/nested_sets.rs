//! Countries, each with its own set of cities and of places: asked one by one, and as whole families.

use std::path::Path;

use protobase::{Database, Descending, Object, SetSchema, field, import::Import};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    let cities = Import::new().file(datasets.join("cities/cities.csv.gz")).read()?.objects;
    let places = Import::new().file(datasets.join("atlas/places.jsonl")).read()?.objects;
    let of = |objects: &[Object], key: &str, code: &str| -> Vec<Object> {
        objects
            .iter()
            .filter(|object| object.get(key).is_some_and(|value| value.to_string() == code))
            .cloned()
            .collect()
    };

    let database = Database::in_memory();
    let countries = database.declare::<Object>(
        SetSchema::new("countries")
            .unique("country_code")
            .nested("cities", SetSchema::new("cities").index("population", "ordered"))
            .nested("places", SetSchema::new("places").index("elevation_m", "ordered")),
    )?;
    for (code, name) in [("GE", "Georgia"), ("AM", "Armenia"), ("AZ", "Azerbaijan")] {
        let owner = countries.insert(&Object::new().with("country_code", code).with("name", name))?;
        countries.nested(owner, "cities")?.insert_many(&of(&cities, "country", code))?;
        countries.nested(owner, "places")?.insert_many(&of(&places, "country_code", code))?;
    }

    let georgia = countries.query().filter(field("country_code").eq("GE")).run()?.first().ok_or("Georgia is there")?;
    let its_cities = countries.nested::<Object>(georgia.offset, "cities")?;
    println!("Georgia has {} cities; the largest:", its_cities.len()?);
    for hit in its_cities.query().order_by("population", Descending).limit(3).run()? {
        println!("  {}", hit.object()?.get("name").unwrap());
    }

    let all_places = countries.nested_family::<Object>("places")?;
    println!("The highest of all {} places of the three countries:", all_places.len()?);
    for hit in
        all_places.query().filter(field("elevation_m").gt(1_500)).order_by("elevation_m", Descending).limit(3).run()?
    {
        let place = hit.object()?;
        println!("  {} ({} m)", place.get("name").unwrap(), place.get("elevation_m").unwrap());
    }

    countries.remove(georgia.offset)?;
    println!("Without Georgia {} cities are left.", countries.nested_family::<Object>("cities")?.len()?);
    Ok(())
}
