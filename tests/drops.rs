//! Indexes and sets that are dropped stay so: in memory, after reopening, after compaction, and for other handles on the same store.

use protobase::{Database, IndexableSet, Object, Options, SetSchema, Transaction, field};

fn declare(database: &Database) -> IndexableSet {
    let vectors = Options::new().with("dimension", 2).with("metric", "l2");
    let schema = SetSchema::new("places").unique("id").index("n", "ordered").index_with("v", "vector", vectors);
    database.declare(schema.nested("notes", SetSchema::new("notes").index("text", "hash"))).unwrap()
}

fn place(n: i64) -> Object {
    Object::new().with("id", n).with("n", n % 10).with("v", vec![n as f32, 1.0])
}

fn drop_index_on(database: &Database, field: &str) {
    let set: IndexableSet = database.set("places").unwrap();
    let view = set.view().unwrap();
    let index = view.declaration().indexes.iter().find(|index| index.fields == [field.into()]).unwrap().id;
    database.drop_index("places", index).unwrap();
}

fn kinds(database: &Database) -> Vec<String> {
    let view = database.snapshot().set("places").unwrap();
    view.declaration().indexes.iter().map(|index| format!("{}:{}", index.id.0, index.kind)).collect()
}

#[test]
fn dropped_indexes_are_not_used_and_their_numbers_not_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Database::options().background(false);
    let objects: Vec<Object> = (0..2_000).map(place).collect();
    {
        let database = options().open(folder.path()).unwrap();
        let places = declare(&database);
        places.insert_many(&objects).unwrap();
        assert_eq!(kinds(&database), ["0:hash", "1:ordered", "2:vector"]);
        drop_index_on(&database, "v");
        drop_index_on(&database, "n");
        places.insert(&place(2_000)).unwrap();
    }
    let database = options().open(folder.path()).unwrap();
    assert_eq!(kinds(&database), ["0:hash"]);
    let places: IndexableSet = database.set("places").unwrap();
    let check = |indexes: &[&str]| {
        assert_eq!(kinds(&database), indexes);
        let query = places.query().filter(field("n").eq(3));
        assert_eq!(query.count().unwrap(), 200);
        let plan = query.explain().unwrap().to_string();
        assert_eq!(plan.contains("IndexScan"), indexes.len() > 1, "{plan}");
        // Vectors of the dropped index's column read as before.
        for n in [7, 2_000] {
            let offset = places.find_unique(n).unwrap().unwrap();
            assert_eq!(places.get(offset).unwrap().unwrap(), place(n));
        }
    };
    check(&["0:hash"]);
    database.compact().unwrap();
    check(&["0:hash"]);
    database.check().unwrap();
    // A new index does not take what an old one has left for its own.
    places
        .insert_many(&(3_000..5_000).map(|n| Object::new().with("id", n).with("n", "text")).collect::<Vec<_>>())
        .unwrap();
    let hash = SetSchema::new("places").index("n", "hash").named("by_n");
    database.declare::<Object>(hash).unwrap();
    database.build_indexes().unwrap();
    check(&["0:hash", "3:hash"]);
    let key = database.drop_index("places", protobase::set::IndexId(0)).unwrap_err().to_string();
    assert!(key.contains("places_id_hash") && key.contains("unique key"), "{key}");
    assert!(database.drop_index("places", protobase::set::IndexId(2)).is_err());
}

#[test]
fn dropped_sets_are_gone_and_their_names_free() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Database::options().background(false);
    {
        let database = options().open(folder.path()).unwrap();
        let places = declare(&database);
        let offsets = places.insert_many(&(0..2_000).map(place).collect::<Vec<_>>()).unwrap();
        let notes: IndexableSet = places.nested(offsets[0], "notes").unwrap();
        notes.insert(&Object::new().with("text", "x")).unwrap();
        let before = database.snapshot();
        let mut open: Transaction = database.begin().unwrap();
        open.insert(&places, &place(9_999)).unwrap();
        database.drop_set("places").unwrap();
        // A snapshot from before still shows it; a transaction from before cannot write into it.
        assert_eq!(before.set("places").unwrap().len().unwrap(), 2_000);
        assert!(open.commit().unwrap_err().is_conflict());
        assert!(database.sets().is_empty());
        assert!(database.set::<Object>("places").is_err());
        assert_eq!((places.len().unwrap(), notes.len().unwrap()), (0, 0));
        for refused in [
            places.insert(&place(1)).map(drop),
            places.insert_many(&(0..2_000).map(place).collect::<Vec<_>>()).map(drop),
        ] {
            assert!(refused.unwrap_err().to_string().contains("there is no set 'places'"));
        }
        assert!(database.drop_set("places").is_err());
        // The same name is another set.
        let again: IndexableSet = database.declare(SetSchema::new("places").index("n", "hash")).unwrap();
        assert_ne!(again.family(), places.family());
        again.insert(&Object::new().with("n", 1)).unwrap();
        assert_eq!(places.len().unwrap(), 0);
    }
    let database = options().open(folder.path()).unwrap();
    let segments = || -> Vec<_> {
        let files = std::fs::read_dir(folder.path().join("blobs")).unwrap();
        let names = files.map(|file| file.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with("objects")).collect()
    };
    let before = segments();
    assert_eq!(before.len(), 1, "{before:?}");
    database.compact().unwrap();
    assert!(segments().iter().all(|segment| !before.contains(segment)), "what was dropped takes space");
    let database = {
        drop(database);
        options().open(folder.path()).unwrap()
    };
    assert_eq!(database.sets(), ["places"]);
    let again: IndexableSet = database.set("places").unwrap();
    assert_eq!(again.query().filter(field("n").eq(1)).count().unwrap(), 1);
    assert!(again.nested_family::<Object>("notes").is_err());
    database.check().unwrap();
    // Numbers of families are not given again.
    let new: IndexableSet = database.declare(SetSchema::new("new")).unwrap();
    assert_eq!(new.family().0, again.family().0 + 1);
}

#[test]
fn other_handles_see_what_was_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let here = Database::options().background(false).open(folder.path()).unwrap();
    let places = declare(&here);
    places.insert(&place(1)).unwrap();
    let there = Database::options().background(false).open(folder.path()).unwrap();
    let mut open = there.begin().unwrap();
    let theirs: IndexableSet = open.set("places").unwrap();
    open.insert(&theirs, &place(2)).unwrap();
    drop_index_on(&here, "n");
    assert!(open.commit().unwrap_err().is_conflict());
    there.refresh().unwrap();
    assert_eq!(kinds(&there), ["0:hash", "2:vector"]);
    there.drop_set("places").unwrap();
    here.refresh().unwrap();
    assert!(here.sets().is_empty() && places.is_empty().unwrap());
}
