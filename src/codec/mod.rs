//! How are bytes guarded on their way to disk and back?
//!
//! Checksums bound to the place they belong to, and the [`Container`]: a file of named, 64-byte-aligned sections with a
//! checksum for every 4 KiB block, verified on first touch. Object files, index parts and checkpoints are containers; log
//! frames use the checksums. All numbers on disk are little-endian.

mod aligned;
mod checksum;
mod container;
mod cursor;
mod directory;
mod error;
mod priority;
mod random;
mod remains;
mod scrub;
mod section;
pub(crate) mod sync;
mod verified;
mod writer;

pub use aligned::AlignedBuffer;
pub use checksum::Checksum;
pub use container::Container;
pub use cursor::Cursor;
pub use error::CodecError;
pub(crate) use priority::step_back;
pub use random::{Random, scrambled};
pub use scrub::Scrubbed;
pub use section::Section;
pub use verified::bytes_verified;
pub use writer::ContainerWriter;

/// Sections start at a multiple of this, in the file and in memory.
pub const ALIGNMENT: usize = 64;

/// The bytes that one checksum covers.
pub const BLOCK: usize = 4096;

#[cfg(not(target_endian = "little"))]
compile_error!("stored arrays are read in place and are little-endian");
