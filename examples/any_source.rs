//! The same query over a `Vec` and over an indexed set: the same answer, by a scan and by indexes.

use protobase::{Ascending, Database, Object, Query, SetSchema, Source, field};

fn question(source: &dyn Source) -> Query<'_> {
    Query::over(source)
        .filter(field("country").eq("GE").and(field("population").between(10_000, 200_000)))
        .order_by("name", Ascending)
        .select(["name", "population"])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cities: Vec<Object> =
        [("Tbilisi", "GE", 1_049_498), ("Batumi", "GE", 186_949), ("Kutaisi", "GE", 135_201), ("Ani", "TR", 1_200)]
            .into_iter()
            .map(|(name, country, population)| {
                Object::new().with("name", name).with("country", country).with("population", population)
            })
            .collect();

    let database = Database::in_memory();
    let set =
        database.declare::<Object>(SetSchema::new("cities").index("country", "hash").index("population", "ordered"))?;
    set.insert_many(&cities)?;
    // So few objects would stay in memory, where a scan is quicker than any index.
    database.compact()?;
    let view = set.view()?;

    let names = |source: &dyn Source| -> Result<Vec<String>, Box<dyn std::error::Error>> {
        question(source)
            .run()?
            .iter()
            .map(|hit| Ok(hit.object()?.get("name").map(ToString::to_string).unwrap_or_default()))
            .collect()
    };
    let (from_list, from_set) = (names(&cities)?, names(&view)?);
    println!("over the Vec: {from_list:?}\n{}", question(&cities).explain()?);
    println!("over the set: {from_set:?}\n{}", question(&view).explain()?);
    assert_eq!(from_list, from_set);
    Ok(())
}
