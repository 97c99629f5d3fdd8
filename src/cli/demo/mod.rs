//! The demo: a database over the shipped data, built or reopened, and questions of every sort answered from it.

mod build;
mod data;
mod questions;
mod report;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::object::Object;

use super::{CliError, output};

use data::Atlas;
use questions::QUESTIONS;
use report::{Outcome, TRIES};

/// Builds or reopens the database in `dir`, and answers all questions from it.
pub fn run(dir: &Path, datasets: Option<&Path>) -> Result<(), CliError> {
    let datasets = find_datasets(datasets)?;
    let mut out = io::stdout().lock();
    let start = Instant::now();
    let (database, built) = build::open_or_build(dir, &datasets)?;
    let opened = start.elapsed();
    let what = if built { "built" } else { "reopened" };
    writeln!(out, "{what} {} in {}", dir.display(), milliseconds(opened))?;
    build::print_sets(&database, &mut out)?;

    let atlas = Atlas::open(&datasets)?;
    let mut outcomes = Vec::new();
    for (index, question) in QUESTIONS.iter().enumerate() {
        outcomes.push(report::answer(index + 1, question, &database, &atlas, &mut out)?);
        if index == 0 {
            writeln!(out, "   (first answer {} after the start)", milliseconds(start.elapsed()))?;
        }
    }
    summary(&outcomes, &mut out)?;
    if let Some(bytes) = resident_bytes() {
        writeln!(out, "resident memory: {} MB", bytes / 1_000_000)?;
    }
    if built {
        writeln!(out, "Run it again: the second run reopens {}.", dir.display())?;
    }
    Ok(())
}

/// The file that tells a `datasets` folder.
const ATLAS: &str = "atlas/places.jsonl";

/// The `datasets` folder: the one given, else of the working directory, else of the source tree.
fn find_datasets(given: Option<&Path>) -> Result<PathBuf, CliError> {
    if let Some(given) = given {
        return match given.join(ATLAS).is_file() {
            true => Ok(given.to_owned()),
            false => Err(CliError::Usage(format!(
                "--datasets {}: it holds no {ATLAS}: expected the folder 'datasets' of the source tree",
                given.display()
            ))),
        };
    }
    let candidates = [PathBuf::from("datasets"), Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")];
    let found = candidates.iter().find(|folder| folder.join(ATLAS).is_file()).cloned();
    found.ok_or_else(|| CliError::Usage("no folder 'datasets' here: name it with --datasets DIR".into()))
}

fn summary(outcomes: &[Outcome], out: &mut dyn Write) -> io::Result<()> {
    let columns = ["question", "time", "full scan", "times faster", "same answer", "recall"].map(str::to_owned);
    let lines: Vec<Object> = outcomes
        .iter()
        .enumerate()
        .map(|(index, outcome)| {
            let faster = outcome.scan_time.as_secs_f64() / outcome.time.as_secs_f64().max(1e-9);
            Object::new()
                .with("question", index as i64 + 1)
                .with("time", milliseconds(outcome.time))
                .with("full scan", milliseconds(outcome.scan_time))
                .with("times faster", format!("{faster:.0}"))
                .with("same answer", if outcome.same { "yes" } else { "no" })
                .with("recall", if outcome.approximate { format!("{:.2}", outcome.recall) } else { "exact".into() })
        })
        .collect();
    writeln!(
        out,
        "\nEach answer beside a full scan of the same objects, the best time of {TRIES} of each:\n\n{}",
        output::table(&columns, &lines)
    )?;
    let wrong = outcomes.iter().filter(|outcome| !outcome.same && !outcome.approximate).count();
    let approximate = outcomes.iter().filter(|outcome| outcome.approximate).count();
    writeln!(
        out,
        "{} questions, {approximate} approximate by graph or signs, {wrong} exact answers that differ from the scan",
        outcomes.len()
    )
}

fn milliseconds(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds if seconds >= 0.001 => format!("{:.2} ms", seconds * 1e3),
        seconds => format!("{:.0} µs", seconds * 1e6),
    }
}

/// The resident memory of this process, where the system says.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
