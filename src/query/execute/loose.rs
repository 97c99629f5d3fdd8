//! What matches among the loose objects? They are in no segment, so no index reaches them: every condition is evaluated, a block of
//! objects at a time, each member of a merge on what the ones before it have left to decide.

use std::ops::Range;

use crate::{
    expr::{self, Expr, Predicate},
    query::{Candidates, SourceId},
    set::LooseObjects,
};

use super::{Runner, Stats, tested::Tested};

/// The first block and the largest: whoever stops early has paid for little.
const BLOCK: (usize, usize) = (64, 1024);

/// The loose objects that satisfy the candidates' condition and the residual filter, in the set's order, by their places.
pub struct LooseMatches<'r> {
    objects: &'r LooseObjects,
    stats: Option<&'r Stats>,
    tested: Tested<'r>,
    candidates: &'r Candidates,
    /// What is not yet tested.
    left: Range<usize>,
    size: usize,
    found: std::vec::IntoIter<u32>,
}

impl<'r> LooseMatches<'r> {
    pub fn new(runner: &'r Runner<'_>, source: SourceId, tested: Tested<'r>, candidates: &'r Candidates) -> Self {
        let objects = runner.loose(source);
        let left = 0..objects.len();
        Self { objects, stats: runner.stats, tested, candidates, left, size: BLOCK.0, found: Vec::new().into_iter() }
    }

    /// All matches; what came out of the nodes that test is noted.
    pub fn all(mut self) -> Vec<u32> {
        let mut all = Vec::new();
        while let Some((fetched, kept)) = self.next_block() {
            if let Some(stats) = self.stats {
                stats.note(self.tested.fetch, |node| node.output += fetched);
            }
            all.extend(kept);
        }
        all
    }

    /// How many the fetch lets through; nothing that comes out is noted.
    pub fn count(mut self) -> u64 {
        let mut count = 0;
        while let Some((_, kept)) = self.next_block() {
            count += kept.len() as u64;
        }
        count
    }

    /// Tests some more objects: how many the fetch let through, and those that passed everything.
    fn next_block(&mut self) -> Option<(u64, Vec<u32>)> {
        if self.left.is_empty() {
            return None;
        }
        let end = self.left.end.min(self.left.start.saturating_add(self.size));
        self.size = (self.size * 4).min(BLOCK.1);
        let block: Vec<u32> = (self.left.start..end).filter_map(|at| u32::try_from(at).ok()).collect();
        self.left.start = end;
        let Tested { fetch, residual } = self.tested;
        let test = Test { objects: self.objects, stats: self.stats };
        let fetched = Stats::timed(self.stats, fetch, || test.candidates(self.candidates, block, false));
        let number = fetched.len() as u64;
        if let Some(stats) = self.stats {
            stats.note(fetch, |node| node.input += number);
        }
        let Some((node, filter)) = residual else { return Some((number, fetched)) };
        let kept = Stats::timed(self.stats, node, || test.expr(filter, test.read(fetched, node)));
        if let Some(stats) = self.stats {
            stats.note(node, |node| {
                node.input += number;
                node.output += kept.len() as u64;
            });
        }
        Some((number, kept))
    }
}

impl Iterator for LooseMatches<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        loop {
            if let Some(at) = self.found.next() {
                return Some(at);
            }
            let (_, kept) = self.next_block()?;
            self.found = kept.into_iter();
        }
    }
}

/// Whoever stops early leaves objects that no node has seen.
impl Drop for LooseMatches<'_> {
    fn drop(&mut self) {
        if let Some(stats) = self.stats
            && !self.left.is_empty()
        {
            note_partial(self.candidates, stats);
        }
    }
}

fn note_partial(tree: &Candidates, stats: &Stats) {
    stats.note(tree, |node| node.partial = true);
    match tree {
        Candidates::AndMerge(members) | Candidates::OrMerge(members) => {
            members.iter().for_each(|member| note_partial(member, stats));
        }
        Candidates::AndNot(from, except) => {
            note_partial(from, stats);
            note_partial(except, stats);
        }
        Candidates::Scan | Candidates::IndexScan { .. } | Candidates::Evaluate(_) => {}
    }
}

/// Conditions on loose objects. Each method keeps, of ascending places, those that match.
#[derive(Clone, Copy)]
struct Test<'t> {
    objects: &'t LooseObjects,
    stats: Option<&'t Stats>,
}

impl Test<'_> {
    /// What a candidate tree lets through. `partial` says that others have taken places away already.
    fn candidates(self, tree: &Candidates, among: Vec<u32>, partial: bool) -> Vec<u32> {
        let number = among.len() as u64;
        let mut from_members = None;
        let kept = Stats::timed(self.stats, tree, || match tree {
            Candidates::Scan => among,
            Candidates::IndexScan { predicate, .. } => self.leaf(predicate, self.read(among, tree)),
            Candidates::Evaluate(expr) => self.expr(expr, self.read(among, tree)),
            Candidates::AndMerge(members) => self.and_merge(members, among, partial, from_members.insert(0)),
            Candidates::OrMerge(members) => self.or_merge(members, among, partial, from_members.insert(0)),
            Candidates::AndNot(from, except) => {
                let input = from_members.insert(0);
                let kept = self.candidates(from, among, partial);
                let taken = self.candidates(except, kept.clone(), partial || (kept.len() as u64) < number);
                *input = (kept.len() + taken.len()) as u64;
                without(kept, &taken)
            }
        });
        if let Some(stats) = self.stats {
            stats.note(tree, |node| {
                node.input += from_members.unwrap_or(number);
                node.output += kept.len() as u64;
                node.partial |= partial;
            });
        }
        kept
    }

    fn and_merge(self, members: &[Candidates], among: Vec<u32>, partial: bool, input: &mut u64) -> Vec<u32> {
        let number = among.len();
        let mut kept = among;
        for member in members {
            let partial = partial || kept.len() < number;
            kept = self.candidates(member, kept, partial);
            *input += kept.len() as u64;
        }
        kept
    }

    fn or_merge(self, members: &[Candidates], among: Vec<u32>, partial: bool, input: &mut u64) -> Vec<u32> {
        let number = among.len();
        let mut open = among.clone();
        for member in members {
            let matching = self.candidates(member, open.clone(), partial || open.len() < number);
            *input += matching.len() as u64;
            open = without(open, &matching);
        }
        without(among, &open)
    }

    /// What an expression lets through.
    fn expr(self, expr: &Expr, mut among: Vec<u32>) -> Vec<u32> {
        match expr {
            Expr::Leaf(predicate) => self.leaf(predicate, among),
            Expr::And(members) => members.iter().fold(among, |kept, member| self.expr(member, kept)),
            other => {
                let reader = self.objects.reading(other.paths());
                among.retain(|at| expr::evaluate(other, &reader.fields(*at)));
                among
            }
        }
    }

    fn leaf(self, predicate: &Predicate, mut among: Vec<u32>) -> Vec<u32> {
        let reader = self.objects.reading(&predicate.paths);
        among.retain(|at| predicate.matches(&reader.fields(*at)));
        among
    }

    /// Notes that a node reads these objects.
    fn read<N: 'static>(self, among: Vec<u32>, node: &N) -> Vec<u32> {
        if let Some(stats) = self.stats {
            stats.note(node, |node| node.work.fetched += among.len() as u64);
        }
        among
    }
}

/// What is in the first of two ascending lists and not in the second, which is part of it.
fn without(mut all: Vec<u32>, taken: &[u32]) -> Vec<u32> {
    let mut taken = taken.iter().peekable();
    all.retain(|at| taken.next_if_eq(&at).is_none());
    all
}
