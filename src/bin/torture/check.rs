//! Is a store that was found on a disk whole? Opened by itself, with one of the contents that may be there, and with indexes that
//! answer as a scan does.

use std::collections::BTreeSet;

use protobase::{
    Database, IndexableSet, Object, Query, SearchEffort, field,
    storage::simulate::{Keep, SimulatedFileSystem},
};

use super::{
    ledger::Allowed,
    model::{MEANING, Model, PARTS, THINGS, VALUES, declare, meaning, place, text, thing},
    session::Settings,
};

/// How much is asked of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Care {
    /// It opens, its content is right, its indexes answer rightly.
    Contents,
    /// What was found stays through another power cut; the database's own check finds nothing.
    Lasting,
    /// It can be written to, maintained and opened again.
    GoesOn,
}

/// Opens an image and looks at everything. Returns what was found.
pub fn check(disk: &SimulatedFileSystem, settings: Settings, allowed: &Allowed, care: Care) -> Result<Model, String> {
    let database = settings.open(disk).map_err(|error| format!("it does not open: {error}"))?;
    let found = Model::read(&database)?;
    if !allowed.has(&found) {
        let difference = found.difference(&allowed.floor);
        let kind = if allowed.tried.is_empty() { "" } else { ", nor is it what was tried after that" };
        return Err(format!("the content is not what was acknowledged{kind}; found and acknowledged: {difference}"));
    }
    answers(&database, &found)?;
    if care >= Care::Lasting {
        database.check().map_err(|error| format!("its own check: {error}"))?;
        let again = disk.after_power_cut(Keep::Nothing, 1);
        let reopened = settings.open(&again).map_err(|error| format!("it does not open twice: {error}"))?;
        if Model::read(&reopened)? != found {
            return Err("what was found is not there after another power cut".to_owned());
        }
        again.cut_power_at(0);
    }
    if care >= Care::GoesOn {
        go_on(disk, database, settings, found.clone())?;
    } else {
        // Closing would write a checkpoint that nobody looks at.
        disk.cut_power_at(0);
    }
    Ok(found)
}

/// Writes, maintains, closes and opens again.
fn go_on(disk: &SimulatedFileSystem, database: Database, settings: Settings, mut model: Model) -> Result<(), String> {
    model.level = model.level.max(1);
    let set = declare(&database, model.level).map_err(text)?;
    for key in [1_000_001, 1_000_002] {
        let offset = set.insert(&thing(key, 3)).map_err(|error| format!("it cannot be written to: {error}"))?;
        model.things.insert(offset.0, (key, 3));
        database.compact().map_err(|error| format!("it cannot be compacted: {error}"))?;
    }
    answers(&database, &model)?;
    drop((set, database));
    let database = settings.open(disk).map_err(|error| format!("it does not open after it was written to: {error}"))?;
    let found = Model::read(&database)?;
    if found != model {
        return Err(format!("written to and opened again: {}", found.difference(&model)));
    }
    database.check().map_err(|error| format!("its own check at the end: {error}"))
}

/// Asks the indexes, and compares with the content and with evaluation.
pub fn answers(database: &Database, model: &Model) -> Result<(), String> {
    if model.level == 0 {
        return Ok(());
    }
    let set: IndexableSet<Object> = database.set(THINGS).map_err(text)?;
    let parts: IndexableSet<Object> = set.nested_family(PARTS).map_err(text)?;
    counted("things", set.len().map_err(text)?, model.things.len())?;
    for value in 0..VALUES {
        let things = model.things.values().filter(|(_, known)| *known == value).count();
        let equal = field("value").eq(value);
        counted("things by value", set.query().filter(equal.clone()).count().map_err(text)?, things)?;
        let nested = model.parts.values().filter(|(_, known)| *known == value).count();
        counted("parts by value", parts.query().filter(equal).count().map_err(text)?, nested)?;
    }
    for (offset, (key, _)) in model.things.iter().take(12) {
        let found = set.find_unique(*key).map_err(text)?;
        if found.is_none_or(|found| found.0 != *offset) {
            return Err(format!("the thing with key {key} is at {found:?}, not at {offset}"));
        }
    }
    if set.find_unique(-1).map_err(text)?.is_some() {
        return Err("a key is found that never was".to_owned());
    }
    if model.level > 1 { all_kinds(&set, model) } else { Ok(()) }
}

fn counted(what: &str, answered: u64, known: usize) -> Result<(), String> {
    if answered == known as u64 { Ok(()) } else { Err(format!("{what}: {answered} are counted and {known} are there")) }
}

/// The indexes of the second level against evaluation.
fn all_kinds(set: &IndexableSet<Object>, model: &Model) -> Result<(), String> {
    let Some((key, value)) = model.things.values().next() else { return Ok(()) };
    let near = field("place").within_radius(place(*key), 3_000_000.0);
    let same = field("text").eq(thing(*key, *value).get("text").cloned().unwrap_or(().into()));
    equal("things near one", &set.query().filter(near))?;
    equal("things with one text", &set.query().filter(same))?;
    equal("things like one", &set.query().nearest(MEANING, meaning(*key, *value), 3).effort(SearchEffort::Exact))
}

fn equal(what: &str, query: &Query<'_>) -> Result<(), String> {
    let offsets = |hits: protobase::Hits| hits.offsets().into_iter().collect::<BTreeSet<_>>();
    let answered = offsets(query.run().map_err(text)?);
    let evaluated = offsets(query.run_unoptimized().map_err(text)?);
    if answered == evaluated { Ok(()) } else { Err(format!("{what}: {answered:?} instead of {evaluated:?}")) }
}
