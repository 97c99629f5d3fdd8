//! Which kinds of index are there?
//!
//! The one list that names concrete kinds. Everything else (planner, explain, SQL, command line, conformance suite) asks it.

use std::{fmt, sync::Arc};

#[cfg(feature = "text")]
use super::text::Text;
use super::{
    IndexError, IndexKind, geo::Geo, hash::Hash, ordered::Ordered, plane::Plane, trie::Trie, vector::VectorKind,
};

/// The index kinds that a database knows, by name. Cheap to clone.
#[derive(Clone, Default)]
pub struct Registry(Vec<Arc<dyn IndexKind>>);

impl Registry {
    /// No kinds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The kinds of this crate.
    #[must_use]
    pub fn builtin() -> Self {
        Self(vec![
            Arc::new(Hash),
            Arc::new(Ordered),
            Arc::new(Plane),
            Arc::new(Geo),
            Arc::new(VectorKind),
            Arc::new(Trie),
            #[cfg(feature = "text")]
            Arc::new(Text),
        ])
    }

    /// Adds a kind, replacing one of the same name.
    pub fn register(&mut self, kind: Arc<dyn IndexKind>) {
        self.0.retain(|known| known.name() != kind.name());
        self.0.push(kind);
    }

    /// A kind by name; `None` when this binary lacks it: its parts are left alone and answered for by evaluation.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<dyn IndexKind>> {
        self.0.iter().find(|kind| kind.name() == name)
    }

    /// A kind by name, or an error that names it.
    pub fn get(&self, name: &str) -> Result<&Arc<dyn IndexKind>, IndexError> {
        self.find(name).ok_or_else(|| IndexError::UnknownKind(name.to_owned()))
    }

    /// The kind that a unique key is indexed by; `None` when this binary has none.
    #[must_use]
    pub fn key_kind(&self) -> Option<&Arc<dyn IndexKind>> {
        self.0.iter().find(|kind| kind.finds_keys())
    }

    /// All kinds, in the order they were registered, those of this crate first.
    pub fn kinds(&self) -> impl Iterator<Item = &Arc<dyn IndexKind>> {
        self.0.iter()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|kind| kind.name())).finish()
    }
}
