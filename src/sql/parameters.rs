//! The values of `$name` placeholders.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::tokenizer::{Token, Tokenizer};

use crate::object::Value;

use super::{SqlError, dialect::ProtobaseDialect};

/// The names of the parameters that a statement uses, without the `$`.
pub fn parameter_names(text: &str) -> Result<BTreeSet<String>, SqlError> {
    let tokens = Tokenizer::new(&ProtobaseDialect, text).tokenize();
    let tokens = tokens.map_err(|error| SqlError::Syntax(error.to_string()))?;
    let name = |token| match token {
        Token::Placeholder(name) => Some(parameter_name(&name).to_owned()),
        _ => None,
    };
    Ok(tokens.into_iter().filter_map(name).collect())
}

/// A placeholder's name without what marks it as one.
pub(super) fn parameter_name(placeholder: &str) -> &str {
    placeholder.trim_start_matches(['$', ':', '?'])
}

/// Values for a statement's parameters, by name (without the `$`).
#[derive(Clone, Debug, Default)]
pub struct Parameters(BTreeMap<String, Value>);

impl Parameters {
    /// No parameters.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a parameter its value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}
