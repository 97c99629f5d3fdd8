//! `protobase import`.

use crate::{
    database::Database,
    import::{FieldType, Import, ImportError, Loaded},
    index::{Options, Registry},
    object::{FieldPath, Fields, Kind, Object},
    set::{IndexableSet, SetError, SetSchema},
};

use super::{CliError, args::ImportArguments, progress};

/// Skipped lines are reported one by one up to this many.
const REPORTED: usize = 20;

pub fn run(arguments: &ImportArguments) -> Result<(), CliError> {
    let registry = Registry::builtin();
    let import = plan(arguments, &registry)?;
    let reading = progress::spinner("reading");
    let loaded = import.read_with(|count| {
        if count % 1_000 == 0 {
            reading.set_message(format!("reading: {count} objects"));
        }
    });
    reading.finish_and_clear();
    let mut loaded = loaded?;

    let database = Database::open(&arguments.db)?;
    let set: IndexableSet = database.declare(schema(arguments, &registry, &loaded.objects))?;
    if arguments.skip_bad {
        drop_refused(&set, &import, &mut loaded)?;
    }
    let storing = progress::spinner(&format!("storing {} objects", loaded.objects.len()));
    let stored = set.insert_many(&loaded.objects).map_err(|error| name_line(error, &set, &import, &loaded));
    storing.finish_and_clear();
    println!("{}: {} objects added to '{}'", arguments.db.display(), stored?.len(), arguments.set);
    report_skipped(&loaded.skipped);
    Ok(())
}

fn plan(arguments: &ImportArguments, registry: &Registry) -> Result<Import, CliError> {
    let mut import = Import::new().skip_bad(arguments.skip_bad);
    for file in &arguments.files {
        import = import.file(file);
    }
    // What an index needs, its field is read as; a --type given by hand has the last word.
    for index in &arguments.indexes {
        if let Some(wanted) = registry.find(&index.kind).and_then(|kind| kind.wants()) {
            for field in &index.fields {
                import = import.field_type(field, FieldType::Of(wanted));
            }
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

/// Moves what the set would refuse to the skipped lines.
fn drop_refused(set: &IndexableSet, import: &Import, loaded: &mut Loaded) -> Result<(), CliError> {
    let refused = set.refused(&loaded.objects).map_err(crate::Error::from)?;
    let mut refused = refused.into_iter().peekable();
    let mut objects: Vec<Object> = Vec::with_capacity(loaded.objects.len());
    let mut places = Vec::with_capacity(loaded.places.len());
    for (index, (object, place)) in loaded.objects.drain(..).zip(loaded.places.drain(..)).enumerate() {
        if let Some((_, error)) = refused.next_if(|(refused, _)| *refused == index) {
            let (file, line) = place;
            loaded.skipped.push(ImportError::Line { file: import.file_name(file), line, what: error.to_string() });
        } else {
            objects.push(object);
            places.push(place);
        }
    }
    (loaded.objects, loaded.places) = (objects, places);
    Ok(())
}

/// Names the file and line of the first object that the set refuses, when that is why nothing was stored.
fn name_line(error: SetError, set: &IndexableSet, import: &Import, loaded: &Loaded) -> CliError {
    let refused = set.refused(&loaded.objects).ok().and_then(|refused| refused.into_iter().next());
    match refused.and_then(|(at, reason)| loaded.places.get(at).map(|place| (*place, reason))) {
        Some(((file, line), reason)) => {
            ImportError::Line { file: import.file_name(file), line, what: reason.to_string() }.into()
        }
        None => crate::Error::from(error).into(),
    }
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
