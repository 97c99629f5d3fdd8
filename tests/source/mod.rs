//! The crate's source as text: which files there are, and which paths they name.
#![allow(dead_code, reason = "every test file uses its own part of it")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Source text without comments, and without the test module that ends a file.
pub fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The modules that a file stands in: `index/hash/build.rs` is `[index, hash, build]`.
pub fn module_of(name: &str) -> Vec<String> {
    let stem = name.trim_end_matches(".rs").trim_end_matches("/mod");
    stem.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
}

/// Every path from the crate's root that a file names, in `use` trees and elsewhere, from the root on: `[index, hash, Hash]`. Paths
/// that start with `super` are followed.
pub fn paths_in(name: &str, code: &str) -> BTreeSet<Vec<String>> {
    let module = module_of(name);
    let mut paths = BTreeSet::new();
    for (at, start) in starts(code) {
        let rest = &code[at + start.len()..];
        let base = if start == "crate::" { Vec::new() } else { module[..module.len().saturating_sub(1)].to_vec() };
        read_tree(rest, &base, &mut paths);
    }
    paths
}

/// Where paths start with `crate::` or `super::`; a `super` that follows another belongs to its path.
fn starts(code: &str) -> Vec<(usize, &'static str)> {
    let of = |start: &'static str| code.match_indices(start).map(move |(at, _)| (at, start));
    let begins = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    of("crate::").chain(of("super::")).filter(|(at, _)| begins(*at)).collect()
}

/// Reads `a::b`, `a::{b, c::d}` or `{a, b}` from the start of some code, adds what it names, and returns what follows.
pub fn read_tree<'a>(code: &'a str, base: &[String], paths: &mut BTreeSet<Vec<String>>) -> &'a str {
    let mut path = base.to_vec();
    let mut rest = code.trim_start();
    loop {
        if let Some(members) = rest.strip_prefix('{') {
            rest = members;
            loop {
                rest = rest.trim_start().trim_start_matches(',').trim_start();
                let end = rest.strip_prefix('}');
                if let Some(after) = end {
                    return after;
                }
                let after = read_tree(rest, &path, paths);
                if after.len() == rest.len() {
                    return rest;
                }
                rest = after;
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(rest.len());
        match &rest[..end] {
            "super" => drop(path.pop()),
            "self" | "" => {}
            segment => path.push(segment.to_owned()),
        }
        rest = &rest[end..];
        let Some(more) = rest.strip_prefix("::") else { break };
        rest = more;
    }
    paths.insert(path);
    match rest.trim_start().strip_prefix("as ") {
        Some(alias) => alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
        None => rest,
    }
}

/// All Rust files below a folder.
pub fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
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
pub fn sources() -> Vec<(String, String)> {
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
