//! `protobase salvage`.

use std::{
    io::{self, Write},
    path::Path,
};

use crate::{
    database::{Database, SalvageReport},
    set::Loss,
};

use super::{CliError, progress};

pub fn run(db: &Path, saved: &Path, json: bool) -> Result<(), CliError> {
    let working = progress::spinner("looking for what is intact");
    let report = Database::salvage(db, saved);
    working.finish_and_clear();
    let report = report?;
    let mut out = io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    write_report(&report, &mut out)?;
    Ok(())
}

fn write_report(report: &SalvageReport, out: &mut dyn Write) -> io::Result<()> {
    for (set, objects) in &report.sets {
        writeln!(out, "{set}: {objects} objects saved")?;
    }
    if report.losses.is_empty() {
        writeln!(out, "nothing is damaged")?;
    }
    report.losses.iter().try_for_each(|loss| write_loss(loss, out))
}

fn write_loss(loss: &Loss, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{}", loss.file)?;
    if let Some(position) = loss.position {
        write!(out, " at position {position}")?;
    }
    if let Some(set) = &loss.set {
        write!(out, " (set '{set}')")?;
    }
    write!(out, ": {}", loss.what)?;
    match loss.objects {
        Some(0) => {}
        Some(count) => write!(out, "; {count} objects are lost")?,
        None => write!(out, "; how many objects are lost is not known")?,
    }
    if !loss.offsets.is_empty() {
        let offsets: Vec<String> = loss.offsets.iter().map(ToString::to_string).collect();
        write!(out, "; offsets {}", offsets.join(" "))?;
    }
    writeln!(out)
}
