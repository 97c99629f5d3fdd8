//! Does every mutant of the mutation check still apply? One whose text is gone, or stands twice, would take nothing away that is known.

use std::{collections::BTreeSet, fs, path::Path};

const LIST: &str = include_str!("mutants/list.txt");
const TABLE: &str = include_str!("../docs/reliability.md");

/// An entry of the list; `apply.py` reads the same.
struct Mutant<'a> {
    name: &'a str,
    file: &'a str,
    /// What to ask first, where the entry says so.
    stage: Option<&'a str>,
    old: &'a str,
    new: &'a str,
}

fn mutants() -> Vec<Mutant<'static>> {
    let read = |entry: &'static str| {
        let (head, rest) = entry.split_once("\n<<<\n")?;
        let (old, rest) = rest.split_once("\n===\n")?;
        let (new, _) = rest.split_once(">>>")?;
        let mut lines = head.lines();
        Some(Mutant { name: lines.next()?, file: lines.next()?, stage: lines.next(), old, new })
    };
    let entries = LIST.split("\n--- ").skip(1);
    entries.map(|entry| read(entry).unwrap_or_else(|| panic!("this is no entry: {entry}"))).collect()
}

#[test]
fn every_mutant_changes_one_place_of_the_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeSet::new();
    for Mutant { name, file, stage, old, new } in mutants() {
        assert!(names.insert(name), "two mutants are called '{name}'");
        let source = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{name}: {file}: {error}"));
        assert_eq!(source.matches(old).count(), 1, "{name}: how often its text stands in {file}");
        assert_ne!(old, new.trim_end_matches('\n'), "{name}: it changes nothing");
        let kind = stage.and_then(|stage| stage.split(' ').next());
        let known = ["lib", "bin", "test", "schedules"];
        assert!(
            kind.is_none_or(|kind| known.contains(&kind)),
            "{name}: its stage is {stage:?}, expected one of {known:?}"
        );
        assert!(TABLE.contains(&format!("\n| {name} | ")), "{name}: it has no row in docs/reliability.md");
    }
    assert!(names.len() > 70, "{}", names.len());
}
