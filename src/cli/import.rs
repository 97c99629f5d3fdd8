//! `protobase import`.

use crate::{
    database::Database,
    import::{FieldType, Import, ImportError, Loaded},
    index::{IndexError, Options, Registry},
    object::{FieldPath, Fields, Kind, Object},
    set::{IndexableSet, SetDeclaration, SetSchema, SetView},
};

use super::{
    CliError,
    args::{ImportArguments, IndexArgument},
    progress::Bar,
    refused::{Reasons, drop_refused, refused, taken},
    waiting::writing,
};

/// Skipped lines are reported one by one up to this many.
const REPORTED: usize = 20;

pub fn run(arguments: &ImportArguments) -> Result<(), CliError> {
    if let Some(twice) = twice(&arguments.indexes) {
        let (fields, kind) = (twice.fields.join(","), &twice.kind);
        return Err(CliError::Usage(format!(
            "--index {fields}:{kind} is given twice: expected one index of a kind on a field"
        )));
    }
    let registry = Registry::builtin();
    let opened = arguments.db.exists().then(|| writing().open(&arguments.db)).transpose()?;
    let has_it = |database: &&Database| database.snapshot().family(&arguments.set).is_some();
    let stored = opened.as_ref().filter(has_it).map(|database| database.set(&arguments.set)).transpose()?;
    let import = plan(arguments, &registry, stored.as_ref())?;
    let bar = Bar::new();
    let mut loaded = import.read_with(bar.reading("reading"))?;

    // A fault of the objects before a bad line comes first; what needs all of them is not asked of a part.
    let bad_line = if arguments.skip_bad { None } else { loaded.skipped.pop() };
    let schema = match bad_line {
        None => {
            check_fields(arguments, &loaded)?;
            let schema = schema(arguments, &registry, &loaded.objects)?;
            check_indexes(arguments, &loaded, stored.as_ref())?;
            schema
        }
        Some(bad_line) => {
            if let Ok(schema) = schema(arguments, &registry, &loaded.objects) {
                try_out(arguments, &schema, stored.as_ref(), &import, &mut loaded, &bar)?;
            }
            return Err(bad_line.into());
        }
    };
    try_out(arguments, &schema, stored.as_ref(), &import, &mut loaded, &bar)?;
    let database = opened.map_or_else(|| writing().open(&arguments.db), Ok)?;
    let set: IndexableSet = database.declare(schema)?;
    let added = set.insert_many_with(&loaded.objects, &|progress| bar.watch(progress));
    drop(bar);
    let added = match added {
        Ok(added) => added,
        Err(error) => return Err(Reasons::new(&set, &import, &loaded)?.refusal(error)),
    };
    let objects = if added.len() == 1 { "object" } else { "objects" };
    println!("{}: {} {objects} added to '{}'", arguments.db.display(), added.len(), arguments.set);
    report_skipped(&loaded.skipped);
    loaded.notes.iter().for_each(|note| eprintln!("protobase: note: {note}"));
    Ok(())
}

/// Finds what the set will refuse before anything is declared: an import that fails must leave nothing behind. So it is tried in memory, on a
/// set with all that the stored one has and all that is asked for: there, what is refused takes no key from what follows.
fn try_out(
    arguments: &ImportArguments,
    schema: &SetSchema,
    stored: Option<&IndexableSet>,
    import: &Import,
    loaded: &mut Loaded,
    bar: &Bar,
) -> Result<(), CliError> {
    let memory = Database::in_memory();
    let mut key = arguments.key.as_deref().map(FieldPath::from);
    if let Some(stored) = stored {
        let view = stored.view().map_err(crate::Error::from)?;
        memory.declare::<Object>(as_declared(view.declaration(), view.registry()))?;
        key = key.or_else(|| view.declaration().unique.clone());
    }
    // What does not go together with what is declared already is told here.
    let trial = memory.declare(schema.clone())?;
    let mut found = refused(&trial, loaded, bar)?;
    if let (Some(stored), Some(key)) = (stored, &key) {
        found.extend(taken(stored, key, loaded)?);
    }
    drop_refused(&trial, import, loaded, found, arguments.skip_bad)
}

/// What is declared, as far as this program knows the kinds.
fn as_declared(declaration: &SetDeclaration, registry: &Registry) -> SetSchema {
    let mut schema = SetSchema::new(&declaration.name);
    if let Some(key) = &declaration.unique {
        schema = schema.unique(key.clone());
    }
    for index in declaration.indexes.iter().filter(|index| registry.find(&index.kind).is_some()) {
        schema = schema.index_on(index.fields.clone(), &index.kind, index.options.clone());
    }
    schema
}

/// The first index that is asked for a second time, whatever its options.
fn twice(indexes: &[IndexArgument]) -> Option<&IndexArgument> {
    let same = |a: &IndexArgument, b: &IndexArgument| a.fields == b.fields && a.kind == b.kind;
    indexes
        .iter()
        .enumerate()
        .find_map(|(at, index)| indexes[..at].iter().any(|known| same(known, index)).then_some(index))
}

fn plan(arguments: &ImportArguments, registry: &Registry, stored: Option<&IndexableSet>) -> Result<Import, CliError> {
    if let Some(unknown) = arguments.indexes.iter().find(|index| registry.find(&index.kind).is_none()) {
        let (fields, kind) = (unknown.fields.join(","), &unknown.kind);
        let known: Vec<&str> = registry.kinds().map(|kind| kind.name()).collect();
        return Err(CliError::Usage(format!(
            "--index {fields}:{kind}: unknown index kind '{kind}': expected one of {}",
            known.join(", ")
        )));
    }
    let mut import = if arguments.skip_bad { Import::new().skip_bad(true) } else { Import::new().up_to_bad() };
    for file in &arguments.files {
        import = import.file(file);
    }
    // What an index needs, its field is read as; a --type given by hand has the last word.
    let asked =
        arguments.indexes.iter().flat_map(|index| index.fields.iter().map(|field| (&index.kind, field.clone())));
    let view = stored.map(IndexableSet::view).transpose().map_err(crate::Error::from)?;
    let known = view.iter().flat_map(|view| &view.declaration().indexes);
    let known = known.flat_map(|index| index.fields.iter().map(|field| (&index.kind, field.to_string())));
    for (kind, field) in known.chain(asked) {
        if let Some(wanted) = registry.find(kind).and_then(|kind| kind.wants()) {
            import = import.field_type(&field, FieldType::Of(wanted));
        }
    }
    for (field, kind) in &arguments.types {
        let kind = kind.parse().map_err(|error| CliError::Usage(format!("--type {field}: {error}")))?;
        import = import.field_type(field, kind);
    }
    for point in &arguments.point {
        import = match &point.columns {
            Some((lon, lat)) => import.point(&point.field, lon, lat),
            None => import.point_by_names(&point.field),
        };
    }
    for (field, matrix) in &arguments.vectors {
        import = import.vectors(field, matrix);
    }
    Ok(import)
}

/// The set as the arguments say; what an index can learn from a value (a vector's dimension) it learns from the first one read.
fn schema(arguments: &ImportArguments, registry: &Registry, objects: &[Object]) -> Result<SetSchema, CliError> {
    let mut schema = SetSchema::new(&arguments.set);
    if arguments.compress {
        schema = schema.compressed();
    }
    if let Some(key) = &arguments.key {
        schema = schema.unique(key.as_str());
    }
    for index in &arguments.indexes {
        let mut options = index.options.iter().fold(Options::new(), |options, (name, value)| options.with(name, value));
        let path = FieldPath::from(index.fields[0].as_str());
        let known = objects.iter().find_map(|object| object.field(&path).filter(|value| value.kind() != Kind::Null));
        match (registry.find(&index.kind), known) {
            (Some(kind), Some(sample)) => options = kind.complete(&options, sample),
            (Some(kind), None) => {
                let paths: Vec<FieldPath> = index.fields.iter().map(|field| field.as_str().into()).collect();
                let field = &index.fields[0];
                if let Err(error @ IndexError::Option { .. }) = kind.check(&paths, &options)
                    && matches!(&error, IndexError::Option { value, .. } if value.is_empty())
                {
                    let what =
                        format!("{error}; no object of the files has a value in field '{field}' to learn it from");
                    return Err(CliError::Usage(what));
                }
            }
            _ => {}
        }
        schema = schema.index_on(index.fields.iter().map(String::as_str), &index.kind, options);
    }
    Ok(schema)
}

/// Refuses what is named on the command line and stands in no object: a slip of the pen that should not pass in silence. Without objects
/// in the files and the set, nothing can be said, nor when a line was skipped because of that very field.
fn check_fields(arguments: &ImportArguments, loaded: &Loaded) -> Result<(), CliError> {
    let types = arguments.types.iter().map(|(field, _)| ("--type", field));
    let points = arguments.point.iter().flat_map(|point| match &point.columns {
        Some((lon, lat)) => vec![("--point", lon), ("--point", lat)],
        None => vec![("--point", &point.field)],
    });
    let keys = arguments.key.iter().map(|field| ("--key", field));
    refuse_unknown(types.chain(points).chain(keys), loaded, None)
}

/// The same for indexes, which may be meant for stored objects, once those that say more about what they lack have had their say.
fn check_indexes(arguments: &ImportArguments, loaded: &Loaded, stored: Option<&IndexableSet>) -> Result<(), CliError> {
    refuse_unknown(
        arguments.indexes.iter().flat_map(|index| &index.fields).map(|field| ("--index", field)),
        loaded,
        stored,
    )
}

fn refuse_unknown<'a>(
    named: impl Iterator<Item = (&'static str, &'a String)>,
    loaded: &Loaded,
    stored: Option<&IndexableSet>,
) -> Result<(), CliError> {
    let view = stored.map(IndexableSet::view).transpose().map_err(crate::Error::from)?;
    let is_stored = |path: &FieldPath| view.as_ref().is_some_and(|view| view.has_field(path));
    let is_empty = view.as_ref().map_or(Ok(true), SetView::is_empty).map_err(crate::Error::from)?;
    if loaded.objects.is_empty() && is_empty {
        return Ok(());
    }
    let was_skipped = |field: &str| loaded.skipped.iter().any(|error| error.field() == Some(field));
    for (option, field) in named {
        let path = FieldPath::from(field.as_str());
        if loaded.objects.iter().all(|object| object.field(&path).is_none()) && !is_stored(&path) && !was_skipped(field)
        {
            return Err(CliError::Usage(format!("{option}: no object of the files has a field '{field}'")));
        }
    }
    Ok(())
}

fn report_skipped(skipped: &[ImportError]) {
    if skipped.is_empty() {
        return;
    }
    println!("{} bad {} skipped:", skipped.len(), if skipped.len() == 1 { "line" } else { "lines" });
    for error in skipped.iter().take(REPORTED) {
        println!("  {error}");
    }
    if skipped.len() > REPORTED {
        println!("  and {} more", skipped.len() - REPORTED);
    }
}
