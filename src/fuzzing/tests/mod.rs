//! The kept corpus (`fuzz/corpus`) and seeded mutations of it, without a fuzzer.

mod corpus;
mod mutate;

use std::{fs, path::PathBuf};

use super::{Sections, TARGETS, Target};
use mutate::Mutator;

/// The kinds of index.
const KINDS: &[&str] = &[
    "hash",
    "ordered",
    "plane",
    "geo",
    "vector",
    "trie",
    #[cfg(feature = "text")]
    "text",
];

/// Mutations of all inputs of a target together.
const MUTATIONS: usize = 3_000;

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target)
}

/// The kept inputs of a target, by name.
fn kept(target: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder(target)).unwrap_or_else(|error| panic!("no corpus of {target}: {error}"));
    let mut kept: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap()))
        .collect();
    kept.sort();
    kept
}

/// The same inputs each time, unless another seed is asked for.
const SEED: u64 = 20_261_125;

fn seed() -> u64 {
    let set = std::env::var("PROTOBASE_SEED").ok().and_then(|seed| seed.parse().ok());
    set.unwrap_or(SEED)
}

/// Runs the corpus as it is and mutated; what fails is named so that it can be run again.
fn replay(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let corpus = kept(name);
    assert!(!corpus.is_empty(), "{name} has no corpus");
    for (file, input) in &corpus {
        run(target, &format!("{name}/{file}"), input);
    }
    let seed = seed();
    let count = std::env::var("PROTOBASE_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(MUTATIONS);
    println!("{name}: {} inputs, {count} mutations, PROTOBASE_SEED={seed}", corpus.len());
    let mut mutator = Mutator::new(seed);
    let parsed: Vec<Sections> = corpus.iter().map(|(_, input)| Sections::read(input)).collect();
    for number in 0..count {
        let (at, other) = (mutator.below(corpus.len()), mutator.below(corpus.len()));
        let input = if ["frame", "object", "checkpoint"].contains(&name) {
            mutator.bytes(&corpus[at].1, &corpus[other].1)
        } else {
            mutator.sections(&parsed[at], &parsed[other]).write()
        };
        run(target, &format!("{name}/{}, mutation {number} of PROTOBASE_SEED={seed}", corpus[at].0), &input);
    }
}

/// Runs one input; a panic leaves it as a file.
fn run(target: &Target, what: &str, input: &[u8]) {
    if let Err(panic) = std::panic::catch_unwind(|| (target.run)(input)) {
        let file = std::env::temp_dir().join(format!("protobase-{}-{:08x}", target.name, crc32c::crc32c(input)));
        let _ = fs::write(&file, input);
        println!("{what}: panicked; the input is in {}", file.display());
        std::panic::resume_unwind(panic);
    }
}

macro_rules! replays {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            replay(stringify!($name));
        }
    )*};
}

replays! { frame object checkpoint object_file hash ordered plane geo vector trie }
#[cfg(feature = "text")]
replays! { text }

#[test]
fn sections_come_back() {
    let sections = vec![("a".to_owned(), vec![1, 2, 3]), ("bb".to_owned(), vec![])];
    let sections = Sections { number: 300, sections };
    let bytes = sections.write();
    assert_eq!(Sections::read(&bytes), sections);
    for length in 0..bytes.len() {
        assert!(Sections::read(&bytes[..length]).sections.len() <= 2);
    }
}

/// Inputs that are refused at the door test nothing: those that were made from sound bytes are read.
#[test]
fn the_corpus_gets_past_the_door() {
    for (name, input) in kept("object").into_iter().filter(|(name, _)| name.starts_with("sound")) {
        assert!(crate::object::check(&input).is_ok(), "object/{name}");
    }
    for (name, input) in kept("frame").into_iter().filter(|(name, _)| name.starts_with("sound")) {
        assert!(crate::storage::hostile::frame(&input).is_some(), "frame/{name}");
    }
    for (name, input) in kept("checkpoint").into_iter().filter(|(name, _)| name.starts_with("sound")) {
        assert!(crate::storage::hostile::checkpoint(&input).is_some(), "checkpoint/{name}");
    }
    for kind in KINDS {
        for (name, input) in kept(kind).into_iter().filter(|(name, _)| name.starts_with("sound")) {
            let sections = Sections::read(&input);
            let file = sections.container(*b"PBINDEX\0").unwrap();
            assert!(crate::index::conformance::hostile::is_sound(kind, file, sections.number), "{kind}/{name}");
        }
    }
}

/// What a fuzzer found, for a look at where it fails: `PROTOBASE_INPUT=FILE PROTOBASE_TARGET=NAME`.
#[test]
#[ignore = "needs an input"]
fn run_one_input() {
    let name = std::env::var("PROTOBASE_TARGET").unwrap();
    let input = fs::read(std::env::var("PROTOBASE_INPUT").unwrap()).unwrap();
    super::run(&name, &input);
}
