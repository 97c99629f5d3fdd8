//! What benches share: the data that ships in `datasets/` or lies in the folder named by `PROTOBASE_DATA` (else `datasets/extra/`), and medians.
#![allow(dead_code, reason = "each bench uses a part of this")]

#[path = "../common/median.rs"]
mod median;

use std::{
    hint::black_box,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use criterion::{BenchmarkGroup, measurement::WallTime};
use median::median;
use protobase::{
    Object, Options, SetSchema,
    import::{Import, NpyMatrix},
};

/// A file or folder of the shipped data sets.
pub fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets").join(name)
}

/// A folder of data that is not shipped; says so when it is missing.
pub fn extra(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PROTOBASE_DATA").map_or_else(|| shipped("extra"), PathBuf::from).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped 1: no data set '{name}' at {} (set PROTOBASE_DATA)", folder.display());
    None
}

/// The 170,391 cities, with `location`.
pub fn cities() -> Vec<Object> {
    let import = Import::new().file(shipped("cities/cities.csv.gz")).point("location", "lon", "lat");
    import.read().expect("the shipped cities can be read").objects
}

/// The 11,742 factbook passages with `embedding` and `location`, and the embeddings of 40 questions.
pub fn factbook() -> Option<(Vec<Object>, Vec<Vec<f32>>)> {
    let folder = extra("factbook")?;
    let import = Import::new()
        .file(folder.join("passages.jsonl"))
        .field_type("location", "geometry".parse().expect("a known type"))
        .vectors("embedding", folder.join("passages.embeddings.npy"));
    let passages = import.read().expect("the passages can be read").objects;
    let questions = NpyMatrix::read(&folder.join("queries.embeddings.npy")).expect("the questions can be read");
    let questions =
        (0..questions.len()).filter_map(|line| questions.vector(line).map(|vector| vector.to_vec())).collect();
    Some((passages, questions))
}

/// The set that the factbook passages go into, with an index of each kind that is asked.
pub fn passages() -> SetSchema {
    SetSchema::new("passages")
        .index_with("embedding", "vector", Options::new().with("dimension", 384).with("metric", "cosine"))
        .index("location", "geo")
        .index("region", "hash")
        .index("population", "ordered")
}

/// Benches an action and prints the median of its single runs in a line of its own: criterion prints an interval of means, which a few slow runs
/// move. What an action makes ready comes before the measured time; what it gives back is dropped after it.
pub fn bench<S, R>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    mut ready: impl FnMut() -> S,
    mut action: impl FnMut(S) -> R,
) {
    let mut times: Vec<Duration> = Vec::new();
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|runs| {
            let first = times.len();
            for _ in 0..runs {
                let input = ready();
                let start = Instant::now();
                let result = black_box(action(input));
                times.push(start.elapsed());
                drop(result);
            }
            times[first..].iter().sum()
        });
    });
    // None, when the command line asks for other benches.
    if !times.is_empty() {
        let runs = times.len();
        println!("{name}: median {:?} of {runs} runs", median(times));
    }
}
