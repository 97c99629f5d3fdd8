//! `protobase import`.

use crate::{
    database::Database,
    import::{FieldType, Import, ImportError, Loaded},
    index::{Options, Registry},
    object::{FieldPath, Fields, Kind, Object},
    set::{IndexDeclaration, IndexableSet, SetSchema},
};

use super::{CliError, args::ImportArguments, progress};

/// Skipped lines are reported one by one up to this many.
const REPORTED: usize = 20;

pub fn run(arguments: &ImportArguments) -> Result<(), CliError> {
    let registry = Registry::builtin();
    let opened = arguments.db.exists().then(|| Database::open(&arguments.db)).transpose()?;
    let known = opened.as_ref().and_then(|database| declared(database, &arguments.set));
    let import = plan(arguments, &registry, known.as_deref().unwrap_or_default())?;
    let reading = progress::spinner("reading");
    let loaded = import.read_with(|count| {
        if count % 1_000 == 0 {
            reading.set_message(format!("reading: {count} objects"));
        }
    });
    reading.finish_and_clear();
    let mut loaded = loaded?;

    let schema = schema(arguments, &registry, &loaded.objects);
    if known.is_none() {
        // A new set is tried in memory first: an import that fails must not leave it declared.
        let set = Database::in_memory().declare(schema.clone())?;
        drop_refused(&set, &import, &mut loaded, arguments.skip_bad)?;
    }
    let database = opened.map_or_else(|| Database::open(&arguments.db), Ok)?;
    let set: IndexableSet = database.declare(schema)?;
    if known.is_some() {
        drop_refused(&set, &import, &mut loaded, arguments.skip_bad)?;
    }
    let storing = progress::spinner(&format!("storing {} objects", loaded.objects.len()));
    let stored = set.insert_many(&loaded.objects).map_err(crate::Error::from);
    storing.finish_and_clear();
    println!("{}: {} objects added to '{}'", arguments.db.display(), stored?.len(), arguments.set);
    report_skipped(&loaded.skipped);
    Ok(())
}

/// The indexes of the set, when the database has it already.
fn declared(database: &Database, set: &str) -> Option<Vec<IndexDeclaration>> {
    let snapshot = database.snapshot();
    let family = snapshot.family(set)?;
    Some(snapshot.declaration(family).ok()?.indexes.clone())
}

fn plan(arguments: &ImportArguments, registry: &Registry, known: &[IndexDeclaration]) -> Result<Import, CliError> {
    let mut import = Import::new().skip_bad(arguments.skip_bad);
    for file in &arguments.files {
        import = import.file(file);
    }
    // What an index needs, its field is read as; a --type given by hand has the last word.
    let asked =
        arguments.indexes.iter().flat_map(|index| index.fields.iter().map(|field| (&index.kind, field.clone())));
    let stored = known.iter().flat_map(|index| index.fields.iter().map(|field| (&index.kind, field.to_string())));
    for (kind, field) in stored.chain(asked) {
        if let Some(wanted) = registry.find(kind).and_then(|kind| kind.wants()) {
            import = import.field_type(&field, FieldType::Of(wanted));
        }
    }
    for (field, kind) in &arguments.types {
        let kind = kind.parse().map_err(|error| CliError::Usage(format!("--type {field}: {error}")))?;
        import = import.field_type(field, kind);
    }
    for point in &arguments.point {
        import = import.point(&point.field, &point.lon, &point.lat);
    }
    for (field, matrix) in &arguments.vectors {
        import = import.vectors(field, matrix);
    }
    Ok(import)
}

/// The set as the arguments say; what an index can learn from a value (a vector's dimension) it learns from the first one read.
fn schema(arguments: &ImportArguments, registry: &Registry, objects: &[Object]) -> SetSchema {
    let mut schema = SetSchema::new(&arguments.set);
    if let Some(key) = &arguments.key {
        schema = schema.unique(key.as_str());
    }
    for index in &arguments.indexes {
        let mut options = index.options.iter().fold(Options::new(), |options, (name, value)| options.with(name, value));
        let path = FieldPath::from(index.fields[0].as_str());
        let known = objects.iter().find_map(|object| object.field(&path).filter(|value| value.kind() != Kind::Null));
        if let Some((kind, sample)) = registry.find(&index.kind).zip(known) {
            options = kind.complete(&options, sample);
        }
        schema = schema.index_on(index.fields.iter().map(String::as_str), &index.kind, options);
    }
    schema
}

/// Moves what the set would refuse to the skipped lines; without `skip_bad`, the first of them is the error.
fn drop_refused(set: &IndexableSet, import: &Import, loaded: &mut Loaded, skip_bad: bool) -> Result<(), CliError> {
    let refused = set.refused(&loaded.objects).map_err(crate::Error::from)?;
    let mut refused = refused.into_iter().peekable();
    let mut objects: Vec<Object> = Vec::with_capacity(loaded.objects.len());
    let mut places = Vec::with_capacity(loaded.places.len());
    for (index, (object, place)) in loaded.objects.drain(..).zip(loaded.places.drain(..)).enumerate() {
        let Some((_, reason)) = refused.next_if(|(at, _)| *at == index) else {
            objects.push(object);
            places.push(place);
            continue;
        };
        let (file, line) = place;
        let error = ImportError::Line { file: import.file_name(file), line, what: reason.to_string() };
        if !skip_bad {
            return Err(error.into());
        }
        loaded.skipped.push(error);
    }
    (loaded.objects, loaded.places) = (objects, places);
    Ok(())
}

fn report_skipped(skipped: &[ImportError]) {
    if skipped.is_empty() {
        return;
    }
    println!("{} bad lines skipped:", skipped.len());
    for error in skipped.iter().take(REPORTED) {
        println!("  {error}");
    }
    if skipped.len() > REPORTED {
        println!("  and {} more", skipped.len() - REPORTED);
    }
}
