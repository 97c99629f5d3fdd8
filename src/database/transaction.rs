//! What happens between `begin` and `commit`?

use std::{
    borrow::Cow,
    sync::{Arc, TryLockError},
    time::{Duration, Instant},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    codec::sync::{Mutex, MutexGuard, thread},
    object::{FamilyId, FieldPath, Offset, Resolve, Sequence, Update, Value},
    query::Query,
    set::{Conflict, IndexableSet, SetError, SetView, Snapshot, WriteBatch},
};

use super::{Error, Isolation, core::Core};

/// How often [`super::Database::write`] tries a transaction that conflicts.
const TRIES: u32 = 256;

/// After so many tries, a transaction waits for its turn among those that have lost as often.
const FREE_TRIES: u32 = 3;

/// How long it waits for that.
const PATIENCE: Duration = Duration::from_secs(1);

/// A transaction: reads one snapshot plus its own writes, and commits whole or not at all. Dropped without [`Transaction::commit`], it
/// leaves nothing.
pub struct Transaction {
    core: Arc<Core>,
    batch: WriteBatch,
    isolation: Isolation,
}

impl Transaction {
    pub(super) fn begin(core: &Arc<Core>, isolation: Isolation) -> Result<Self, Error> {
        let (snapshot, guard) = core.begin(isolation, true)?;
        let batch = WriteBatch::registered(snapshot, Arc::new(guard));
        let batch = match isolation {
            Isolation::Snapshot => batch,
            Isolation::Serializable => batch.noting_reads(),
        };
        Ok(Self { core: core.clone(), batch, isolation })
    }

    /// How it is kept apart from others.
    #[must_use]
    pub fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// What the transaction reads, without its own writes. What is read through it is not noted: [`Isolation::Serializable`] knows
    /// nothing of it.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        self.batch.snapshot()
    }

    /// A declared set by name, as the transaction's snapshot knows it.
    ///
    /// ```
    /// # use protobase::{Database, IndexableSet, Object, SetSchema};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let database = Database::in_memory();
    /// database.declare::<Object>(SetSchema::new("places"))?;
    /// database.write(|tx| {
    ///     let places: IndexableSet = tx.set("places")?;
    ///     tx.insert(&places, &Object::new().with("name", "Vardzia"))
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn set<T>(&self, name: &str) -> Result<IndexableSet<T>, Error> {
        let snapshot = self.batch.snapshot();
        let family = snapshot.family(name).ok_or_else(|| Error::unknown_set(snapshot, name))?;
        Ok(IndexableSet::new(self.core.clone(), family, None))
    }

    /// A set as the transaction sees it, own writes included.
    pub fn view<T>(&self, set: &IndexableSet<T>) -> Result<SetView, Error> {
        Ok(self.batch.view(set.family(), set.owner())?)
    }

    /// Starts a query over a set as the transaction sees it.
    pub fn query<T>(&self, set: &IndexableSet<T>) -> Result<Query<'static>, Error> {
        Ok(Query::over(self.view(set)?))
    }

    /// The nested set at a field of one object, which may be one that this transaction has just added. The handle is for use with this
    /// transaction's calls; by itself it is the set as committed, so it is empty, and takes nothing, until the owner is committed.
    ///
    /// ```
    /// # use protobase::{Database, IndexableSet, Object, SetSchema};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let schema = SetSchema::new("customers").nested("invoices", SetSchema::new("invoices").index("total", "ordered"));
    /// let database = Database::in_memory();
    /// let customers: IndexableSet = database.declare(schema)?;
    /// database.write(|tx| {
    ///     let customer = tx.insert(&customers, &Object::new().with("name", "Nino"))?;
    ///     let invoices: IndexableSet = tx.nested(&customers, customer, "invoices")?;
    ///     tx.insert(&invoices, &Object::new().with("total", 120))?;
    ///     assert_eq!(tx.len(&invoices)?, 1);
    ///     Ok(())
    /// })?;
    /// assert_eq!(customers.nested_family::<Object>("invoices")?.len()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn nested<N, T>(
        &self,
        set: &IndexableSet<T>,
        owner: Offset,
        field: impl Into<FieldPath>,
    ) -> Result<IndexableSet<N>, Error> {
        let snapshot = self.batch.snapshot();
        let family = snapshot.nested(set.family(), &field.into())?;
        if !self.contains(set, owner)? {
            let name = snapshot.declaration(set.family())?.name.clone();
            return Err(SetError::NotFound { set: name, offset: owner }.into());
        }
        Ok(IndexableSet::new(set.engine().clone(), family, Some(owner)))
    }

    /// Adds an object and returns its offset, which is final.
    pub fn insert<T: Serialize>(&mut self, set: &IndexableSet<T>, object: &T) -> Result<Offset, Error> {
        let bytes = set.encode(object)?;
        Ok(self.batch.insert(&*self.core, set.family(), set.owner(), bytes)?)
    }

    /// Adds an object, or replaces the one with the same unique key.
    pub fn upsert<T: Serialize>(&mut self, set: &IndexableSet<T>, object: &T) -> Result<Offset, Error> {
        let bytes = set.encode(object)?;
        Ok(self.batch.upsert(&*self.core, set.family(), set.owner(), bytes)?)
    }

    /// Replaces an object; its offset and its nested sets stay.
    pub fn update<T: Serialize>(&mut self, set: &IndexableSet<T>, offset: Offset, object: &T) -> Result<(), Error> {
        let bytes = set.encode(object)?;
        Ok(self.batch.update(&*self.core, set.family(), set.owner(), offset, bytes)?)
    }

    /// Changes a part of an object, whatever the rest of it is; its offset and its nested sets stay.
    ///
    /// ```
    /// # use protobase::{Database, Object, SetSchema, Update};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let database = Database::in_memory();
    /// let accounts = database.declare::<Object>(SetSchema::new("accounts"))?;
    /// let (from, to) = (accounts.insert(&Object::new().with("money", 10))?, accounts.insert(&Object::new())?);
    /// database.write(|tx| {
    ///     tx.change(&accounts, from, &Update::new().increment("money", -3))?;
    ///     tx.change(&accounts, to, &Update::new().increment("money", 3))
    /// })?;
    /// assert_eq!(accounts.get(to)?.unwrap().to_string(), "{money: 3}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn change<T>(&mut self, set: &IndexableSet<T>, offset: Offset, update: &Update) -> Result<(), Error> {
        Ok(self.batch.change(&*self.core, set.family(), set.owner(), offset, update)?)
    }

    /// Removes an object and everything nested in it; `false` when it was not there.
    pub fn remove<T>(&mut self, set: &IndexableSet<T>, offset: Offset) -> Result<bool, Error> {
        Ok(self.batch.remove(set.family(), set.owner(), offset)?)
    }

    /// An object by offset.
    pub fn get<T: DeserializeOwned>(&self, set: &IndexableSet<T>, offset: Offset) -> Result<Option<T>, Error> {
        let stored = self.batch.get(set.family(), set.owner(), offset)?;
        Ok(stored.map(|stored| set.decode(&stored)).transpose()?)
    }

    /// The object with this unique key.
    pub fn lookup<T>(&self, set: &IndexableSet<T>, key: &Value) -> Result<Option<Offset>, Error> {
        Ok(self.view(set)?.find_unique(key)?)
    }

    /// Whether an object is in the set.
    pub fn contains<T>(&self, set: &IndexableSet<T>, offset: Offset) -> Result<bool, Error> {
        Ok(self.view(set)?.contains(offset)?)
    }

    /// The number of objects in a set; reads none.
    pub fn len<T>(&self, set: &IndexableSet<T>) -> Result<u64, Error> {
        Ok(self.view(set)?.len()?)
    }

    /// Makes the writes durable and visible, all at once. [`Error::is_conflict`]: another transaction was faster, and nothing of this
    /// one was committed. Returns the sequence it is visible from.
    pub fn commit(self) -> Result<Sequence, Error> {
        self.core.commit_batch(&self.batch)
    }
}

impl Resolve for Transaction {
    type Error = Error;

    fn resolve(&self, family: FamilyId, offset: Offset) -> Result<Option<Cow<'_, [u8]>>, Error> {
        let stored = self.batch.get(family, None, offset)?;
        Ok(stored.map(|stored| stored.to_bytes().map(|bytes| Cow::Owned(bytes.into_owned()))).transpose()?)
    }
}

/// Runs a transaction until it commits, trying again when it conflicts; other errors end it.
pub(super) fn write<R>(
    core: &Arc<Core>,
    isolation: Isolation,
    mut body: impl FnMut(&mut Transaction) -> Result<R, Error>,
) -> Result<R, Error> {
    let mut turn = None;
    for tries in 1.. {
        let mut transaction = Transaction::begin(core, isolation)?;
        let outcome = body(&mut transaction).and_then(|result| transaction.commit().map(|_| result));
        match outcome {
            Err(error) if error.is_conflict() && tries < TRIES => thread::sleep(backoff(tries)),
            // Another process trimmed the log; or the body takes too long, and does so every time.
            Err(Error::SnapshotTooOld { .. }) if tries < FREE_TRIES => {}
            outcome => return outcome,
        }
        if tries >= FREE_TRIES && turn.is_none() {
            turn = take_turn(&core.turn);
        }
    }
    Err(Error::Conflict(Conflict::Tries(TRIES)))
}

/// Those that have lost several times go one after the other, so that everybody gets through in the end. Nobody waits for ever: the turn
/// may be held by a transaction around this one.
fn take_turn(turn: &Mutex<()>) -> Option<MutexGuard<'_, ()>> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match turn.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(guard)) => return Some(guard.into_inner()),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_micros(100)),
        }
    }
    None
}

/// Doubles up to 10 ms.
fn backoff(tries: u32) -> Duration {
    Duration::from_micros(20 << tries.min(9))
}
