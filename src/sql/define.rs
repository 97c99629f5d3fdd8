//! CREATE, ALTER and DROP: what a declaration in SQL asks for.
//!
//! ```text
//! CREATE SET [IF NOT EXISTS] name [( element, .. )] [WITH (compression = 'lz4')]
//! ALTER SET name ADD element
//! ALTER SET name SET (compression = 'lz4')
//! CREATE [UNIQUE] INDEX [IF NOT EXISTS] [name] ON set [USING kind] (field, ..) [WITH (option = value, ..)]
//! DROP SET [IF EXISTS] name        DROP INDEX [IF EXISTS] name
//!
//! element:  UNIQUE (field)
//!           INDEX [name] USING kind (field, ..) [WITH (option = value, ..)]
//!           field SET [( element, .. )]        -- nested sets at this field
//! ```

use sqlparser::parser::Parser;

use crate::{
    index::Options,
    set::{IndexSchema, SetSchema},
};

use super::{SqlError, grammar::Grammar};

/// One declaration, as written.
#[derive(Debug)]
pub(super) enum Definition {
    /// CREATE SET: the set's name, whether it may be there, and its shape.
    CreateSet(String, bool, SetSchema),
    /// ALTER SET: the set's name, and what is added to its shape.
    AlterSet(String, SetSchema),
    /// CREATE INDEX: the set's name, whether the index may be there, and the index.
    CreateIndex(String, bool, IndexSchema),
    /// CREATE UNIQUE INDEX: the set's name, and its unique key.
    CreateKey(String, SetSchema),
    /// DROP SET: its name, and whether it may be missing.
    DropSet(String, bool),
    /// DROP INDEX: its name, and whether it may be missing.
    DropIndex(String, bool),
}

impl Definition {
    /// Parses one, up to its end.
    pub fn parse(parser: &mut Parser<'_>, text: &str) -> Result<Self, SqlError> {
        let mut grammar = Grammar::new(parser, text);
        if grammar.words(&["CREATE", "SET"]) {
            create_set(&mut grammar)
        } else if grammar.words(&["CREATE", "INDEX"]) {
            create_index(&mut grammar)
        } else if grammar.words(&["CREATE", "UNIQUE", "INDEX"]) {
            create_key(&mut grammar)
        } else if grammar.words(&["ALTER", "SET"]) {
            alter_set(&mut grammar)
        } else if grammar.words(&["DROP", "SET"]) {
            let lenient = grammar.words(&["IF", "EXISTS"]);
            Ok(Self::DropSet(grammar.dotted()?, lenient))
        } else if grammar.words(&["DROP", "INDEX"]) {
            let lenient = grammar.words(&["IF", "EXISTS"]);
            Ok(Self::DropIndex(grammar.dotted()?, lenient))
        } else {
            Err(other(&mut grammar))
        }
    }

    /// The words that it begins with.
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::CreateSet(..) => "CREATE SET",
            Self::AlterSet(..) => "ALTER SET",
            Self::CreateIndex(..) | Self::CreateKey(..) => "CREATE INDEX",
            Self::DropSet(..) => "DROP SET",
            Self::DropIndex(..) => "DROP INDEX",
        }
    }
}

/// What is no declaration here; for tables with what to write instead.
fn other(grammar: &mut Grammar<'_, '_>) -> SqlError {
    for verb in ["CREATE", "ALTER", "DROP"] {
        if grammar.words(&[verb, "TABLE"]) {
            let _ = grammar.words(&["IF", "NOT", "EXISTS"]) || grammar.words(&["IF", "EXISTS"]);
            let name = grammar.dotted().unwrap_or_else(|_| "name".to_owned());
            return SqlError::unsupported(
                format!("{verb} TABLE"),
                match verb {
                    "CREATE" => format!(
                        "a set has no columns, its objects have any fields: write CREATE SET {name} (UNIQUE (key)), and CREATE INDEX for the \
                         fields that are asked for"
                    ),
                    "ALTER" => format!("write ALTER SET {name} ADD UNIQUE (key)"),
                    _ => format!("write DROP SET {name}"),
                },
            );
        }
    }
    let found = grammar.first_words();
    SqlError::unsupported(found, "write CREATE, ALTER or DROP SET, or CREATE or DROP INDEX")
}

fn create_set(grammar: &mut Grammar<'_, '_>) -> Result<Definition, SqlError> {
    let lenient = grammar.words(&["IF", "NOT", "EXISTS"]);
    let name = grammar.dotted()?;
    let mut schema = elements(grammar, SetSchema::new(name.as_str()))?;
    if grammar.words(&["WITH"]) {
        schema = settings(grammar, schema)?;
    }
    Ok(Definition::CreateSet(name, lenient, schema))
}

fn alter_set(grammar: &mut Grammar<'_, '_>) -> Result<Definition, SqlError> {
    let name = grammar.dotted()?;
    let schema = SetSchema::new(name.as_str());
    let schema = if grammar.words(&["SET"]) {
        settings(grammar, schema)?
    } else if grammar.words(&["ADD"]) {
        element(grammar, schema)?
    } else {
        return Err(grammar.expected("ADD or SET"));
    };
    Ok(Definition::AlterSet(name, schema))
}

fn create_index(grammar: &mut Grammar<'_, '_>) -> Result<Definition, SqlError> {
    let lenient = grammar.words(&["IF", "NOT", "EXISTS"]);
    let name = if grammar.words(&["ON"]) {
        None
    } else {
        let name = grammar.name()?;
        grammar.expect("ON")?;
        Some(name)
    };
    let set = grammar.dotted()?;
    Ok(Definition::CreateIndex(set, lenient, index(grammar, name)?))
}

fn create_key(grammar: &mut Grammar<'_, '_>) -> Result<Definition, SqlError> {
    if !grammar.words(&["ON"]) {
        let form = "write CREATE UNIQUE INDEX ON set (field), or ALTER SET set ADD UNIQUE (field)";
        return Err(SqlError::unsupported("a name of a unique index, of which a set has one,", form));
    }
    let set = grammar.dotted()?;
    let schema = unique(grammar, SetSchema::new(set.as_str()))?;
    Ok(Definition::CreateKey(set, schema))
}

fn elements(grammar: &mut Grammar<'_, '_>, schema: SetSchema) -> Result<SetSchema, SqlError> {
    let mut schema = Some(schema);
    if grammar.is_open() {
        grammar.list(|grammar| {
            if let Some(whole) = schema.take() {
                schema = Some(element(grammar, whole)?);
            }
            Ok(())
        })?;
    }
    schema.ok_or_else(|| grammar.expected("an element"))
}

/// A unique key, an index, or nested sets.
fn element(grammar: &mut Grammar<'_, '_>, schema: SetSchema) -> Result<SetSchema, SqlError> {
    if grammar.words(&["UNIQUE"]) {
        return unique(grammar, schema);
    }
    if grammar.words(&["INDEX"]) {
        let name = if grammar.is_word("USING") { None } else { Some(grammar.name()?) };
        let IndexSchema { kind, fields, options, name } = index(grammar, name)?;
        let schema = schema.index_on(fields, &kind, options);
        return Ok(match name {
            Some(name) => schema.named(name),
            None => schema,
        });
    }
    let field = grammar.path()?;
    if grammar.words(&["SET"]) {
        let nested = elements(grammar, SetSchema::new(field.to_string()))?;
        return Ok(schema.nested(field, nested));
    }
    Err(SqlError::unsupported(
        format!("the column {field}"),
        "a set has no columns, its objects have any fields: write UNIQUE (field), INDEX USING kind (field), or field SET for nested sets",
    ))
}

fn unique(grammar: &mut Grammar<'_, '_>, schema: SetSchema) -> Result<SetSchema, SqlError> {
    let mut fields = grammar.list(Grammar::path)?;
    match (fields.pop(), fields.is_empty()) {
        (Some(field), true) => Ok(schema.unique(field)),
        _ => Err(SqlError::unsupported("a unique key of several fields", "name one field")),
    }
}

/// `USING kind (field, ..) WITH (option = value, ..)`.
fn index(grammar: &mut Grammar<'_, '_>, name: Option<String>) -> Result<IndexSchema, SqlError> {
    if !grammar.words(&["USING"]) {
        return Err(SqlError::unsupported(
            "an index without a kind",
            "write USING kind before the fields: hash for =, ordered for < and ORDER BY, and others as their kinds are named",
        ));
    }
    let kind = grammar.name()?.to_ascii_lowercase();
    let fields = grammar.list(Grammar::path)?;
    let mut options = Options::new();
    if grammar.words(&["WITH"]) {
        for (name, value) in grammar.list(Grammar::setting)? {
            options = options.with(&name, value);
        }
    }
    Ok(IndexSchema { kind, fields, options, name })
}

/// `(compression = 'lz4')`.
fn settings(grammar: &mut Grammar<'_, '_>, mut schema: SetSchema) -> Result<SetSchema, SqlError> {
    for (name, value) in grammar.list(Grammar::setting)? {
        schema = match (name.as_str(), value.as_str()) {
            ("compression", "lz4") => schema.compressed(),
            ("compression", other) => return Err(SqlError::operand("compression", other, "'lz4'")),
            _ => return Err(SqlError::operand("WITH", name, "compression, which is all that is set for a set")),
        };
    }
    Ok(schema)
}
