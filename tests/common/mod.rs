//! Where a question is asked: the same objects as a list and as sets, in every place that objects live in, with every combination of
//! indexes.

#![allow(dead_code, reason = "every test file uses its own part of it")]

use std::sync::Arc;

use protobase::{
    database::Database,
    expr::Expr,
    index::Options,
    object::{Object, Offset, Value},
    query::{Hits, Query},
    set::{IndexableSet, SetSchema},
    storage::MemoryStorage,
};

/// An index to declare: fields, kind, options.
pub type Index<'a> = (&'a [&'a str], &'a str, &'a [(&'a str, &'a str)]);

/// One place to ask the same question.
pub struct World {
    /// How it differs from the others.
    pub name: String,
    place: Place,
}

enum Place {
    List(Vec<Object>),
    Set { set: IndexableSet<Object>, database: Database },
}

impl World {
    /// A question over this world.
    pub fn query(&self) -> Query<'_> {
        match &self.place {
            Place::List(objects) => Query::over(objects),
            Place::Set { set, .. } => set.query(),
        }
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
            Place::Set { database, .. } => Some(database),
        }
    }

    /// The set behind a world that has one.
    pub fn set(&self) -> Option<&IndexableSet<Object>> {
        match &self.place {
            Place::List(_) => None,
            Place::Set { set, .. } => Some(set),
        }
    }
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
        for state in State::ALL {
            worlds.push(world(objects, &chosen, state));
        }
    }
    worlds
}

/// The objects as a list.
pub fn list(objects: &[Object]) -> World {
    World { name: "list".to_owned(), place: Place::List(objects.to_vec()) }
}

/// Every subset of few indexes; of many: none, each alone, all.
fn combinations<'a>(indexes: &[Index<'a>]) -> Vec<Vec<Index<'a>>> {
    if indexes.len() <= 3 {
        let subset = |bits: usize| (0..indexes.len()).filter(|i| bits >> i & 1 == 1).map(|i| indexes[i]).collect();
        return (0..1 << indexes.len()).map(subset).collect();
    }
    let mut chosen: Vec<Vec<Index<'a>>> = vec![vec![], indexes.to_vec()];
    chosen.extend(indexes.iter().map(|index| vec![*index]));
    chosen
}

/// Where the objects live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In the open tail.
    Tail,
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
    pub const ALL: [Self; 5] = [Self::Tail, Self::Segment, Self::Scattered, Self::Partly, Self::Reopened];
}

/// One world.
pub fn world(objects: &[Object], indexes: &[Index<'_>], state: State) -> World {
    let names: Vec<_> = indexes.iter().map(|(fields, kind, _)| format!("{kind} on {}", fields.join(", "))).collect();
    let name = format!("{state:?}, indexes: [{}]", names.join("; "));
    let storage = Arc::new(MemoryStorage::new());
    let open = || Database::options().background(false).with_storage(storage.clone()).expect("a database");
    let database = open();
    let declared = |indexes: &[Index<'_>]| database.declare::<Object>(schema(indexes)).expect("declared");
    let set = declared(if state == State::Partly { &[] } else { indexes });
    match state {
        State::Tail => insert(&set, objects),
        State::Segment => {
            insert(&set, objects);
            database.flush().expect("flushed");
        }
        State::Scattered => scatter(&database, &set, objects),
        State::Partly => {
            let (older, newer) = objects.split_at(objects.len() / 2);
            insert(&set, older);
            database.flush().expect("flushed");
            declared(indexes);
            insert(&set, newer);
            database.flush().expect("flushed");
        }
        State::Reopened => {
            insert(&set, objects);
            database.flush().expect("flushed");
            database.compact().expect("compacted");
        }
    }
    if state != State::Reopened {
        return World { name, place: Place::Set { set, database } };
    }
    drop((set, database));
    let database = open();
    let set = database.set("things").expect("the set is still declared");
    World { name, place: Place::Set { set, database } }
}

fn schema(indexes: &[Index<'_>]) -> SetSchema {
    indexes.iter().fold(SetSchema::new("things"), |schema, (fields, kind, options)| {
        let options = options.iter().fold(Options::new(), |options, (name, value)| options.with(name, *value));
        schema.index_on(fields.iter().copied(), kind, options)
    })
}

fn insert(set: &IndexableSet<Object>, objects: &[Object]) {
    for object in objects {
        set.insert(object).expect("inserted");
    }
}

/// Every third object is first written as another one; between them stand objects that are deleted again.
fn scatter(database: &Database, set: &IndexableSet<Object>, objects: &[Object]) {
    let mut offsets: Vec<Offset> = Vec::new();
    let mut doomed = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        let first = if at % 3 == 0 { &objects[objects.len() - 1 - at] } else { object };
        offsets.push(set.insert(first).expect("inserted"));
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
