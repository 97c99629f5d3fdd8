//! The database as a program sees it.

use std::{fmt, path::Path, sync::Arc};

use crate::{
    index::Registry,
    object::{FamilyId, Sequence},
    set::{Engine, IndexableSet, SetSchema, Snapshot},
    storage::{FileOptions, FileStorage, MemoryStorage, Storage},
};

use super::{DatabaseOptions, Error, Isolation, Transaction, background::Background, core::Core, transaction};

/// An open database. Cheap to clone: clones are handles on one database. When the last one is dropped, maintenance ends; when the sets
/// and transactions are gone as well, the database is closed.
#[derive(Clone)]
pub struct Database {
    pub(super) core: Arc<Core>,
    /// Held for its drop, which ends the maintenance threads.
    _background: Option<Arc<Background>>,
}

impl Database {
    /// Opens the database in a directory, or makes one there.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, Error> {
        Self::options().open(dir)
    }

    /// A database that lives as long as its handles.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::options().in_memory()
    }

    /// Settings for opening a database in another way.
    pub fn options() -> DatabaseOptions {
        DatabaseOptions::default()
    }

    /// Declares a set, or returns the declared one. Declaring again with more indexes adds them; they are built while writing goes on,
    /// and until then queries evaluate what the indexes will answer.
    pub fn declare<T>(&self, schema: SetSchema) -> Result<IndexableSet<T>, Error> {
        let family = self.core.declare(&schema)?;
        Ok(self.handle(family))
    }

    /// A declared set by name: `places`, or `countries.cities` for a whole nested family.
    pub fn set<T>(&self, name: &str) -> Result<IndexableSet<T>, Error> {
        if self.core.snapshot().family(name).is_none() {
            // Another process may have declared it.
            self.core.refresh()?;
        }
        Ok(self.handle(self.core.family(name)?))
    }

    /// The names of all declared sets, nested families included.
    #[must_use]
    pub fn sets(&self) -> Vec<String> {
        self.snapshot().families().map(|(_, declaration)| declaration.name.clone()).collect()
    }

    /// A consistent read view of everything as of now; it never changes, and holds nobody up.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.core.latest().unwrap_or_else(|error| {
            tracing::warn!(%error, "reading what other processes have committed failed; going on with what is known");
            self.core.snapshot()
        })
    }

    /// A consistent read view of everything as of an earlier commit, for as long as the store holds it
    /// ([`DatabaseOptions::retention`]); [`Error::Trimmed`] afterwards. What was committed since that commit's checkpoint is read
    /// anew, so this costs what opening does.
    pub fn at(&self, sequence: Sequence) -> Result<Snapshot, Error> {
        self.core.at(sequence)
    }

    /// Reads what other processes have committed, however little time has passed ([`DatabaseOptions::staleness`]). Writing does so by itself.
    pub fn refresh(&self) -> Result<(), Error> {
        self.core.refresh()
    }

    /// Begins a transaction under [`Isolation::Snapshot`].
    pub fn begin(&self) -> Result<Transaction, Error> {
        self.begin_with(Isolation::default())
    }

    /// Begins a transaction.
    pub fn begin_with(&self, isolation: Isolation) -> Result<Transaction, Error> {
        Transaction::begin(&self.core, isolation)
    }

    /// Runs a transaction under [`Isolation::Snapshot`] and commits it; runs it again when it conflicts with others.
    pub fn write<R>(&self, body: impl FnMut(&mut Transaction) -> Result<R, Error>) -> Result<R, Error> {
        self.write_with(Isolation::default(), body)
    }

    /// Runs a transaction and commits it; runs it again when it conflicts with others.
    pub fn write_with<R>(
        &self,
        isolation: Isolation,
        body: impl FnMut(&mut Transaction) -> Result<R, Error>,
    ) -> Result<R, Error> {
        transaction::write(&self.core, isolation, body)
    }

    /// The index kinds that this database knows.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.core.registry
    }

    fn handle<T>(&self, family: FamilyId) -> IndexableSet<T> {
        let engine: Arc<dyn Engine> = self.core.clone();
        IndexableSet::new(engine, family, None)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("storage", &self.core.storage)
            .field("sets", &self.sets())
            .finish_non_exhaustive()
    }
}

impl DatabaseOptions {
    /// Opens the database in a directory, or makes one there if that is allowed.
    pub fn open(self, dir: impl AsRef<Path>) -> Result<Database, Error> {
        let (create, read_only, lock_wait) = (self.create, self.read_only, self.lock_wait);
        let options = FileOptions { create, read_only, lock_wait, ..FileOptions::default() };
        let storage = FileStorage::open(dir, &options)?;
        self.with_storage(Arc::new(storage))
    }

    /// A database that lives as long as its handles.
    #[must_use]
    #[allow(clippy::expect_used, clippy::missing_panics_doc, reason = "no input and no disk is involved")]
    pub fn in_memory(mut self) -> Database {
        self.volatile = true;
        self.with_storage(Arc::new(MemoryStorage::new())).expect("an empty store in memory has nothing that could fail")
    }

    /// Opens the database in any storage.
    pub fn with_storage(mut self, storage: Arc<dyn Storage>) -> Result<Database, Error> {
        self.thresholds.build_bytes = self.build_memory.unwrap_or(self.thresholds.build_bytes);
        let mut registry = Registry::builtin();
        self.kinds.iter().for_each(|kind| registry.register(kind.clone()));
        let background = self.background && !storage.read_only();
        let core = Arc::new(Core::open(storage, Arc::new(registry), self)?);
        let background = background.then(|| Background::start(&core)).transpose()?.map(Arc::new);
        Ok(Database { core, _background: background })
    }
}
