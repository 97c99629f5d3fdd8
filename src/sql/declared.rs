//! How does a declaration in SQL become one of the database?

use crate::{
    database::Database,
    object::{FamilyId, Object},
    set::{IndexId, IndexSchema, SetSchema, Snapshot},
};

use super::{Answer, SqlError, answer::Done, define::Definition};

impl Definition {
    /// Declares it, in a transaction of its own.
    pub fn run(&self, database: &Database) -> Result<Answer, SqlError> {
        database.refresh()?;
        let snapshot = database.snapshot();
        let done = match self {
            Self::CreateSet(name, lenient, schema) => match snapshot.family(name) {
                Some(_) if *lenient => format!("set '{name}' is there already"),
                Some(_) => return Err(SqlError::operand("CREATE SET", name, "a name that no set has")),
                None => {
                    declare(database, &new_set(&snapshot, name, schema.clone())?)?;
                    format!("set '{name}' declared")
                }
            },
            Self::AlterSet(name, schema) | Self::CreateKey(name, schema) => {
                declare(database, &known_set(&snapshot, name, schema.clone())?)?;
                format!("set '{name}' declared anew")
            }
            Self::CreateIndex(set, lenient, index) => create_index(database, &snapshot, set, *lenient, index)?,
            Self::DropSet(name, lenient) => match snapshot.family(name) {
                None if *lenient => format!("there is no set '{name}'"),
                None => return Err(SqlError::unknown_set(&snapshot, name)),
                Some(_) => {
                    database.drop_set(name)?;
                    format!("set '{name}' dropped")
                }
            },
            Self::DropIndex(name, lenient) => match find_index(&snapshot, name) {
                None if *lenient => format!("there is no index '{name}'"),
                None => return Err(unknown_index(&snapshot, name)),
                Some((set, index)) => {
                    database.drop_index(&set, index)?;
                    format!("index '{name}' of set '{set}' dropped")
                }
            },
        };
        Ok(Answer::done(Done::Declared(done)))
    }
}

fn create_index(
    database: &Database,
    snapshot: &Snapshot,
    set: &str,
    lenient: bool,
    index: &IndexSchema,
) -> Result<String, SqlError> {
    let family = snapshot.family(set).ok_or_else(|| SqlError::unknown_set(snapshot, set))?;
    let declaration = snapshot.declaration(family)?;
    let same = |known: &&crate::set::IndexDeclaration| known.kind == index.kind && known.fields == index.fields;
    if let Some(known) = declaration.indexes.iter().find(same) {
        let name = declaration.index_name(known);
        if lenient {
            return Ok(format!("index '{name}' is there already"));
        }
        return Err(SqlError::operand(
            "CREATE INDEX",
            set,
            format!("a kind and fields that no index has: '{name}' is such"),
        ));
    }
    if let Some(name) = &index.name
        && let Some((set, _)) = find_index(snapshot, name)
    {
        if lenient {
            return Ok(format!("an index '{name}' is there already, of set '{set}'"));
        }
        return Err(SqlError::operand(
            "CREATE INDEX",
            name,
            format!("a name that no index has: one of set '{set}' has it"),
        ));
    }
    let IndexSchema { kind, fields, options, name } = index.clone();
    let schema = SetSchema::new(set).index_on(fields, &kind, options);
    let schema = match name {
        Some(name) => schema.named(name),
        None => schema,
    };
    declare(database, &known_set(snapshot, set, schema)?)?;
    let snapshot = database.snapshot();
    let declaration = snapshot.declaration(family)?;
    let name = declaration.indexes.iter().find(same).map(|known| declaration.index_name(known)).unwrap_or_default();
    Ok(format!("index '{name}' declared on set '{set}'"))
}

fn declare(database: &Database, schema: &SetSchema) -> Result<(), SqlError> {
    database.declare::<Object>(schema.clone())?;
    Ok(())
}

/// The schema of a new set, inside of those of the sets that it is nested in: the longest name of a set that is there.
fn new_set(snapshot: &Snapshot, name: &str, schema: SetSchema) -> Result<SetSchema, SqlError> {
    let mut split = name.len();
    while let Some(dot) = name[..split].rfind('.') {
        if let Some(parent) = snapshot.family(&name[..dot]) {
            let outer = SetSchema::new(&name[..dot]).nested(&name[dot + 1..], schema);
            return around(snapshot, parent, outer);
        }
        split = dot;
    }
    match name.split_once('.') {
        Some((parent, _)) => Err(SqlError::unknown_set(snapshot, parent)),
        None => Ok(schema),
    }
}

/// More of a set that is there.
fn known_set(snapshot: &Snapshot, name: &str, schema: SetSchema) -> Result<SetSchema, SqlError> {
    let family = snapshot.family(name).ok_or_else(|| SqlError::unknown_set(snapshot, name))?;
    around(snapshot, family, schema)
}

/// A family's schema inside of those of its parents.
fn around(snapshot: &Snapshot, mut family: FamilyId, mut schema: SetSchema) -> Result<SetSchema, SqlError> {
    while let Some((parent, path)) = snapshot.declaration(family)?.parent.clone() {
        let name = snapshot.declaration(parent)?.name.as_str();
        schema = SetSchema::new(name).nested(path, schema);
        family = parent;
    }
    Ok(schema)
}

/// An index by its name, and the set that it is of.
fn find_index(snapshot: &Snapshot, name: &str) -> Option<(String, IndexId)> {
    snapshot.families().find_map(|(_, declaration)| {
        let named = declaration.indexes.iter().find(|index| declaration.index_name(index) == name)?;
        Some((declaration.name.clone(), named.id))
    })
}

fn unknown_index(snapshot: &Snapshot, name: &str) -> SqlError {
    let named = snapshot.families().flat_map(|(_, declaration)| {
        declaration.indexes.iter().map(|index| declaration.index_name(index)).collect::<Vec<_>>()
    });
    let known: Vec<String> = named.collect();
    SqlError::operand("DROP INDEX", name, format!("the name of an index: {}", known.join(", ")))
}
