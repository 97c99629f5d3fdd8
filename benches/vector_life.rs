//! Measures a vector index over its life, on a directory: after heavy churn, with many copies of one vector, merged with and without the
//! older graph, under a burst of small transactions, and opened when it is large.
//!
//! `cargo bench --bench vector_life [-- NAME...]`; names are `churn`, `copies`, `merge`, `burst` and, only when it is named, `open` (a
//! million vectors, some minutes). `churn` and `copies` want mnist in `PROTOBASE_DATA` or `datasets/extra`, and are skipped without it.

#[path = "common/median.rs"]
mod median;
#[path = "common/process.rs"]
mod process;
#[path = "common/vectors.rs"]
mod vectors;

use std::{
    error::Error,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use median::median;
use ndarray::{Array2, ArrayView1, Axis, concatenate};
use protobase::{
    Database, IndexableSet, Object, Options, SetSchema,
    index::{SearchEffort, Slot, SlotSet, Work},
    metric::Metric,
};
use rayon::prelude::*;
use vectors::{Segment, clustered, matrix};

/// Between two queries during a burst of writes.
const PAUSE: Duration = Duration::from_millis(2);
/// Hits a query.
const K: usize = 10;

type Outcome = Result<(), Box<dyn Error>>;
type Part = (&'static str, fn() -> Outcome);

fn main() -> Outcome {
    let names: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let parts: [Part; 5] = [("churn", churn), ("copies", copies), ("merge", merge), ("burst", burst), ("open", open)];
    for (name, part) in parts {
        let wanted = names.iter().any(|known| known == name) || names.is_empty() && name != "open";
        if wanted {
            println!("{name}");
            part()?;
        }
    }
    Ok(())
}

fn schema(dimension: usize) -> SetSchema {
    let options = Options::new().with("dimension", dimension).with("metric", Metric::L2);
    SetSchema::new("vectors").unique("n").index_with("v", "vector", options)
}

fn object(n: usize, vector: ArrayView1<'_, f32>) -> Object {
    Object::new().with("n", n as i64).with("v", vector.to_vec())
}

fn objects(vectors: &Array2<f32>, lines: impl IntoIterator<Item = usize>) -> Vec<Object> {
    lines.into_iter().map(|line| object(line, vectors.row(line))).collect()
}

/// The lines that are nearest to each query, by measuring all of them.
fn truths(vectors: &Array2<f32>, lines: &[usize], queries: &Array2<f32>) -> Vec<Vec<f64>> {
    let rows: Vec<ArrayView1<'_, f32>> = queries.rows().into_iter().collect();
    let nearest = |query: &ArrayView1<'_, f32>| {
        let query = query.to_vec();
        let distance = |line: &usize| Metric::L2.distance(&query, vectors.row(*line).as_slice().unwrap_or(&[]));
        let mut all: Vec<f64> = lines.iter().map(distance).collect();
        all.sort_unstable_by(f64::total_cmp);
        all.truncate(K);
        all
    };
    rows.par_iter().map(nearest).collect()
}

/// Recall by distances (of copies any will do), and queries a second.
fn searched(
    set: &IndexableSet<Object>,
    queries: &Array2<f32>,
    truths: &[Vec<f64>],
) -> Result<(f64, f64), Box<dyn Error>> {
    let (mut right, mut asked) = (0, 0);
    for (query, truth) in queries.rows().into_iter().zip(truths) {
        let hits = set.query().nearest("v", query.to_vec(), K).run()?;
        let farthest = truth.last().copied().unwrap_or(0.0);
        right += hits.iter().filter(|hit| hit.distance.is_some_and(|distance| distance <= farthest)).count();
        asked += truth.len();
    }
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < Duration::from_secs(2) {
        for query in queries.rows() {
            set.query().nearest("v", query.to_vec(), K).run()?;
            count += 1;
        }
    }
    Ok((right.min(asked) as f64 / asked as f64, f64::from(count) / start.elapsed().as_secs_f64()))
}

fn mnist() -> Option<(Array2<f32>, Array2<f32>)> {
    let found = matrix("mnist/base.npy").zip(matrix("mnist/queries.npy"));
    if found.is_none() {
        println!("  skipped: no mnist in PROTOBASE_DATA or datasets/extra");
    }
    found.map(|(base, queries)| (base, queries.slice_move(ndarray::s![..1_000, ..])))
}

/// A database by itself, and everything that a question needs.
fn fresh(folder: &Path, vectors: &Array2<f32>, lines: &[usize]) -> Result<IndexableSet<Object>, Box<dyn Error>> {
    let database = Database::options().background(false).open(folder)?;
    let set = database.declare(schema(vectors.ncols()))?;
    set.insert_many(&objects(vectors, lines.iter().copied()))?;
    database.compact()?;
    Ok(set)
}

/// Half is deleted and as much inserted, at once and in ten steps that are compacted each; beside a fresh build of what is there then.
fn churn() -> Outcome {
    let Some((base, queries)) = mnist() else { return Ok(()) };
    let half = base.nrows() / 3;
    let (stay, go, come) = (0..half, half..2 * half, 2 * half..3 * half);
    let lines: Vec<usize> = stay.clone().chain(come.clone()).collect();
    let truths = truths(&base, &lines, &queries);
    for steps in [1, 10] {
        let folder = tempfile::tempdir()?;
        let database = Database::options().background(false).open(folder.path())?;
        let set: IndexableSet<Object> = database.declare(schema(base.ncols()))?;
        set.insert_many(&objects(&base, stay.clone().chain(go.clone())))?;
        database.compact()?;
        let start = Instant::now();
        for step in 0..steps {
            let part = |lines: &std::ops::Range<usize>| {
                lines.start + step * lines.len() / steps..lines.start + (step + 1) * lines.len() / steps
            };
            for line in part(&go) {
                set.remove(set.find_unique(line as i64)?.ok_or("is there")?)?;
            }
            set.insert_many(&objects(&base, part(&come)))?;
            database.compact()?;
        }
        let (recall, speed) = searched(&set, &queries, &truths)?;
        println!(
            "  {} of {} deleted, as many inserted, in {steps} steps of compaction ({:.1} s): recall {recall:.4}, {speed:.0} queries/s",
            half,
            2 * half,
            start.elapsed().as_secs_f64(),
        );
    }
    let folder = tempfile::tempdir()?;
    let (recall, speed) = searched(&fresh(folder.path(), &base, &lines)?, &queries, &truths)?;
    println!("  fresh build of the same: recall {recall:.4}, {speed:.0} queries/s");
    Ok(())
}

/// Ten thousand copies of one vector among mnist.
fn copies() -> Outcome {
    let Some((base, queries)) = mnist() else { return Ok(()) };
    let plain: Vec<usize> = (0..base.nrows()).collect();
    let copied = concatenate(Axis(0), &[base.view(), base.select(Axis(0), &vec![17; 10_000]).view()])?;
    let all: Vec<usize> = (0..copied.nrows()).collect();
    for (note, lines) in [("without copies", plain), ("with 10,000 copies", all)] {
        let folder = tempfile::tempdir()?;
        let truths = truths(&copied, &lines, &queries);
        let start = Instant::now();
        let set = fresh(folder.path(), &copied, &lines)?;
        let built = start.elapsed().as_secs_f64();
        let (recall, speed) = searched(&set, &queries, &truths)?;
        println!("  {} {note}: built in {built:.1} s, recall {recall:.4}, {speed:.0} queries/s", lines.len());
    }
    Ok(())
}

/// 50,000 x 128 and a tenth more, some of the old gone: with the older graph and without.
fn merge() -> Outcome {
    let (old, new, dimension) = (50_000, 5_000, 128);
    let all = clustered(7, old + new + 1_000, dimension);
    let queries: Vec<usize> = (old + new..old + new + 1_000).collect();
    let options = Options::new().with("flat_threshold", 0);
    let start = Instant::now();
    let base = Segment::build(all.slice(ndarray::s![..old, ..]).to_owned(), Metric::L2, &options)?;
    println!("  {old} x {dimension} built in {:.2} s", start.elapsed().as_secs_f64());
    for gone in [0, 10, 25, 40, 50] {
        let mut moved = vec![None; old];
        let kept: Vec<usize> =
            (0..old).filter(|line| line.wrapping_mul(2_654_435_761) >> 7 & 0xfff >= gone * 4_096 / 100).collect();
        (0..).zip(&kept).for_each(|(slot, line)| moved[*line] = Some(Slot(slot)));
        let lines: Vec<usize> = kept.iter().copied().chain(old..old + new).collect();
        let vectors = all.select(Axis(0), &lines);
        let truths = truths(&all, &lines, &all.select(Axis(0), &queries));
        for inherited in [true, false] {
            let start = Instant::now();
            let segment = match inherited {
                true => Segment::merge(&base, &moved, vectors.clone(), &options)?,
                false => Segment::build(vectors.clone(), Metric::L2, &options)?,
            };
            let built = start.elapsed().as_secs_f64();
            let start = Instant::now();
            let (recall, distances) = asked(&segment, &all.select(Axis(0), &queries), &truths)?;
            println!(
                "  {gone} % gone, {} added, {}: {built:.2} s, recall {:.4}, {} distances, {:.0} queries/s at a beam of 64",
                new,
                if inherited { "older graph offered" } else { "built anew         " },
                recall,
                distances,
                queries.len() as f64 / start.elapsed().as_secs_f64(),
            );
        }
    }
    again_and_again(&all.slice(ndarray::s![..old + new, ..]).to_owned(), &all.select(Axis(0), &queries), &options)
}

/// A tenth is gone and as much comes, ten times over, each time from the graph before.
fn again_and_again(all: &Array2<f32>, queries: &Array2<f32>, options: &Options) -> Outcome {
    let (there, each, rounds) = (all.nrows() / 2, all.nrows() / 20, 10);
    let mut lines: Vec<usize> = (0..there).collect();
    let mut now = Segment::build(all.select(Axis(0), &lines), Metric::L2, options)?;
    for round in 0..rounds {
        let goes = |at: usize| at % 10 == round % 10;
        let mut moved = vec![None; lines.len()];
        let kept: Vec<usize> = (0..lines.len()).filter(|at| !goes(*at)).collect();
        (0..).zip(&kept).for_each(|(slot, at)| moved[*at] = Some(Slot(slot)));
        let come = there + round * each..there + (round + 1) * each;
        lines = kept.into_iter().map(|at| lines[at]).chain(come).collect();
        now = Segment::merge(&now, &moved, all.select(Axis(0), &lines), options)?;
    }
    let fresh = Segment::build(all.select(Axis(0), &lines), Metric::L2, options)?;
    let truths = truths(all, &lines, queries);
    for (note, segment) in [("from graph to graph", &now), ("built anew", &fresh)] {
        let (recall, distances) = asked(segment, queries, &truths)?;
        println!("  {rounds} times a tenth, {note}: recall {recall:.4}, {distances} distances at a beam of 64");
    }
    Ok(())
}

/// Recall and distances of searches by a beam of 64.
fn asked(segment: &Segment, queries: &Array2<f32>, truths: &[Vec<f64>]) -> Result<(f64, u64), Box<dyn Error>> {
    let (mut right, mut work) = (0, Work::default());
    let accept = SlotSet::all(segment.len());
    for (query, truth) in queries.rows().into_iter().zip(truths) {
        let target = segment.target(query);
        let (hits, _) = segment.nearest(&target, K, &accept, SearchEffort::EfSearch(64), &mut work)?;
        right += hits.iter().filter(|(_, distance)| *distance <= truth[K - 1]).count();
    }
    let count = queries.nrows();
    Ok((right as f64 / (count * K) as f64, work.distances / count as u64))
}

/// What a reader has seen.
#[derive(Default)]
struct Seen {
    times: Vec<Duration>,
    missed: usize,
}

/// 100,000 x 128 in transactions of 100, durable each, with a reader beside; then until everything is indexed and quick again.
fn burst() -> Outcome {
    let (count, each, dimension) = (100_000, 100, 128);
    let all = clustered(9, count, dimension);
    let folder = tempfile::tempdir()?;
    let database = Database::open(folder.path())?;
    let set: IndexableSet<Object> = database.declare(schema(dimension))?;
    let made = objects(&all, 0..count);
    let (written, done, seen) = (AtomicUsize::new(0), AtomicBool::new(false), Mutex::new(Seen::default()));
    let start = Instant::now();
    let took = thread::scope(|scope| -> Result<Duration, Box<dyn Error>> {
        let reader = scope.spawn(|| read(&set, &all, &written, &done, &seen).map_err(|error| error.to_string()));
        for chunk in made.chunks(each) {
            set.insert_many(chunk)?;
            written.fetch_add(each, Ordering::Release);
        }
        let took = start.elapsed();
        done.store(true, Ordering::Release);
        reader.join().map_err(|_| "the reader has panicked")??;
        Ok(took)
    })?;
    let Seen { mut times, missed } = seen.into_inner()?;
    times.sort_unstable();
    println!(
        "  {count} in transactions of {each}: {:.0} a second, {} commits waited; {} queries beside, {missed} missed what was committed, median {:?}, p99 {:?}, longest {:?}",
        count as f64 / took.as_secs_f64(),
        database.info()?.throttled_commits,
        times.len(),
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times[times.len() - 1],
    );
    settle(&database, &set, &all, start, took)
}

/// Asks, until told that all is written, for vectors that are committed, most of them just now: each must be found at once. There are new
/// ones every time: who asks again at once meets many a question's snapshot a second time.
fn read(
    set: &IndexableSet<Object>,
    all: &Array2<f32>,
    written: &AtomicUsize,
    done: &AtomicBool,
    seen: &Mutex<Seen>,
) -> Outcome {
    let mut turn = 0_usize;
    while !done.load(Ordering::Acquire) {
        thread::sleep(PAUSE);
        let there = written.load(Ordering::Acquire);
        if there == 0 {
            continue;
        }
        turn += 1;
        let line = if turn.is_multiple_of(4) { turn.wrapping_mul(7_919) % there } else { there - 1 };
        let query = all.row(line).to_vec();
        let start = Instant::now();
        let hits = set.query().nearest("v", query, K).run()?;
        let time = start.elapsed();
        let first = hits.first().and_then(|hit| hit.distance);
        let mut seen = seen.lock().map_err(|_| "poisoned")?;
        seen.times.push(time);
        seen.missed += usize::from(first != Some(0.0));
    }
    Ok(())
}

/// Until maintenance rests, and until a query takes what it takes in a compacted database.
fn settle(
    database: &Database,
    set: &IndexableSet<Object>,
    all: &Array2<f32>,
    start: Instant,
    took: Duration,
) -> Outcome {
    let latency = || -> Result<Duration, Box<dyn Error>> {
        let time = |turn: usize| {
            let query = all.row(turn * 97 % all.nrows()).to_vec();
            let start = Instant::now();
            set.query().nearest("v", query, K).run().map(|_| start.elapsed())
        };
        Ok(median((0..201).map(time).collect::<Result<_, _>>()?))
    };
    let mut history = Vec::new();
    let mut quiet = 0;
    while quiet < 10 {
        thread::sleep(Duration::from_millis(200));
        let info = database.info()?;
        quiet = if info.maintenance.is_some() { 0 } else { quiet + 1 };
        history.push((start.elapsed().saturating_sub(took), latency()?));
    }
    let rested = start.elapsed().saturating_sub(Duration::from_secs(2));
    let segments = database.info()?.sets[0].segments.len();
    let resting = latency()?;
    println!(
        "  indexed {:.1} s after the first insert ({:.0} a second, all counted); then {segments} segments, median query {resting:?}",
        rested.as_secs_f64(),
        all.nrows() as f64 / rested.as_secs_f64(),
    );
    let quick = history.iter().find(|(_, latency)| *latency <= resting.mul_f64(1.2));
    if let Some((after, latency)) = quick {
        println!("  a query takes that again {:.1} s after the last insert ({latency:?})", after.as_secs_f64());
    }
    database.compact()?;
    println!("  median query after compaction {:?}", latency()?);
    Ok(())
}

/// A million x 128: what opening takes, and the first question.
fn open() -> Outcome {
    let (count, loads, dimension, openings) = (1_000_000, 8, 128, 21);
    let folder = tempfile::tempdir()?;
    let all = clustered(11, count + openings, dimension);
    let start = Instant::now();
    {
        let database = Database::options().background(false).open(folder.path())?;
        // Parts of loads are not needed: one graph is built over all.
        let plain: IndexableSet<Object> = database.declare(SetSchema::new("vectors").unique("n"))?;
        for load in 0..loads {
            plain.insert_many(&objects(&all, load * count / loads..(load + 1) * count / loads))?;
        }
        println!("  {count} x {dimension} stored in {:.1} s", start.elapsed().as_secs_f64());
        let _: IndexableSet<Object> = database.declare(schema(dimension))?;
        database.compact()?;
        println!(
            "  compacted with a graph {:.1} s after the start, at most {} MiB resident",
            start.elapsed().as_secs_f64(),
            process::most_resident()
        );
        for (segment, facts) in &database.info()?.sets[0].indexes[1].facts {
            println!("  {segment}: {facts:?}");
        }
    }
    let (mut opened, mut first) = (Vec::new(), Vec::new());
    for opening in 0..openings {
        let start = Instant::now();
        let database = Database::options().background(false).read_only(true).open(folder.path())?;
        let set: IndexableSet<Object> = database.set("vectors")?;
        opened.push(start.elapsed());
        let start = Instant::now();
        assert_eq!(set.query().nearest("v", all.row(count + opening).to_vec(), K).run()?.len(), K);
        first.push(start.elapsed());
    }
    println!("  open {:?}, first nearest {K} {:?} (medians of {openings})", median(opened), median(first));
    Ok(())
}
