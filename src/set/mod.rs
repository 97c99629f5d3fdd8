//! What is in a set, and as of when?
//!
//! A family's live state is a list of immutable segments, each with its dead slots, and a delta: frozen in-memory segments and an open
//! tail. [`SetView`] is what one snapshot sees of it.

mod batch;
mod declaration;
mod engine;
mod error;
mod families;
mod indexable;
mod maintenance;
mod overlay;
mod result_set;
mod schema;
mod view;

pub use batch::{BulkSegment, WriteBatch};
pub use declaration::{IndexDeclaration, IndexId, SetDeclaration};
pub use engine::Engine;
pub use error::SetError;
pub use families::{Families, FamilySizes, SegmentSizes, Snapshot, key_bytes};
pub use indexable::IndexableSet;
pub use maintenance::{Decision, Maintenance, SegmentChange, Thresholds, choose};
pub use overlay::{Overlay, Staged};
pub use result_set::ResultSet;
pub use schema::{IndexSchema, SetSchema};
pub use view::{SegmentView, SetView, StoredObject};
