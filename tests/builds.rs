//! Can building an index be ended, and does nothing of it stay behind?

use std::{
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use protobase::{
    Database, Error, FieldPath, IndexableSet, Object, Options, SetSchema,
    codec::{Container, ContainerWriter},
    expr::Predicate,
    index::{
        Access, BuildEffort, Columns, Exactness, IndexBuilder, IndexError, IndexKind, IndexPart, Slot, SlotSet, Tell,
        Work,
    },
    object::ValueRef,
    set::{Progress, SetError, Step},
};

/// Far longer than anything here takes: reaching it means that somebody waits for ever.
const EVER: Duration = Duration::from_secs(120);

/// A kind of index that answers nothing and takes [`EVER`] to build, unless it is told to break off.
#[derive(Debug, Default)]
struct Endless {
    /// Builds under way.
    building: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Nothing(Container);

impl IndexKind for Endless {
    fn name(&self) -> &'static str {
        "endless"
    }

    fn summary(&self) -> &'static str {
        "takes for ever"
    }

    fn check(&self, _: &[FieldPath], _: &Options) -> Result<(), IndexError> {
        Ok(())
    }

    fn check_values(&self, _: &[FieldPath], _: &Options, _: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        Ok(())
    }

    fn builder(&self, _: &[FieldPath], _: &Options, _: BuildEffort) -> Result<Box<dyn IndexBuilder>, IndexError> {
        Ok(Box::new(Self { building: self.building.clone() }))
    }

    fn open(
        &self,
        _: &[FieldPath],
        _: &Options,
        part: Container,
        _: Columns,
        _: u32,
    ) -> Result<Box<dyn IndexPart>, IndexError> {
        Ok(Box::new(Nothing(part)))
    }
}

impl IndexBuilder for Endless {
    fn add(&mut self, _: Slot, _: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        Ok(())
    }

    fn finish(self: Box<Self>, _: &Columns, _: u32, out: &mut ContainerWriter<'_>) -> Result<(), IndexError> {
        Ok(out.put("nothing", b"")?)
    }

    fn finish_told(
        self: Box<Self>,
        columns: &Columns,
        slots: u32,
        out: &mut ContainerWriter<'_>,
        tell: &Tell<'_>,
    ) -> Result<(), IndexError> {
        self.building.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        while start.elapsed() < EVER {
            if tell(start.elapsed().as_secs_f64() / EVER.as_secs_f64()).is_break() {
                self.building.fetch_sub(1, Ordering::Relaxed);
                return Err(IndexError::Cancelled);
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.finish(columns, slots, out)
    }
}

impl IndexPart for Nothing {
    fn access(&self, _: &Predicate) -> Option<Access> {
        None
    }

    fn candidates(&self, _: &Predicate, _: &mut Work) -> Result<(SlotSet, Exactness), IndexError> {
        Err(IndexError::Invariant("an index that answers nothing was asked".to_owned()))
    }

    fn verify(&self) -> Result<(), IndexError> {
        Ok(self.0.verify()?)
    }
}

fn objects(from: i64, count: i64) -> Vec<Object> {
    (from..from + count).map(|key| Object::new().with("key", key).with("value", key % 7)).collect()
}

/// The files of segments.
fn files(dir: &Path) -> Vec<String> {
    let listed = std::fs::read_dir(dir.join("blobs")).expect("lists");
    let mut names: Vec<String> =
        listed.map(|entry| entry.expect("lists").file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

/// Ends the work as soon as half of a step is done.
fn halfway(step: Step) -> impl Fn(Progress<'_>) -> ControlFlow<()> + Sync {
    move |progress| match progress.step == step && 2 * progress.done >= progress.total {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

#[test]
fn a_load_can_be_ended_at_every_step_and_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let database = Database::options().background(false).open(dir.path()).expect("opens");
    let schema = SetSchema::new("things").unique("key").index("value", "ordered");
    let set: IndexableSet = database.declare(schema).expect("declares");
    let many = objects(0, 3_000);
    for step in [Step::WriteObjects, Step::BuildIndexes] {
        let error = set.insert_many_with(&many, &halfway(step)).expect_err("is ended");
        assert!(matches!(&error, SetError::Cancelled(at) if at.step == step), "{error}");
        assert_eq!(set.len().expect("counts"), 0);
        assert_eq!(files(dir.path()), [""; 0], "after {step}");
    }
    // A load that is too small for segments of its own.
    let error = set.insert_many_with(&objects(0, 100), &halfway(Step::WriteObjects)).expect_err("is ended");
    assert!(matches!(error, SetError::Cancelled(_)), "{error}");
    set.insert_many(&many).expect("inserts");
    assert_eq!(set.len().expect("counts"), 3_000);
    database.check().expect("finds no fault");
}

#[test]
fn compaction_and_builds_can_be_ended_and_leave_everything_as_it_was() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let database = Database::options().background(false).open(dir.path()).expect("opens");
    let schema = || SetSchema::new("things").unique("key");
    let set: IndexableSet = database.declare(schema()).expect("declares");
    for load in 0..2 {
        set.insert_many(&objects(load * 10_000, 2_000)).expect("inserts");
    }
    database.declare::<Object>(schema().index("value", "ordered")).expect("declares");
    let before = files(dir.path());
    for step in [Step::WriteObjects, Step::BuildIndexes] {
        let error = database.compact_with(&halfway(step)).expect_err("is ended");
        assert!(matches!(&error, Error::Cancelled(at) if &*at.set == "things" && at.step == step), "{error}");
        assert_eq!(files(dir.path()), before, "after {step}");
    }
    let error = database.build_indexes_with(&halfway(Step::BuildIndexes)).expect_err("is ended");
    assert!(matches!(error, Error::Cancelled(_)), "{error}");
    assert_eq!(files(dir.path()), before);
    for step in [Step::VerifyFiles, Step::VerifyObjects] {
        let error = database.check_with(&halfway(step)).expect_err("is ended");
        assert!(matches!(error, Error::Cancelled(_)), "{error}");
    }
    assert_eq!(set.len().expect("counts"), 4_000);
    database.build_indexes().expect("builds");
    database.compact().expect("compacts");
    assert_eq!(database.info().expect("tells").sets[0].segments.len(), 1);
    database.check().expect("finds no fault");
}

#[test]
fn closing_does_not_wait_for_a_build_and_the_next_one_starts_anew() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let kind = Endless::default();
    let building = kind.building.clone();
    let kind: Arc<dyn IndexKind> = Arc::new(kind);
    let open = || Database::options().register(kind.clone()).open(dir.path()).expect("opens");
    let schema = || SetSchema::new("things").unique("key");
    let database = open();
    let set: IndexableSet = database.declare(schema()).expect("declares");
    set.insert_many(&objects(0, 2_000)).expect("inserts");
    let before = files(dir.path());
    drop(set);
    database.declare::<Object>(schema().index("value", "endless")).expect("declares");
    let mut database = Some(database);
    for _ in 0..2 {
        let start = Instant::now();
        while building.load(Ordering::Relaxed) == 0 {
            assert!(start.elapsed() < EVER / 2, "maintenance never begins to build");
            thread::sleep(Duration::from_millis(5));
        }
        let at = database.as_ref().and_then(|database| database.info().expect("tells").maintenance);
        assert_eq!(at.expect("it is at something").step, Step::BuildIndexes.to_string());
        let start = Instant::now();
        drop(database.take());
        assert!(start.elapsed() < EVER / 4, "closing took {:?}", start.elapsed());
        assert_eq!(building.load(Ordering::Relaxed), 0);
        assert_eq!(files(dir.path()), before);
        database = Some(open());
    }
    let database = database.expect("is open");
    assert_eq!(database.set::<Object>("things").expect("is declared").len().expect("counts"), 2_000);
}
