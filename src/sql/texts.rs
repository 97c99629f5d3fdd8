//! Conditions on texts that are operators: regular expressions.

use sqlparser::ast::{BinaryOperator, Expr as Ast};

use crate::{
    expr::{Pattern, Predicate, Test},
    object::Value,
};

use super::{
    SqlError,
    operand::{self, Scope},
};

/// A test of a text.
pub(super) struct Matched {
    /// What is tested; `None` when it is unknown for every object.
    pub predicate: Option<Predicate>,
    /// Whether the test must fail.
    pub negated: bool,
}

/// Compiles `name ~ '^Mon'` and its kin; `None` for another operator.
pub(super) fn matched(
    left: &Ast,
    op: &BinaryOperator,
    right: &Ast,
    scope: Scope<'_>,
) -> Result<Option<Matched>, SqlError> {
    let (flags, negated) = match op {
        BinaryOperator::PGRegexMatch => ("", false),
        BinaryOperator::PGRegexNotMatch => ("", true),
        BinaryOperator::PGRegexIMatch => ("(?i)", false),
        BinaryOperator::PGRegexNotIMatch => ("(?i)", true),
        _ => return Ok(None),
    };
    let place = op.to_string();
    let path = operand::field(&place, left, scope)?;
    let predicate = match operand::constant(&place, right, scope)? {
        Value::String(pattern) => {
            let compiled = Pattern::new(format!("{flags}{pattern}"));
            if let Some(error) = compiled.error() {
                return Err(SqlError::invalid(place, format!("'{pattern}'"), error));
            }
            Some(Predicate::new(path, Test::Regex(compiled)))
        }
        Value::Null => None,
        other => return Err(SqlError::operand(place, other, "a regular expression as text")),
    };
    Ok(Some(Matched { predicate, negated }))
}
