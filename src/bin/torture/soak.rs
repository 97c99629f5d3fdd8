//! Sixteen threads do everything at once for as long as wanted: no violation, and memory, descriptors and the slowest commits stay.

use std::{
    fs,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use protobase::{Database, Error, IndexableSet, Object, SetSchema, Value, storage::simulate::Random};

use super::{
    folder::Folder,
    lanes::{Lane, check, declare},
    model::text,
};

/// Accounts between which money is moved; the sum stays.
const ACCOUNTS: i64 = 64;
const BALANCE: i64 = 1_000;
/// Threads that fill lanes, move money, look at snapshots, and maintain: sixteen together.
const THREADS: [u64; 4] = [6, 5, 4, 1];
/// Measurements over the whole time.
const WINDOWS: u32 = 12;
/// In shorter runs, what a process starts with still grows.
pub const LONG: Duration = Duration::from_secs(300);

/// What was seen in one of the windows of time.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Bytes of the program's own, and of files that are mapped: the system takes those back when it needs them.
    pub memory: u64,
    pub mapped: u64,
    pub descriptors: u64,
    pub commits: u64,
    pub p99: Duration,
}

/// What was tried.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub commits: u64,
    pub snapshots: u64,
    pub windows: Vec<Window>,
}

struct Soak {
    database: Database,
    accounts: IndexableSet<Object>,
    lanes: IndexableSet<Object>,
    stop: AtomicBool,
    commits: AtomicU64,
    snapshots: AtomicU64,
    times: Mutex<Vec<Duration>>,
}

/// Runs until the end.
pub fn run(parent: &Path, until: Instant, seed: u64) -> Result<Tally, String> {
    let folder = Folder::new(parent, "soak").map_err(text)?;
    let database = Database::options().checkpoint_every(2_048).open(folder.path()).map_err(text)?;
    let accounts = database.declare(SetSchema::new("accounts").unique("key")).map_err(text)?;
    for key in 0..ACCOUNTS {
        accounts.insert(&account(key, BALANCE)).map_err(text)?;
    }
    let lanes = declare(&database).map_err(text)?;
    let soak = Soak {
        database,
        accounts,
        lanes,
        stop: AtomicBool::new(false),
        commits: AtomicU64::new(0),
        snapshots: AtomicU64::new(0),
        times: Mutex::default(),
    };
    let windows = soak.all(until, seed)?;
    soak.database.check().map_err(text)?;
    Ok(Tally { commits: soak.commits.into_inner(), snapshots: soak.snapshots.into_inner(), windows })
}

/// Neither memory nor descriptors nor the slowest commits grow: what the last third of the windows has at the median beside the first.
pub fn flat(windows: &[Window]) -> Result<(), String> {
    let third = windows.len() / 3;
    let (first, last) = (&windows[..third], &windows[windows.len() - third..]);
    let medians = |of: fn(&Window) -> u64| (median(first, of), median(last, of));
    let grown = |what: &str, (before, after): (u64, u64), most: u64| match after > most {
        true => Err(format!("{what} grew from {before} to {after}")),
        false => Ok(()),
    };
    let memory = medians(|window| window.memory >> 20);
    grown("memory, in MB,", memory, memory.0 * 3 / 2 + 32)?;
    let descriptors = medians(|window| window.descriptors);
    grown("the number of descriptors", descriptors, descriptors.0 + 8)?;
    let p99 = medians(|window| window.p99.as_micros() as u64);
    grown("the slowest hundredth of commits, in us,", p99, p99.0 * 3 + 10_000)
}

fn median(windows: &[Window], of: fn(&Window) -> u64) -> u64 {
    let mut values: Vec<u64> = windows.iter().map(of).collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

fn account(key: i64, balance: i64) -> Object {
    Object::new().with("key", key).with("balance", balance)
}

fn balance(object: &Object) -> i64 {
    if let Some(Value::Int(balance)) = object.get("balance") { *balance } else { 0 }
}

/// What one of the threads does, with its number.
type Work = fn(&Soak, &mut Random, i64) -> Result<(), String>;

impl Soak {
    fn all(&self, until: Instant, seed: u64) -> Result<Vec<Window>, String> {
        let works: [Work; 4] = [Self::fill, Self::move_money, Self::look, Self::maintain];
        thread::scope(|scope| {
            let threads: Vec<_> = works
                .into_iter()
                .zip(THREADS)
                .flat_map(|(work, count)| (0..count).map(move |n| (work, n)))
                .map(|(work, n)| {
                    scope.spawn(move || {
                        let outcome = work(self, &mut Random::new(seed ^ n << 32), n as i64);
                        // The first that fails ends all.
                        self.stop.store(true, Ordering::Release);
                        outcome
                    })
                })
                .collect();
            let windows = self.watch(until);
            self.stop.store(true, Ordering::Release);
            for thread in threads {
                thread.join().map_err(|_| "a thread panicked".to_owned())??;
            }
            Ok(windows)
        })
    }

    fn watch(&self, until: Instant) -> Vec<Window> {
        let length = until.saturating_duration_since(Instant::now()) / WINDOWS;
        let mut windows = Vec::new();
        for _ in 0..WINDOWS {
            let end = Instant::now() + length;
            while Instant::now() < end && !self.stopped() {
                thread::sleep(Duration::from_millis(20));
            }
            let mut times = std::mem::take(&mut *self.times.lock().unwrap_or_else(PoisonError::into_inner));
            times.sort_unstable();
            let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
            let (memory, mapped, descriptors) = usage();
            windows.push(Window { memory, mapped, descriptors, commits: times.len() as u64, p99 });
        }
        windows
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn committed(&self, start: Instant) {
        self.commits.fetch_add(1, Ordering::AcqRel);
        self.times.lock().unwrap_or_else(PoisonError::into_inner).push(start.elapsed());
    }

    fn fill(&self, _random: &mut Random, number: i64) -> Result<(), String> {
        let mut lane = Lane::new(&self.database, number).map_err(text)?;
        while !self.stopped() {
            let start = Instant::now();
            lane.commit().map_err(text)?;
            self.committed(start);
        }
        check(&self.lanes, number, lane.last).map(drop)
    }

    fn move_money(&self, random: &mut Random, _number: i64) -> Result<(), String> {
        while !self.stopped() {
            let (from, to) = (random.below(ACCOUNTS as u64) as i64, random.below(ACCOUNTS as u64) as i64);
            let start = Instant::now();
            let moved = self.database.write(|tx| {
                for (key, change) in [(from, -1), (to, 1)] {
                    let offset = tx.lookup(&self.accounts, &Value::Int(key))?;
                    let offset = offset.ok_or_else(|| Error::above("an account is gone"))?;
                    let old = tx.get(&self.accounts, offset)?.ok_or_else(|| Error::above("an account is gone"))?;
                    tx.update(&self.accounts, offset, &account(key, balance(&old) + change))?;
                }
                Ok(())
            });
            match moved {
                Ok(()) => self.committed(start),
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }

    fn look(&self, random: &mut Random, _number: i64) -> Result<(), String> {
        while !self.stopped() {
            let mut sum = 0;
            for item in self.accounts.iter().map_err(text)? {
                sum += balance(&item.map_err(text)?.1);
            }
            if sum != ACCOUNTS * BALANCE {
                return Err(format!("a snapshot with {sum} instead of {}", ACCOUNTS * BALANCE));
            }
            check(&self.lanes, random.below(THREADS[0]) as i64, 0)?;
            self.snapshots.fetch_add(1, Ordering::AcqRel);
        }
        Ok(())
    }

    fn maintain(&self, random: &mut Random, _number: i64) -> Result<(), String> {
        while !self.stopped() {
            thread::sleep(Duration::from_millis(50 + random.below(400)));
            match random.below(4) {
                0 => self.database.compact(),
                1 => self.database.checkpoint(),
                2 => self.database.flush(),
                _ => self.database.check(),
            }
            .map_err(text)?;
        }
        Ok(())
    }
}

/// Bytes of memory, of mapped files, and open files of this process; zeros where the system does not tell.
fn usage() -> (u64, u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes =
            line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
        kilobytes.unwrap_or(0) << 10
    };
    let descriptors = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    (bytes("RssAnon:"), bytes("RssFile:"), descriptors as u64)
}
