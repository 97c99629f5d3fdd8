//! Measures durable commits, bulk loads, point reads, scans and opening after a crash, of Protobase beside SQLite, redb and LMDB, on the same
//! objects of 200 bytes and 3 KB in one run; and what a commit costs in sets of ten thousand to ten million objects.
//!
//! `cargo bench --manifest-path benches/peers/Cargo.toml --bench store [-- PART..]`, parts: commits threads load crash sizes. All when none is
//! named. The folder is `TMPDIR`'s: point it at the disk to be measured.

use std::{
    hint::black_box,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use protobase::{Database, IndexableSet, Object, SetSchema};
use protobase_peers::{BareLog, PEERS, Peer, object};

/// What an object takes, and what tables call it.
const LENGTHS: [(usize, &str); 2] = [(200, "200 B"), (3_000, "3 KB")];
/// Stores take turns this often; the median counts.
const ROUNDS: usize = 5;
/// How long commits are counted.
const COMMITTING: Duration = Duration::from_secs(2);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [word, name, folder, count] = arguments.as_slice()
        && word == "crash-in"
    {
        crash_in(name, Path::new(folder), count.parse().expect("a number"));
    }
    type Part = (&'static str, fn());
    const PARTS: [Part; 5] =
        [("commits", commits), ("threads", threads), ("load", load), ("crash", crash), ("sizes", sizes)];
    for (name, part) in PARTS {
        if arguments.is_empty() || arguments.iter().any(|argument| argument == name) {
            part();
        }
    }
}

/// One thread, one object a commit.
fn commits() {
    println!("\ndurable commits a second, one thread, one object each (median of {ROUNDS} rounds)");
    for (length, called) in LENGTHS {
        let mut rates = vec![Vec::new(); PEERS.len() + 1];
        for _ in 0..ROUNDS {
            let folder = tempfile::tempdir().expect("a folder");
            let bare = BareLog::create(folder.path(), 256 << 20);
            rates[0].push(rate(1, &|number| bare.append(&object(number, length))));
            for (peer, rates) in PEERS.iter().zip(&mut rates[1..]) {
                rates.push(committed(peer, 1, length));
            }
        }
        print_rates(called, "append + fdatasync", &mut rates);
    }
}

/// Sixteen threads, one object a commit.
fn threads() {
    println!("\ndurable commits a second, 16 threads, one object each (median of {ROUNDS} rounds)");
    for (length, called) in LENGTHS {
        let mut rates = vec![Vec::new(); PEERS.len() + 1];
        for _ in 0..ROUNDS {
            rates[0].push(committed(&PEERS[0], 1, length));
            for (peer, rates) in PEERS.iter().zip(&mut rates[1..]) {
                rates.push(committed(peer, 16, length));
            }
        }
        print_rates(called, "Protobase, one thread", &mut rates);
    }
}

fn committed(peer: &Peer, threads: usize, length: usize) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let store = (peer.open)(folder.path());
    rate(threads, &|number| store.commit(number, &object(number, length)))
}

/// Calls a second by some threads.
fn rate(threads: usize, commit: &(dyn Fn(u64) + Sync)) -> f64 {
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    commit(next.fetch_add(1, Ordering::Relaxed));
                }
            });
        }
        thread::sleep(COMMITTING);
        stop.store(true, Ordering::Relaxed);
    });
    next.into_inner() as f64 / started.elapsed().as_secs_f64()
}

fn print_rates(called: &str, first: &str, rates: &mut [Vec<f64>]) {
    let names = std::iter::once(first).chain(PEERS.iter().map(|peer| peer.name));
    for (name, rates) in names.zip(rates) {
        println!("  {called:>6}  {name:<22} {:>9.0} /s", median(rates));
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Bulk load, then reading what was loaded.
fn load() {
    println!("\nbulk load, point reads in random order, full scan");
    for (length, called) in LENGTHS {
        let count = 200_000_000 / length as u64;
        let objects: Vec<Object> = (0..count).map(|number| object(number, length)).collect();
        let numbers: Vec<u64> = (0..200_000).map(|n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % count).collect();
        let mut loads = vec![Vec::new(); PEERS.len()];
        for round in 0..ROUNDS {
            for (peer, loads) in PEERS.iter().zip(&mut loads) {
                let folder = tempfile::tempdir().expect("a folder");
                let store = (peer.open)(folder.path());
                let started = Instant::now();
                store.load(0, &objects);
                let loading = started.elapsed();
                let (_, bytes) = store.scan();
                loads.push(bytes as f64 / 1e6 / loading.as_secs_f64());
                if round + 1 < ROUNDS {
                    continue;
                }
                store.read(&numbers);
                let (reading, scanning) = (best(&mut || store.read(&numbers)), best(&mut || store.scan().1));
                println!(
                    "  {called:>6}  {:<10} load {:>6.0} MB/s  read {:>6.0} ns  scan {:>6.0} MB/s",
                    peer.name,
                    median(loads),
                    reading.as_nanos() as f64 / numbers.len() as f64,
                    bytes as f64 / 1e6 / scanning.as_secs_f64(),
                );
            }
        }
    }
}

/// The shortest of five runs.
fn best(work: &mut dyn FnMut() -> u64) -> Duration {
    let timed = |_| {
        let started = Instant::now();
        black_box(work());
        started.elapsed()
    };
    (0..5).map(timed).min().unwrap_or_default()
}

/// Opening what a process left that was killed with a million objects, the last thousand in commits of their own.
fn crash() {
    const COUNT: u64 = 1_000_000;
    println!("\nopening {COUNT} objects of 200 B after a crash, until the first object is read (median of {ROUNDS})");
    for peer in &PEERS {
        let mut times: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let folder = tempfile::tempdir().expect("a folder");
                let program = std::env::current_exe().expect("this program");
                let mut child = Command::new(program);
                child.args(["crash-in", peer.name]).arg(folder.path()).arg(COUNT.to_string());
                assert!(!child.status().expect("started").success(), "the child should have crashed");
                let started = Instant::now();
                let store = (peer.open)(folder.path());
                let opened = started.elapsed().as_secs_f64() * 1e3;
                assert_eq!(store.scan().0, COUNT, "{} lost objects", peer.name);
                opened
            })
            .collect();
        println!("  {:<10} {:>8.2} ms", peer.name, median(&mut times));
    }
}

/// In a child process: fills a store and crashes.
fn crash_in(name: &str, folder: &Path, count: u64) -> ! {
    let peer = PEERS.iter().find(|peer| peer.name == name).expect("a known store");
    let store = (peer.open)(folder);
    let objects: Vec<Object> = (0..count - 1_000).map(|number| object(number, 200)).collect();
    store.load(0, &objects);
    (count - 1_000..count).for_each(|number| store.commit(number, &object(number, 200)));
    std::process::abort()
}

/// What a commit into a set with a unique key and two indexes costs, by the size of the set.
fn sizes() {
    println!(
        "\none durable commit into a set with a unique key and two indexes, by its size: median and 99th of 4,000"
    );
    for count in [10_000_u64, 100_000, 1_000_000, 10_000_000] {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::open(folder.path()).expect("opened");
        let schema = SetSchema::new("objects").unique("id").index("group", "hash").index("id", "ordered");
        let set: IndexableSet<Object> = database.declare(schema).expect("declared");
        for first in (0..count).step_by(1_000_000) {
            let objects: Vec<Object> =
                (first..count.min(first + 1_000_000)).map(|number| object(number, 200)).collect();
            set.insert_many(&objects).expect("loaded");
        }
        let mut times: Vec<f64> = (count..count + 4_000)
            .map(|number| {
                let object = object(number, 200);
                let started = Instant::now();
                set.insert(&object).expect("committed");
                started.elapsed().as_secs_f64() * 1e6
            })
            .collect();
        let middle = median(&mut times);
        println!("  {count:>10} objects  {middle:>6.0} µs  {:>6.0} µs", times[times.len() * 99 / 100]);
    }
}
