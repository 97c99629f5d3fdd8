//! How are fields of objects read that a plan has found?

use crate::{
    object::{FieldPath, Fields},
    query::{
        Node, QueryError, SourceId,
        found::{Element, Found},
        placed::Placed,
    },
    set::LooseReader,
};

use super::Runner;

/// Reads some fields of many found objects for a node, those of loose objects from columns.
pub struct Reader<'r, 'e> {
    runner: &'r Runner<'e>,
    node: &'r Node,
    source: SourceId,
    loose: LooseReader<'r>,
}

impl<'r, 'e> Reader<'r, 'e> {
    /// A reader of these fields. Others can be read, too; only slower.
    pub fn new(runner: &'r Runner<'e>, node: &'r Node, paths: impl IntoIterator<Item = &'r FieldPath>) -> Self {
        let source = node.source();
        Self { runner, node, source, loose: runner.loose(source).reading(paths) }
    }

    /// Reads fields of one object.
    pub fn read<T>(&self, found: &Found<'_>, read: impl FnOnce(&dyn Fields) -> T) -> Result<T, QueryError> {
        if !matches!(found.element, Element::Given(_)) {
            self.runner.note(self.node, |stats| stats.work.fetched += 1);
        }
        Ok(match &found.element {
            Element::Slot { segment, slot } => self.runner.segments(self.source)[*segment].read(*slot, read)?,
            Element::Loose(at) => read(&self.loose.fields(*at)),
            Element::Given(fields) => read(&Placed { fields, place: found.key }),
        })
    }
}
