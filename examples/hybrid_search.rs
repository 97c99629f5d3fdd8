//! Meaning, place and attributes in one query, in SQL and in Rust: the two give the same plan and the same answer.

use std::path::Path;

use protobase::{
    Database, LonLat, Object, Options, Parameters, SetSchema, field,
    import::{Import, NpyMatrix},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let atlas = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/atlas");
    let places = Import::new()
        .file(atlas.join("places.jsonl"))
        .point("location", "lon", "lat")
        .vectors("embedding", atlas.join("places.embeddings.npy"))
        .read()?
        .objects;
    let question =
        NpyMatrix::read(&atlas.join("questions.embeddings.npy"))?.vector(37).ok_or("no question 37")?.to_vec();

    let database = Database::in_memory();
    let set = database.declare::<Object>(
        SetSchema::new("places")
            .index_with("embedding", "vector", Options::new().with("dimension", 384).with("metric", "cosine"))
            .index("location", "geo")
            .index("elevation_m", "ordered"),
    )?;
    set.insert_many(&places)?;

    let tbilisi = LonLat::new(44.83, 41.69)?;
    let query = set
        .query()
        .filter(field("location").within_radius(tbilisi, 800_000.0).and(field("elevation_m").gt(1_000)))
        .nearest("embedding", &question, 5);
    println!("like \"rock-hewn churches\", within 800 km of Tbilisi, above 1,000 m:\n");
    let mut offsets = Vec::new();
    for hit in query.run()? {
        let place = hit.object()?;
        println!(
            "  {:.3}  {}, {}",
            hit.distance.unwrap_or_default(),
            place.get("name").unwrap(),
            place.get("country").unwrap()
        );
        offsets.push(hit.offset);
    }
    println!("\n{}", query.explain()?);

    let answer = database.sql(
        "SELECT name FROM places WHERE ST_DWithin(location, ST_Point(44.83, 41.69), 800000) AND elevation_m > 1000 ORDER BY embedding <=> $q LIMIT 5",
        &Parameters::new().with("q", question),
    )?;
    assert_eq!(answer.offsets, offsets, "SQL says the same");
    Ok(())
}
