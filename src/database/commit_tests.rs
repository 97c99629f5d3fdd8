//! Commits of several handles on one store, in memory: what two processes on one directory do.

use std::{sync::Arc, thread};

use bytes::Bytes;

use crate::{
    index::Registry,
    object::{FamilyId, Object, Offset, Sequence, encode},
    set::{Conflict, Decision, IndexableSet, Maintenance, SetDeclaration},
    storage::{Checkpoint, FrameDraft, Lease, MemoryStorage, Operation, Storage},
};

use super::{DatabaseOptions, Error, Isolation, Transaction, commit::Draft, core::Core, footprint, lease::LEASE};

const FAMILY: FamilyId = FamilyId(1);

fn core(storage: &MemoryStorage) -> Core {
    let storage: Arc<dyn Storage> = Arc::new(storage.clone());
    Core::open(storage, Arc::new(Registry::new()), DatabaseOptions::default()).expect("opens")
}

fn declare(core: &Core) {
    let declaration = SetDeclaration { name: "things".into(), unique: Some("key".into()), ..SetDeclaration::default() };
    let operations = vec![Operation::Declare { family: FAMILY, declaration: declaration.encode() }];
    core.commit(draft(core, operations)).expect("declares");
}

/// A draft on a core's newest snapshot, as another process would see its footprint.
fn draft(core: &Core, operations: Vec<Operation>) -> Draft {
    let snapshot = core.snapshot();
    let footprint = footprint::foreign(&snapshot, &operations);
    Draft { snapshot: snapshot.sequence(), operations, footprint, ..Draft::default() }
}

fn put(offset: Offset, key: i64) -> Operation {
    let object = Bytes::from(encode(&Object::new().with("key", key)).expect("encodes"));
    Operation::Put { family: FAMILY, offset, owner: None, object }
}

fn len(core: &Core) -> u64 {
    core.snapshot().view(FAMILY, None).and_then(|view| view.len()).expect("counts")
}

#[test]
fn handles_lease_disjoint_offsets_and_see_each_other_only_after_a_refresh() {
    let storage = MemoryStorage::new();
    let (one, two) = (core(&storage), core(&storage));
    let (a, b) = (one.lease(3).expect("leases"), two.lease(1).expect("leases"));
    assert_eq!(a, Offset(1));
    assert_eq!(b, Offset(1 + LEASE));
    assert_eq!(one.lease(1).expect("leases"), Offset(4));
    declare(&one);
    one.commit(draft(&one, vec![put(a, 1)])).expect("commits");
    assert!(two.snapshot().declaration(FAMILY).is_err());
    two.refresh().expect("reads");
    assert_eq!(len(&two), 1);
}

#[test]
fn what_another_handle_committed_is_validated_against() {
    let storage = MemoryStorage::new();
    let (one, two) = (core(&storage), core(&storage));
    declare(&one);
    two.refresh().expect("reads");
    let (a, b) = (one.lease(1).expect("leases"), two.lease(1).expect("leases"));
    one.refresh().expect("reads");
    let _open = two.begin(Isolation::Snapshot, true).expect("begins");
    let (loser, winner) = (draft(&two, vec![put(b, 7)]), draft(&two, vec![put(b, 8)]));
    one.commit(draft(&one, vec![put(a, 7)])).expect("commits");
    let error = two.commit(loser).expect_err("the key was taken meanwhile");
    assert!(error.is_conflict(), "{error}");
    two.commit(winner).expect("another key: rebased on what the other committed");
    assert_eq!(len(&two), 2);

    one.refresh().expect("reads");
    let (update, delete) = (draft(&one, vec![put(b, 9)]), Operation::Delete { family: FAMILY, offset: b });
    two.commit(draft(&two, vec![delete])).expect("commits");
    let open = one.begin(Isolation::Snapshot, true);
    assert!(open.is_ok());
    let error = one.commit(update).expect_err("the object was deleted meanwhile");
    assert!(matches!(error, Error::Conflict(_) | Error::SnapshotTooOld { .. }), "{error}");
    assert_eq!(len(&one), 1);
}

#[test]
fn a_declaration_conflicts_with_writes_of_the_family() {
    let storage = MemoryStorage::new();
    let core = core(&storage);
    declare(&core);
    let offset = core.lease(1).expect("leases");
    let _open = core.begin(Isolation::Snapshot, true).expect("begins");
    let write = draft(&core, vec![put(offset, 1)]);
    declare(&core);
    assert!(core.commit(write).expect_err("declared anew meanwhile").is_conflict());
}

#[test]
fn an_old_snapshot_is_refused_only_when_history_was_forgotten() {
    let storage = MemoryStorage::new();
    let core = core(&storage);
    declare(&core);
    let first = core.lease(2).expect("leases");
    let unregistered = draft(&core, vec![put(first, 1)]);
    core.commit(draft(&core, vec![put(Offset(first.0 + 1), 2)])).expect("commits");
    assert!(unregistered.snapshot < core.snapshot().sequence());
    let error = core.commit(unregistered).expect_err("nothing remembers what was committed since");
    assert!(matches!(error, Error::SnapshotTooOld { snapshot: Sequence(_), .. }), "{error}");
}

/// A transaction that has counted the things and puts another one.
fn counting(core: &Arc<Core>, key: i64) -> Transaction {
    let mut transaction = Transaction::begin(core, Isolation::Serializable).expect("begins");
    let things: IndexableSet<Object> = IndexableSet::new(core.clone(), FAMILY, None);
    transaction.len(&things).expect("counts");
    transaction.insert(&things, &Object::new().with("key", key)).expect("inserts");
    transaction
}

#[test]
fn a_serializable_member_is_validated_against_the_members_before_it_77b() {
    let core = Arc::new(core(&MemoryStorage::new()));
    declare(&core);
    core.lease(1).expect("leases");
    let transactions = [1, 2, 3].map(|key| counting(&core, key));
    let leading = core.committer();
    let before = core.snapshot().sequence();
    let won: usize = thread::scope(|scope| {
        let threads = transactions.map(|transaction| scope.spawn(|| transaction.commit().is_ok()));
        while core.queue.len() < 3 {
            thread::yield_now();
        }
        drop(leading);
        threads.map(|thread| usize::from(thread.join().expect("ends"))).iter().sum()
    });
    assert_eq!((won, len(&core)), (1, 1), "each had counted what the others put");
    assert_eq!(core.snapshot().sequence(), before.next(), "they were one group");
}

/// A checkpoint of a state that the log never reached: nothing leads on from it, and waiting for that would be for ever.
#[test]
fn a_log_that_ends_before_its_checkpoint_refuses_commits() {
    let storage = MemoryStorage::new();
    let checkpoint = Checkpoint { sequence: Sequence(10), listed: Sequence(10), ..Checkpoint::default() };
    storage.put_checkpoint(&checkpoint, None).expect("puts");
    let error = core(&storage).lease(1).expect_err("nothing can be appended").to_string();
    assert!(error.contains("the log ends at sequence 0") && error.contains("10"), "{error}");
}

#[test]
fn a_store_whose_offsets_are_used_up_says_so() {
    let storage = MemoryStorage::new();
    let lease = Some(Lease { first: u64::MAX - 5, count: 100 });
    let frame = FrameDraft { lease, transactions: Vec::new() };
    storage.append(Sequence(0), &frame).expect("appends");
    let error = core(&storage).lease(1).expect_err("no offset is left").to_string();
    assert!(error.contains("no offsets are left"), "{error}");
}

/// A nested set is declared at a field while a transaction writes data of its own there: one of the two must lose, whoever is first.
#[test]
fn a_nested_set_and_plain_data_at_its_field_do_not_both_come_through() {
    let declares = |core: &Core| {
        let (name, parent) = ("things.notes".into(), Some((FAMILY, "notes".into())));
        let nested = SetDeclaration { name, parent, ..SetDeclaration::default() };
        draft(core, vec![Operation::Declare { family: FamilyId(2), declaration: nested.encode() }])
    };
    for (same_process, declared_first) in [(true, true), (true, false), (false, true), (false, false)] {
        let storage = MemoryStorage::new();
        let (one, two) = (core(&storage), core(&storage));
        declare(&one);
        let offset = one.lease(1).expect("leases");
        two.refresh().expect("reads");
        let other = if same_process { &one } else { &two };
        let _open = one.begin(Isolation::Snapshot, true).expect("begins");
        let _also_open = two.begin(Isolation::Snapshot, true).expect("begins");
        let (write, declaration) = (draft(&one, vec![put(offset, 1)]), declares(other));
        let error = if declared_first {
            other.commit(declaration).expect("is the first");
            one.commit(write)
        } else {
            one.commit(write).expect("is the first");
            other.commit(declaration)
        };
        let error = error.expect_err("is the second");
        let conflict = matches!(&error, Error::Conflict(Conflict::Declaration { set }) if set.starts_with("things"));
        assert!(conflict, "same process: {same_process}, declared first: {declared_first}: {error}");
    }
}

/// Flushes what is there, and puts more before the flush is committed.
fn flush_around(core: &Core, more: Vec<Operation>) {
    let snapshot = core.snapshot();
    let (registry, storage) = (core.registry.clone(), core.storage.clone());
    let work = Maintenance::new(snapshot.clone(), registry, storage, &core.build_memory);
    let change = work.perform(FAMILY, &Decision::Flush, &|| Ok(core.segment_id()?)).expect("flushes");
    core.commit(draft(core, more)).expect("commits");
    core.commit_segments(&snapshot, change.expect("there is something to flush")).expect("commits");
}

/// What a handle remembers of objects that died between a flush and its commit holds back what it thinks is covered; one that was opened
/// later does not remember them, and its checkpoint covers more.
#[test]
fn a_checkpoint_never_covers_less_than_one_before_it() {
    let storage = MemoryStorage::new();
    let one = core(&storage);
    declare(&one);
    let (a, b) = (one.lease(1).expect("leases"), one.lease(1).expect("leases"));
    one.commit(draft(&one, vec![put(a, 1)])).expect("commits");
    flush_around(&one, vec![put(a, 2)]);
    one.maintain().expect("may").checkpoint().expect("writes");
    let two = core(&storage);
    two.maintain().expect("may").checkpoint().expect("writes");
    let first = storage.newest_checkpoint().expect("reads").expect("is there");
    one.commit(draft(&one, vec![put(b, 3)])).expect("commits");
    assert!(one.families().covered() < first.sequence, "it thinks that less is covered");
    one.maintain().expect("may").checkpoint().expect("writes");
    let newest = storage.newest_checkpoint().expect("reads").expect("is there");
    assert!(newest.sequence >= first.sequence && newest.listed > first.listed, "{newest:?} after {first:?}");
    assert_eq!(len(&core(&storage)), 2, "what it says is the state");
}
