//! Measures vector indexes of Rust, ours among them, on the data of `cargo bench --bench vector_recall`, k = 10: what building takes with two
//! threads, resident memory, and queries a second of one thread, one query at a time, with the narrowest beam that reaches a recall of 0.95
//! and of 0.99, and under filters 0.95; ours at its own settings as well, by the bare index and through the database.
//!
//! `cargo bench --manifest-path benches/peers/Cargo.toml --bench vector [-- SET..] [-- --peers NAME,..] [-- --parts plain,filtered]
//! [-- --lines FILE]`. The generated set `clustered`, 1,000,000 x 128, is measured when it is named. `-- --write FOLDER` only writes it, for the
//! peers in Python (`benches/peers/vector`), which print the lines of both as one table.
//!
//! Each contender runs in a process of its own; memory is what it has beside the data set. Times are the thread's own processor time, the best
//! of three rounds.

#[path = "../../../common/asked.rs"]
mod asked;
mod bare;
mod contender;
mod database;
mod hnsw;
mod instant;
mod measure;
#[path = "../../../common/process.rs"]
mod process;
#[path = "../../../common/vectors.rs"]
mod vectors;
mod write;

use std::{error::Error, path::PathBuf, process::Command};

use asked::{Data, load};
use contender::{Contender, Outcome};

/// The sets that are measured when none is named, and after them the one that must be named.
const SETS: [&str; 5] = ["factbook", "heldout", "glosses", "mnist", "clustered"];

/// How each contender is made.
type Make = fn(&Data) -> Outcome<Box<dyn Contender>>;
const CONTENDERS: [(&str, Make); 4] = [
    ("protobase", |data| Ok(Box::new(bare::Bare::build(data)?))),
    ("protobase-query", |data| Ok(Box::new(database::InDatabase::build(data)?))),
    ("instant-distance", |data| Ok(Box::new(instant::Instant::build(data)?))),
    ("hnsw_rs", |data| Ok(Box::new(hnsw::HnswRs::build(data)))),
];

/// The command line.
struct Arguments {
    sets: Vec<String>,
    peers: Vec<String>,
    parts: Vec<String>,
    lines: Option<PathBuf>,
    write: Option<PathBuf>,
    /// Measure here, and not in a process for each.
    here: bool,
}

impl Arguments {
    fn read() -> Outcome<Self> {
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let names = CONTENDERS.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut read = Self {
            sets: Vec::new(),
            peers: names,
            parts: list("plain,filtered"),
            lines: None,
            write: None,
            here: false,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} wants a value"));
            match argument.as_str() {
                "--bench" => {}
                "--peers" => read.peers = list(&value()?),
                "--parts" => read.parts = list(&value()?),
                "--lines" => read.lines = Some(value()?.into()),
                "--write" => read.write = Some(value()?.into()),
                "--here" => read.here = true,
                set if SETS.contains(&set) => read.sets.push(set.to_owned()),
                other => return Err(format!("'{other}' is none of {}", SETS.join(", ")).into()),
            }
        }
        if read.sets.is_empty() {
            read.sets = SETS[..4].iter().map(|set| (*set).to_owned()).collect();
        }
        Ok(read)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::read()?;
    if let Some(folder) = &arguments.write {
        return write::clustered(folder);
    }
    for set in &arguments.sets {
        for peer in &arguments.peers {
            if arguments.here { here(set, peer, &arguments)? } else { apart(set, peer, &arguments)? }
        }
    }
    Ok(())
}

/// Measures in a process of its own.
fn apart(set: &str, peer: &str, arguments: &Arguments) -> Outcome<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([set, "--here", "--peers", peer, "--parts", &arguments.parts.join(",")]);
    if let Some(lines) = &arguments.lines {
        command.arg("--lines").arg(lines);
    }
    // Two threads build; each peer takes them from rayon.
    let status = command.env("RAYON_NUM_THREADS", "2").status()?;
    if status.success() { Ok(()) } else { Err(format!("{peer} on {set} ended with {status}").into()) }
}

fn here(set: &str, peer: &str, arguments: &Arguments) -> Outcome<()> {
    let found = SETS.into_iter().find(|known| *known == set);
    let Some(data) = found.and_then(load) else {
        println!("skipped 1: {set} is not in PROTOBASE_DATA or datasets/extra");
        return Ok(());
    };
    let Some((name, make)) = CONTENDERS.into_iter().find(|(name, _)| *name == peer) else {
        return Err(format!("'{peer}' is none of {}", CONTENDERS.map(|(name, _)| name).join(", ")).into());
    };
    measure::Measure { data: &data, name, lines: arguments.lines.as_deref() }.all(make, &arguments.parts)
}
