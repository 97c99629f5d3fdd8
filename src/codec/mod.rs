//! How are bytes guarded on their way to disk and back?
//!
//! Varints and checksums, and the [`Container`]: a file of named, 64-byte-aligned sections with a checksum for every 4 KiB
//! block, verified on first touch. Object files, index parts and checkpoints are containers; log frames use the checksums.

mod container;
mod error;
mod section;

pub use container::{Container, ContainerWriter};
pub use error::CodecError;
pub use section::Section;
