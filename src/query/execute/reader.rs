//! How are fields of objects read that a plan has found?

use crate::{
    object::{FieldPath, Fields},
    query::{
        Node, QueryError, SourceId,
        found::{Element, Found},
        joined::{self, Route, Sources},
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
    /// How the fields are found in joined objects.
    routes: Vec<Route>,
    /// Whether whole objects are read, too.
    whole: bool,
}

impl<'r, 'e> Reader<'r, 'e> {
    /// A reader of these fields. Others can be read, too; only slower, and not of joined objects.
    pub fn new(runner: &'r Runner<'e>, node: &'r Node, paths: impl IntoIterator<Item = &'r FieldPath>) -> Self {
        let source = node.source();
        let paths: Vec<&'r FieldPath> = paths.into_iter().collect();
        let routes = paths.iter().filter_map(|path| Route::of(path)).collect();
        Self { runner, node, source, loose: runner.loose(source).reading(paths), routes, whole: false }
    }

    /// The same for whole objects.
    pub fn whole(self, whole: bool) -> Self {
        Self { whole, ..self }
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
            Element::Joined(tuple) => joined::read(self.runner, tuple, &self.routes, self.whole, read)?,
        })
    }
}

impl Sources for Runner<'_> {
    fn read_in(
        &self,
        source: SourceId,
        found: &Found<'_>,
        read: &mut dyn FnMut(&dyn Fields),
    ) -> Result<(), QueryError> {
        match &found.element {
            Element::Slot { segment, slot } => self.segments(source)[*segment].read(*slot, |fields| read(fields))?,
            Element::Loose(at) => read(&self.loose(source).fields(*at)),
            Element::Given(fields) => read(&Placed { fields, place: found.key }),
            Element::Joined(tuple) => read(&joined::whole(self, tuple)?),
        }
        Ok(())
    }
}
