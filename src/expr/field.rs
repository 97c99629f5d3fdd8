//! Writing conditions in Rust: `field("age").gt(25)`.

use crate::object::{FieldPath, Value};

use super::{Expr, Predicate, Test};

/// A field, about to be tested.
#[derive(Clone, Debug)]
pub struct Field(FieldPath);

/// Starts a condition on a field, or on a dotted path.
#[must_use]
pub fn field(path: impl Into<FieldPath>) -> Field {
    Field(path.into())
}

impl Field {
    /// Equal by value.
    #[must_use]
    pub fn eq(self, value: impl Into<Value>) -> Expr {
        Expr::Leaf(Predicate::new(self.0, Test::Equals(value.into())))
    }
}
