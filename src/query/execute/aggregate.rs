//! New objects of many: groups by what their objects have in common, in the order of their first object.

use std::{collections::HashMap, sync::Arc};

use crate::{
    expr,
    object::{FieldPath, Fields, Kind, Object, Offset, Value, write_key},
    query::{
        Aggregate, Aggregation, Node, QueryError, Scalar, SourceFields,
        found::{Element, Found},
        joined::made,
    },
};

use super::{Runner, Stream, reader::Reader, state::State};

/// One object of each group.
pub fn stream<'r>(
    runner: &'r Runner<'_>,
    node: &'r Node,
    input: Stream<'r>,
    by: &'r Aggregation,
) -> Result<Stream<'r>, QueryError> {
    let reader = Reader::new(runner, node, paths(by));
    let mut groups = Groups::new(by);
    for found in input {
        let found = found?;
        reader.read(&found, |fields| groups.take(found.offset(), fields))??;
    }
    let objects = groups.finish();
    Ok(Box::new(objects.into_iter().zip(0..).map(|(object, number)| {
        let element = Element::Given(SourceFields::Shared(Arc::new(object)));
        Ok(Found { key: made(number), distance: None, element })
    })))
}

/// The fields that it is made from.
fn paths(by: &Aggregation) -> impl Iterator<Item = &FieldPath> {
    let values = by.values.iter().flat_map(|(_, value)| {
        let filter = value.filter.iter().flat_map(|filter| filter.paths());
        value.of.iter().flat_map(Scalar::paths).chain(filter)
    });
    by.keys.iter().flat_map(|(_, key)| key.paths()).chain(values)
}

/// Groups under way.
struct Groups<'b> {
    by: &'b Aggregation,
    /// By the keys of its objects, the number of each group.
    numbers: HashMap<Vec<u8>, usize>,
    all: Vec<Group>,
    /// The keys of the object at hand.
    key: Vec<u8>,
}

struct Group {
    /// `None` where the key is missing or null.
    keys: Vec<Option<Value>>,
    states: Vec<State>,
}

/// Stands for a key that is missing or null: no value's key begins so.
const MISSING: u8 = 0;

impl<'b> Groups<'b> {
    fn new(by: &'b Aggregation) -> Self {
        let mut groups = Self { by, numbers: HashMap::new(), all: Vec::new(), key: Vec::new() };
        if by.keys.is_empty() {
            groups.number(Offset(0), &Object::new());
        }
        groups
    }

    fn take(&mut self, offset: Offset, fields: &dyn Fields) -> Result<(), QueryError> {
        self.key.clear();
        for (_, scalar) in &self.by.keys {
            write(scalar, offset, fields, &mut self.key);
        }
        let number = match self.numbers.get(&self.key) {
            Some(number) => *number,
            None => self.number(offset, fields),
        };
        let states = self.all[number].states.iter_mut();
        self.by.values.iter().zip(states).try_for_each(|((_, value), state)| value.give(state, offset, fields))
    }

    /// Starts a group.
    fn number(&mut self, offset: Offset, fields: &dyn Fields) -> usize {
        let known = |value: Option<Value>| value.filter(|value| !matches!(value, Value::Null));
        let keys = self.by.keys.iter().map(|(_, scalar)| known(scalar.evaluate(offset, fields))).collect();
        let states = self.by.values.iter().map(|(_, value)| State::new(value)).collect();
        self.all.push(Group { keys, states });
        self.numbers.insert(self.key.clone(), self.all.len() - 1);
        self.all.len() - 1
    }

    fn finish(self) -> Vec<Object> {
        let by = self.by;
        let object = |group: Group| {
            let mut object = Object::new();
            for ((name, _), key) in by.keys.iter().zip(group.keys) {
                key.into_iter().for_each(|key| {
                    object.set(name.as_str(), key);
                });
            }
            for ((name, _), state) in by.values.iter().zip(group.states) {
                if let Some(value) = state.finish() {
                    object.set(name.as_str(), value);
                }
            }
            object
        };
        self.all.into_iter().map(object).collect()
    }
}

/// Appends the key of a value; a field's is read where it lies.
fn write(scalar: &Scalar, offset: Offset, fields: &dyn Fields, key: &mut Vec<u8>) {
    let owned;
    let value = match scalar {
        Scalar::Field(path) => fields.field(path),
        other => {
            owned = other.evaluate(offset, fields);
            owned.as_ref().map(Value::as_ref)
        }
    };
    match value.filter(|value| value.kind() != Kind::Null) {
        Some(value) => write_key(value, key),
        None => key.push(MISSING),
    }
}

impl Aggregate {
    /// Gives one object's value to a state, if it has one.
    fn give(&self, state: &mut State, offset: Offset, fields: &dyn Fields) -> Result<(), QueryError> {
        if self.filter.as_ref().is_some_and(|filter| !expr::evaluate(filter, fields)) {
            return Ok(());
        }
        match &self.of {
            None => {
                state.count();
                Ok(())
            }
            Some(Scalar::Field(path)) => match fields.field(path) {
                Some(value) => state.take(value),
                None => Ok(()),
            },
            Some(scalar) => match scalar.evaluate(offset, fields) {
                Some(value) => state.take(value.as_ref()),
                None => Ok(()),
            },
        }
    }
}
