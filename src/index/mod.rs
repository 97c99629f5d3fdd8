//! How does an index answer?
//!
//! The contract between the engine and its plug-ins. An [`IndexKind`] is a stateless recipe, listed once in the registry. It builds one
//! immutable part over one segment from (slot, values) pairs in slot order, and opens a part to answer from it. A plug-in never
//! mutates, never locks, never logs, and knows nothing of transactions, deletes or plans: parts speak of slots, dense u32
//! numbers in the segment's order, and candidate sets know nothing of death.

mod access;
mod array;
mod columns;
pub mod conformance;
mod error;
pub mod geo;
pub mod hash;
mod kind;
mod levels;
mod lexicon;
mod options;
pub mod ordered;
pub mod plane;
mod registry;
mod search;
mod slots;
mod sorted;
#[cfg(feature = "text")]
pub mod text;
pub mod trie;
pub mod vector;
mod widest;
mod work;

pub use access::{Access, Cardinality, Exactness, SearchEffort, SearchPath, Traversal};
pub use columns::{Columns, VectorColumn};
pub use error::IndexError;
pub use kind::{BuildEffort, IndexBuilder, IndexKind, IndexPart, NearestAnswer, NearestRequest, Predecessor, Tell};
pub use options::Options;
pub use registry::Registry;
pub use slots::{Slot, SlotIter, SlotSet};
pub use work::Work;
