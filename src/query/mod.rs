//! How does a question become an answer?
//!
//! A [`Query`] is written over any [`Source`]. It becomes a tree of [`Node`]s that already is a correct, slow plan; [`optimize`] rewrites it rule by rule,
//! choosing access paths by exact cardinalities and measured [costs](cost); `execute` runs it, in slot space per segment as long as it can; what comes out
//! are [`Hits`], read when asked. `explain` prints the tree with estimates, `analyze` with what each node did.

mod analysis;
mod batch;
mod body;
mod builder;
pub mod cardinality;
mod check;
pub mod cost;
mod cursor;
mod error;
mod execute;
mod explain;
mod explain_json;
mod fitness;
mod found;
mod grouped;
mod hits;
mod item;
mod join;
mod joined;
mod made;
mod members;
mod nearest;
pub mod optimize;
mod order;
mod page;
mod pairs;
mod placed;
mod plan;
mod reads;
mod selected;
mod source;
mod sources;
mod stage;
mod trace;
mod typed;
mod walk;

pub use crate::expr::Scalar;
pub use analysis::Analysis;
pub use batch::Neighbours;
pub use builder::Query;
pub use cursor::Cursor;
pub use error::QueryError;
pub use execute::NodeStats;
pub use explain::{Explain, Misjudged, PlanLine};
pub use grouped::Group;
pub use hits::{Hit, Hits, HitsIter};
pub use item::Item;
pub use join::Join;
pub use members::Members;
pub use optimize::{Facts, Rule, estimate};
pub use order::{
    Direction::{self, Ascending, Descending},
    Nulls, OrderKey,
};
pub use pairs::{Pair, Pairs};
pub use plan::{
    Aggregate, AggregateFunction, Aggregation, Candidates, Combination, Diversity, Goal, Grouping, IndexOrder,
    JoinKind, Kind, Kinds, Missing, Nearest, Node, On, Pairing, Side, Sides, SourceId,
};
pub use source::{Source, SourceFields, SourceObject, SourceOrder};
pub use walk::Walk;
