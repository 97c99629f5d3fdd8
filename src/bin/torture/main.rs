//! Can the store be trusted with anything? Power cuts, damage, faults, full disks, kills and crowds, for as long as wanted.
//!
//! `cargo run --release --bin torture -- --minutes 60` runs every hazard for its share of the time, prints a table, and exits with 1 if
//! anything went wrong, any hazard was not tried at all, or a run of an hour missed a mark. Everything that is simulated follows from the seed that is printed.
//! `cargo test --bin torture` is the short run.

mod budget;
mod check;
mod damage;
#[allow(dead_code, unused_imports, reason = "the test of the checker itself uses more of it")]
mod elle;
mod faults;
mod folder;
mod full;
mod image;
mod isolation;
mod kill;
mod lanes;
mod ledger;
mod model;
mod power;
mod report;
mod session;
mod soak;
mod steps;

use std::{
    io,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, ExitStatus},
    time::{Duration, Instant},
};

use clap::{Parser, Subcommand};

use budget::Budget;
use report::{Line, Tried};

/// Power cuts, damage, faults, full disks, kills and crowds.
#[derive(Parser)]
struct Arguments {
    /// How long all hazards take together.
    #[arg(long, default_value_t = 60.0)]
    minutes: f64,
    /// What everything simulated follows from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where directories on the real file system are made; default: the system's place for temporary files.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Only this hazard.
    #[arg(long, value_parser = hazards().collect::<Vec<_>>())]
    only: Option<String>,
    /// The minutes of the run that this hazard is part of.
    #[arg(long, hide = true)]
    part_of: Option<f64>,
    #[command(subcommand)]
    task: Option<Task>,
}

/// What this program does when it starts itself.
#[derive(Subcommand)]
enum Task {
    /// Commits until killed.
    #[command(hide = true)]
    Writer { folder: PathBuf, first_lane: i64 },
    /// Fills a small disk.
    #[command(hide = true)]
    Full { folder: PathBuf, seconds: u64 },
}

/// Runs one hazard for some time.
type Hazard = fn(&Setting, Duration) -> Result<Line, String>;

/// All hazards; those of one phase run beside each other, each on a core, for the phase's share of the time in percent.
const PHASES: [(u32, &[(&str, Hazard)]); 6] = [
    (32, &[("power cuts", power_cuts), ("damage", damages)]),
    (3, &[("faults", all_faults)]),
    (2, &[("full disk", full_disk)]),
    (9, &[("kill -9", kills)]),
    (4, &[("isolation", lists)]),
    (50, &[("soak", crowd)]),
];

fn hazards() -> impl Iterator<Item = &'static str> {
    PHASES.iter().flat_map(|(_, hazards)| hazards.iter().map(|(name, _)| *name))
}

/// What all hazards share.
struct Setting {
    seed: u64,
    folder: PathBuf,
    program: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.task {
        // A writer's standard output is for its acknowledgements.
        Some(Task::Writer { folder, first_lane }) => {
            kill::writer(folder, *first_lane).inspect_err(|error| eprintln!("writer of lane {first_lane}: {error}"))
        }
        Some(Task::Full { folder, seconds }) => fill(folder, *seconds),
        None if has_a_heap_a_thread() => return in_one_heap(),
        None => all(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("torture: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What tells glibc how many heaps a process has.
const HEAPS: &str = "MALLOC_ARENA_MAX";

/// How much each thread may keep of what it has freed, of each size: the threads of a crowd, and hazards beside each other, would wait for
/// the one heap otherwise. It does not grow with time.
const KEPT_BY_THREADS: &str = "glibc.malloc.tcache_count=127";

/// Whether what one thread has freed may be kept from the others. Then the memory of a process grows, whatever the program does: in seven
/// minutes of a crowd from 14 to 20 MB, and in one heap it stayed between 5 and 9 MB.
fn has_a_heap_a_thread() -> bool {
    cfg!(all(target_os = "linux", target_env = "gnu")) && std::env::var_os(HEAPS).is_none()
}

/// Runs this program anew, so that memory which grows is the program's.
fn in_one_heap() -> ExitCode {
    let program = std::env::current_exe().map(Command::new);
    let again = |mut program: Command| {
        program.args(std::env::args_os().skip(1)).env(HEAPS, "1").env("GLIBC_TUNABLES", KEPT_BY_THREADS).status()
    };
    match program.and_then(again) {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("torture: starting anew: {error}");
            ExitCode::FAILURE
        }
    }
}

fn fill(folder: &Path, seconds: u64) -> Result<(), String> {
    let (full, commits) = full::fill(folder, Instant::now() + Duration::from_secs(seconds))?;
    println!("{full} {commits}");
    Ok(())
}

fn all(arguments: &Arguments) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| format!("finding this program: {error}"))?;
    let folder = arguments.folder.clone().unwrap_or_else(std::env::temp_dir);
    let setting = Setting { seed: arguments.seed, folder, program };
    if arguments.part_of.is_none() {
        let Setting { seed, folder, .. } = &setting;
        println!("seed {seed}, {} minutes, directories in {}", arguments.minutes, folder.display());
    }
    let run = minutes(arguments.part_of.unwrap_or(arguments.minutes))?;
    let failed = match &arguments.only {
        Some(only) => one(&setting, only, minutes(arguments.minutes)?, run),
        None => PHASES.iter().flat_map(|phase| beside_each_other(&setting, phase, arguments.minutes)).collect(),
    };
    if failed.is_empty() { Ok(()) } else { Err(format!("marks missed: {}", failed.join(", "))) }
}

fn minutes(minutes: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(minutes * 60.0).map_err(|error| format!("{minutes} minutes: {error}"))
}

/// Runs one hazard, and says which one failed.
fn one(setting: &Setting, only: &str, time: Duration, run: Duration) -> Vec<&'static str> {
    let mut all = PHASES.iter().flat_map(|(_, hazards)| hazards.iter());
    let Some((name, hazard)) = all.find(|(name, _)| *name == only) else { return Vec::new() };
    let line = Line { hazard: name, ..timed(*hazard, setting, time) };
    line.print(run);
    if line.is_good(run) { Vec::new() } else { vec![name] }
}

/// Runs the hazards of a phase beside each other, each in a process of its own: none waits for another's heap, and one that dies takes no
/// other along. Returns those that failed.
fn beside_each_other(
    setting: &Setting,
    (share, hazards): &(u32, &[(&'static str, Hazard)]),
    run: f64,
) -> Vec<&'static str> {
    let time = run * f64::from(*share) / 100.0;
    let start = |name: &str| {
        let mut command = Command::new(&setting.program);
        command.args(["--only", name, "--seed", &setting.seed.to_string(), "--folder"]).arg(&setting.folder);
        command.args(["--minutes", &time.to_string(), "--part-of", &run.to_string()]).spawn()
    };
    let processes: Vec<_> = hazards.iter().map(|(name, _)| (*name, start(name))).collect();
    let end = |process: io::Result<Child>| process.and_then(|mut process| process.wait());
    let ended = processes.into_iter().map(|(name, process)| (name, end(process)));
    let failed = |(name, ended): (&'static str, io::Result<ExitStatus>)| match ended {
        Ok(status) if status.success() => None,
        Ok(_) => Some(name),
        Err(error) => {
            println!("{name}: starting it: {error}");
            Some(name)
        }
    };
    ended.filter_map(failed).collect()
}

fn timed(hazard: Hazard, setting: &Setting, time: Duration) -> Line {
    let start = Instant::now();
    let line = hazard(setting, time).unwrap_or_else(failed);
    Line { time: start.elapsed(), ..line }
}

/// A line of what went wrong.
fn failed(error: String) -> Line {
    Line { error: Some(error), ..good(Vec::new(), Vec::new()) }
}

/// A line that nothing went wrong in.
fn good(tried: Vec<(&'static str, u64, u64)>, notes: Vec<String>) -> Line {
    let tried = tried.into_iter().map(|(what, number, mark)| Tried { what, number, mark }).collect();
    Line { hazard: "", tried, notes, time: Duration::ZERO, error: None, skipped: None }
}

/// Runs a hazard of one thread, with what the library would spread over all cores: its stores are so small that handing work to another
/// thread takes longer than the work, and the other core has a hazard of its own.
fn on_one_core(run: impl FnOnce() -> Result<(), String> + Send) -> Result<(), String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.map_err(|error| format!("starting a thread: {error}"))?.install(run)
}

fn power_cuts(setting: &Setting, time: Duration) -> Result<Line, String> {
    let mut cuts = power::PowerCuts::new(Budget::lasting(time), setting.seed);
    on_one_core(|| cuts.run(75))?;
    let power::Tally { images, recoveries, words, exhausted, transactions, moments } = cuts.tally;
    let notes = vec![
        format!("cut during recovery, one, two, three deep: {recoveries:?}"),
        format!("the longest of {transactions} transactions; {moments} moments"),
    ];
    Ok(good(
        vec![
            ("images", images, 500_000),
            ("steps at most in all workloads", u64::from(exhausted), 6),
            ("workloads", words, 1),
        ],
        notes,
    ))
}

fn damages(setting: &Setting, time: Duration) -> Result<Line, String> {
    let mut damages = damage::Damages::new(Budget::lasting(time), setting.seed);
    on_one_core(|| damages.run())?;
    let damage::Tally { small, larger, detected, rebuilt, harmless, small_store_percent, last_frame, passed_for_torn } =
        damages.tally;
    let notes = vec![
        format!(
            "{small} of the small store: bits, lengths, blocks and swaps; {harmless} of all changed nothing that is read"
        ),
        format!(
            "apart: of {last_frame} damages to the last frame before an unclean stop, {passed_for_torn} passed for a torn frame"
        ),
    ];
    Ok(good(
        vec![
            ("damages of larger stores", larger, 1_000_000),
            ("% of the small store's", small_store_percent, 100),
            ("named", detected, 1),
            ("made good", rebuilt, 1),
        ],
        notes,
    ))
}

fn all_faults(setting: &Setting, time: Duration) -> Result<Line, String> {
    let mut faults = faults::Faults::new(Budget::lasting(time), setting.seed);
    on_one_core(|| faults.run())?;
    let faults::Tally { faults, errors, words } = faults.tally;
    Ok(good(
        vec![("calls that failed", faults, 1), ("errors told", errors, 1)],
        vec![format!("{words} workloads at every call")],
    ))
}

fn full_disk(setting: &Setting, time: Duration) -> Result<Line, String> {
    let full::Tally { full, commits, skipped } = full::run(&setting.program, &setting.folder, Instant::now() + time)?;
    Ok(Line { skipped, ..good(vec![("times full", full, 1), ("commits", commits, 1)], Vec::new()) })
}

fn kills(setting: &Setting, time: Duration) -> Result<Line, String> {
    let mut kills = kill::Kills::new(Budget::lasting(time), setting.seed);
    kills.run(&setting.program, &setting.folder)?;
    let kill::Tally { kills, commits, rounds } = kills.tally;
    Ok(good(
        vec![("kills", kills, 2_000), ("acknowledged commits", commits, 1_000_000)],
        vec![format!("{rounds} directories")],
    ))
}

fn lists(setting: &Setting, time: Duration) -> Result<Line, String> {
    let isolation::Tally { committed, refused, dependencies } =
        isolation::run(&setting.folder, Budget::lasting(time), setting.seed)?;
    Ok(good(
        vec![("transactions", committed, 100_000), ("refused", refused, 1), ("dependencies", dependencies, 1)],
        Vec::new(),
    ))
}

fn crowd(setting: &Setting, time: Duration) -> Result<Line, String> {
    let start = Instant::now();
    let soak::Tally { commits, snapshots, windows } = soak::run(&setting.folder, start + time, setting.seed)?;
    let window = |window: &soak::Window| {
        let soak::Window { memory, mapped, descriptors, commits, p99 } = window;
        format!(
            "{} MB, {} MB of mapped files, {descriptors} descriptors, {commits} commits, p99 {:.1} ms",
            memory >> 20,
            mapped >> 20,
            p99.as_secs_f64() * 1e3
        )
    };
    let notes = windows.iter().map(window).collect();
    let tried =
        vec![("seconds", start.elapsed().as_secs(), 1_790), ("commits", commits, 1), ("snapshots", snapshots, 1)];
    // What grew is told beside the windows that show it.
    let error = if time >= soak::LONG { soak::flat(&windows).err() } else { None };
    Ok(Line { error, ..good(tried, notes) })
}
