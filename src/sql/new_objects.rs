//! The objects of an INSERT: of VALUES with columns, of whole objects as JSON or parameters, or of a SELECT's answer.

use sqlparser::ast::{Expr as Ast, ObjectName, Query, SetExpr, Statement as AstStatement};

use crate::{
    database::Transaction,
    object::{FieldPath, JsonText, Object, Offset, Standing, Update, Value},
};

use super::{Parameters, SqlError, given::Given, statement::Statement, target::Target};

/// An object to be added.
pub(super) struct New {
    /// The owner, in a nested set.
    pub owner: Option<Offset>,
    pub object: Object,
}

/// Where new objects come from.
#[derive(Debug)]
pub(super) enum Source {
    Values(Vec<Vec<Ast>>),
    Select(Box<Statement>),
}

impl Source {
    /// Takes what stands after the columns; `form` says what may.
    pub fn new(query: Query, form: &str) -> Result<Self, SqlError> {
        let more = query.with.is_some() || query.order_by.is_some() || query.limit_clause.is_some();
        match *query.body {
            SetExpr::Values(values) if !more => {
                Ok(Self::Values(values.rows.into_iter().map(|values| values.content).collect()))
            }
            SetExpr::Values(_) => Err(SqlError::unsupported("WITH, ORDER BY or LIMIT beside VALUES", form)),
            body => {
                let query = Query { body: Box::new(body), ..query };
                Ok(Self::Select(Box::new(Statement::of(AstStatement::Query(Box::new(query)))?)))
            }
        }
    }

    /// The objects, in the order written.
    pub fn objects(
        &self,
        target: &Target,
        columns: &[ObjectName],
        transaction: &Transaction,
        parameters: &Parameters,
    ) -> Result<Vec<New>, SqlError> {
        let columns: Vec<FieldPath> =
            columns.iter().map(|name| target.field("INSERT", name, parameters)).collect::<Result<_, _>>()?;
        if let Some(path) = columns.iter().find(|path| path.standing() == Some(Standing::Offset)) {
            return Err(SqlError::operand(
                "INSERT",
                path,
                "fields, and _owner in a nested set: an offset is given, not chosen",
            ));
        }
        match self {
            Self::Values(lists) => {
                let mut objects = Vec::with_capacity(lists.len());
                for values in lists {
                    let values = values.iter().map(|value| Given::constant(value, target.scope(parameters)));
                    let values = values.collect::<Result<Vec<_>, _>>()?;
                    if columns.is_empty() {
                        whole(values, &mut objects)?;
                    } else {
                        objects.push(of_columns(&columns, values)?);
                    }
                }
                Ok(objects)
            }
            Self::Select(statement) => selected(statement, &columns, transaction, parameters),
        }
    }
}

/// An object with a value in each column; a missing value leaves its field out.
fn of_columns(columns: &[FieldPath], values: Vec<Option<Value>>) -> Result<New, SqlError> {
    if values.len() != columns.len() {
        let names: Vec<String> = columns.iter().map(ToString::to_string).collect();
        let expected = format!("{}, one for each of: {}", columns.len(), names.join(", "));
        return Err(SqlError::operand("INSERT", format!("{} values", values.len()), expected));
    }
    let (mut owner, mut update) = (None, Update::new());
    for (path, value) in columns.iter().zip(values) {
        match (path.standing(), value) {
            (_, None) => {}
            (Some(_), Some(value)) => owner = Some(named_owner(&value)?),
            (None, Some(value)) => update = update.set(path.clone(), value),
        }
    }
    let object = update.apply(Object::new()).map_err(|source| SqlError::object("INSERT", source))?;
    Ok(New { owner, object })
}

fn named_owner(value: &Value) -> Result<Offset, SqlError> {
    match value {
        Value::Reference(_, offset) => Ok(*offset),
        Value::Int(number) => u64::try_from(*number)
            .map(Offset)
            .map_err(|_| SqlError::operand("_owner", number, "the offset of an object, zero or more")),
        other => Err(SqlError::operand("_owner", other, "the offset of an object, or a reference to it")),
    }
}

/// Whole objects: maps, JSON text of maps, or lists of either.
fn whole(values: Vec<Option<Value>>, objects: &mut Vec<New>) -> Result<(), SqlError> {
    let count = values.len();
    let mut values = values.into_iter();
    let (Some(Some(value)), None) = (values.next(), values.next()) else {
        let expected = "one object as JSON, or the columns' names before VALUES";
        return Err(SqlError::operand("INSERT", format!("{count} values without columns"), expected));
    };
    push(value, objects)
}

fn push(value: Value, objects: &mut Vec<New>) -> Result<(), SqlError> {
    match value {
        Value::Map(object) => objects.push(New { owner: None, object }),
        Value::List(values) => values.into_iter().try_for_each(|value| push(value, objects))?,
        Value::String(text) => match json(&text)? {
            // Text within text would be no object.
            Value::String(_) => return Err(no_object(&text)),
            value => push(value, objects)?,
        },
        other => return Err(no_object(other)),
    }
    Ok(())
}

fn json(text: &str) -> Result<Value, SqlError> {
    let read = JsonText::read(text).map_err(|error| SqlError::invalid("INSERT", text, format!("no JSON: {error}")))?;
    read.single().map_err(|source| SqlError::object("INSERT", source))
}

fn no_object(value: impl ToString) -> SqlError {
    SqlError::operand("INSERT", value, "an object as JSON or as a parameter, or the columns' names before VALUES")
}

/// The answer of a SELECT, as objects: with columns by position, without by the selected names.
fn selected(
    statement: &Statement,
    columns: &[FieldPath],
    transaction: &Transaction,
    parameters: &Parameters,
) -> Result<Vec<New>, SqlError> {
    let answer = statement.answer_within(transaction, parameters)?;
    if columns.is_empty() {
        return Ok(answer.objects.into_iter().map(|object| New { owner: None, object }).collect());
    }
    let list = |object: &Object| answer.columns.iter().map(|name| object.get(name).cloned()).collect();
    answer.objects.iter().map(|object| of_columns(columns, list(object))).collect()
}
