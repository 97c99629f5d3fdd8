//! Can the store be trusted with anything? Power cuts, damage, faults, full disks, kills and crowds, for as long as wanted.
//!
//! `cargo run --release --bin torture -- --minutes 60` runs every hazard for its share of the time, prints a table, and exits with 1 if
//! anything went wrong or any hazard was not tried at all. Everything that is simulated follows from the seed that is printed.
//! `cargo test --bin torture` is the short run.

mod budget;
mod check;
mod damage;
#[allow(dead_code, unused_imports, reason = "the test of the checker itself uses more of it")]
mod elle;
mod faults;
mod folder;
mod full;
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
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Parser, Subcommand};

use budget::Budget;
use report::Line;

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
    #[arg(long, value_parser = HAZARDS.map(|(name, _, _)| name))]
    only: Option<String>,
    #[command(subcommand)]
    child: Option<Child>,
}

/// What this program does when it starts itself.
#[derive(Subcommand)]
enum Child {
    /// Commits until killed.
    #[command(hide = true)]
    Writer { folder: PathBuf, first_lane: i64 },
    /// Fills a small disk.
    #[command(hide = true)]
    Full { folder: PathBuf, seconds: u64 },
}

/// Runs one hazard for some time.
type Hazard = fn(&Setting, Duration) -> Result<Line, String>;

/// All hazards, with their shares of the time in percent.
const HAZARDS: [(&str, u32, Hazard); 7] = [
    ("power cuts", 28, power_cuts),
    ("damage", 21, damages),
    ("faults", 12, all_faults),
    ("full disk", 3, full_disk),
    ("kill -9", 18, kills),
    ("isolation", 6, lists),
    ("soak", 12, crowd),
];

/// What all hazards share.
struct Setting {
    seed: u64,
    folder: PathBuf,
    program: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.child {
        // A writer's standard output is for its acknowledgements.
        Some(Child::Writer { folder, first_lane }) => {
            kill::writer(folder, *first_lane).inspect_err(|error| eprintln!("writer of lane {first_lane}: {error}"))
        }
        Some(Child::Full { folder, seconds }) => fill(folder, *seconds),
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

fn fill(folder: &Path, seconds: u64) -> Result<(), String> {
    let (full, commits) = full::fill(folder, Instant::now() + Duration::from_secs(seconds))?;
    println!("{full} {commits}");
    Ok(())
}

fn all(arguments: &Arguments) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| format!("finding this program: {error}"))?;
    let folder = arguments.folder.clone().unwrap_or_else(std::env::temp_dir);
    let setting = Setting { seed: arguments.seed, folder, program };
    println!("seed {}, {} minutes, directories in {}", setting.seed, arguments.minutes, setting.folder.display());
    let chosen = HAZARDS.iter().filter(|(name, _, _)| arguments.only.as_deref().is_none_or(|only| only == *name));
    let shares: u32 = chosen.clone().map(|(_, share, _)| share).sum();
    let whole = Duration::try_from_secs_f64(arguments.minutes * 60.0).map_err(|error| format!("--minutes: {error}"))?;
    let mut failed = Vec::new();
    for (name, share, hazard) in chosen {
        let start = Instant::now();
        let line = hazard(&setting, whole * *share / shares.max(1));
        let line = line.unwrap_or_else(|error| Line {
            hazard: name,
            tried: Vec::new(),
            notes: Vec::new(),
            time: start.elapsed(),
            error: Some(error),
            skipped: None,
        });
        let line = Line { time: start.elapsed(), hazard: name, ..line };
        line.print();
        if !line.is_good() {
            failed.push(*name);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("marks missed: {}", failed.join(", "))) }
}

/// A line that nothing went wrong in.
fn good(tried: Vec<(&'static str, u64)>, notes: Vec<String>) -> Line {
    Line { hazard: "", tried, notes, time: Duration::ZERO, error: None, skipped: None }
}

fn power_cuts(setting: &Setting, time: Duration) -> Result<Line, String> {
    let mut cuts = power::PowerCuts::new(Budget::lasting(time), setting.seed);
    cuts.run(50)?;
    let power::Tally { images, recoveries, words, exhausted, transactions, moments } = cuts.tally;
    let notes = vec![
        format!("cut during recovery, one, two, three deep: {recoveries:?}"),
        format!(
            "all workloads of up to {exhausted} steps; the longest of {transactions} transactions; {moments} moments"
        ),
    ];
    Ok(good(vec![("images", images), ("workloads", words)], notes))
}

fn damages(setting: &Setting, time: Duration) -> Result<Line, String> {
    let mut damages = damage::Damages::new(Budget::lasting(time), setting.seed);
    damages.run()?;
    let damage::Tally { damages, detected, rebuilt, harmless, small_store_percent, last_frame, passed_for_torn } =
        damages.tally;
    let notes = vec![
        format!(
            "{small_store_percent} % of all bits, lengths, blocks and swaps of the small store; {harmless} changed nothing that is read"
        ),
        format!(
            "apart: of {last_frame} damages to the last frame before an unclean stop, {passed_for_torn} passed for a torn frame"
        ),
    ];
    Ok(good(vec![("damages", damages), ("named", detected), ("made good", rebuilt)], notes))
}

fn all_faults(setting: &Setting, time: Duration) -> Result<Line, String> {
    let mut faults = faults::Faults::new(Budget::lasting(time), setting.seed);
    faults.run()?;
    let faults::Tally { faults, errors, words } = faults.tally;
    Ok(good(
        vec![("calls that failed", faults), ("errors told", errors)],
        vec![format!("{words} workloads at every call")],
    ))
}

fn full_disk(setting: &Setting, time: Duration) -> Result<Line, String> {
    let full::Tally { full, commits, skipped } = full::run(&setting.program, &setting.folder, Instant::now() + time)?;
    Ok(Line { skipped, ..good(vec![("times full", full), ("commits", commits)], Vec::new()) })
}

fn kills(setting: &Setting, time: Duration) -> Result<Line, String> {
    let mut kills = kill::Kills::new(Budget::lasting(time), setting.seed);
    kills.run(&setting.program, &setting.folder)?;
    let kill::Tally { kills, commits, rounds } = kills.tally;
    Ok(good(vec![("kills", kills), ("acknowledged commits", commits)], vec![format!("{rounds} directories")]))
}

fn lists(setting: &Setting, time: Duration) -> Result<Line, String> {
    let isolation::Tally { committed, refused, dependencies } =
        isolation::run(&setting.folder, Budget::lasting(time), setting.seed)?;
    Ok(good(vec![("transactions", committed), ("refused", refused), ("dependencies", dependencies)], Vec::new()))
}

fn crowd(setting: &Setting, time: Duration) -> Result<Line, String> {
    let soak::Tally { commits, snapshots, windows } = soak::run(&setting.folder, Instant::now() + time, setting.seed)?;
    let window = |window: &soak::Window| {
        let soak::Window { memory, descriptors, commits, p99 } = window;
        format!(
            "{} MB, {descriptors} descriptors, {commits} commits, p99 {:.1} ms",
            memory >> 20,
            p99.as_secs_f64() * 1e3
        )
    };
    let notes = windows.iter().map(window).collect();
    Ok(good(vec![("commits", commits), ("snapshots", snapshots)], notes))
}
