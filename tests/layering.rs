//! Do the layers hold? No module imports from its right, siblings do not import each other, there is no import cycle, and
//! only the registry names a concrete kind of index. Each check is also shown to fail on a planted fault.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The layers from left to right; a layer's members are siblings.
const LAYERS: &[&[&str]] = &[
    &["codec", "metric", "geometry"],
    &["object"],
    &["expr", "storage"],
    &["index"],
    &["set"],
    &["query"],
    &["database"],
    &["sql"],
    &["import"],
    &["cli"],
];

/// Names that code may import from a layer's own level of `crate::`: re-exports by lib.rs count as the module they come from.
type Imports = BTreeMap<String, BTreeSet<String>>;

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Source text without comments, strings left alone, and without what follows the first `#[cfg(test)]` (tests end every file).
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The first path segments that follow `prefix` in `code`, in `a::b` and in `{a::b, c}` form.
fn names_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        if let Some(list) = rest.strip_prefix('{') {
            names.extend(top_level_names(list));
        } else {
            names.extend(first_name(rest));
        }
    }
    names
}

fn first_name(text: &str) -> Option<String> {
    let name: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// The first name of every member of a brace list, up to its closing brace.
fn top_level_names(list: &str) -> Vec<String> {
    let (mut depth, mut members, mut member) = (0_i32, Vec::new(), String::new());
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                members.extend(first_name(&member));
                member.clear();
                continue;
            }
            _ => {}
        }
        member.push(c);
    }
    members.extend(first_name(&member));
    members
}

fn rust_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("src can be listed").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file as (path relative to src, code without comments and tests).
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path).expect("source is UTF-8");
            (name, code_of(&text))
        })
        .collect()
}

fn layer_imports(sources: &[(String, String)]) -> Imports {
    let mut imports = Imports::new();
    for (name, code) in sources {
        let module = name.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        if rank(&module).is_some() {
            let mut names = names_after(code, "crate::");
            names.remove(&module);
            imports.entry(module).or_default().extend(names);
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

/// Index kinds, by folder, and who names them from outside their folder.
fn strangers_naming_kinds(sources: &[(String, String)]) -> Vec<String> {
    let kinds: BTreeSet<&str> = sources
        .iter()
        .filter_map(|(name, _)| name.strip_prefix("index/")?.split_once('/').map(|(folder, _)| folder))
        .filter(|folder| {
            sources
                .iter()
                .any(|(name, code)| name.starts_with(&format!("index/{folder}/")) && code.contains("IndexKind for"))
        })
        .collect();
    let mut found = Vec::new();
    for (name, code) in sources {
        for kind in &kinds {
            let inside = name.starts_with(&format!("index/{kind}/"));
            let listed = name == "index/registry.rs" || name == "index/mod.rs";
            let named = code.contains(&format!("index::{kind}::")) || code.contains(&format!("super::{kind}::"));
            if named && !inside && !listed {
                found.push(format!("{name} names index kind {kind}"));
            }
        }
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
    let imports = layer_imports(&planted);
    let wrong = wrong_arrows(&imports);
    assert!(wrong.contains(&"codec -> object".to_owned()), "an arrow to the right: {wrong:?}");
    assert!(wrong.contains(&"codec -> metric".to_owned()), "an arrow to a sibling: {wrong:?}");
    assert!(cycle(&imports).is_some(), "codec -> object -> codec closes a cycle");

    planted.push(("query/planted.rs".into(), code_of("fn f(part: &crate::index::hash::HashPart) {}")));
    if planted.iter().any(|(name, code)| name.starts_with("index/hash/") && code.contains("IndexKind for")) {
        assert_eq!(strangers_naming_kinds(&planted), ["query/planted.rs names index kind hash"]);
    }
}
