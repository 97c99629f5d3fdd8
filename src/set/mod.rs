//! What is in a set, and as of when?
//!
//! A family's live state is a list of immutable segments, each with its dead slots, and a delta: frozen in-memory segments and an open
//! tail. [`SetView`] is what one snapshot sees of it.

mod declaration;
mod error;
mod view;

pub use declaration::{IndexDeclaration, IndexId, SetDeclaration};
pub use error::SetError;
pub use view::{SegmentView, SetView, StoredObject};
