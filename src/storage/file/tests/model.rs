//! Random work by two handles, with crashes, against the obvious model: a list of numbers.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Append { second: bool },
    SyncHead,
    Checkpoint,
    Trim,
    Close { second: bool },
    Reopen { second: bool },
    Crash { after: u64, keep: Keep, seed: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let keep = prop_oneof![Just(Keep::Nothing), Just(Keep::Prefix), Just(Keep::Any), Just(Keep::Everything)];
    prop_oneof![
        8 => any::<bool>().prop_map(|second| Step::Append { second }),
        1 => Just(Step::SyncHead),
        1 => Just(Step::Checkpoint),
        1 => Just(Step::Trim),
        1 => any::<bool>().prop_map(|second| Step::Close { second }),
        1 => any::<bool>().prop_map(|second| Step::Reopen { second }),
        2 => (0..9_u64, keep, any::<u64>()).prop_map(|(after, keep, seed)| Step::Crash { after, keep, seed }),
    ]
}

/// Two handles on one disk, and what must be there.
struct Run {
    disk: SimulatedFileSystem,
    handles: [FileStorage; 2],
    acknowledged: u64,
    checkpoint: u64,
}

impl Run {
    fn new() -> Self {
        let disk = SimulatedFileSystem::new();
        Self { handles: [open(&disk).unwrap(), open(&disk).unwrap()], disk, acknowledged: 0, checkpoint: 0 }
    }

    fn apply(&mut self, step: &Step) -> Result<(), AppendError> {
        match *step {
            Step::Append { second } => {
                let after = self.acknowledged;
                self.handles[usize::from(second)].append(Sequence(after), &draft(after + 1))?;
                self.acknowledged += 1;
            }
            Step::SyncHead => self.handles[0].sync_head()?,
            Step::Checkpoint => {
                self.handles[1].put_checkpoint(&checkpoint(self.acknowledged), None)?;
                self.checkpoint = self.acknowledged;
            }
            Step::Trim => self.handles[0].trim(Sequence(self.checkpoint + 1))?,
            Step::Close { second } => self.handles[usize::from(second)].close()?,
            Step::Reopen { second } => self.handles[usize::from(second)] = open(&self.disk)?,
            Step::Crash { .. } => {}
        }
        Ok(())
    }

    /// Goes on for `after` operations without power in sight, then starts again with what the cut left.
    fn crash(&mut self, after: u64, keep: Keep, seed: u64) {
        self.disk.cut_power_at(self.disk.operations() + after);
        while self.apply(&Step::Append { second: seed.is_multiple_of(2) }).is_ok() {}
        self.disk = self.disk.after_power_cut(keep, seed);
        self.handles = [open(&self.disk).unwrap(), open(&self.disk).unwrap()];
        let head = self.handles[0].head().unwrap().0;
        assert!((self.acknowledged..=self.acknowledged + 1).contains(&head));
        self.acknowledged = head;
    }

    fn check(&self) {
        for handle in &self.handles {
            let newest = handle.newest_checkpoint().unwrap().map_or(0, |checkpoint| checkpoint.sequence.0);
            assert_eq!(newest, self.checkpoint);
            let expected: Vec<_> = (newest + 1..=self.acknowledged).map(frame).collect();
            assert_eq!(handle.read(Sequence(newest)).unwrap(), expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn random_work_with_crashes_loses_nothing(steps in prop::collection::vec(step(), 1..60)) {
        let mut run = Run::new();
        for step in &steps {
            match *step {
                Step::Crash { after, keep, seed } => run.crash(after, keep, seed),
                ref step => run.apply(step).unwrap(),
            }
            run.check();
        }
        run.handles[0].verify().unwrap();
    }
}
