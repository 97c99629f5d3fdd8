//! RETURNING: what comes back of the objects that were written.

use sqlparser::ast::SelectItem;

use crate::{
    object::{Fields, Object},
    query::Item,
    set::StoredObject,
};

use super::{
    Answer, SqlError,
    answer::Done,
    operand::Scope,
    prepared::met_fields,
    selection::{Selection, columns, selection},
};

/// What is to come back of each object, if anything; collects it.
#[derive(Debug)]
pub(super) struct Returned {
    items: Option<Vec<Item>>,
    answer: Answer,
}

impl Returned {
    /// Starts with no objects.
    pub fn new(items: Option<&[SelectItem]>, scope: Scope<'_>) -> Result<Self, SqlError> {
        let items = match items.map(|items| selection(items, scope)).transpose()? {
            None => None,
            Some(Selection::Items(items)) => Some(items),
            Some(_) => {
                return Err(SqlError::unsupported("RETURNING COUNT(*)", "the answer says how many were written"));
            }
        };
        let columns = items.as_deref().map(columns).unwrap_or_default();
        let all = items.iter().flatten().any(|item| matches!(item, Item::All));
        Ok(Self { items, answer: Answer { columns, all, ..Answer::default() } })
    }

    /// Whether objects must be read for it.
    pub const fn is_wanted(&self) -> bool {
        self.items.is_some()
    }

    /// Takes in an object that was written.
    pub fn add(&mut self, stored: &StoredObject) {
        let Some(items) = &self.items else { return };
        let mut object = Object::new();
        for item in items {
            match item {
                Item::All | Item::Below(_) => {
                    for (name, value) in stored.to_object() {
                        object.set(name, value);
                    }
                }
                Item::Named { name, scalar } => {
                    if let Some(value) = scalar.evaluate(stored.offset(), stored) {
                        object.set(name.as_str(), value);
                    }
                }
            }
        }
        self.answer.objects.push(object);
    }

    /// The answer, with what was done.
    pub fn answer(mut self, offsets: Vec<crate::object::Offset>, done: Done) -> Answer {
        if self.answer.columns.is_empty() && self.is_wanted() {
            self.answer.columns = met_fields(&self.answer.objects);
        }
        Answer { offsets, done, ..self.answer }
    }
}
