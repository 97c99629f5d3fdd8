//! The plan: a strict tree, executable at every stage of its optimization.
//!
//! Every [`Node`] sees only its own subtree. The tree that the builder makes is already an answer: it reads every object and
//! evaluates. Rules (see [`super::optimize`]) replace nodes by faster ones that mean the same, so that the plain tree is the twin that every
//! optimized tree is checked against.

mod aggregation;
mod candidates;
mod combination;
mod inputs;
mod kinds;
mod node;
mod on;
mod pairing;
mod shaped;
mod source_id;

pub use aggregation::{Aggregate, AggregateFunction, Aggregation};
pub use candidates::Candidates;
pub use combination::Combination;
pub use kinds::{Kind, Kinds};
pub use node::{Goal, IndexOrder, Missing, Nearest, Node};
pub use on::{On, Partner, Question};
pub use pairing::{JoinKind, Pairing, Side, Sides};
pub use shaped::{Diversity, Grouping};
pub use source_id::SourceId;
