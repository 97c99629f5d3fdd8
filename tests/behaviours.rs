//! Which of the behaviours that must hold have a test? A test says at the end of its name which ones it is about: `.._26`, or of
//! several `.._26_27`.

mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use source::rust_files;

/// The behaviours that have a test, by number.
const COVERED: &[(&str, &str)] = &[
    ("1", "equality finds the one object"),
    ("2", "and keeps what both find"),
    ("3", "or keeps what either finds"),
    ("4", "not keeps all the others"),
    ("5", "and, or and not nested"),
    ("6", "nothing matches, nothing comes back"),
    ("7", "everything matches, everything comes back"),
    ("8", "the five comparisons with 26"),
    ("9", "empty conjunctions and empty disjunctions"),
    ("10", "unknown operators and missing operands"),
    ("11", "one equals one point zero"),
    ("12", "comparing other kinds never matches"),
    ("13", "null and missing are different"),
    ("14", "negation is the set's complement"),
    ("15", "paths through scalars are missing"),
    ("16", "text that has other text"),
    ("17", "membership in lists of values"),
    ("18", "NaN equals and orders nothing"),
    ("19", "text compares by code point"),
    ("20", "lists contain, elements match together"),
    ("21", "ranges closed, open, half open"),
    ("22", "reversed bounds let nothing through"),
    ("23", "null bounds let nothing through"),
    ("24", "ranges of one single value"),
    ("25", "ranges of every ordered kind"),
    ("26", "two bounds become one range"),
    ("27", "explain names the index used"),
    ("28", "two equalities answered from indexes"),
    ("29", "equality and range from indexes"),
    ("30", "an index and a residual"),
    ("31", "or of indexes without duplicates"),
    ("32", "or with an unindexed term"),
    ("33", "in lists, and optimizing twice"),
    ("34", "count fetches no object"),
    ("35", "deleted and updated keys indexed"),
    ("36", "an index on nothing yet"),
    ("37", "an index added while writing"),
    ("38", "an empty side stops early"),
    ("39", "equal filters, equal vector hits"),
    ("40", "every plan equals the scan"),
    ("44", "orders, nulls, ties by offset"),
    ("45", "limits, offsets, filters after limits"),
    ("46", "renamed, computed and missing fields"),
    ("49", "random operations against a model"),
    ("50", "removing nothing changes nothing"),
    ("51", "sets iterate in offset order"),
    ("52", "the algebra of result sets"),
    ("53", "nested sets have own indexes"),
    ("54", "very many small nested sets"),
    ("54a", "owners, references, objects of both"),
    ("54b", "lists and sets answer alike"),
    ("55", "vectors that cannot be meant"),
    ("56", "zero vectors have no angle"),
    ("57", "none asked, more than all"),
    ("58", "filters cost no nearest hit"),
    ("59", "within a distance is complete"),
    ("60", "cosine of vectors of any length"),
    ("61", "distances ascend, on every path"),
    ("62", "deleted vectors never come back"),
    ("63", "copies of one single vector"),
    ("64", "half deleted, half inserted again"),
    ("65", "antimeridian and poles are ordinary"),
    ("66", "boxes may cross the antimeridian"),
    ("67", "holes are outside, boundaries inside"),
    ("68", "places off the globe refused"),
    ("69", "nearest places under any filter"),
    ("70", "GeoJSON, WKT and WKB come back"),
    ("71", "interleaved increments all add up"),
    ("72", "different objects of one set"),
    ("73", "unrelated commits disturb nobody"),
    ("74", "delete against update is conflict"),
    ("75", "snapshots stay, aborts leave nothing"),
    ("76", "skew allowed, refused when serializable"),
    ("77", "of racing unique keys one"),
    ("77a", "deleted owners leave no orphans"),
    ("77b", "members of one group conflict"),
    ("78", "committed work survives kill -9"),
    ("79", "power cuts at every operation"),
    ("80", "flipped bits are never data"),
    ("81", "full disks fail one transaction"),
    ("82", "failed syncs stop all writing"),
    ("83", "other processes see and write"),
    ("84", "five reopenings change nothing"),
    ("85", "backups hold one single moment"),
    ("86", "unknown files, newer formats"),
    ("87", "compaction loses no concurrent delete"),
    ("88", "sleeping processes go on rightly"),
    ("89", "lacking index kinds still answer"),
];

/// Those that there is no code for yet: joins, groups, unnesting and traversal.
const LATER: &[&str] = &["41", "42", "43", "47", "48"];

/// The names of all tests in some Rust code, also those that properties are tested by.
fn tests_in(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut marked = false;
    for line in code.lines().map(str::trim) {
        let declared = line.strip_prefix("fn ").or_else(|| line.strip_prefix("async fn "));
        match declared {
            Some(rest) if marked => {
                names.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
                marked = false;
            }
            Some(_) => {}
            None => marked = line == "#[test]" || marked && (line.starts_with('#') || line.starts_with("//")),
        }
    }
    names
}

/// The numbers at the end of a test's name, in the order they stand there.
fn numbers_of(name: &str) -> Vec<&str> {
    let is_number = |part: &&str| {
        let digits = part.trim_end_matches(['a', 'b']);
        part.len() - digits.len() <= 1 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut numbers: Vec<&str> = name.rsplit('_').take_while(is_number).collect();
    numbers.reverse();
    numbers
}

/// What is wrong with the names of some tests: behaviours that none is about, numbers that are no behaviour's, other spellings.
fn faults(tests: &[String]) -> Vec<String> {
    let known: BTreeMap<&str, &str> = COVERED.iter().copied().collect();
    let found: BTreeSet<&str> = tests.iter().flat_map(|name| numbers_of(name)).collect();
    let untested = COVERED.iter().filter(|(number, _)| !found.contains(number));
    let unknown = found.iter().filter(|number| !known.contains_key(**number));
    let is_led_by_number = |name: &&String| {
        let rest = ["acceptance_", "behaviour_", "b"].iter().find_map(|prefix| name.strip_prefix(prefix));
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let misspelt = tests.iter().filter(is_led_by_number);
    untested
        .map(|(number, title)| format!("no test is about behaviour {number}: {title}"))
        .chain(unknown.map(|number| format!("there is no behaviour {number} to be tested")))
        .chain(misspelt.map(|name| format!("{name}: the number belongs at the end")))
        .collect()
}

/// The names of all tests of this crate.
fn all_tests() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests"] {
        rust_files(&root.join(folder), &mut files);
    }
    files.iter().flat_map(|file| tests_in(&fs::read_to_string(file).expect("source is UTF-8"))).collect()
}

#[test]
fn every_behaviour_has_a_test() {
    let tests = all_tests();
    assert!(tests.len() > 500, "the tests were found: {}", tests.len());
    assert_eq!(faults(&tests), Vec::<String>::new());
}

#[test]
fn a_behaviour_without_a_test_and_other_spellings_are_found() {
    let without = |number: &str| {
        let tests: Vec<String> = all_tests().into_iter().filter(|name| !numbers_of(name).contains(&number)).collect();
        faults(&tests)
    };
    assert!(without("26").contains(&"no test is about behaviour 26: two bounds become one range".to_owned()));
    assert!(without("54b").iter().any(|fault| fault.contains("behaviour 54b")));
    let mut tests = all_tests();
    tests.extend(["b26_one_range".to_owned(), "one_range_99".to_owned()]);
    let faults = faults(&tests);
    assert!(faults.contains(&"there is no behaviour 99 to be tested".to_owned()), "{faults:?}");
    assert!(faults.contains(&"b26_one_range: the number belongs at the end".to_owned()), "{faults:?}");
}

#[test]
fn names_are_read_as_they_are_meant() {
    assert_eq!(numbers_of("and_or_not_1_2"), ["1", "2"]);
    assert_eq!(numbers_of("owners_are_left_alone_54a_75"), ["54a", "75"]);
    assert_eq!(numbers_of("integers_beyond_2_pow_53_keep_their_order"), Vec::<&str>::new());
    let code = "#[test]\n#[ignore = \"long\"]\nfn one_1() {}\nfn helps_2() {}\n    #[test]\n    fn two_3(a in any()) {";
    assert_eq!(tests_in(code), ["one_1", "two_3"]);
    let covered: BTreeSet<&str> = COVERED.iter().map(|(number, _)| *number).collect();
    assert!(covered.len() == COVERED.len() && LATER.iter().all(|number| !covered.contains(number)));
}
