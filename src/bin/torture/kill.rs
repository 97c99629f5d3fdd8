//! kill -9 on a real file system, of one to eight writing processes at any time: nothing acknowledged is lost.
//!
//! A writer is this program run again. It says each acknowledged commit on its output, which outlives it.

use std::{
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use protobase::{Database, storage::simulate::Random};

use super::{
    budget::Budget,
    folder::Folder,
    lanes::{Lane, check, declare},
    model::text,
};

/// Threads that commit in each process.
const THREADS: i64 = 4;
/// The most processes that write at once.
const PROCESSES: i64 = 8;
/// So many kills, then the directory is looked at by a fresh handle and a new one is begun.
const KILLS_A_ROUND: u64 = 40;

/// What was tried.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Processes killed.
    pub kills: u64,
    /// Commits that were acknowledged to a process which told it.
    pub commits: u64,
    /// Directories.
    pub rounds: u64,
}

/// A writing process.
struct Writer {
    child: Child,
    reader: Option<JoinHandle<()>>,
    first_lane: i64,
}

/// The last acknowledged number of each lane, over all processes that had it.
type Acknowledged = Arc<Vec<AtomicI64>>;

/// Starts, kills and checks writers.
pub struct Kills {
    pub tally: Tally,
    budget: Budget,
    random: Random,
}

impl Kills {
    pub fn new(budget: Budget, seed: u64) -> Self {
        Self { tally: Tally::default(), budget, random: Random::new(seed) }
    }

    pub fn run(&mut self, program: &Path, parent: &Path) -> Result<(), String> {
        while !self.budget.spent(self.tally.kills) {
            let processes = 1 + self.random.below(PROCESSES as u64) as i64;
            let folder = Folder::new(parent, "kill").map_err(text)?;
            self.round(program, folder.path(), processes).map_err(|error| format!("{processes} processes: {error}"))?;
            self.tally.rounds += 1;
        }
        Ok(())
    }

    fn round(&mut self, program: &Path, folder: &Path, processes: i64) -> Result<(), String> {
        let acknowledged: Acknowledged = Arc::new((0..processes * THREADS).map(|_| AtomicI64::new(0)).collect());
        let start = |first_lane| Writer::start(program, folder, first_lane, &acknowledged);
        let mut writers = (0..processes).map(|n| start(n * THREADS)).collect::<Result<Vec<_>, _>>().map_err(text)?;
        let mut outcome = Ok(());
        for kill in 0..KILLS_A_ROUND {
            if outcome.is_err() || self.budget.spent(self.tally.kills) {
                break;
            }
            thread::sleep(Duration::from_millis(20 + self.random.below(120)));
            let victim = &mut writers[self.random.below(processes as u64) as usize];
            outcome = self.kill(victim).map_err(|error| format!("kill {kill}: {error}"));
            match start(victim.first_lane) {
                Ok(next) => *victim = next,
                Err(error) => outcome = outcome.and(Err(error.to_string())),
            }
        }
        for mut writer in writers {
            outcome = outcome.and(self.kill(&mut writer));
        }
        outcome?;
        self.tally.commits += acknowledged.iter().map(|last| last.load(Ordering::Acquire) as u64).sum::<u64>();
        look(folder, &acknowledged)
    }

    fn kill(&mut self, writer: &mut Writer) -> Result<(), String> {
        let ended = writer.child.try_wait().map_err(text)?;
        if let Some(status) = ended {
            return Err(format!("a writer ended by itself: {status}"));
        }
        writer.child.kill().and_then(|()| writer.child.wait()).map_err(text)?;
        self.tally.kills += 1;
        // What it said before is all read when its output ends.
        writer.reader.take().map_or(Ok(()), JoinHandle::join).map_err(|_| "reading what a writer said".to_owned())
    }
}

impl Writer {
    fn start(program: &Path, folder: &Path, first_lane: i64, acknowledged: &Acknowledged) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg("writer").arg(folder).arg(first_lane.to_string()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let output = child.stdout.take();
        let acknowledged = acknowledged.clone();
        let reader = thread::spawn(move || output.into_iter().for_each(|output| listen(output, &acknowledged)));
        Ok(Self { child, reader: Some(reader), first_lane })
    }
}

/// Takes note of whole lines: `lane number`.
fn listen(output: ChildStdout, acknowledged: &[AtomicI64]) {
    let mut output = BufReader::new(output);
    let mut line = String::new();
    while output.read_line(&mut line).is_ok_and(|read| read > 0) {
        let numbers: Option<(usize, i64)> = line
            .strip_suffix('\n')
            .and_then(|line| line.split_once(' '))
            .and_then(|(lane, number)| Some((lane.parse().ok()?, number.parse().ok()?)));
        if let Some((lane, number)) = numbers {
            acknowledged[lane].fetch_max(number, Ordering::AcqRel);
        }
        line.clear();
    }
}

/// A fresh handle finds every lane whole, and the database's own check finds nothing.
fn look(folder: &Path, acknowledged: &[AtomicI64]) -> Result<(), String> {
    let database = Database::options().background(false).open(folder).map_err(text)?;
    let set = declare(&database).map_err(text)?;
    for (lane, last) in acknowledged.iter().enumerate() {
        check(&set, lane as i64, last.load(Ordering::Acquire))?;
    }
    database.check().map_err(text)
}

/// What a writing process does until it is killed.
pub fn writer(folder: &Path, first_lane: i64) -> Result<(), String> {
    let database = Database::options().checkpoint_every(512).open(folder).map_err(text)?;
    let told = Mutex::new(());
    thread::scope(|scope| {
        let commit = |lane| -> Result<(), String> {
            let mut lane_writer = Lane::new(&database, lane).map_err(text)?;
            loop {
                let number = lane_writer.commit().map_err(text)?;
                let _whole_lines = told.lock().unwrap_or_else(PoisonError::into_inner);
                let mut out = io::stdout().lock();
                writeln!(out, "{lane} {number}").and_then(|()| out.flush()).map_err(text)?;
            }
        };
        let threads: Vec<_> =
            (first_lane..first_lane + THREADS).map(|lane| scope.spawn(move || commit(lane))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked".to_owned())?)
    })
}
