//! One indexed field of a tail's versions, read by type.

use std::sync::OnceLock;

use crate::object::{FieldPath, ValueRef};

use super::{
    append::AppendOnly,
    block::{Block, Cell},
    tail::Version,
};

/// A field of a tail, in blocks. A block is made when the field is first asked for and all its versions are there, and never changes: versions
/// do not. Before, and for what a block does not hold, the versions' bytes answer.
#[derive(Debug)]
pub(in crate::set) struct Column {
    path: FieldPath,
    blocks: OnceLock<Box<[OnceLock<Block>]>>,
}

impl Column {
    /// The column of a field; allocates on first use.
    pub fn new(path: FieldPath) -> Self {
        Self { path, blocks: OnceLock::new() }
    }

    /// The field.
    pub fn path(&self) -> &FieldPath {
        &self.path
    }

    /// The field's value in one of the tail's versions, `None` when missing.
    #[inline]
    pub fn value<'a>(&'a self, versions: &'a AppendOnly<Version>, place: u32) -> Option<ValueRef<'a>> {
        match self.block(versions, place / Block::VERSIONS).map(|block| block.get(place % Block::VERSIONS)) {
            Some(Cell::Value(value)) => Some(value),
            Some(Cell::Missing) => None,
            Some(Cell::Elsewhere) | None => versions.get(place)?.field(&self.path),
        }
    }

    /// A block, made when need be; `None` while versions of it are still to come.
    #[inline]
    fn block<'a>(&'a self, versions: &AppendOnly<Version>, number: u32) -> Option<&'a Block> {
        let made = self.blocks.get().and_then(|blocks| blocks.get(number as usize)?.get());
        made.or_else(|| self.make(versions, number))
    }

    #[cold]
    fn make<'a>(&'a self, versions: &AppendOnly<Version>, number: u32) -> Option<&'a Block> {
        let places = number * Block::VERSIONS..(number + 1) * Block::VERSIONS;
        if versions.len() < places.end {
            return None;
        }
        let count = versions.capacity().div_ceil(Block::VERSIONS as usize);
        let blocks = self.blocks.get_or_init(|| (0..count).map(|_| OnceLock::new()).collect());
        let values = versions.range(places).map(|version| version.field(&self.path));
        Some(blocks.get(number as usize)?.get_or_init(|| Block::new(values)))
    }
}
