//! What is in a set, and as of when?
//!
//! A family's live state is a list of immutable segments, each with its dead slots, and a delta: frozen in-memory segments and an open
//! tail. [`Families`] follows the log; a [`Snapshot`] pins one sequence of it; [`SetView`] is what a snapshot sees of one set, and
//! what queries run on. [`WriteBatch`] stages and checks what a transaction writes. [`Maintenance`] writes the delta to disk and
//! merges segments. [`IndexableSet`] is the program's handle.

mod apply;
mod batch;
mod build_threads;
mod bulk;
mod change;
mod choose;
mod conflict;
mod declaration;
mod declare;
mod delta;
mod drop;
mod elements;
mod engine;
mod error;
mod examples;
mod families;
mod fitting;
mod freeze;
mod fresh;
mod holds;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod hostile;
mod indexable;
mod key_text;
mod loose;
mod maintenance;
mod memory;
mod merge;
mod new_keys;
mod new_objects;
mod overlay;
mod pieces;
mod place;
mod progress;
mod publish;
mod reads;
mod recent;
mod result_set;
mod salvage;
mod schema;
mod scrub;
mod segment;
mod segment_view;
mod sizes;
mod snapshot;
mod state;
mod stored;
#[cfg(test)]
mod tests;
mod validate;
mod view;
mod world;

pub use batch::{BulkSegment, WriteBatch};
pub use build_threads::BuildThreads;
pub use choose::{Decision, Thresholds, choose};
pub use conflict::Conflict;
pub use declaration::{IndexDeclaration, IndexId, SetDeclaration};
pub use engine::Engine;
pub use error::SetError;
pub use families::Families;
pub use holds::Held;
pub use indexable::IndexableSet;
pub use key_text::key_text;
pub use loose::{LooseFields, LooseObjects, LooseReader};
pub use maintenance::{Maintenance, NextId, SegmentChange};
pub use memory::BuildMemory;
pub use overlay::{Overlay, Staged};
pub use progress::{Cancelled, Progress, Spend, Step, Watch, unlimited, unwatched};
pub use reads::{MatchingRead, Read, Reads};
pub use result_set::ResultSet;
pub use salvage::{Loss, Salvaged, SalvagedFamily};
pub use schema::{IndexSchema, SetSchema};
pub use segment::is_segment_file;
pub use segment_view::SegmentView;
pub use sizes::{FamilySizes, SegmentSizes};
pub use snapshot::Snapshot;
pub use stored::StoredObject;
pub use view::SetView;

pub(crate) use progress::Steps;
