//! What begins with a backslash: `\d`, `\timing` and the like.

use std::io::Write;

use crate::{
    object::{Object, Value},
    set::{SetDeclaration, SetView, Snapshot},
};

use super::{
    super::{CliError, args::Format, output::table},
    shell::{Flow, Shell},
};

/// What `\?` says.
const HELP: &str = "\\d            the sets
\\d SET        a set: its indexes, its nested sets, and the fields of its first objects
\\timing       tells the time of each statement, or no more
\\format NAME  prints answers as a table, as json or as csv
\\?            this
\\q            ends; so does the end of the input
Statements end with a semicolon: SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER and DROP of a SET or INDEX, BEGIN, COMMIT, ROLLBACK, EXPLAIN.";

/// So many objects are looked at for the fields of a set.
const LOOKED_AT: usize = 1_000;

impl Shell<'_> {
    /// Does what a line that begins with a backslash says.
    pub fn meta(&mut self, line: &str, out: &mut dyn Write) -> Result<Flow, CliError> {
        let mut words = line.split_whitespace();
        let command = words.next().unwrap_or_default();
        let argument = words.next();
        if let Some(more) = words.next() {
            return Err(CliError::Usage(format!("{command}: '{more}' is one word too many; \\? lists the commands")));
        }
        match (command, argument) {
            ("\\q" | "\\quit", None) => return Ok(Flow::Quit),
            ("\\?" | "\\h" | "\\help", None) => writeln!(out, "{HELP}")?,
            ("\\timing", None) => {
                self.timing = !self.timing;
                self.tell(if self.timing { "timing is on" } else { "timing is off" }, out)?;
            }
            ("\\format", Some(name)) => {
                self.format = match name {
                    "table" => Format::Table,
                    "json" => Format::Json,
                    "csv" => Format::Csv,
                    other => return Err(CliError::Usage(format!("\\format {other}: expected table, json or csv"))),
                };
            }
            ("\\d", None) => sets(&self.database.snapshot(), out)?,
            ("\\d", Some(name)) => set(&self.database.snapshot(), name.trim_end_matches(';'), out)?,
            _ => return Err(CliError::Usage(format!("{line}: no such command; \\? lists them"))),
        }
        Ok(Flow::Continue)
    }
}

fn sets(snapshot: &Snapshot, out: &mut dyn Write) -> Result<(), CliError> {
    let mut lines = Vec::new();
    for (family, declaration) in snapshot.families() {
        let count = snapshot.view(family, None).and_then(|view| view.len()).map_err(crate::Error::from)?;
        let unique = declaration.unique.as_ref().map_or(Value::from(""), |path| path.to_string().into());
        lines.push(
            Object::new()
                .with("set", declaration.name.as_str())
                .with("objects", i64::try_from(count).unwrap_or(i64::MAX))
                .with("unique", unique)
                .with("indexes", i64::try_from(declaration.indexes.len()).unwrap_or(i64::MAX)),
        );
    }
    let columns = ["set", "objects", "unique", "indexes"].map(str::to_owned);
    writeln!(out, "{}", table(&columns, &lines))?;
    Ok(())
}

fn set(snapshot: &Snapshot, name: &str, out: &mut dyn Write) -> Result<(), CliError> {
    let Some(family) = snapshot.family(name) else {
        let known: Vec<&str> = snapshot.families().map(|(_, declaration)| declaration.name.as_str()).collect();
        return Err(CliError::Refused(format!("no set '{name}'; there are: {}", known.join(", "))));
    };
    let view = snapshot.view(family, None).map_err(crate::Error::from)?;
    let declaration = view.declaration();
    let count = view.len().map_err(crate::Error::from)?;
    writeln!(out, "set '{name}': {count} {}", if count == 1 { "object" } else { "objects" })?;
    if let Some(unique) = &declaration.unique {
        writeln!(out, "unique key: {unique}")?;
    }
    for path in snapshot.nested_fields(family) {
        writeln!(out, "nested sets: {name}.{path}")?;
    }
    if !declaration.indexes.is_empty() {
        let columns = ["index", "kind", "fields", "options"].map(str::to_owned);
        writeln!(out, "{}", table(&columns, &indexes(declaration)))?;
    }
    let fields = fields(&view)?;
    if !fields.is_empty() {
        writeln!(out, "{}", table(&["field", "kinds"].map(str::to_owned), &fields))?;
    }
    Ok(())
}

fn indexes(declaration: &SetDeclaration) -> Vec<Object> {
    let line = |index: &crate::set::IndexDeclaration| {
        let fields: Vec<String> = index.fields.iter().map(ToString::to_string).collect();
        let options: Vec<String> = index.options.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Object::new()
            .with("index", declaration.index_name(index))
            .with("kind", index.kind.as_str())
            .with("fields", fields.join(", "))
            .with("options", options.join(", "))
    };
    declaration.indexes.iter().map(line).collect()
}

/// The fields of a set's first objects, each with the kinds of value that it holds.
fn fields(view: &SetView) -> Result<Vec<Object>, CliError> {
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for object in first_objects(view, LOOKED_AT)? {
        for (name, value) in object.iter() {
            let kind = value.as_ref().kind().to_string();
            match kinds.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) if known.contains(&kind) => {}
                Some((_, known)) => known.push(kind),
                None => kinds.push((name.to_owned(), vec![kind])),
            }
        }
    }
    let line = |(name, kinds): (String, Vec<String>)| Object::new().with("field", name).with("kinds", kinds.join(", "));
    Ok(kinds.into_iter().map(line).collect())
}

/// Some objects of a set.
pub(super) fn first_objects(view: &SetView, count: usize) -> Result<Vec<Object>, CliError> {
    let mut objects = Vec::new();
    let read = view.read_while(|object| {
        objects.push(object.to_object());
        objects.len() < count
    });
    read.map_err(crate::Error::from)?;
    Ok(objects)
}
