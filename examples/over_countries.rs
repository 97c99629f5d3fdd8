//! Which countries does a flight cross? A great circle on the globe is another line than a straight one on the map, and crosses others.
//!
//! Outlines of countries are stored as they are; the questions are shapes: a flight path, a storm with a calm eye, a place. SQL asks the same.

use std::path::Path;

use protobase::{
    Database, LonLat, Object, Parameters, SetSchema, Value, field,
    geometry::{Edges, PreparedShape, Region, from_wkt, length},
    import::Import,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    let outlines = Import::new().file(datasets.join("countries/countries-110m.geojson")).read()?.objects;
    // A geo index takes areas only that are some: outlines at this scale cross themselves now and then.
    let is_area = |country: &&Object| match country.get("geometry") {
        Some(Value::Geometry(outline)) => Region::from_geometry(outline).is_ok(),
        _ => false,
    };
    let countries: Vec<Object> = outlines.iter().filter(is_area).cloned().collect();
    println!(
        "{} countries, {} outlines left out that cross themselves\n",
        countries.len(),
        outlines.len() - countries.len()
    );

    let database = Database::in_memory();
    let set = database.declare(SetSchema::new("countries").index("geometry", "geo"))?;
    set.insert_many(&countries)?;
    let names = |condition| -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let mut names = Vec::new();
        for hit in set.query().filter(condition).run()? {
            names.push(hit.object()?.get("name").map(ToString::to_string).unwrap_or_default());
        }
        names.sort();
        Ok(names)
    };

    let flight = from_wkt("LINESTRING(-9.1 38.8, 104.0 1.4)")?;
    println!("From Lisbon to Singapore");
    for (way, edges) in [("by great circle", Edges::great_circle()), ("straight on the map", Edges::Straight)] {
        let path = PreparedShape::with_edges(flight.clone(), edges)?;
        let kilometres = length(path.shape()) / 1_000.0;
        println!("  {way}, {kilometres:.0} km, over {}", names(field("geometry").intersects(path))?.join(", "));
    }

    // Warned are those that the storm touches, boundaries included; in its eye, which is a hole, it is calm.
    let storm = from_wkt("POLYGON((5 44, 20 44, 20 52, 5 52, 5 44), (9 45.5, 18 45.5, 18 49.2, 9 49.2, 9 45.5))")?;
    let storm = PreparedShape::new(storm)?;
    println!("\nA storm touches {}", names(field("geometry").intersects(storm.clone()))?.join(", "));
    println!("wholly in it: {}", names(field("geometry").covered_by(storm))?.join(", "));
    let vienna = LonLat::new(16.37, 48.21)?;
    println!("Vienna is in {}", names(field("geometry").covers(vienna))?.join(", "));

    let answer = database.sql(
        "SELECT name, ST_Area(geometry) AS area, ST_Distance(geometry, $vienna) AS sphere, ST_Distance(geometry, $vienna, true) AS spheroid \
         FROM countries ORDER BY geometry <-> $vienna LIMIT 5",
        &Parameters::new().with("vienna", Value::from(geo::Geometry::from(vienna))),
    )?;
    println!("\nNearest to Vienna:");
    for country in &answer.objects {
        let number = |name: &str| match country.get(name) {
            Some(Value::Float(number)) => *number,
            _ => f64::NAN,
        };
        println!(
            "  {:7.3} km by the sphere, {:7.3} km by the ellipsoid: {}, {:.0} km2",
            number("sphere") / 1e3,
            number("spheroid") / 1e3,
            country.get("name").map(ToString::to_string).unwrap_or_default(),
            number("area") / 1e6
        );
    }
    Ok(())
}
