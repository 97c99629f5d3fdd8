//! What does a condition mean?
//!
//! An [`Expr`] is a boolean tree over [`Predicate`]s. [`evaluate`] defines what each means; nothing else does. Logic is two-valued:
//! a predicate on a missing or incomparable value is false, and `Not` is set complement. [`normalize`] gives an equal expression in
//! the form that the planner likes; [`Expr::check`] refuses what cannot be measured.

mod arithmetic;
mod check;
mod compared;
mod computed;
mod edits;
mod evaluate;
mod examples;
mod field;
mod like;
mod nesting;
mod normalize;
mod paths;
mod pattern;
mod predicate;
mod same;
mod scalar;
mod shapes;
mod target;
mod targets;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod texts;
mod tree;
#[cfg(feature = "text")]
mod words;

pub use check::ExprError;
pub use compared::Comparison;
pub use computed::{Computed, DatePart, Function};
pub use edits::{MAX_EDITS, within_edits};
pub use evaluate::{asked, euclidean, evaluate, vector, within};
pub use examples::Examples;
pub use field::{Field, field, in_ball, in_box};
pub use like::{Part as LikePart, like_prefix, parts as like_parts};
pub use nesting::MAX_NESTING;
pub use normalize::normalize;
pub use pattern::Pattern;
pub use predicate::{Predicate, Test};
pub use same::same;
pub use scalar::Scalar;
pub use target::Target;
pub use targets::Targets;
pub use tree::Expr;
#[cfg(feature = "text")]
pub use words::{Matching, Words};
