//! The demo's sets and indexes, built once.

use std::{io::Write, path::Path};

use crate::{
    cli::{CliError, progress},
    database::Database,
    index::Options,
    object::{Object, Offset},
    set::{IndexableSet, SetSchema},
};

use super::data::{self, Atlas, Country, Outlines};

/// The field that marks a finished build, so that a build which was broken off is not taken for one.
const READY: &str = "demo";

/// Opens the database, and builds what is not there yet. The flag says whether anything was built.
pub fn open_or_build(dir: &Path, datasets: &Path) -> Result<(Database, bool), CliError> {
    let database = Database::open(dir)?;
    if is_ready(&database)? {
        return Ok((database, false));
    }
    if database.snapshot().families().next().is_some() {
        let dir = dir.display();
        return Err(CliError::Usage(format!(
            "{dir} holds another database, or half a demo: delete it, or choose --dir"
        )));
    }
    build(&database, datasets)?;
    Ok((database, true))
}

fn is_ready(database: &Database) -> Result<bool, CliError> {
    if database.snapshot().family(READY).is_none() {
        return Ok(false);
    }
    Ok(!database.set::<Object>(READY)?.is_empty().map_err(crate::Error::from)?)
}

fn build(database: &Database, datasets: &Path) -> Result<(), CliError> {
    let reading = progress::spinner("reading datasets");
    let (places, cities) = (Atlas::open(datasets)?.places()?, data::cities(datasets)?);
    let outlines = Outlines::read(datasets)?;
    let countries = data::countries(&outlines, &cities, &places);
    reading.finish_and_clear();
    println!("outlines left out, not valid by RFC 7946: {}", outlines.left_out.join(", "));

    let working = progress::spinner("1,238 places: vectors, locations, attributes");
    fill(&database.declare(places_schema())?, &places)?;
    working.set_message("170,391 cities");
    fill(&database.declare(cities_schema())?, &cities)?;
    working.finish_and_clear();
    build_countries(&database.declare(countries_schema())?, &countries)?;

    let settling = progress::spinner("settling: one segment a set, graphs built");
    database.compact()?;
    fill(&database.declare(SetSchema::new(READY))?, &[Object::new().with("ready", true)])?;
    database.checkpoint()?;
    settling.finish_and_clear();
    Ok(())
}

fn fill(set: &IndexableSet, objects: &[Object]) -> Result<(), CliError> {
    set.insert_many(objects).map_err(crate::Error::from)?;
    Ok(())
}

fn build_countries(countries: &IndexableSet, all: &[Country]) -> Result<(), CliError> {
    let working = progress::spinner("248 countries, and what is in them");
    let owners = countries.insert_many(all.iter().map(|country| &country.object)).map_err(crate::Error::from)?;
    fill_nested(countries, "cities", owners.iter().zip(all).map(|(owner, country)| (*owner, &country.cities)))?;
    fill_nested(countries, "places", owners.iter().zip(all).map(|(owner, country)| (*owner, &country.places)))?;
    working.finish_and_clear();
    Ok(())
}

/// Loads the nested sets of many owners at once.
fn fill_nested<'a>(
    countries: &IndexableSet,
    field: &str,
    owned: impl Iterator<Item = (Offset, &'a Vec<Object>)>,
) -> Result<(), CliError> {
    let family = countries.nested_family::<Object>(field).map_err(crate::Error::from)?;
    let objects = owned.flat_map(|(owner, objects)| objects.iter().map(move |object| (owner, object)));
    family.insert_nested(objects).map_err(crate::Error::from)?;
    Ok(())
}

/// Embeddings: a graph already from 500 vectors on, and a beam of 24, so that the demo's 1,238 places show one. With the default beam of 64 a scan of
/// so few codes would cost less.
fn embeddings() -> Options {
    let options = Options::new().with("dimension", 384).with("metric", "cosine");
    options.with("flat_threshold", 500).with("ef_search", 24)
}

fn places_schema() -> SetSchema {
    SetSchema::new("places")
        .unique("id")
        .index_with("embedding", "vector", embeddings())
        .index("location", "geo")
        .index("category", "hash")
        .index("country", "hash")
        .index("world_heritage", "hash")
        .index("elevation_m", "ordered")
        .index("year", "ordered")
}

fn cities_schema() -> SetSchema {
    SetSchema::new("cities")
        .unique("geonameid")
        .index("location", "geo")
        .index("country", "hash")
        .index("population", "ordered")
        .index_on(["lon", "lat"], "plane", Options::new())
}

fn countries_schema() -> SetSchema {
    let cities = SetSchema::new("cities").index("location", "geo").index("population", "ordered");
    let places = SetSchema::new("places")
        .index_with("embedding", "vector", embeddings())
        .index("category", "hash")
        .index("elevation_m", "ordered");
    SetSchema::new("countries").unique("country_code").nested("cities", cities).nested("places", places)
}

/// One line for each set.
pub fn print_sets(database: &Database, out: &mut dyn Write) -> Result<(), CliError> {
    let snapshot = database.snapshot();
    for (family, declaration) in snapshot.families().filter(|(_, declaration)| declaration.name != READY) {
        let count = snapshot.view(family, None).and_then(|view| view.len()).map_err(crate::Error::from)?;
        let indexes: Vec<String> = declaration
            .indexes
            .iter()
            .map(|index| {
                let fields: Vec<String> = index.fields.iter().map(ToString::to_string).collect();
                format!("{} {}", fields.join(","), index.kind)
            })
            .collect();
        writeln!(out, "  {:18} {count:>7} objects; indexes: {}", declaration.name, indexes.join(", "))?;
    }
    Ok(())
}
