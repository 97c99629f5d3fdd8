//! What does a condition mean?
//!
//! An [`Expr`] is a boolean tree over [`Predicate`]s. `evaluate` defines what each means; nothing else does. Logic is two-valued:
//! a predicate on a missing or incomparable value is false, and `Not` is set complement.

mod field;
mod predicate;
mod target;
mod tree;

pub use field::{Field, field};
pub use predicate::{Predicate, Test};
pub use target::Target;
pub use tree::Expr;
