//! Measures the first nearest search after opening: 100,000 x 128 generated vectors in one settled segment on disk, opened anew for every
//! question. The file is in the system's cache; what a first search pays for is mapping it and verifying the blocks that it looks at.
//!
//! `cargo bench --bench vector_cold`

#[path = "common/median.rs"]
mod median;
#[path = "common/vectors.rs"]
mod vectors;

use std::{
    error::Error,
    path::Path,
    time::{Duration, Instant},
};

use median::median;
use ndarray::Array2;
use protobase::{Database, IndexableSet, Object, Options, SetSchema, codec::bytes_verified};
use vectors::clustered;

const VECTORS: usize = 100_000;
const DIMENSION: usize = 128;
const OPENINGS: usize = 101;

/// What one opening and its questions took.
struct Opening {
    open: Duration,
    first: Duration,
    second: Duration,
    /// Bytes verified by the first question.
    verified: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let all = clustered(5, VECTORS + OPENINGS * 2, DIMENSION);
    let start = Instant::now();
    store(folder.path(), &all)?;
    println!("stored {VECTORS} x {DIMENSION} with a graph in {:.1} s", start.elapsed().as_secs_f64());
    for metric in METRICS {
        let openings = (0..OPENINGS)
            .map(|turn| measure(folder.path(), metric, &all, VECTORS + turn * 2))
            .collect::<Result<Vec<_>, _>>()?;
        let median = |of: fn(&Opening) -> Duration| median(openings.iter().map(of).collect());
        let verified = openings.iter().map(|opening| opening.verified).sum::<u64>() / openings.len() as u64;
        println!(
            "{metric}: open {:?}, first nearest 10 {:?}, second {:?}; the first verified {} KiB (medians of {OPENINGS}, mean)",
            median(|opening| opening.open),
            median(|opening| opening.first),
            median(|opening| opening.second),
            verified >> 10,
        );
    }
    Ok(())
}

const METRICS: [&str; 2] = ["l2", "cosine"];

fn store(folder: &Path, all: &Array2<f32>) -> Result<(), Box<dyn Error>> {
    let database = Database::options().background(false).open(folder)?;
    for metric in METRICS {
        let options = Options::new().with("dimension", DIMENSION).with("metric", metric);
        let set: IndexableSet<Object> = database.declare(SetSchema::new(metric).index_with("v", "vector", options))?;
        let objects: Vec<Object> =
            all.rows().into_iter().take(VECTORS).map(|row| Object::new().with("v", row.to_vec())).collect();
        set.insert_many(&objects)?;
    }
    database.compact()?;
    Ok(())
}

fn measure(folder: &Path, set: &str, all: &Array2<f32>, question: usize) -> Result<Opening, Box<dyn Error>> {
    let start = Instant::now();
    let database = Database::options().background(false).read_only(true).open(folder)?;
    let set = database.set::<Object>(set)?;
    let open = start.elapsed();
    let before = bytes_verified();
    let start = Instant::now();
    let found = set.query().nearest("v", all.row(question).to_vec(), 10).run()?.len();
    let first = start.elapsed();
    let verified = bytes_verified() - before;
    assert_eq!(found, 10);
    let start = Instant::now();
    set.query().nearest("v", all.row(question + 1).to_vec(), 10).run()?;
    Ok(Opening { open, first, second: start.elapsed(), verified })
}
