//! Are there import cycles inside a layer? The modules of a folder (its files, and its subfolders each taken whole) do not import each
//! other in circles, but for the knots listed here, each of which is one thing told in several files. A folder's own `mod.rs` and what
//! is in the folder may name each other: that is how Rust divides a module. What `mod.rs` passes on counts as coming from where it is.

mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::{module_of, paths_in, read_tree, sources};

/// The knots, each with its folder and the reason why it is one thing. Shorten this list; what is added needs a reason as good.
const KNOTS: &[(&str, &[&str], &str)] = &[
    (
        "codec",
        &["section", "verified"],
        "a section verifies its blocks by a table of checksums that is a section itself",
    ),
    (
        "database",
        &["commit", "core", "latest", "past", "queue"],
        "the shared state keeps what the queue of commits, fresh reads and the past remember, and they are its methods",
    ),
    (
        "expr",
        &[
            "arithmetic",
            "check",
            "compared",
            "computed",
            "evaluate",
            "examples",
            "nesting",
            "predicate",
            "scalar",
            "target",
            "texts",
            "tree",
        ],
        "a tree has predicates as leaves, a predicate compares computed values, and a computed value may be chosen by a condition, \
         which is a tree: what each means, and whether it can be meant, is asked of the others",
    ),
    (
        "metric",
        &["codes", "cosine", "dispatch", "hamming", "inner_product", "jaccard", "l2", "signs"],
        "each metric asks which kernels this processor has, and the table of kernels lists those of each metric",
    ),
    (
        "object",
        &[
            "check",
            "columns",
            "encode",
            "error",
            "fields",
            "kind",
            "list_ref",
            "map_ref",
            "order",
            "packed",
            "path",
            "value",
            "value_ref",
            "vector_buf",
            "walk",
        ],
        "a value is owned or borrowed, a list or a map of values, and stored bytes of each: types that name each other",
    ),
    (
        "object",
        &["coerce", "json"],
        "geometry in JSON is read as JSON, and JSON text becomes the kind that a field wants",
    ),
    ("set", &["batch", "engine"], "a set stages a batch and hands it to the engine that it is written through"),
    ("set", &["declaration", "error"], "errors name what is declared, and a stored declaration can be wrong"),
    ("set", &["reads", "snapshot", "view"], "a snapshot gives views, which note what is read of the snapshot"),
    ("set", &["segment", "stored"], "a stored object lies in a segment, which gives stored objects"),
    (
        "storage/file",
        &["open", "unfinished"],
        "opening tells a store that was never finished, which is begun as a new one is",
    ),
    ("set/delta", &["column", "tail"], "a tail keeps columns of its versions"),
    (
        "set/segment",
        &["field_names", "objects", "touch"],
        "an object file knows which of its fields were touched and which there are",
    ),
    (
        "sql",
        &["cast", "comparison", "computed", "condition", "function", "operand", "selection", "texts", "words"],
        "operands have functions, casts and cases, whose arguments are operands and conditions",
    ),
    ("query", &["body", "builder", "join"], "a question is over a source or over a join, whose sides are questions"),
    (
        "sql",
        &["prepared", "relation", "statement"],
        "a statement is a relation where it is over several sets, and parts of a relation are read as those of a statement",
    ),
    (
        "sql/relation",
        &["from", "grouped", "joins", "select", "sides"],
        "a SELECT reads from others, in FROM and in conditions",
    ),
];

/// Which module imports from which.
type Imports = BTreeMap<String, BTreeSet<String>>;
type Module = Vec<String>;

/// All modules with their code, without tests, fuzzing and programs.
fn modules(sources: &[(String, String)]) -> BTreeMap<Module, (String, String)> {
    let parts = |name: &str| name.trim_end_matches(".rs").split('/').map(str::to_owned).collect::<Vec<_>>();
    let is_meant = |name: &str| {
        let parts = parts(name);
        !parts[0].starts_with("bin")
            && !["lib", "main", "fuzzing"].contains(&&*parts[0])
            && !parts.iter().any(|part| part.ends_with("tests"))
    };
    let named = sources.iter().filter(|(name, _)| is_meant(name));
    named.map(|(name, code)| (module_of(name), (name.clone(), code.clone()))).collect()
}

/// What a module has of the modules in it, by name: where it is.
fn passed_on(module: &Module, code: &str, known: &BTreeSet<&Module>) -> BTreeMap<String, Module> {
    let mut paths = BTreeSet::new();
    for (at, _) in code.match_indices("use ") {
        let tree = &code[at + 4..];
        let first: String = tree.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let child: Module = module.iter().cloned().chain([first]).collect();
        if known.contains(&child) {
            read_tree(tree, module, &mut paths);
        }
    }
    paths.into_iter().filter_map(|path| Some((path.last()?.clone(), path))).collect()
}

/// The module that a path leads into, following what modules pass on.
fn target(mut path: Module, passed: &BTreeMap<&Module, BTreeMap<String, Module>>) -> Module {
    for _ in 0..8 {
        let mut length = path.len();
        while length > 0 && !passed.contains_key(&path[..length].to_vec()) {
            length -= 1;
        }
        let module = path[..length].to_vec();
        let further = path.get(length).and_then(|name| passed.get(&module)?.get(name));
        match further {
            Some(further) if further[..] != path[..further.len().min(path.len())] => {
                path = further.iter().cloned().chain(path[length + 1..].iter().cloned()).collect();
            }
            _ => return module,
        }
    }
    path
}

/// For each folder, which of its modules imports from which.
fn folders(sources: &[(String, String)]) -> BTreeMap<String, Imports> {
    let modules = modules(sources);
    let known: BTreeSet<&Module> = modules.keys().collect();
    let passed = modules.iter().map(|(module, (_, code))| (module, passed_on(module, code, &known))).collect();
    let mut folders: BTreeMap<String, Imports> = BTreeMap::new();
    for (module, (name, code)) in &modules {
        for path in paths_in(name, code) {
            let target = target(path, &passed);
            let shared = module.iter().zip(&target).take_while(|(one, other)| one == other).count();
            // Below the layers only; a module and what it is in are no two modules.
            if shared > 0
                && let (Some(from), Some(to)) = (module.get(shared), target.get(shared))
            {
                let imports = folders.entry(module[..shared].join("/")).or_default();
                imports.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    folders
}

/// The largest sets of modules that all lead to each other.
fn knots(imports: &Imports) -> BTreeSet<BTreeSet<String>> {
    let reached = |from: &String| {
        let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            let more = imports.get(module).into_iter().flatten();
            next.extend(more.filter(|other| reached.insert((*other).clone())));
        }
        reached
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = imports.keys().map(|module| (module, reached(module))).collect();
    let leads_back = |from: &String, to: &String| reached.get(from).is_some_and(|found| found.contains(to));
    let knot = |(module, found): (&&String, &BTreeSet<String>)| {
        found.iter().filter(|other| leads_back(other, module)).cloned().collect::<BTreeSet<_>>()
    };
    reached.iter().map(knot).filter(|knot| knot.len() > 1).collect()
}

fn all_knots(sources: &[(String, String)]) -> Vec<String> {
    let of_folder = |(folder, imports): (String, Imports)| {
        let told = |knot: BTreeSet<String>| format!("{folder}: {}", knot.into_iter().collect::<Vec<_>>().join(", "));
        knots(&imports).into_iter().map(told).collect::<Vec<_>>()
    };
    folders(sources).into_iter().flat_map(of_folder).collect()
}

#[test]
fn modules_of_a_folder_import_each_other_in_no_circle_but_the_known_knots() {
    let mut known: Vec<String> =
        KNOTS.iter().map(|(folder, knot, _)| format!("{folder}: {}", knot.join(", "))).collect();
    known.sort();
    let mut found = all_knots(&sources());
    found.sort();
    assert_eq!(found, known, "a circle that is new, or a knot that is there no more");
    assert!(KNOTS.iter().all(|(_, _, reason)| reason.len() > 20));
}

#[test]
fn planted_circles_are_found() {
    let found = |planted: &[(&str, &str)]| {
        let mut all = sources();
        all.extend(planted.iter().map(|(name, code)| ((*name).to_owned(), (*code).to_owned())));
        let before = all_knots(&sources());
        all_knots(&all).into_iter().filter(|knot| !before.contains(knot)).collect::<Vec<_>>()
    };
    let files = [("geometry/one.rs", "use super::two::Two;"), ("geometry/two.rs", "use crate::geometry::one::One;")];
    assert_eq!(found(&files), ["geometry: one, two"]);
    let folders = [
        ("index/hash/planted.rs", "use crate::index::{Slot, geo::planted::Planted};"),
        ("index/geo/planted.rs", "use super::super::hash::planted::Planted;"),
    ];
    assert_eq!(found(&folders), ["index: geo, hash"]);
    let passed_on = [
        ("geometry/deep/mod.rs", "mod one;\nmod two;\npub use two::{Other, Two as Second};"),
        ("geometry/deep/one.rs", "use super::Other;"),
        ("geometry/deep/two.rs", "use super::one::One;"),
    ];
    assert_eq!(found(&passed_on), ["geometry/deep: one, two"]);
    let of_a_parent =
        [("geometry/deep/mod.rs", "mod one;\nuse one::One;"), ("geometry/deep/one.rs", "use super::Deep;")];
    assert_eq!(found(&of_a_parent), Vec::<String>::new());
}
