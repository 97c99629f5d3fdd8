//! The crate's source as text: which files there are, and which paths they name.
#![allow(dead_code, reason = "every test file uses its own part of it")]

pub mod branches;
pub mod tokens;

use std::{
    collections::BTreeSet,
    fs,
    ops::Range,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use tokens::{Sort, Token, closing, tokens};

/// Source text without comments and without the modules of tests in it.
pub fn code_of(text: &str) -> String {
    let all = tokens(text);
    let (comments, code): (Vec<Token<'_>>, Vec<Token<'_>>) =
        all.into_iter().partition(|token| token.sort == Sort::Comment);
    let mut cuts: Vec<Range<usize>> = comments.iter().map(|comment| comment.start..comment.end()).collect();
    cuts.extend(test_modules(&code));
    cuts.sort_unstable_by_key(|cut| cut.start);
    let (mut kept, mut at) = (String::new(), 0);
    for cut in cuts {
        kept.push_str(text.get(at..cut.start).unwrap_or_default());
        at = at.max(cut.end);
    }
    kept + &text[at..]
}

/// Where modules of tests are written out.
fn test_modules(code: &[Token<'_>]) -> Vec<Range<usize>> {
    const START: [&str; 8] = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let starts = |at: &usize| code[*at..].iter().map(|token| token.text).take(START.len()).eq(START);
    // Behind the module's name.
    let open = START.len() + 1;
    let opens = |at: &usize| code.get(at + open).is_some_and(|token| token.is_mark("{"));
    let end = |at: usize| code.get(closing(code, at + open)).or(code.last()).map_or(0, Token::end);
    (0..code.len()).filter(starts).filter(opens).map(|at| code[at].start..end(at)).collect()
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
    static READ: OnceLock<Vec<(String, String)>> = OnceLock::new();
    READ.get_or_init(read_sources).clone()
}

fn read_sources() -> Vec<(String, String)> {
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
