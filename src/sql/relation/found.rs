//! What a SELECT finds: a question, and the names of its columns.

use crate::{
    object::{FieldPath, Value},
    query::{Item, Query, Scalar},
};

use super::{
    super::{Answer, prepared::select, selection::columns},
    SqlError,
};

/// A compiled SELECT.
#[derive(Clone)]
pub struct Found {
    pub query: Query<'static>,
    /// What it selects.
    pub items: Vec<Item>,
}

impl Found {
    /// The names of the columns; `None` where `*` is among them.
    pub fn columns(&self) -> Option<Vec<String>> {
        let names = columns(&self.items);
        (!names.is_empty()).then_some(names)
    }

    /// The same with other names for the columns, in their order.
    pub fn renamed(self, names: &[String]) -> Result<Self, SqlError> {
        let known = self.columns().filter(|known| known.len() == names.len());
        let Some(known) = known else {
            let expected = format!("{} columns, each with a name", names.len());
            return Err(SqlError::operand("SELECT", self.text(), expected));
        };
        if known == names {
            return Ok(self);
        }
        let items: Vec<Item> = known.iter().zip(names).map(|(known, name)| field(known).named(name)).collect();
        Ok(Self { query: self.query.then().select(items.clone()), items })
    }

    /// What is selected, as text.
    pub fn text(&self) -> String {
        self.items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    pub fn answer(&self) -> Result<Answer, SqlError> {
        select(&self.items, &self.query)
    }

    /// The name of the one column.
    pub fn column(&self, place: &str) -> Result<String, SqlError> {
        let mut columns = self.columns().unwrap_or_default();
        match (columns.pop(), columns.is_empty()) {
            (Some(column), true) => Ok(column),
            _ => Err(SqlError::operand(place, self.text(), "one column")),
        }
    }

    /// The values of the one column; null where there is none.
    pub fn values(&self) -> Result<Vec<Value>, SqlError> {
        let column = self.column("(SELECT ..)")?;
        let objects = self.query.run()?.objects()?;
        Ok(objects.into_iter().map(|object| object.get(&column).cloned().unwrap_or(Value::Null)).collect())
    }
}

/// A field of that name, dots and all.
pub fn field(name: &str) -> Item {
    Item::computed(name, Scalar::Field(FieldPath::of(&[name])))
}
