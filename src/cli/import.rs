//! `protobase import`.

use std::collections::{BTreeSet, HashMap};

use crate::{
    database::Database,
    import::{FieldType, Import, ImportError, Loaded},
    index::{IndexError, Options, Registry},
    object::{FieldPath, Fields, Kind, Object, key_bytes},
    set::{IndexDeclaration, IndexableSet, SetError, SetSchema, Step, key_text},
};

use super::{
    CliError,
    args::{ImportArguments, IndexArgument},
    progress::Bar,
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
    let known = opened.as_ref().and_then(|database| declared(database, &arguments.set));
    let import = plan(arguments, &registry, known.as_deref().unwrap_or_default())?;
    let bar = Bar::new();
    let mut loaded = import.read_with(bar.reading("reading"))?;

    // A fault of the objects before a bad line comes first; what needs all of them is not asked of a part.
    let bad_line = if arguments.skip_bad { None } else { loaded.skipped.pop() };
    let schema = match bad_line {
        None => {
            check_fields(arguments, &loaded.objects)?;
            let schema = schema(arguments, &registry, &loaded.objects)?;
            check_indexes(arguments, &loaded.objects)?;
            schema
        }
        Some(bad_line) => {
            if let Ok(schema) = schema(arguments, &registry, &loaded.objects)
                && known.is_none()
            {
                let set = Database::in_memory().declare(schema)?;
                drop_refused(&set, &import, &mut loaded, false, &bar)?;
            }
            return Err(bad_line.into());
        }
    };
    if known.is_none() {
        // A new set is tried in memory first: an import that fails must not leave it declared.
        let set = Database::in_memory().declare(schema.clone())?;
        drop_refused(&set, &import, &mut loaded, arguments.skip_bad, &bar)?;
    }
    let database = opened.map_or_else(|| writing().open(&arguments.db), Ok)?;
    let set: IndexableSet = database.declare(schema)?;
    if known.is_some() {
        drop_refused(&set, &import, &mut loaded, arguments.skip_bad, &bar)?;
    }
    let stored = set.insert_many_with(&loaded.objects, &|progress| bar.watch(progress));
    drop(bar);
    let stored = match stored {
        Ok(stored) => stored,
        Err(error) => return Err(Reasons::new(&set, &import, &loaded)?.refusal(error)),
    };
    let objects = if stored.len() == 1 { "object" } else { "objects" };
    println!("{}: {} {objects} added to '{}'", arguments.db.display(), stored.len(), arguments.set);
    report_skipped(&loaded.skipped);
    loaded.notes.iter().for_each(|note| eprintln!("protobase: note: {note}"));
    Ok(())
}

/// The first index that is asked for a second time, whatever its options.
fn twice(indexes: &[IndexArgument]) -> Option<&IndexArgument> {
    let same = |a: &IndexArgument, b: &IndexArgument| a.fields == b.fields && a.kind == b.kind;
    indexes
        .iter()
        .enumerate()
        .find_map(|(at, index)| indexes[..at].iter().any(|known| same(known, index)).then_some(index))
}

/// The indexes of the set, when the database has it already.
fn declared(database: &Database, set: &str) -> Option<Vec<IndexDeclaration>> {
    let snapshot = database.snapshot();
    let family = snapshot.family(set)?;
    Some(snapshot.declaration(family).ok()?.indexes.clone())
}

fn plan(arguments: &ImportArguments, registry: &Registry, known: &[IndexDeclaration]) -> Result<Import, CliError> {
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

/// Refuses what is named on the command line and stands in no object: a slip of the pen that should not pass in silence. Without objects,
/// nothing can be said.
fn check_fields(arguments: &ImportArguments, objects: &[Object]) -> Result<(), CliError> {
    let types = arguments.types.iter().map(|(field, _)| ("--type", field));
    let points = arguments.point.iter().flat_map(|point| [("--point", &point.lon), ("--point", &point.lat)]);
    let keys = arguments.key.iter().map(|field| ("--key", field));
    refuse_unknown(types.chain(points).chain(keys), objects)
}

/// The same for indexes, once those that say more about what they lack have had their say.
fn check_indexes(arguments: &ImportArguments, objects: &[Object]) -> Result<(), CliError> {
    refuse_unknown(arguments.indexes.iter().flat_map(|index| &index.fields).map(|field| ("--index", field)), objects)
}

fn refuse_unknown<'a>(
    named: impl Iterator<Item = (&'static str, &'a String)>,
    objects: &[Object],
) -> Result<(), CliError> {
    for (option, field) in named {
        let path = FieldPath::from(field.as_str());
        if !objects.is_empty() && objects.iter().all(|object| object.field(&path).is_none()) {
            return Err(CliError::Usage(format!("{option}: no object of the files has a field '{field}'")));
        }
    }
    Ok(())
}

/// Moves what the set would refuse to the skipped lines; without `skip_bad`, the first of them is the error.
fn drop_refused(
    set: &IndexableSet,
    import: &Import,
    loaded: &mut Loaded,
    skip_bad: bool,
    bar: &Bar,
) -> Result<(), CliError> {
    let checked = bar.objects(
        &format!("{}: {}", set.name().map_err(crate::Error::from)?, Step::CheckObjects),
        loaded.objects.len() as u64,
    );
    let mut refused = set.refused(loaded.objects.iter().inspect(|_| checked())).map_err(crate::Error::from)?;
    if refused.is_empty() {
        return Ok(());
    }
    let reasons = Reasons::new(set, import, loaded)?;
    if !skip_bad {
        return Err(reasons.bad_line(refused.swap_remove(0)).into());
    }
    let bad: BTreeSet<usize> = refused.iter().map(|(at, _)| *at).collect();
    let skipped: Vec<_> = refused.into_iter().map(|refused| reasons.bad_line(refused)).collect();
    loaded.skipped.extend(skipped);
    import.sort(&mut loaded.skipped);
    let mut at = 0..;
    loaded.objects.retain(|_| at.next().is_none_or(|at| !bad.contains(&at)));
    let mut at = 0..;
    loaded.places.retain(|_| at.next().is_none_or(|at| !bad.contains(&at)));
    Ok(())
}

/// Tells why the set refused objects: by file, line and field.
struct Reasons<'a> {
    set: String,
    import: &'a Import,
    loaded: &'a Loaded,
    /// The first object with each unique key.
    firsts: HashMap<Vec<u8>, usize>,
}

impl<'a> Reasons<'a> {
    fn new(set: &IndexableSet, import: &'a Import, loaded: &'a Loaded) -> Result<Self, crate::Error> {
        let snapshot = set.engine().snapshot();
        let declaration = snapshot.declaration(set.family())?;
        let mut firsts = HashMap::new();
        for (at, object) in loaded.objects.iter().enumerate() {
            if let Some(key) = declaration.unique.as_ref().and_then(|path| object.field(path)) {
                firsts.entry(key_bytes(key)).or_insert(at);
            }
        }
        Ok(Self { set: declaration.name.clone(), import, loaded, firsts })
    }

    fn bad_line(&self, (at, why): (usize, SetError)) -> ImportError {
        let place = self.import.place(self.loaded.places[at]);
        match why {
            SetError::Value { field, value, expected, .. } => {
                ImportError::Field { place, field: field.into(), what: format!("{value}: expected {expected}") }
            }
            SetError::UniqueViolation { key, value, .. } => {
                let path = FieldPath::from(&*key);
                let first = self.loaded.objects[at].field(&path).and_then(|value| self.firsts.get(&key_bytes(value)));
                let other = match first {
                    Some(first) if *first < at => self.import.place(self.loaded.places[*first]).to_string(),
                    _ => format!("an object in set '{}'", self.set),
                };
                let what = format!("{value}: expected a unique key, but {other} has it, too");
                ImportError::Field { place, field: key.into(), what }
            }
            SetError::Object { source, .. } => ImportError::object(place, &source),
            other => ImportError::Line { place, what: other.to_string() },
        }
    }

    /// What storing ended with: another program may have taken a key since the objects were looked through.
    fn refusal(&self, error: SetError) -> CliError {
        let has = |path: &FieldPath, text: &str| {
            let value = |object: &Object| object.field(path).is_some_and(|value| *key_text(value) == *text);
            self.loaded.objects.iter().position(value)
        };
        let at = match &error {
            SetError::UniqueViolation { key, value, .. } => has(&FieldPath::from(&**key), value),
            SetError::Value { object, .. } => object.parse().ok().filter(|at| *at < self.loaded.objects.len()),
            _ => None,
        };
        match at {
            Some(at) => self.bad_line((at, error)).into(),
            None => crate::Error::from(error).into(),
        }
    }
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
