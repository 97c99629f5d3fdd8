//! Who comes before whom, as the lists tell?
//!
//! The longest list that was read of a key is its versions in order. Between the transactions that appended neighbours there is a
//! write-write dependency; from the one that appended the last element of a list to whoever read that list, a write-read dependency; and from whoever read
//! it to the one that appended the next element, a read-write dependency, an anti-dependency.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Anomaly, History, Kind, Outcome, Step,
    history::{Element, Key},
};

/// The kinds of dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The one overwrote what the other wrote.
    WriteWrite,
    /// The one read what the other wrote.
    WriteRead,
    /// The one overwrote what the other read.
    ReadWrite,
}

/// `from` must come before `to`; transactions by their place in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dependency {
    pub from: usize,
    pub to: usize,
    pub why: Why,
}

/// The dependencies of a history, and what is wrong with its lists by themselves.
pub fn infer(history: &History) -> (Vec<Dependency>, Vec<Anomaly>) {
    let mut inference = Inference { history, appends: HashMap::new(), orders: BTreeMap::new(), found: Vec::new() };
    inference.appends();
    inference.orders();
    inference.lost();
    let dependencies = inference.dependencies();
    (dependencies, inference.found)
}

/// One element's origin.
struct Append {
    transaction: usize,
    key: Key,
    /// Whether the same transaction appended to the same list afterwards.
    intermediate: bool,
}

struct Inference<'h> {
    history: &'h History,
    appends: HashMap<Element, Append>,
    orders: BTreeMap<Key, &'h [Element]>,
    found: Vec<Anomaly>,
}

impl<'h> Inference<'h> {
    fn report(&mut self, kind: Kind, what: String) {
        self.found.push(Anomaly { kind, what });
    }

    /// Who appended what.
    fn appends(&mut self) {
        for (transaction, done) in self.history.transactions.iter().enumerate() {
            let mut last: HashMap<Key, Element> = HashMap::new();
            for step in &done.steps {
                let Step::Append(key, element) = step else { continue };
                if let Some(before) = last.insert(*key, *element).and_then(|before| self.appends.get_mut(&before)) {
                    before.intermediate = true;
                }
                let append = Append { transaction, key: *key, intermediate: false };
                if self.appends.insert(*element, append).is_some() {
                    self.report(Kind::Garbage, format!("element {element} was appended twice"));
                }
            }
        }
    }

    /// The longest list of each key, of which all others must be beginnings.
    fn orders(&mut self) {
        let history = self.history;
        let end = history.end.iter().map(|(key, list)| (*key, list.as_slice()));
        for (key, list) in self.external_reads().map(|(_, key, list)| (key, list)).chain(end) {
            let longest = self.orders.entry(key).or_default();
            let (short, long) = if list.len() > longest.len() { (*longest, list) } else { (list, *longest) };
            if long.starts_with(short) {
                *longest = long;
            } else {
                let what = format!("key {key}: {short:?} was read, and so was {long:?}, which begins differently");
                self.report(Kind::Garbage, what);
            }
        }
        let orders: Vec<(Key, &[Element])> = self.orders.iter().map(|(key, order)| (*key, *order)).collect();
        for (key, order) in orders {
            self.check_order(key, order);
        }
        self.own_appends();
    }

    fn check_order(&mut self, key: Key, order: &[Element]) {
        let mut seen = HashSet::new();
        for element in order {
            match self.appends.get(element) {
                Some(append) if append.key == key && seen.insert(element) => {}
                _ => self.report(Kind::Garbage, format!("key {key}: element {element} does not belong, or not twice")),
            }
            let aborted = self.appends.get(element).map(|append| append.transaction);
            let aborted = aborted.filter(|by| self.history.transactions[*by].outcome == Outcome::Aborted);
            if let Some(by) = aborted {
                self.report(Kind::G1a, format!("key {key}: element {element} of transaction {by}, which was refused"));
            }
        }
    }

    /// What each transaction read of others: its reads without its own appends. Those of transactions that were refused count as well: they read a
    /// snapshot like all others.
    fn external_reads(&self) -> impl Iterator<Item = (usize, Key, &'h [Element])> + use<'h> {
        self.history.transactions.iter().enumerate().flat_map(|(at, done)| {
            let mut own: HashMap<Key, usize> = HashMap::new();
            done.steps.iter().filter_map(move |step| match step {
                Step::Append(key, _) => {
                    *own.entry(*key).or_default() += 1;
                    None
                }
                Step::Read(key, list) => {
                    let others = list.len().saturating_sub(own.get(key).copied().unwrap_or(0));
                    Some((at, *key, &list[..others]))
                }
            })
        })
    }

    /// A transaction sees its own appends at the end of the list, and the same list before them each time.
    fn own_appends(&mut self) {
        let mut wrong = Vec::new();
        for (at, done) in self.history.transactions.iter().enumerate() {
            let mut own: HashMap<Key, Vec<Element>> = HashMap::new();
            let mut seen: HashMap<Key, &[Element]> = HashMap::new();
            for step in &done.steps {
                match step {
                    Step::Append(key, element) => own.entry(*key).or_default().push(*element),
                    Step::Read(key, list) => {
                        let mine = own.get(key).map_or(&[][..], Vec::as_slice);
                        let others = &list[..list.len().saturating_sub(mine.len())];
                        if !list.ends_with(mine) || *seen.entry(*key).or_insert(others) != others {
                            wrong.push(format!("transaction {at} read {list:?} of key {key} after appending {mine:?}"));
                        }
                    }
                }
            }
        }
        wrong.into_iter().for_each(|what| self.report(Kind::Garbage, what));
    }

    /// Committed appends that nobody sees in the end.
    fn lost(&mut self) {
        let end: HashSet<Element> = self.history.end.values().flatten().copied().collect();
        let committed = |append: &Append| self.history.transactions[append.transaction].outcome == Outcome::Committed;
        let lost = self.appends.iter().filter(|(element, append)| committed(append) && !end.contains(element));
        let lost: Vec<String> =
            lost.map(|(element, append)| format!("element {element} of transaction {}", append.transaction)).collect();
        lost.into_iter().for_each(|what| self.report(Kind::Lost, what));
    }

    fn dependencies(&mut self) -> Vec<Dependency> {
        let mut dependencies = HashSet::new();
        let mut depend = |from: Option<usize>, to: Option<usize>, why| {
            if let (Some(from), Some(to)) = (from, to)
                && from != to
            {
                dependencies.insert(Dependency { from, to, why });
            }
        };
        for order in self.orders.values() {
            for pair in order.windows(2) {
                depend(self.writer(pair[0]), self.writer(pair[1]), Why::WriteWrite);
            }
        }
        let mut intermediate = Vec::new();
        for (reader, key, list) in self.external_reads() {
            // A refused transaction is nobody's predecessor.
            let commits = self.history.transactions[reader].outcome != Outcome::Aborted;
            if let Some(last) = list.last() {
                depend(self.writer(*last), commits.then_some(reader), Why::WriteRead);
                if self.appends.get(last).is_some_and(|append| append.intermediate && append.transaction != reader) {
                    intermediate.push(format!("transaction {reader} read {list:?} of key {key}"));
                }
            }
            let next = self.orders.get(&key).and_then(|order| order.get(list.len()));
            depend(commits.then_some(reader), next.and_then(|next| self.writer(*next)), Why::ReadWrite);
        }
        intermediate.into_iter().for_each(|what| self.report(Kind::G1b, what));
        let mut dependencies: Vec<_> = dependencies.into_iter().collect();
        dependencies.sort_unstable();
        dependencies
    }

    fn writer(&self, element: Element) -> Option<usize> {
        self.appends.get(&element).map(|append| append.transaction)
    }
}
