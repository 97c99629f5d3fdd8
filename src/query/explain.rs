//! The plan as text a person can read, with estimates, and after `analyze` with what really happened.

use std::{
    fmt::{self, Write},
    time::Duration,
};

use crate::{
    index::{Cardinality, SearchEffort, SearchPath, Traversal},
    object::FieldPath,
    set::{IndexId, SetView},
};

use super::{
    Candidates, Cursor, Facts, Missing, Nearest, Node, SourceId,
    execute::{NodeStats, Stats},
    optimize::estimate,
};

/// A plan, printable; one line a node, inputs indented below what reads them.
#[derive(Clone, Debug)]
pub struct Explain {
    /// The lines from the top down.
    pub lines: Vec<PlanLine>,
}

/// One node of a printed plan.
#[derive(Clone, Debug)]
pub struct PlanLine {
    /// How deep it stands.
    pub depth: usize,
    /// The operator: `Scan`, `IndexScan`, `AndMerge`, `OrMerge`, `AndNot`, `Evaluate`, `Fetch`, `Residual`, `NearestScan`, `Nearest`,
    /// `TopK`, `Sort`, `OrderedScan`, `Group`, `Diverse`, `Limit`, `Project`, `Count`, `List`,
    /// `Join`, `IndexJoin`, `HashJoin`, `Aggregate`, `Make`, `Combine`.
    pub operator: &'static str,
    /// What it does it with.
    pub detail: String,
    /// How many slots or objects were expected to come out.
    pub estimate: Cardinality,
    /// What it did.
    pub actual: Option<NodeStats>,
}

impl Explain {
    pub(crate) fn new(plan: &Node, facts: &Facts<'_>, stats: Option<&Stats>) -> Self {
        let mut printer = Printer { facts, stats, lines: Vec::new() };
        printer.node(plan, 0);
        Self { lines: printer.lines }
    }

    /// The first line of an operator.
    #[must_use]
    pub fn find(&self, operator: &str) -> Option<&PlanLine> {
        self.lines.iter().find(|line| line.operator == operator)
    }

    /// All lines of an operator.
    pub fn all<'a>(&'a self, operator: &'a str) -> impl Iterator<Item = &'a PlanLine> {
        self.lines.iter().filter(move |line| line.operator == operator)
    }
}

/// How far off an estimate was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misjudged {
    /// So many times more came out.
    More(u64),
    /// So many times fewer came out.
    Fewer(u64),
}

/// An estimate that is off by more than this is marked.
const TOLERATED: u64 = 4;

impl PlanLine {
    /// How far the estimate was off, after `analyze`, when by more than four times. That few came out of a node that was not asked for
    /// everything (see [`NodeStats::partial`]) does not count.
    #[must_use]
    pub fn misjudged(&self) -> Option<Misjudged> {
        let actual = self.actual.as_ref()?;
        let (expected, came) = (self.estimate.expected.max(1), actual.output.max(1));
        if came > expected.saturating_mul(TOLERATED) {
            Some(Misjudged::More(came / expected))
        } else if expected > came.saturating_mul(TOLERATED) && !actual.partial {
            Some(Misjudged::Fewer(expected / came))
        } else {
            None
        }
    }
}

impl fmt::Display for Explain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| line.fmt(f))
    }
}

impl fmt::Display for PlanLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:indent$}{}", "", self.operator, indent = self.depth * 2)?;
        if !self.detail.is_empty() {
            write!(f, " {}", self.detail)?;
        }
        write!(f, "  ({}", Expected(self.estimate))?;
        if let Some(actual) = &self.actual {
            write!(f, "; {}", Actual(actual))?;
        }
        f.write_str(")")?;
        match self.misjudged() {
            Some(Misjudged::More(times)) => write!(f, "  <-- {}x more than expected", Grouped(times))?,
            Some(Misjudged::Fewer(times)) => write!(f, "  <-- {}x fewer than expected", Grouped(times))?,
            None => {}
        }
        f.write_str("\n")
    }
}

struct Expected(Cardinality);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = if self.0.min == self.0.max { "" } else { "about " };
        write!(f, "{about}{}", Grouped(self.0.expected))
    }
}

struct Actual<'a>(&'a NodeStats);

impl fmt::Display for Actual<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NodeStats { input, output, work, elapsed, paths, without_part, partial: _ } = self.0;
        write!(f, "in {}, out {}", Grouped(*input), Grouped(*output))?;
        for (name, number) in [
            ("visited", work.visited),
            ("distances", work.distances),
            ("fetched", work.fetched),
            ("sorted", work.sorted),
            ("segments without the index", *without_part),
        ] {
            if number > 0 {
                write!(f, ", {name} {}", Grouped(number))?;
            }
        }
        let mut named: Vec<&str> = paths.iter().map(|path| path_name(*path)).collect();
        named.dedup();
        if !named.is_empty() {
            write!(f, ", path {}", named.join(" + "))?;
        }
        traversals(f, paths)?;
        if *elapsed > Duration::ZERO { write!(f, ", {} µs", Grouped(elapsed.as_micros() as u64)) } else { Ok(()) }
    }
}

/// A number with its thousands apart.
pub(super) struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_char(',')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

/// How wide graphs were traversed, for which recall, and what the narrowest promise was.
fn traversals(f: &mut fmt::Formatter<'_>, paths: &[SearchPath]) -> fmt::Result {
    let told = paths.iter().filter_map(|path| if let SearchPath::Graph(told) = path { Some(*told) } else { None });
    let told: Vec<Traversal> = told.filter(|told| told.beam > 0).collect();
    let beams = || told.iter().map(|told| told.beam);
    let (Some(narrowest), Some(widest)) = (beams().min(), beams().max()) else { return Ok(()) };
    write!(f, ", beam {}", Grouped(narrowest as u64))?;
    if widest > narrowest {
        write!(f, " to {}", Grouped(widest as u64))?;
    }
    let recall = |parts: u16| f64::from(parts) / 10_000.0;
    if let Some(wanted) = told.iter().filter_map(|told| told.wanted).max() {
        write!(f, " for recall {}", recall(wanted))?;
    }
    match told.iter().map(|told| told.promised).min() {
        None | Some(0) => Ok(()),
        Some(promised) => write!(f, " ({} calibrated)", recall(promised)),
    }
}

fn path_name(path: SearchPath) -> &'static str {
    match path {
        SearchPath::Flat => "flat",
        SearchPath::Codes => "codes",
        SearchPath::Signs => "signs",
        SearchPath::Graph(_) => "graph",
        SearchPath::Tree => "tree",
        SearchPath::Slabs => "slabs",
        SearchPath::Empty => "empty",
    }
}

struct Printer<'p> {
    facts: &'p Facts<'p>,
    stats: Option<&'p Stats>,
    lines: Vec<PlanLine>,
}

impl Printer<'_> {
    fn node(&mut self, node: &Node, depth: usize) {
        let (operator, detail) = self.describe(node);
        self.lines.push(PlanLine {
            depth,
            operator,
            detail,
            estimate: estimate(node, self.facts),
            actual: self.stats.map(|stats| stats.of(node)),
        });
        match node {
            Node::Fetch { source, candidates } | Node::CountSlots { source, candidates } => {
                self.candidates(*source, candidates, depth + 1);
            }
            other => other.input().into_iter().chain(other.right()).for_each(|input| self.node(input, depth + 1)),
        }
    }

    fn describe(&self, node: &Node) -> (&'static str, String) {
        match node {
            Node::From { source, filter } if filter.is_all() => ("Scan", self.source(*source)),
            Node::From { source, filter } => ("Scan", format!("{} where {filter}", self.source(*source))),
            Node::List { .. } => ("List", String::new()),
            Node::Where { filter, .. } => ("Residual", filter.to_string()),
            Node::Nearest { nearest, .. } => ("Nearest", search(nearest)),
            Node::OrderBy { keys, after, .. } => ("Sort", format!("{}{}", joined(keys), Cursor::told(after.as_ref()))),
            Node::Group { by, .. } => ("Group", by.to_string()),
            Node::Diverse { k, by, .. } => ("Diverse", format!("{k} of {}, lambda {}", by.fetch, by.lambda)),
            Node::Limit { offset, count, .. } => ("Limit", limit(*offset, *count)),
            Node::Select { items, .. } => ("Project", joined(items)),
            Node::Count { .. } => ("Count", String::new()),
            Node::Fetch { source, .. } => ("Fetch", self.source(*source)),
            Node::NearestScan { nearest, index, input } => {
                ("NearestScan", format!("{} through {}", search(nearest), self.index(input.source(), *index)))
            }
            Node::TopK { keys, k, after, .. } => {
                ("TopK", format!("{k} by {}{}", joined(keys), Cursor::told(after.as_ref())))
            }
            Node::OrderedScan { input, order } => {
                ("OrderedScan", format!("{} through {}", order.key, self.index(input.source(), order.index)))
            }
            Node::Join { by, .. } => ("Join", by.to_string()),
            Node::HashJoin { by, .. } => ("HashJoin", by.to_string()),
            Node::IndexJoin { by, right, index: Some(index), .. } => {
                ("IndexJoin", format!("{by} through {}", self.index(right.source(), *index)))
            }
            Node::IndexJoin { by, right, .. } => {
                ("IndexJoin", format!("{by} through the order of {}", self.source(right.source())))
            }
            Node::Project { items, .. } => ("Make", joined(items)),
            Node::Aggregate { by, .. } => ("Aggregate", by.to_string()),
            Node::Combine { by, .. } => ("Combine", by.name().to_owned()),
            Node::CountSlots { source, .. } => ("Count", format!("{} from indexes alone", self.source(*source))),
        }
    }

    fn candidates(&mut self, source: SourceId, candidates: &Candidates, depth: usize) {
        let (operator, detail) = match candidates {
            Candidates::Scan => ("Scan", "all slots".to_owned()),
            Candidates::IndexScan { index, predicate, access } => {
                let superset = if candidates.is_exact() { "" } else { ", then evaluated" };
                let _ = access;
                ("IndexScan", format!("{}: {predicate}{superset}", self.index(source, *index)))
            }
            Candidates::AndMerge(_) => ("AndMerge", String::new()),
            Candidates::OrMerge(_) => ("OrMerge", String::new()),
            Candidates::AndNot(..) => ("AndNot", String::new()),
            Candidates::Evaluate(expr) => ("Evaluate", expr.to_string()),
        };
        self.lines.push(PlanLine {
            depth,
            operator,
            detail,
            estimate: self.facts.cardinality_of(source, candidates),
            actual: self.stats.map(|stats| stats.of(candidates)),
        });
        match candidates {
            Candidates::AndMerge(members) | Candidates::OrMerge(members) => {
                members.iter().for_each(|member| self.candidates(source, member, depth + 1));
            }
            Candidates::AndNot(from, except) => {
                self.candidates(source, from, depth + 1);
                self.candidates(source, except, depth + 1);
            }
            Candidates::Scan | Candidates::IndexScan { .. } | Candidates::Evaluate(_) => {}
        }
    }

    fn source(&self, source: SourceId) -> String {
        self.facts.view(source).map_or_else(String::new, |view| {
            let name = &view.declaration().name;
            view.owner().map_or_else(|| name.clone(), |owner| format!("{name} of owner {owner}"))
        })
    }

    fn index(&self, source: SourceId, index: IndexId) -> String {
        let declared = |view: &SetView| view.declaration().indexes.iter().find(|known| known.id == index).cloned();
        match self.facts.view(source).and_then(declared) {
            Some(index) => format!("{} on {}", index.kind, fields(&index.fields)),
            None => format!("index {}", index.0),
        }
    }
}

fn fields(paths: &[FieldPath]) -> String {
    match paths {
        [one] => one.to_string(),
        several => format!("({})", joined(several)),
    }
}

fn search(nearest: &Nearest) -> String {
    let effort = match nearest.effort {
        SearchEffort::Default => String::new(),
        SearchEffort::Exact => ", exact".to_owned(),
        SearchEffort::EfSearch(ef) => format!(", ef_search {ef}"),
        SearchEffort::Recall(recall) => format!(", recall {recall}"),
    };
    let missing = match nearest.missing {
        Missing::Dropped => "",
        Missing::Last => ", those without last",
    };
    let k = if nearest.k == usize::MAX { "all".to_owned() } else { nearest.k.to_string() };
    let within = if nearest.within < f64::INFINITY { format!(", within {}", nearest.within) } else { String::new() };
    format!("{k} of {}{within}{effort}{missing}{}", nearest.target, Cursor::told(nearest.after.as_ref()))
}

fn limit(offset: u64, count: Option<u64>) -> String {
    match (offset, count) {
        (0, Some(count)) => count.to_string(),
        (offset, Some(count)) => format!("{count} after {offset}"),
        (offset, None) => format!("all after {offset}"),
    }
}

fn joined<T: fmt::Display>(parts: &[T]) -> String {
    let texts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    texts.join(", ")
}
