//! Do the layers hold? No module imports from its right, siblings do not import each other, there is no import cycle, and
//! only the registry names a concrete kind of index. Each check is also shown to fail on a planted fault. And does the architecture's
//! description speak of what is there?

mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::{branches::branches_on, code_of, module_of, paths_in, sources};

/// The layers from left to right; a layer's members are siblings.
const LAYERS: &[&[&str]] = &[
    &["codec", "metric", "geometry", "text"],
    &["object"],
    &["expr", "storage"],
    &["index"],
    &["set"],
    &["query"],
    &["database"],
    &["sql"],
    &["import"],
    &["cli"],
    &["fuzzing"],
];

/// Words that a file branches on that also name a kind of index, and mean something else there: the type of a parameter.
const HOMONYMS: &[(&str, &str)] = &[("cli/parameters.rs", "text")];

/// Which module imports from which.
type Imports = BTreeMap<String, BTreeSet<String>>;

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn layer_imports(sources: &[(String, String)]) -> Imports {
    let mut imports = Imports::new();
    for (name, code) in sources {
        let module = module_of(name).into_iter().next().unwrap_or_default();
        if rank(&module).is_some() {
            let paths = paths_in(name, code);
            let names = paths.into_iter().filter_map(|path| path.into_iter().next()).filter(|other| *other != module);
            imports.entry(module.clone()).or_default().extend(names);
        }
    }
    imports
}

/// Every arrow that points right or to a sibling, and every import that is no layer at all.
fn wrong_arrows(imports: &Imports) -> Vec<String> {
    let mut wrong = Vec::new();
    for (module, names) in imports {
        for name in names {
            match rank(name) {
                Some(to) if Some(to) >= rank(module) => wrong.push(format!("{module} -> {name}")),
                // The ways in use what lib.rs exports, by its name at the root.
                None if rank(module) >= rank("sql") => {}
                None => wrong.push(format!("{module} -> crate::{name}, which is no layer")),
                Some(_) => {}
            }
        }
    }
    wrong
}

/// A cycle in a graph of imports, if there is one, as the path that closes it.
fn cycle(imports: &Imports) -> Option<Vec<String>> {
    fn visit(imports: &Imports, node: &str, path: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        if path.iter().any(|earlier| earlier == node) {
            path.push(node.to_owned());
            return true;
        }
        if !done.insert(node.to_owned()) {
            return false;
        }
        path.push(node.to_owned());
        let found = imports.get(node).is_some_and(|names| names.iter().any(|next| visit(imports, next, path, done)));
        if !found {
            path.pop();
        }
        found
    }
    let mut done = BTreeSet::new();
    imports.keys().find_map(|start| {
        let mut path = Vec::new();
        visit(imports, start, &mut path, &mut done).then_some(path)
    })
}

/// The folders that hold an index kind.
fn kinds(sources: &[(String, String)]) -> BTreeSet<String> {
    let in_folder = |(name, code): &(String, String)| match name.split('/').collect::<Vec<_>>()[..] {
        ["index", folder, _] if code.contains("IndexKind for") => Some(folder.to_owned()),
        _ => None,
    };
    sources.iter().filter_map(in_folder).collect()
}

/// Who names an index kind from outside its folder: another kind does so, too, when it borrows from it.
fn strangers_naming_kinds(sources: &[(String, String)]) -> Vec<String> {
    let kinds = kinds(sources);
    let mut found = BTreeSet::new();
    for (name, code) in sources.iter().filter(|(name, _)| name != "index/registry.rs") {
        for path in paths_in(name, code) {
            if let [layer, kind, ..] = &path[..]
                && layer == "index"
                && kinds.contains(kind)
                && !name.starts_with(&format!("index/{kind}/"))
            {
                found.insert(format!("{name} names index kind {kind}"));
            }
        }
    }
    found.into_iter().collect()
}

/// Who decides by a kind's name in quotes what to do, outside the kind's folder and the registry: what is special about a kind is asked of
/// it. To declare an index by its name, or to list names, decides nothing.
fn branches_on_kinds(sources: &[(String, String)]) -> Vec<String> {
    let kinds = kinds(sources);
    let mut found = Vec::new();
    for (name, code) in sources.iter().filter(|(name, _)| name != "index/registry.rs") {
        let is_homonym = |kind: &str| HOMONYMS.contains(&(name.as_str(), kind));
        let strange = kinds.iter().filter(|kind| !name.starts_with(&format!("index/{kind}/")) && !is_homonym(kind));
        found
            .extend(branches_on(code, strange).into_iter().map(|kind| format!("{name} branches on index kind {kind}")));
    }
    found
}

#[test]
fn no_arrow_points_right_and_no_cycle_exists() {
    let imports = layer_imports(&sources());
    assert!(imports.len() >= 10, "the layers were found: {imports:?}");
    assert_eq!(wrong_arrows(&imports), Vec::<String>::new());
    assert_eq!(cycle(&imports), None);
}

#[test]
fn only_the_registry_names_a_concrete_kind() {
    assert_eq!(strangers_naming_kinds(&sources()), Vec::<String>::new());
}

#[test]
fn planted_faults_are_found() {
    let mut planted = sources();
    planted.push(("codec/planted.rs".into(), code_of("use crate::{\n    object::Value,\n    metric::Metric,\n};")));
    planted.push(("object/planted.rs".into(), "use crate::codec::Section;".into()));
    planted.push(("expr/planted/mod.rs".into(), "#[cfg(test)]\nmod tests;\nuse super::super::storage::Frame;".into()));
    let imports = layer_imports(&planted);
    let wrong = wrong_arrows(&imports);
    assert!(wrong.contains(&"codec -> object".to_owned()), "an arrow to the right: {wrong:?}");
    assert!(wrong.contains(&"codec -> metric".to_owned()), "an arrow to a sibling: {wrong:?}");
    assert!(wrong.contains(&"expr -> storage".to_owned()), "an arrow to a sibling by way of super: {wrong:?}");
    assert!(cycle(&imports).is_some(), "codec -> object -> codec closes a cycle");
}

#[test]
fn a_planted_name_of_a_kind_is_found() {
    let spellings = [
        "fn f(part: &crate::index::hash::HashPart) {}",
        "use crate::index::{Slot, hash::{HashPart}};",
        "use crate::{\n    index::{\n        Slot,\n        hash::HashPart as Part,\n    },\n};",
    ];
    for spelling in spellings {
        let mut planted = sources();
        planted.push(("query/planted.rs".into(), code_of(spelling)));
        assert_eq!(strangers_naming_kinds(&planted), ["query/planted.rs names index kind hash"], "{spelling}");
    }
    let mut planted = sources();
    planted.push(("index/geo/planted.rs".into(), code_of("use super::super::{Slot, hash::HashPart};")));
    assert_eq!(strangers_naming_kinds(&planted), ["index/geo/planted.rs names index kind hash"]);
}

#[test]
fn nobody_branches_on_the_name_of_a_kind() {
    assert_eq!(branches_on_kinds(&sources()), Vec::<String>::new());
}

#[test]
fn a_planted_branch_on_the_name_of_a_kind_is_found() {
    // Enough to tell which kinds there are.
    let mut known = sources();
    known.retain(|(name, code)| name.starts_with("index/") && code.contains("IndexKind for"));
    let found = |name: &str, code: &str| {
        let planted = [&known[..], &[(name.to_owned(), code_of(code))]].concat();
        branches_on_kinds(&planted)
    };
    for branch in [
        "match kind { \"hash\" => 1, _ => 2 }",
        "match kind {\n    // One of two.\n    \"other\" | \"hash\" => 1,\n    _ => 2,\n}",
        "match kind { \"hash\" | \"other\" => 1, _ => 2 }",
        "match kind { \"hash\" if small => 1, _ => 2 }",
        "match found { Some((\"hash\", _)) => 1, _ => 2 }",
        "if let Some(\"hash\") = kind {}",
        "if index.kind == \"hash\" {}",
        "if r\"hash\" != index.kind {}",
        "matches!(kind, \"hash\")",
        "[\"other\", \"hash\"].contains(&kind)",
        "let address = \"http://a\"; if kind == \"hash\" {}",
        "#[cfg(test)]\nmod tests {\n    const OPEN: char = '{';\n}\nfn f() { if kind == \"hash\" {} }",
    ] {
        assert_eq!(found("query/planted.rs", branch), ["query/planted.rs branches on index kind hash"], "{branch}");
        assert_eq!(found("index/hash/planted.rs", branch), Vec::<String>::new(), "{branch}");
    }
    for plain in [
        "schema.index(\"lane\", \"hash\").index(\"hash\", \"hash\")",
        "Target { name: \"hash\", run: |data| part(\"hash\", data) }",
        "for kind in [\"hash\", \"geo\"] {}",
        "match n { 1 => schema.index(\"a\", \"hash\"), _ => schema }",
        "let hash = registry.get(\"hash\").unwrap();",
        "// if kind == \"hash\"\n/* kind /* == */ \"hash\" => */",
        "#[cfg(test)]\nmod tests {\n    fn f() { if kind == \"hash\" {} }\n}",
        "let text = \"kind == \\\"hash\\\"\";",
    ] {
        assert_eq!(found("query/planted.rs", plain), Vec::<String>::new(), "{plain}");
    }
}

#[test]
fn code_is_what_is_no_comment_and_no_test() {
    for (text, code) in [
        ("let a = \"http://b\"; // c", "let a = \"http://b\"; "),
        ("a /* b /* c */ d */ e", "a  e"),
        ("let q = '\"'; // c\nlet l: &'a str = r#\"// \"#;", "let q = '\"'; \nlet l: &'a str = r#\"// \"#;"),
        ("a\n#[cfg(test)]\nmod tests {\n    // }\n    const A: &str = \"}\";\n}\nb", "a\n\nb"),
        ("#[cfg(test)]\nmod tests;\nb", "#[cfg(test)]\nmod tests;\nb"),
        ("#[cfg(test)] mod twin { mod inner {} } b", " b"),
    ] {
        assert_eq!(code_of(text), code, "{text}");
    }
}

/// Where slots are merged: what comes in is in order, and so is what goes out, without anybody's sorting it.
const MERGING: [&str; 3] = ["index/slots/", "query/execute/segments.rs", "query/execute/loose.rs"];

/// Lines that sort, where slots are merged. That a merge begins with the smallest of its sets sorts sets, not slots.
fn sorts_in_merges(sources: &[(String, String)]) -> Vec<String> {
    let merges = |name: &str| MERGING.iter().any(|merging| name.starts_with(merging)) && !name.contains("tests");
    let sorts = |line: &&str| line.contains(".sort") && !line.contains("sets.sort_by_key(|set| set.len())");
    let of_file = |(name, code): &(String, String)| {
        code.lines().filter(sorts).map(|line| format!("{name}: {}", line.trim())).collect::<Vec<_>>()
    };
    sources.iter().filter(|(name, _)| merges(name)).flat_map(of_file).collect()
}

#[test]
fn merging_sorts_nothing() {
    let mut sources = sources();
    for merging in MERGING {
        assert!(sources.iter().any(|(name, _)| name.starts_with(merging)), "{merging}");
    }
    assert_eq!(sorts_in_merges(&sources), Vec::<String>::new());
    sources.push(("index/slots/planted.rs".into(), "fn f(s: &mut [u32]) {\n    s.sort_unstable();\n}".into()));
    assert_eq!(sorts_in_merges(&sources), ["index/slots/planted.rs: s.sort_unstable();"]);
}

/// The names in backticks that contain `::`, each by its last part.
fn names_in_backticks(text: &str) -> BTreeSet<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let plain = |name: &&str| name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':');
    quoted.filter(plain).filter_map(|name| name.rsplit_once("::")).map(|(_, last)| last).collect()
}

#[test]
fn the_architecture_names_what_exists() {
    let text = include_str!("../docs/architecture.md");
    let code: Vec<String> = sources().into_iter().map(|(_, code)| code).collect();
    let is_declared = |name: &str| {
        let declares = |word: &str| code.iter().any(|code| declares(code, word, name));
        ["fn", "struct", "enum", "trait", "type", "mod", "const", VARIANT].into_iter().any(declares)
    };
    let names = names_in_backticks(text);
    assert!(names.len() > 50, "{names:?}");
    assert_eq!(names.into_iter().filter(|name| !is_declared(name)).collect::<Vec<_>>(), Vec::<&str>::new());
    assert!(!is_declared("no_such_name"));
}

/// What stands before an enum's variant.
const VARIANT: &str = "\n   ";

/// Whether code has `word name`, with nothing of a longer name behind it.
fn declares(code: &str, word: &str, name: &str) -> bool {
    let declaration = format!("{word} {name}");
    let whole = |at: usize| !code[at + declaration.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    code.match_indices(&declaration).any(|(at, _)| whole(at))
}
