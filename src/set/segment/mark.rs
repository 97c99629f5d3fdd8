//! Is an index part the one that its name says? Checksums tell damaged bytes; whole files that stand in each other's place, only this
//! tells. (Object files say whose they are anyway.)
//!
//! A part carries its own name as the name of an empty section, `is part-7-0-7`: the directory is read at opening, so it costs nothing.

use std::io;

use crate::codec::{CodecError, Container, ContainerWriter};

/// What the section's name begins with.
const IS: &str = "is ";

/// Writes a part's own name into it.
pub(super) fn mark(out: &mut ContainerWriter<'_>, file: &str) -> io::Result<()> {
    out.section(&format!("{IS}{file}"))
}

/// Refuses a part that says it is another one. Parts of early versions say nothing.
pub(super) fn check_mark(container: &Container, file: &str) -> Result<(), CodecError> {
    match container.names().find_map(|name| name.strip_prefix(IS)).filter(|own| *own != file) {
        None => Ok(()),
        Some(own) => {
            let what = format!("it is {own}, under another file's name");
            Err(CodecError::Damaged { file: file.to_owned(), position: 0, what })
        }
    }
}
