//! Does a serializable transaction notice exactly the writes that matter to what it read? Behaviour 76 of the acceptance list, read by
//! read: what goes into a condition and what leaves it is noticed, what passes it by is not.

use protobase::{
    Database, Error, IndexableSet, Isolation, LonLat, Object, Offset, Options, Point, SetSchema, Transaction, Value,
    Vector,
    expr::Expr,
    field,
    query::{Ascending, Cursor, Members},
};

type Set = IndexableSet<Object>;

fn n(value: i64) -> Object {
    let [x, y] = [value as f32, 1.0];
    Object::new()
        .with("n", value)
        .with("meaning", Vector::from(vec![x, y]))
        .with("place", Point::new(value.rem_euclid(1_000) as f64 / 10.0, 0.0).expect("a place"))
}

/// Twenty objects, 0 to 19, half of them in a segment; with and without indexes.
fn worlds() -> Vec<(Database, Set, Vec<Offset>)> {
    let plain = SetSchema::new("things").unique("n");
    let indexed = plain.clone().index("n", "ordered").index("place", "geo").index_with(
        "meaning",
        "vector",
        Options::new().with("dimension", 2).with("metric", "l2"),
    );
    [plain, indexed]
        .into_iter()
        .map(|schema| {
            let database = Database::options().background(false).in_memory();
            let set: Set = database.declare(schema).expect("declares");
            let mut offsets = Vec::new();
            for value in 0..20 {
                offsets.push(set.insert(&n(value)).expect("inserts"));
                if value == 9 {
                    database.flush().expect("flushes");
                }
            }
            (database, set, offsets)
        })
        .collect()
}

/// Whether a transaction that reads, writes something of its own and commits is refused because of what another one does meanwhile.
fn refused(
    database: &Database,
    set: &Set,
    read: impl Fn(&mut Transaction),
    meanwhile: impl Fn(&mut Transaction) -> Result<(), Error>,
) -> bool {
    let beside: Set = database.declare(SetSchema::new("beside")).expect("declares");
    for isolation in [Isolation::Snapshot, Isolation::Serializable] {
        let mut tx = database.begin_with(isolation).expect("begins");
        read(&mut tx);
        tx.insert(&beside, &n(0)).expect("inserts");
        let mut other = database.begin().expect("begins");
        meanwhile(&mut other).expect("stages");
        let undone = set.view().expect("a view");
        other.commit().expect("commits");
        let outcome = tx.commit();
        restore(database, set, &undone);
        match (isolation, outcome) {
            (Isolation::Snapshot, outcome) => assert!(outcome.is_ok(), "{outcome:?}"),
            (_, Ok(_)) => return false,
            (_, Err(error)) => assert!(error.is_conflict(), "{error}"),
        }
    }
    true
}

/// Makes the set what it was in a view.
fn restore(database: &Database, set: &Set, view: &protobase::SetView) {
    let now: Vec<_> = set.view().expect("a view").offsets().map(|offset| offset.expect("reads")).collect();
    let restore = |tx: &mut Transaction| {
        for offset in &now {
            match view.get(*offset)? {
                Some(old) => tx.update(set, *offset, &set.decode(&old)?)?,
                None => drop(tx.remove(set, *offset)?),
            }
        }
        Ok(())
    };
    database.write(restore).expect("restored");
}

fn ids(tx: &Transaction, set: &Set, condition: Expr) -> usize {
    tx.query(set).expect("a query").filter(condition).run().expect("answers").len()
}

#[test]
fn both_images_of_a_change_are_tested_against_a_condition_76() {
    for (database, set, offsets) in worlds() {
        let low = || field("n").lt(5);
        let refuses = |meanwhile: &dyn Fn(&mut Transaction) -> Result<(), Error>| {
            refused(&database, &set, |tx| assert_eq!(ids(tx, &set, low()), 5), meanwhile)
        };
        assert!(refuses(&|tx| tx.insert(&set, &n(-1)).map(drop)), "a phantom comes in");
        assert!(refuses(&|tx| tx.update(&set, offsets[15], &n(-2))), "an object comes in");
        assert!(refuses(&|tx| tx.update(&set, offsets[3], &n(30))), "an object of a segment goes out");
        assert!(refuses(&|tx| tx.update(&set, offsets[3], &n(3).with("x", 1))), "an object inside changes");
        assert!(!refuses(&|tx| tx.insert(&set, &n(40)).map(drop)), "outside");
        assert!(!refuses(&|tx| tx.update(&set, offsets[15], &n(50))), "outside, before and after");
        assert!(!refuses(&|tx| tx.remove(&set, offsets[9]).map(drop)), "outside, and gone");
    }
}

#[test]
fn limits_orders_counts_and_existence_depend_on_their_filters_76() {
    for (database, set, offsets) in worlds() {
        type Asked<'a> = &'a dyn Fn(&Transaction);
        let query = |tx: &Transaction| tx.query(&set).expect("a query").filter(field("n").lt(5));
        let asked: [Asked<'_>; 5] = [
            &|tx| assert_eq!(query(tx).order_by("n", Ascending).limit(2).run().expect("answers").len(), 2),
            &|tx| assert_eq!(query(tx).count().expect("counts"), 5),
            &|tx| assert!(query(tx).exists().expect("answers")),
            &|tx| drop(query(tx).analyze().expect("answers")),
            &|tx| drop(query(tx).run_unoptimized().expect("answers")),
        ];
        for asked in asked {
            let refuses = |to: i64| {
                refused(&database, &set, |tx| asked(tx), |tx| tx.update(&set, offsets[4], &n(4).with("x", to)))
            };
            assert!(refuses(1), "inside the filter");
            let outside = |tx: &mut Transaction| tx.update(&set, offsets[14], &n(60));
            assert!(!refused(&database, &set, |tx| asked(tx), outside), "outside the filter");
        }
    }
}

#[test]
fn a_nearest_search_depends_on_nothing_behind_its_last_hit_76() {
    type Asked<'a> = &'a dyn Fn(&Transaction, usize) -> usize;
    for (database, set, offsets) in worlds() {
        let by_place = |tx: &Transaction, k: usize| {
            let query = tx.query(&set).expect("a query").filter(field("n").ge(2));
            query.nearest_place("place", LonLat::new(0.0, 0.0).expect("a place"), k).run().expect("answers").len()
        };
        let by_meaning = |tx: &Transaction, k: usize| {
            let query = tx.query(&set).expect("a query").filter(field("n").ge(2));
            query.nearest("meaning", [0.0, 1.0], k).run().expect("answers").len()
        };
        let asked: [Asked<'_>; 2] = [&by_place, &by_meaning];
        for asked in asked {
            // The hits are 2, 3 and 4.
            let refuses = |k: usize, meanwhile: &dyn Fn(&mut Transaction) -> Result<(), Error>| {
                refused(&database, &set, |tx| assert_eq!(asked(tx, k), k.min(18)), meanwhile)
            };
            let moved = |from: usize, to: f64| {
                let object = n(from as i64)
                    .with("place", Point::new(to / 10.0, 0.0).expect("a place"))
                    .with("meaning", Vector::from(vec![to as f32, 1.0]));
                let (set, offset) = (&set, offsets[from]);
                move |tx: &mut Transaction| tx.update(set, offset, &object)
            };
            assert!(refuses(3, &moved(12, 3.5)), "one comes nearer than the last hit");
            assert!(refuses(3, &moved(4, 100.0)), "a hit goes away");
            assert!(refuses(3, &moved(4, 3.9)), "a hit moves");
            assert!(!refuses(3, &moved(12, 5.5)), "behind the last hit");
            assert!(!refuses(3, &moved(1, 3.5)), "near, but the filter does not let it through");
            assert!(refuses(50, &moved(19, 100.0)), "with fewer hits than asked for, everything counts");
        }
    }
}

/// What batches, pages, limits of the distance and groups have read.
#[test]
fn every_kind_of_nearest_search_says_what_it_depends_on_76() {
    type Asked<'a> = &'a dyn Fn(&Transaction) -> usize;
    for (database, set, offsets) in worlds() {
        let query = |tx: &Transaction| tx.query(&set).expect("a query").filter(field("n").ge(2));
        // The hits are 2, 3 and 4, or fewer of them.
        let within =
            |tx: &Transaction| query(tx).nearest("meaning", [0.0, 1.0], 9).within(4.5).run().expect("answers").len();
        let batch = |tx: &Transaction| {
            query(tx).nearest_batch("meaning", &[[0.0, 1.0], [1.0, 1.0]], 3).expect("answers")[0].len()
        };
        let paged = |tx: &Transaction| {
            let near = || query(tx).nearest("meaning", [0.0, 1.0], 1).after(Cursor::start());
            let first = near().run().expect("answers").cursor().expect("a cursor").expect("a hit");
            1 + query(tx).nearest("meaning", [0.0, 1.0], 2).after(first).run().expect("answers").len()
        };
        let grouped = |tx: &Transaction| {
            query(tx).nearest("meaning", [0.0, 1.0], 1).group_by("n", 3, 1).run().expect("answers").len()
        };
        let asked: [(Asked<'_>, bool); 4] = [(&within, false), (&batch, false), (&paged, false), (&grouped, true)];
        for (asked, behind_counts) in asked {
            let refuses = |from: usize, to: f64| {
                let object = n(from as i64).with("meaning", Vector::from(vec![to as f32, 1.0]));
                let moved = |tx: &mut Transaction| tx.update(&set, offsets[from], &object);
                refused(&database, &set, |tx| assert_eq!(asked(tx), 3), moved)
            };
            assert!(refuses(12, 3.5), "one comes nearer than the last hit");
            assert!(refuses(4, 100.0), "a hit goes away");
            assert_eq!(refuses(12, 5.5), behind_counts, "behind the last hit");
            assert!(!refuses(1, 3.5), "near, but the filter does not let it through");
        }
    }
}

#[test]
fn an_object_or_a_key_counts_also_when_it_is_not_there_76() {
    for (database, set, offsets) in worlds() {
        let gone = set.insert(&n(77)).expect("inserts");
        set.remove(gone).expect("removes");
        let by_offset = |tx: &mut Transaction| drop(tx.get(&set, offsets[3]).expect("reads"));
        let by_key = |key: i64| {
            let set = &set;
            move |tx: &mut Transaction| _ = tx.lookup(set, &Value::Int(key)).expect("looks")
        };
        let update = |at: usize, to: i64| {
            let (set, offset) = (&set, offsets[at]);
            move |tx: &mut Transaction| tx.update(set, offset, &n(to).with("x", 1))
        };
        let insert = |value: i64| {
            let set = &set;
            move |tx: &mut Transaction| tx.insert(set, &n(value)).map(drop)
        };
        assert!(refused(&database, &set, by_offset, update(3, 3)));
        assert!(!refused(&database, &set, by_offset, update(4, 4)));
        assert!(refused(&database, &set, by_key(3), update(3, 30)));
        assert!(refused(&database, &set, by_key(99), insert(99)), "a key that was not there");
        assert!(!refused(&database, &set, by_key(99), insert(98)));
        let violated = |tx: &mut Transaction| drop(tx.insert(&set, &n(3)).expect_err("taken"));
        assert!(refused(&database, &set, violated, update(3, 30)), "that a key is taken was learnt");
        let not_there = |tx: &mut Transaction| assert!(!tx.remove(&set, gone).expect("removes"));
        assert!(!refused(&database, &set, not_there, insert(99)));
    }
}

#[test]
fn iterating_counting_and_walking_views_read_the_whole_set_76() {
    for (database, set, offsets) in worlds() {
        type Asked<'a> = &'a dyn Fn(&Transaction);
        let asked: [Asked<'_>; 4] = [
            &|tx| assert_eq!(tx.len(&set).expect("counts"), 20),
            &|tx| assert_eq!(tx.view(&set).expect("a view").iter().count(), 20),
            &|tx| assert_eq!(tx.view(&set).expect("a view").offsets().count(), 20),
            &|tx| assert_eq!(tx.query(&set).expect("a query").run().expect("answers").len(), 20),
        ];
        for asked in asked {
            let far = |tx: &mut Transaction| tx.insert(&set, &n(1_000)).map(drop);
            assert!(refused(&database, &set, |tx| asked(tx), far));
            let elsewhere: Set = database.declare(SetSchema::new("elsewhere")).expect("declares");
            let other_set = |tx: &mut Transaction| tx.insert(&elsewhere, &n(1)).map(drop);
            assert!(!refused(&database, &set, |tx| asked(tx), other_set));
        }
        // The members of a result are read one by one.
        let members = set.query().filter(field("n").lt(3)).run().expect("answers").to_set();
        let read_members = |tx: &mut Transaction| {
            let view = tx.view(&set).expect("a view");
            let query = protobase::Query::over(Members::new(view, &members)).filter(field("n").gt(0));
            assert_eq!(query.run().expect("answers").len(), 2);
        };
        assert!(refused(&database, &set, read_members, |tx| tx.update(&set, offsets[1], &n(500))));
        assert!(!refused(&database, &set, read_members, |tx| tx.update(&set, offsets[8], &n(500))));
    }
}

#[test]
fn nested_sets_are_told_apart_by_owner_and_updating_an_owner_is_no_write_of_its_nested_sets_76() {
    let database = Database::options().background(false).in_memory();
    let schema = SetSchema::new("countries").nested("cities", SetSchema::new("cities").unique("n"));
    let countries: Set = database.declare(schema).expect("declares");
    let owners = [1, 2].map(|value| countries.insert(&n(value)).expect("inserts"));
    let [here, there] = owners.map(|owner| countries.nested::<Object>(owner, "cities").expect("is declared"));
    for value in 0..20 {
        here.insert(&n(value)).expect("inserts");
        there.insert(&n(value)).expect("inserts");
    }
    let read = |tx: &mut Transaction| assert_eq!(tx.len(&here).expect("counts"), 20);
    assert!(refused(&database, &here, read, |tx| tx.insert(&here, &n(50)).map(drop)));
    assert!(!refused(&database, &there, read, |tx| tx.insert(&there, &n(50)).map(drop)));
    let query = |tx: &mut Transaction| assert_eq!(ids(tx, &here, field("n").gt(18)), 1);
    assert!(refused(&database, &here, query, |tx| tx.insert(&here, &n(50)).map(drop)));
    assert!(!refused(&database, &there, query, |tx| tx.insert(&there, &n(50)).map(drop)));
    let key = |tx: &mut Transaction| assert!(tx.lookup(&here, &Value::Int(70)).expect("looks").is_none());
    assert!(refused(&database, &here, key, |tx| tx.insert(&here, &n(70)).map(drop)));
    assert!(!refused(&database, &there, key, |tx| tx.insert(&there, &n(70)).map(drop)));
    let whole = countries.nested_family::<Object>("cities").expect("is declared");
    let all = |tx: &mut Transaction| assert!(tx.lookup(&whole, &Value::Int(70)).expect("looks").is_none());
    assert!(refused(&database, &there, all, |tx| tx.insert(&there, &n(70)).map(drop)));

    let mut inserting = database.begin_with(Isolation::Serializable).expect("begins");
    inserting.insert(&here, &n(90)).expect("inserts");
    countries.update(owners[0], &n(1).with("x", 1)).expect("updates");
    inserting.commit().expect("the owner is still there");
}

#[test]
fn two_upserts_of_one_new_key_do_not_both_insert_76() {
    for isolation in [Isolation::Snapshot, Isolation::Serializable] {
        let database = Database::in_memory();
        let set: Set = database.declare(SetSchema::new("things").unique("n")).expect("declares");
        let mut transactions = [(); 2].map(|()| database.begin_with(isolation).expect("begins"));
        for tx in &mut transactions {
            tx.upsert(&set, &n(5)).expect("stages");
        }
        let [first, second] = transactions.map(Transaction::commit);
        first.expect("the first commits");
        assert!(second.expect_err("the second looked for the key").is_conflict());
        assert_eq!(set.len().expect("counts"), 1);
    }
}

#[test]
fn what_another_process_and_a_bulk_load_committed_counts_76() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let open = || Database::options().background(false).open(dir.path()).expect("opens");
    let (database, other) = (open(), open());
    let set: Set = database.declare(SetSchema::new("things").unique("n")).expect("declares");
    let mark: Set = database.declare(SetSchema::new("marks")).expect("declares");
    let theirs: Set = {
        other.refresh().expect("reads");
        other.set("things").expect("is declared")
    };
    let offsets: Vec<_> = (0..4).map(|value| theirs.insert(&n(value)).expect("inserts")).collect();
    let refuses = |meanwhile: &dyn Fn()| {
        let mut tx = database.begin_with(Isolation::Serializable).expect("begins");
        ids(&tx, &set, field("n").lt(3));
        tx.insert(&mark, &n(0)).expect("inserts");
        meanwhile();
        tx.commit().map_err(|error| assert!(error.is_conflict(), "{error}")).is_err()
    };
    assert!(refuses(&|| theirs.update(offsets[0], &n(100)).expect("updates")), "out of the condition");
    assert!(refuses(&|| theirs.update(offsets[0], &n(0)).expect("updates")), "into the condition");
    assert!(refuses(&|| _ = theirs.insert(&n(-1)).expect("inserts")));
    assert!(!refuses(&|| _ = theirs.insert(&n(50)).expect("inserts")));
    let many = |from: i64| (from..from + 1_100).map(n).collect::<Vec<_>>();
    assert!(refuses(&|| drop(theirs.insert_many(&many(-5_000)).expect("loads"))));
    assert!(refuses(&|| drop(set.insert_many(&many(-9_000)).expect("loads"))));
    assert!(!refuses(&|| database.flush().expect("flushes")), "a flush changes nothing");
    assert!(!refuses(&|| database.compact().expect("compacts")), "neither does compaction");
}

#[test]
fn a_reader_is_never_refused_and_an_old_transaction_says_that_it_is_old() {
    let options = || Database::options().background(false).oldest_transaction(std::time::Duration::ZERO);
    let database = options().in_memory();
    let set: Set = database.declare(SetSchema::new("things")).expect("declares");
    let reader = database.begin_with(Isolation::Serializable).expect("begins");
    let mut writer = database.begin_with(Isolation::Serializable).expect("begins");
    assert_eq!(reader.len(&set).expect("counts") + writer.len(&set).expect("counts"), 0);
    for value in 0..3 {
        set.insert(&n(value)).expect("inserts");
    }
    reader.commit().expect("a transaction that only reads is as of its snapshot");
    writer.insert(&set, &n(9)).expect("inserts");
    let error = writer.commit().expect_err("too old");
    assert!(matches!(error, Error::SnapshotTooOld { .. }), "{error}");
}
