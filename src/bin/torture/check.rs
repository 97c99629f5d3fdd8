//! Is a store that was found on a disk whole? Opened by itself, with one of the contents that may be there, and with indexes that
//! answer as a scan does.

use std::collections::{BTreeMap, BTreeSet};

use protobase::{
    Database, Hits, IndexableSet, Object, Offset, Query, SearchEffort, field,
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
    Answers::of(database, model)?.check(database)
}

/// What indexes should answer: taken from the content and from evaluation, and then compared with as often as wanted.
#[derive(Debug, Default)]
pub struct Answers {
    /// How many things there are; `None` where no set is declared.
    things: Option<u64>,
    /// How many things have each value.
    things_by_value: Vec<(i64, u64)>,
    /// And how many parts.
    parts_by_value: Vec<(i64, u64)>,
    /// Where the things with these keys are.
    keys: Vec<(i64, Option<u64>)>,
    second_level: Option<SecondLevel>,
}

/// What the indexes of the second level should find.
#[derive(Debug)]
struct SecondLevel {
    /// Key and value of the thing that they are asked about.
    about: (i64, i64),
    /// In the order of the questions.
    found: [BTreeSet<Offset>; 3],
}

impl Answers {
    /// Evaluates on a database that holds this content.
    pub fn of(database: &Database, model: &Model) -> Result<Self, String> {
        if model.level == 0 {
            return Ok(Self::default());
        }
        let keys = model.things.iter().take(12).map(|(offset, (key, _))| (*key, Some(*offset)));
        let mut answers = Self {
            things: Some(model.things.len() as u64),
            things_by_value: by_value(model.things.values().map(|(_, value)| *value)),
            parts_by_value: by_value(model.parts.values().map(|(_, value)| *value)),
            // A key that never was.
            keys: keys.chain([(-1, None)]).collect(),
            second_level: None,
        };
        if let (2.., Some(about)) = (model.level, model.things.values().next()) {
            let set: IndexableSet<Object> = database.set(THINGS).map_err(text)?;
            let evaluated =
                |(_, query): (_, Query<'_>)| query.run_unoptimized().map(|hits| offsets(&hits)).map_err(text);
            let [near, same, like] = second_level(&set, *about).map(evaluated);
            answers.second_level = Some(SecondLevel { about: *about, found: [near?, same?, like?] });
        }
        Ok(answers)
    }

    /// Asks the indexes of a database that should hold the same.
    pub fn check(&self, database: &Database) -> Result<(), String> {
        let Some(things) = self.things else { return Ok(()) };
        let set: IndexableSet<Object> = database.set(THINGS).map_err(text)?;
        let parts: IndexableSet<Object> = set.nested_family(PARTS).map_err(text)?;
        counted("things", set.len().map_err(text)?, things)?;
        for (value, known) in &self.things_by_value {
            counted("things by value", set.query().filter(field("value").eq(*value)).count().map_err(text)?, *known)?;
        }
        for (value, known) in &self.parts_by_value {
            counted("parts by value", parts.query().filter(field("value").eq(*value)).count().map_err(text)?, *known)?;
        }
        for (key, offset) in &self.keys {
            let found = set.find_unique(*key).map_err(text)?.map(|found| found.0);
            if found != *offset {
                return Err(format!("the thing with key {key} is at {found:?}, not at {offset:?}"));
            }
        }
        let Some(SecondLevel { about, found }) = &self.second_level else { return Ok(()) };
        for ((what, query), evaluated) in second_level(&set, *about).into_iter().zip(found) {
            let answered = offsets(&query.run().map_err(text)?);
            if answered != *evaluated {
                return Err(format!("{what}: {answered:?} instead of {evaluated:?}"));
            }
        }
        Ok(())
    }
}

/// How many there are of each value that occurs, and none of the first that does not.
fn by_value(values: impl Iterator<Item = i64>) -> Vec<(i64, u64)> {
    let mut counts = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    let absent = (0..=VALUES).find(|value| !counts.contains_key(value));
    counts.into_iter().chain(absent.map(|absent| (absent, 0))).collect()
}

fn counted(what: &str, answered: u64, known: u64) -> Result<(), String> {
    if answered == known { Ok(()) } else { Err(format!("{what}: {answered} are counted and {known} are there")) }
}

/// What the indexes of the second level are asked.
fn second_level(set: &IndexableSet<Object>, (key, value): (i64, i64)) -> [(&'static str, Query<'_>); 3] {
    let near = field("place").within_radius(place(key), 3_000_000.0);
    let same = field("text").eq(thing(key, value).get("text").cloned().unwrap_or(().into()));
    let like = set.query().nearest(MEANING, meaning(key, value), 3).effort(SearchEffort::Exact);
    [
        ("things near one", set.query().filter(near)),
        ("things with one text", set.query().filter(same)),
        ("things like one", like),
    ]
}

fn offsets(hits: &Hits) -> BTreeSet<Offset> {
    hits.offsets().into_iter().collect()
}
