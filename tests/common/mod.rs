//! Where a question is asked: the same objects as a list and as sets, in every place that objects live in, with every combination of
//! indexes.

#![allow(dead_code, reason = "every test file uses its own part of it")]

pub mod twin;

use std::sync::Arc;

use protobase::{
    database::{Database, Error, Transaction},
    expr::Expr,
    index::Options,
    object::{Object, Offset, Value},
    query::{Hits, Query},
    set::{IndexableSet, SetSchema},
    storage::MemoryStorage,
};
use tempfile::TempDir;

use twin::Answer;

/// An index to declare: fields, kind, options.
pub type Index<'a> = (&'a [&'a str], &'a str, &'a [(&'a str, &'a str)]);

/// One place to ask the same question.
pub struct World {
    /// How it differs from the others.
    pub name: String,
    place: Place,
    /// Held for its drop, which removes it.
    _folder: Option<TempDir>,
}

enum Place {
    List(Vec<Object>),
    Set { set: IndexableSet<Object>, database: Database },
    Own { transaction: Transaction, set: IndexableSet<Object>, database: Database },
}

impl World {
    /// A question over this world.
    pub fn query(&self) -> Query<'_> {
        match &self.place {
            Place::List(objects) => Query::over(objects),
            Place::Set { set, .. } => set.query(),
            Place::Own { transaction, set, .. } => transaction.query(set).expect("a question of a transaction"),
        }
    }

    /// The answer to a question.
    pub fn answer(&self, question: impl FnOnce(Query<'_>) -> Query<'_>) -> Answer {
        let hits = question(self.query()).run().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        hits.iter().zip(ids(&hits)).map(|(hit, id)| (id, hit.distance.map(f64::to_bits))).collect()
    }

    /// Adds an object; in its transaction, when the world is one.
    pub fn insert(&mut self, object: &Object) -> Result<Offset, Error> {
        match &mut self.place {
            Place::List(_) => panic!("a list does not change"),
            Place::Set { set, .. } => Ok(set.insert(object)?),
            Place::Own { transaction, set, .. } => transaction.insert(set, object),
        }
    }

    /// Replaces an object.
    pub fn update(&mut self, offset: Offset, object: &Object) -> Result<(), Error> {
        match &mut self.place {
            Place::List(_) => panic!("a list does not change"),
            Place::Set { set, .. } => Ok(set.update(offset, object)?),
            Place::Own { transaction, set, .. } => transaction.update(set, offset, object),
        }
    }

    /// Removes an object, which must be there.
    pub fn remove(&mut self, offset: Offset) {
        let removed = match &mut self.place {
            Place::List(_) => panic!("a list does not change"),
            Place::Set { set, .. } => set.remove(offset).expect("removed"),
            Place::Own { transaction, set, .. } => transaction.remove(set, offset).expect("removed"),
        };
        assert!(removed, "{}: nothing at {offset}", self.name);
    }

    /// Commits what was uncommitted, flushes and compacts: all objects in one settled segment.
    pub fn settle(mut self) -> Self {
        if let Place::Own { transaction, set, database } = self.place {
            transaction.commit().expect("committed");
            self.place = Place::Set { set, database };
        }
        let database = self.database().expect("a database");
        database.flush().expect("flushed");
        database.compact().expect("compacted");
        self
    }

    /// The ids of what satisfies a condition, in the order of the answer. Hits, count, existence and the plain scan must agree.
    pub fn ids(&self, condition: Expr) -> Vec<i64> {
        let query = self.query().filter(condition);
        let hits = query.run().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let count = query.count().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        assert_eq!(count, hits.len() as u64, "{}: count and hits", self.name);
        assert_eq!(query.exists().expect("exists"), count > 0, "{}: exists", self.name);
        let scanned = query.run_unoptimized().expect("a scan");
        assert_eq!(hits.offsets(), scanned.offsets(), "{}: plan and scan", self.name);
        ids(&hits)
    }

    /// The database behind a world that has one.
    pub fn database(&self) -> Option<&Database> {
        match &self.place {
            Place::List(_) => None,
            Place::Set { database, .. } | Place::Own { database, .. } => Some(database),
        }
    }

    /// Slots of all segments, dead ones too, and loose objects: what a plan without indexes looks at.
    pub fn slots(&self) -> u64 {
        let view = match &self.place {
            Place::List(objects) => return objects.len() as u64,
            Place::Set { set, .. } => set.view().expect("a view"),
            Place::Own { transaction, set, .. } => transaction.view(set).expect("a view"),
        };
        view.segments().iter().map(|segment| u64::from(segment.slots())).sum::<u64>() + view.loose().len() as u64
    }

    /// The set behind a world that has one.
    pub fn set(&self) -> Option<&IndexableSet<Object>> {
        match &self.place {
            Place::List(_) => None,
            Place::Set { set, .. } | Place::Own { set, .. } => Some(set),
        }
    }
}

/// A question that can be asked of any source.
pub fn question<F: for<'a> Fn(Query<'a>) -> Query<'a>>(question: F) -> F {
    question
}

/// The ids of hits, in order.
pub fn ids(hits: &Hits) -> Vec<i64> {
    hits.iter().map(|hit| id(&hit.object().expect("a hit has an object"))).collect()
}

fn id(object: &Object) -> i64 {
    match object.get("id") {
        Some(Value::Int(id)) => *id,
        other => panic!("an object without id: {other:?}"),
    }
}

/// All worlds that hold these objects: the list, and for each combination of indexes every [`State`].
pub fn worlds(objects: &[Object], indexes: &[Index<'_>]) -> Vec<World> {
    let mut worlds = vec![list(objects)];
    for chosen in combinations(indexes) {
        worlds.extend(State::ALL.map(|state| world(objects, &chosen, state)));
    }
    worlds
}

/// The list, and every [`State`] with all of the indexes and with none.
pub fn worlds_with_and_without(objects: &[Object], indexes: &[Index<'_>]) -> Vec<World> {
    let mut worlds = vec![list(objects)];
    for chosen in [&[], indexes] {
        worlds.extend(State::ALL.map(|state| world(objects, chosen, state)));
    }
    worlds
}

/// The objects as a list.
pub fn list(objects: &[Object]) -> World {
    World { name: "list".to_owned(), place: Place::List(objects.to_vec()), _folder: None }
}

/// Every subset of at most this many indexes is tried.
const EVERY_SUBSET: usize = 6;

/// Every subset of few indexes; of many: none, all, each alone, all but one.
pub fn combinations<'a>(indexes: &[Index<'a>]) -> Vec<Vec<Index<'a>>> {
    let those =
        |keep: &dyn Fn(usize) -> bool| (0..indexes.len()).filter(|at| keep(*at)).map(|at| indexes[at]).collect();
    if indexes.len() <= EVERY_SUBSET {
        return (0..1 << indexes.len()).map(|bits: usize| those(&|at| bits >> at & 1 == 1)).collect();
    }
    let mut chosen: Vec<Vec<Index<'a>>> = vec![vec![], indexes.to_vec()];
    for one in 0..indexes.len() {
        chosen.extend([those(&|at| at == one), those(&|at| at != one)]);
    }
    chosen
}

/// Where the objects live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Written by a transaction that has not committed, over older versions and deleted objects in a segment.
    Own,
    /// In the open tail.
    Tail,
    /// In a segment in memory.
    Frozen,
    /// In one segment.
    Segment,
    /// In several segments and the tail, with older versions and deleted objects between them.
    Scattered,
    /// In several segments, of which the older ones lack the index parts.
    Partly,
    /// In one settled segment, after reopening.
    Reopened,
}

impl State {
    /// All states.
    pub const ALL: [Self; 7] =
        [Self::Own, Self::Tail, Self::Frozen, Self::Segment, Self::Scattered, Self::Partly, Self::Reopened];
}

/// One world.
pub fn world(objects: &[Object], indexes: &[Index<'_>], state: State) -> World {
    let names: Vec<_> = indexes.iter().map(|(fields, kind, _)| format!("{kind} on {}", fields.join(", "))).collect();
    let name = format!("{state:?}, indexes: [{}]", names.join("; "));
    let folder = (state == State::Reopened).then(|| TempDir::new().expect("a folder"));
    let open = || {
        let options = Database::options().background(false);
        let opened = match &folder {
            Some(folder) => options.open(folder),
            None => options.with_storage(Arc::new(MemoryStorage::new())),
        };
        opened.expect("a database")
    };
    let database = open();
    let declared = |indexes: &[Index<'_>]| database.declare::<Object>(schema(indexes)).expect("declared");
    let set = declared(if state == State::Partly { &[] } else { indexes });
    match state {
        State::Own => {
            let transaction = own(&database, &set, objects);
            return World { name, place: Place::Own { transaction, set, database }, _folder: folder };
        }
        State::Tail => insert(&database, &set, objects),
        State::Frozen => {
            insert(&database, &set, objects);
            fill_tail(&database, &set, objects.len());
        }
        State::Segment => {
            insert(&database, &set, objects);
            database.flush().expect("flushed");
        }
        State::Scattered => scatter(&database, &set, objects),
        State::Partly => {
            let (older, newer) = objects.split_at(objects.len() / 2);
            insert(&database, &set, older);
            database.flush().expect("flushed");
            declared(indexes);
            insert(&database, &set, newer);
            database.flush().expect("flushed");
        }
        State::Reopened => {
            // Few commits: on a disk each is synced.
            set.insert_many(objects).expect("inserted");
            database.flush().expect("flushed");
            database.compact().expect("compacted");
            drop((set, database));
            let database = open();
            let set = database.set("things").expect("the set is still declared");
            return World { name, place: Place::Set { set, database }, _folder: folder };
        }
    }
    World { name, place: Place::Set { set, database }, _folder: folder }
}

fn schema(indexes: &[Index<'_>]) -> SetSchema {
    indexes.iter().fold(SetSchema::new("things"), |schema, (fields, kind, options)| {
        let options = options.iter().fold(Options::new(), |options, (name, value)| options.with(name, *value));
        schema.index_on(fields.iter().copied(), kind, options)
    })
}

/// Some objects a transaction.
fn insert(database: &Database, set: &IndexableSet<Object>, objects: &[Object]) {
    for some in objects.chunks(objects.len().div_ceil(40).max(1)) {
        let all = |transaction: &mut Transaction| some.iter().try_for_each(|o| transaction.insert(set, o).map(drop));
        database.write(all).expect("inserted");
    }
}

/// A tail takes so many versions; then it becomes a segment in memory.
const TAIL_VERSIONS: usize = 4_096;

/// Adds objects until the open tail is full, and removes them again.
fn fill_tail(database: &Database, set: &IndexableSet<Object>, versions: usize) {
    let missing = versions.next_multiple_of(TAIL_VERSIONS).max(TAIL_VERSIONS) - versions + 1;
    let filler = Object::new().with("filler", true);
    let insert = |transaction: &mut Transaction| (0..missing).map(|_| transaction.insert(set, &filler)).collect();
    let fillers: Vec<Offset> = database.write(insert).expect("inserted");
    let remove = |transaction: &mut Transaction| {
        fillers.iter().try_for_each(|offset| transaction.remove(set, *offset).map(|removed| assert!(removed)))
    };
    database.write(remove).expect("removed");
    assert!(!set.view().expect("a view").segments().is_empty(), "there should be a segment in memory");
}

/// What is written first where an object stands in the end: every third is another one.
fn first_written(objects: &[Object], at: usize) -> &Object {
    if at.is_multiple_of(3) { &objects[objects.len() - 1 - at] } else { &objects[at] }
}

/// A transaction that turns a segment of something else into the first half of the objects, and adds the rest.
fn own(database: &Database, set: &IndexableSet<Object>, objects: &[Object]) -> Transaction {
    let (older, newer) = objects.split_at(objects.len() / 2);
    let (mut offsets, mut doomed) = (Vec::new(), Vec::new());
    for (at, object) in older.iter().enumerate() {
        offsets.push(set.insert(first_written(objects, at)).expect("inserted"));
        doomed.push(set.insert(object).expect("inserted"));
    }
    database.flush().expect("flushed");
    let mut transaction = database.begin().expect("a transaction");
    for at in (0..older.len()).step_by(3) {
        transaction.update(set, offsets[at], &older[at]).expect("updated");
    }
    for offset in doomed {
        assert!(transaction.remove(set, offset).expect("removed"));
    }
    for object in newer {
        transaction.insert(set, object).expect("inserted");
    }
    transaction
}

/// Every third object is first written as another one; between them stand objects that are deleted again.
fn scatter(database: &Database, set: &IndexableSet<Object>, objects: &[Object]) {
    let (mut offsets, mut doomed) = (Vec::new(), Vec::new());
    for (at, object) in objects.iter().enumerate() {
        offsets.push(set.insert(first_written(objects, at)).expect("inserted"));
        doomed.push(set.insert(object).expect("inserted"));
        if at == objects.len() / 2 {
            database.flush().expect("flushed");
        }
    }
    database.flush().expect("flushed");
    for (at, object) in objects.iter().enumerate().filter(|(at, _)| at % 3 == 0) {
        set.update(offsets[at], object).expect("updated");
        if at == 3 {
            database.flush().expect("flushed");
        }
    }
    for offset in doomed {
        assert!(set.remove(offset).expect("removed"));
    }
}
