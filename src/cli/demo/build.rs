//! The demo's sets and indexes, built once.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{
    cli::{CliError, progress::Bar, waiting::writing},
    database::Database,
    index::Options,
    object::{Object, Offset, Value},
    set::{IndexableSet, SetSchema},
};

use super::data::{self, Atlas, Country, Outlines};

/// The set that says whose the database is, and how far its build came: declared first, and its only object is replaced last.
const MARK: &str = "demo";

/// The mark's field with the state of the build.
const STATE: &str = "state";
const BUILDING: &str = "building";
const READY: &str = "ready";

/// Held while a demo is built in a directory; the system lets go of it when the process ends, however it ends.
const LOCK: &str = "demo.lock";

/// Opens the database, and builds what is not there yet. The flag says whether anything was built.
pub fn open_or_build(dir: &Path, datasets: &Path) -> Result<(Database, bool), CliError> {
    let database = writing().open(dir)?;
    if state(&database, dir)? == State::Ready {
        return Ok((database, false));
    }
    let lock = Lock::wait(dir)?;
    // Whoever had the lock before may have built it.
    database.refresh()?;
    let ready = state(&database, dir)? == State::Ready;
    if !ready {
        build(&database, datasets)?;
    }
    lock.release()?;
    Ok((database, !ready))
}

/// How far the build of a demo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The database is empty, or nothing but the mark was declared.
    Fresh,
    /// Broken off, or under way in another process.
    Begun,
    Ready,
}

/// What the database is. A database of somebody else is refused, whatever its sets are called.
fn state(database: &Database, dir: &Path) -> Result<State, CliError> {
    let sets = database.sets();
    let marked = sets.iter().any(|set| set == MARK);
    let mark = match marked {
        true => database.set::<Object>(MARK)?.iter().map_err(crate::Error::from)?.next().transpose(),
        false => Ok(None),
    };
    let state = mark.map_err(crate::Error::from)?.and_then(|(_, object)| object.get(STATE).map(ToString::to_string));
    match state.as_deref() {
        Some(READY) => Ok(State::Ready),
        Some(BUILDING) => Ok(State::Begun),
        None if sets.is_empty() || sets == [MARK] => Ok(State::Fresh),
        _ => {
            let (dir, sets) = (dir.display(), sets.join(", "));
            Err(CliError::Refused(format!(
                "{dir} holds a database that is not the demo's (its sets: {sets}), and is left alone: choose another directory with --dir"
            )))
        }
    }
}

/// The right to build in a directory.
struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Gets the lock, and waits when another demo has it.
    fn wait(dir: &Path) -> Result<Self, CliError> {
        let path = dir.join(LOCK);
        let failed = |error: io::Error| CliError::Refused(format!("{}: {error}", path.display()));
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                eprintln!("another demo is being built in {}: waiting for it", dir.display());
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Self { file, path })
    }

    /// Lets go. The file goes, too: whoever waits has it open, and finds the demo ready.
    fn release(self) -> Result<(), CliError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(self.file.unlock()?),
        }
    }
}

/// Builds the demo, or completes a build that was broken off: each set is filled in one transaction, so that it is whole or empty.
fn build(database: &Database, datasets: &Path) -> Result<(), CliError> {
    let bar = Bar::new();
    let mark = mark(database)?;
    let places = Atlas::places(datasets, bar.reading("reading places"))?;
    let cities = data::cities(datasets, bar.reading("reading cities"))?;
    let outlines = Outlines::read(datasets)?;
    let countries = data::countries(&outlines, &cities, &places);

    fill(&database.declare(places_schema())?, &places, &bar)?;
    fill(&database.declare(cities_schema())?, &cities, &bar)?;
    fill_countries(&database.declare(countries_schema())?, &countries, &bar)?;
    database.compact_with(&|progress| bar.watch(progress))?;
    database.checkpoint()?;

    let (set, offset) = mark;
    set.update(offset, &Object::new().with(STATE, READY)).map_err(crate::Error::from)?;
    drop(bar);
    println!("outlines left out, not valid by RFC 7946: {}", outlines.left_out.join(", "));
    Ok(())
}

/// The mark, made when it is not there.
fn mark(database: &Database) -> Result<(IndexableSet, Offset), CliError> {
    let set = database.declare::<Object>(SetSchema::new(MARK))?;
    let known = set.view().and_then(|view| view.offsets().next().transpose()).map_err(crate::Error::from)?;
    let offset = match known {
        Some(offset) => offset,
        None => set.insert(&Object::new().with(STATE, BUILDING)).map_err(crate::Error::from)?,
    };
    Ok((set, offset))
}

fn fill(set: &IndexableSet, objects: &[Object], bar: &Bar) -> Result<(), CliError> {
    if set.is_empty().map_err(crate::Error::from)? {
        set.insert_many_with(objects, &|progress| bar.watch(progress)).map_err(crate::Error::from)?;
    }
    Ok(())
}

fn fill_countries(set: &IndexableSet, countries: &[Country], bar: &Bar) -> Result<(), CliError> {
    let objects: Vec<Object> = countries.iter().map(|country| country.object.clone()).collect();
    fill(set, &objects, bar)?;
    let mut owned = Vec::with_capacity(countries.len());
    for country in countries {
        let code = country.object.get("country_code").cloned().unwrap_or(Value::Null);
        let owner = set.find_unique(code).map_err(crate::Error::from)?;
        owned.extend(owner.map(|owner| (owner, country)));
    }
    fill_nested(set, "cities", owned.iter().map(|(owner, country)| (*owner, &country.cities)), bar)?;
    fill_nested(set, "places", owned.iter().map(|(owner, country)| (*owner, &country.places)), bar)
}

/// Loads the nested sets of many owners at once.
fn fill_nested<'a>(
    countries: &IndexableSet,
    field: &str,
    owned: impl Iterator<Item = (Offset, &'a Vec<Object>)>,
    bar: &Bar,
) -> Result<(), CliError> {
    let family = countries.nested_family::<Object>(field).map_err(crate::Error::from)?;
    if !family.is_empty().map_err(crate::Error::from)? {
        return Ok(());
    }
    let objects = owned.flat_map(|(owner, objects)| objects.iter().map(move |object| (owner, object)));
    family.insert_nested_with(objects, &|progress| bar.watch(progress)).map_err(crate::Error::from)?;
    Ok(())
}

/// Embeddings: a graph already from 500 vectors on, and a beam of 20, so that the demo's 1,238 places show one. With a beam of 64 a scan of
/// so few codes would cost less.
fn embeddings() -> Options {
    let options = Options::new().with("dimension", 384).with("metric", "cosine");
    options.with("flat_threshold", 500).with("ef_search", 20)
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
    for (family, declaration) in snapshot.families().filter(|(_, declaration)| declaration.name != MARK) {
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
