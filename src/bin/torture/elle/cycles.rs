//! Which dependencies go round in a circle?
//!
//! Cycles of writes alone are G0, with reads of what was written G1c, with one anti-dependency G-single, with more G2. Each strongly
//! connected part is reported once for each kind that it has, with a cycle as an example.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    iter,
};

use super::{
    Anomaly, Kind,
    versions::{Dependency, Why},
};

/// The cycles among `nodes` transactions.
pub fn find(nodes: usize, dependencies: &[Dependency]) -> Vec<Anomaly> {
    let of = |most: Why| Graph::new(nodes, dependencies.iter().filter(|dependency| dependency.why <= most));
    let (writes, flow, all) = (of(Why::WriteWrite), of(Why::WriteRead), of(Why::ReadWrite));
    let mut found = writes.report(Kind::G0);
    if found.is_empty() {
        found = flow.report(Kind::G1c);
    }
    if !found.is_empty() {
        return found;
    }
    found = flow.closed_by_one(dependencies);
    if found.is_empty() {
        found = all.report(Kind::G2);
    }
    found
}

/// Successors of each transaction.
struct Graph(Vec<Vec<usize>>);

impl Graph {
    fn new<'d>(nodes: usize, dependencies: impl Iterator<Item = &'d Dependency>) -> Self {
        let mut graph = vec![Vec::new(); nodes];
        dependencies.for_each(|dependency| graph[dependency.from].push(dependency.to));
        Self(graph)
    }

    /// One anomaly for each strongly connected part of more than one transaction.
    fn report(&self, kind: Kind) -> Vec<Anomaly> {
        let parts = self.parts();
        let mut sizes = vec![0_usize; parts.iter().max().map_or(0, |last| last + 1)];
        parts.iter().for_each(|part| sizes[*part] += 1);
        let mut reported = vec![false; sizes.len()];
        let mut found = Vec::new();
        for (node, part) in parts.iter().enumerate().filter(|(_, part)| sizes[**part] > 1) {
            if !std::mem::replace(&mut reported[*part], true) {
                let way = self.way(node, node, |next| parts[next] == *part).unwrap_or_default();
                found.push(Anomaly { kind, what: format!("transactions {way:?}, of {} that are tied", sizes[*part]) });
            }
        }
        found
    }

    /// Anti-dependencies that close a cycle with this graph, which has none of its own.
    fn closed_by_one(&self, dependencies: &[Dependency]) -> Vec<Anomaly> {
        let place = self.places();
        let anti = dependencies.iter().filter(|dependency| dependency.why == Why::ReadWrite);
        let mut found = Vec::new();
        for Dependency { from, to, .. } in anti.filter(|dependency| place[dependency.to] < place[dependency.from]) {
            // Every way goes to later places only.
            if let Some(way) = self.way(*to, *from, |next| place[next] <= place[*from]) {
                let what = format!("transaction {from} read what transaction {to} overwrote, yet comes after {way:?}");
                found.push(Anomaly { kind: Kind::GSingle, what });
            }
        }
        found
    }

    /// A shortest way from one transaction to another (back to itself, if it is the same) over transactions that `may` be used.
    fn way(&self, from: usize, to: usize, may: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
        let mut before = std::collections::HashMap::new();
        let mut waiting = VecDeque::from([from]);
        while let Some(node) = waiting.pop_front() {
            for next in self.0[node].iter().copied().filter(|next| may(*next)) {
                if before.contains_key(&next) {
                    continue;
                }
                before.insert(next, node);
                if next == to {
                    let back =
                        iter::successors(Some(to), |at| before.get(at).copied().filter(|_| *at != from || at == &to));
                    let mut way = vec![to];
                    way.extend(back.skip(1).take_while(|at| *at != from));
                    way.push(from);
                    way.reverse();
                    return Some(way);
                }
                waiting.push_back(next);
            }
        }
        None
    }

    /// A topological order, near that of the history: the place of each transaction in it.
    fn places(&self) -> Vec<usize> {
        let mut open = vec![0_usize; self.0.len()];
        self.0.iter().flatten().for_each(|to| open[*to] += 1);
        let mut free: BinaryHeap<_> = (0..open.len()).filter(|node| open[*node] == 0).map(Reverse).collect();
        let mut places = vec![0; open.len()];
        let mut next = 0;
        while let Some(Reverse(node)) = free.pop() {
            places[node] = next;
            next += 1;
            for to in &self.0[node] {
                open[*to] -= 1;
                if open[*to] == 0 {
                    free.push(Reverse(*to));
                }
            }
        }
        places
    }

    /// The number of the strongly connected part of each transaction (Kosaraju, without recursion).
    fn parts(&self) -> Vec<usize> {
        let mut back = vec![Vec::new(); self.0.len()];
        for (from, next) in self.0.iter().enumerate() {
            next.iter().for_each(|to| back[*to].push(from));
        }
        let mut parts = vec![usize::MAX; self.0.len()];
        let mut part = 0;
        for start in self.finished().into_iter().rev() {
            if parts[start] != usize::MAX {
                continue;
            }
            let mut waiting = vec![start];
            parts[start] = part;
            while let Some(node) = waiting.pop() {
                for to in &back[node] {
                    if parts[*to] == usize::MAX {
                        parts[*to] = part;
                        waiting.push(*to);
                    }
                }
            }
            part += 1;
        }
        parts
    }

    /// All transactions in the order in which a depth-first walk is done with them.
    fn finished(&self) -> Vec<usize> {
        let mut seen = vec![false; self.0.len()];
        let mut finished = Vec::with_capacity(self.0.len());
        for start in 0..self.0.len() {
            let mut path = if std::mem::replace(&mut seen[start], true) { Vec::new() } else { vec![(start, 0)] };
            while let Some((node, next)) = path.last_mut() {
                match self.0[*node].get(*next).copied() {
                    Some(to) => {
                        *next += 1;
                        if !std::mem::replace(&mut seen[to], true) {
                            path.push((to, 0));
                        }
                    }
                    None => {
                        finished.push(*node);
                        path.pop();
                    }
                }
            }
        }
        finished
    }
}
