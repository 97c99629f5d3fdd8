//! How much of a backup has been copied?

use std::{
    cell::Cell,
    io::{self, Write},
};

/// The bytes of the files of a backup that are where they belong, of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Bytes copied so far, or found to be there already.
    pub bytes: u64,
    /// The bytes of all files.
    pub total: u64,
}

/// Who is told how much has been copied.
pub type CopyWatch<'a> = dyn Fn(Copied) + 'a;

/// Counts what is copied, and tells.
pub struct CopyMeter<'a> {
    watch: &'a CopyWatch<'a>,
    bytes: Cell<u64>,
    total: u64,
}

/// It is told after so many bytes.
const STEP: usize = 1 << 20;

impl<'a> CopyMeter<'a> {
    /// A copy of so many bytes begins.
    pub fn new(watch: &'a CopyWatch<'a>, total: u64) -> Self {
        let meter = Self { watch, bytes: Cell::new(0), total };
        meter.add(0);
        meter
    }

    /// So many more bytes are where they belong.
    pub fn add(&self, bytes: u64) {
        self.bytes.set(self.bytes.get() + bytes);
        (self.watch)(Copied { bytes: self.bytes.get().min(self.total), total: self.total });
    }

    /// Copies bytes, and counts them on their way.
    pub fn copy(&self, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        bytes.chunks(STEP).try_for_each(|chunk| {
            out.write_all(chunk)?;
            self.add(chunk.len() as u64);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn a_copy_is_told_from_nothing_to_all() {
        let told = RefCell::new(Vec::new());
        let watch = |copied: Copied| told.borrow_mut().push(copied.bytes);
        let (bytes, mut out) = (vec![7; 2 * STEP + 5], Vec::new());
        let meter = CopyMeter::new(&watch, bytes.len() as u64 + 100);
        meter.copy(&bytes, &mut out).unwrap();
        meter.add(100);
        assert_eq!(out, bytes);
        let step = STEP as u64;
        assert_eq!(*told.borrow(), [0, step, 2 * step, 2 * step + 5, 2 * step + 105]);
    }
}
