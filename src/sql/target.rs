//! Which set does a statement write, and which of its objects?

use sqlparser::ast::{Expr as Ast, Ident, ObjectName, TableAlias, TableFactor, TableWithJoins};

use crate::{
    database::Transaction,
    object::{FieldPath, Object, Offset, Value},
    set::{IndexableSet, SetView},
};

use super::{Parameters, SqlError, operand, operand::Scope, statement::Statement, statement::pieces, tree::Tree};

/// The set that a statement writes, and what may stand before its fields' names.
#[derive(Debug)]
pub(super) struct Target {
    /// `cities`, or `countries.cities`.
    pub set: String,
    names: Vec<String>,
    prefixes: Vec<String>,
    alias: Option<Ident>,
}

impl Target {
    /// A set's name as written, with its alias.
    pub fn new(name: &ObjectName, alias: Option<Ident>) -> Result<Self, SqlError> {
        let names = pieces(name)?;
        let mut prefixes: Vec<String> = names.last().cloned().into_iter().collect();
        prefixes.extend(alias.iter().map(|alias| alias.value.clone()));
        Ok(Self { set: names.join("."), names, prefixes, alias })
    }

    /// The one set of an UPDATE or DELETE.
    pub fn of_table(verb: &str, table: TableWithJoins) -> Result<Self, SqlError> {
        let refused = |what: String| SqlError::unsupported(format!("{what} in {verb}"), "name one set");
        if !table.joins.is_empty() {
            return Err(refused("a JOIN".to_owned()));
        }
        match &table.relation {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_hints,
                version: None,
                json_path: None,
                sample: None,
                ..
            } if with_hints.is_empty() => match alias {
                None => Self::new(name, None),
                Some(TableAlias { name: alias, columns, .. }) if columns.is_empty() => {
                    Self::new(name, Some(alias.clone()))
                }
                Some(alias) => Err(refused(format!("the alias {alias}"))),
            },
            other => Err(refused(other.to_string())),
        }
    }

    /// What names mean in the statement.
    pub fn scope<'a>(&'a self, parameters: &'a Parameters) -> Scope<'a> {
        Scope { parameters, prefixes: &self.prefixes, set: &self.set, names: None }
    }

    /// A field that is written, by its name.
    pub fn field(&self, verb: &str, name: &ObjectName, parameters: &Parameters) -> Result<FieldPath, SqlError> {
        let written = || SqlError::unsupported(name, "write a field's name, such as name or address.city");
        let names =
            name.0.iter().map(|part| part.as_ident().cloned()).collect::<Option<Vec<_>>>().ok_or_else(written)?;
        operand::field(verb, &Ast::CompoundIdentifier(names), self.scope(parameters))
    }

    /// The SELECT that finds the objects for which a condition is true.
    pub fn finding(&self, condition: Option<Tree>) -> Result<Statement, SqlError> {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let set: Vec<String> = self.names.iter().map(|name| quoted(name)).collect();
        let alias = self.alias.as_ref().map_or_else(String::new, |alias| format!(" AS {}", quoted(&alias.value)));
        Statement::finding(&format!("SELECT _offset FROM {}{alias}", set.join(".")), condition)
    }

    /// The set in a transaction.
    pub fn within(&self, transaction: &Transaction) -> Result<IndexableSet<Object>, SqlError> {
        let snapshot = transaction.snapshot();
        if snapshot.family(&self.set).is_none() {
            return Err(SqlError::unknown_set(snapshot, &self.set));
        }
        Ok(transaction.set(&self.set)?)
    }
}

/// The objects that a finding statement finds, as the transaction sees the set: indexes are used, own writes are seen, and a serializable
/// transaction notes the condition. All are found before the first is written.
pub(super) fn found(
    finding: &Statement,
    transaction: &Transaction,
    parameters: &Parameters,
) -> Result<Vec<Offset>, SqlError> {
    let answer = finding.answer_within(transaction, parameters)?;
    let offset = |object: &Object| match object.get("_offset") {
        Some(Value::Int(offset)) => u64::try_from(*offset).ok().map(Offset),
        _ => None,
    };
    Ok(answer.objects.iter().filter_map(offset).collect())
}

/// The fields that are stored as vectors: text and lists that are written there are meant as vectors.
pub(super) fn vector_fields(view: &SetView) -> Vec<FieldPath> {
    let is_vector =
        |kind: &str, options| view.registry().find(kind).is_some_and(|kind| kind.vector_column(options).is_some());
    let indexes = view.declaration().indexes.iter().filter(|index| is_vector(&index.kind, &index.options));
    indexes.filter_map(|index| index.fields.first().cloned()).collect()
}
