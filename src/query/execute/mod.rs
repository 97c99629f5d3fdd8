//! How is a plan answered?
//!
//! In two spaces. Candidates live in slot space, one segment at a time: [`segments`] makes them from index parts, and what the parts
//! leave open is evaluated. Above that, objects stream from node to node as [`Found`]s: known by where they are, read only by
//! nodes that look into them. Dead slots are taken away where slots become objects; loose objects (in no segment) are
//! always evaluated.

mod aggregate;
mod best;
mod combine;
mod cursor;
mod diverse;
mod fetch;
mod ground;
mod group;
mod hashed;
mod join;
mod listed;
mod loose;
mod merge;
mod nearest;
mod ordered;
mod partners;
mod project;
mod reader;
mod searched;
mod segments;
mod sort;
mod state;
mod stats;
mod tested;
mod top;
mod tuples;

use std::{cell::OnceCell, sync::Arc, time::Instant};

pub use ground::Ground;
pub use join::Joined;
pub use stats::{NodeStats, Stats};

use crate::{
    expr::{self, Expr},
    set::{LooseObjects, SegmentView, SetView},
};

use super::{
    Hits, Item, Node, QueryError, SourceId,
    found::{Element, Found},
    hits::Provenance,
    source::Input,
};

use reader::Reader;

/// Objects, or what carries them, in the order that a node gives.
pub type Stream<'e, T = Found<'e>> = Box<dyn Iterator<Item = Result<T, QueryError>> + 'e>;

/// Runs one plan over its sources.
pub struct Runner<'e> {
    inputs: &'e [Input<'e>],
    loose: Vec<OnceCell<Arc<LooseObjects>>>,
    none: LooseObjects,
    stats: Option<&'e Stats>,
}

impl<'e> Runner<'e> {
    pub fn new(inputs: &'e [Input<'e>], stats: Option<&'e Stats>) -> Self {
        Self { inputs, loose: inputs.iter().map(|_| OnceCell::new()).collect(), none: LooseObjects::default(), stats }
    }

    /// The hits of a plan; not yet read.
    pub fn hits(&self, plan: &Node, items: Option<&[Item]>) -> Result<Hits, QueryError> {
        Ok(self.given(plan, self.found(plan)?, items))
    }

    fn found(&self, plan: &Node) -> Result<Vec<Found<'static>>, QueryError> {
        match (plan, self.stats) {
            (Node::Select { input, .. }, None) => self.found(input),
            (Node::Fetch { source, candidates }, None) => fetch::all(self, *source, plan, candidates),
            _ => self.stream(plan)?.map(|found| Ok(found?.into_owned())).collect(),
        }
    }

    /// What was found for a plan, as its hits.
    pub fn given(&self, plan: &Node, found: Vec<Found<'static>>, items: Option<&[Item]>) -> Hits {
        self.of_source(plan.source(), found, items)
    }

    /// What was found in a source, as hits.
    pub fn of_source(&self, source: SourceId, found: Vec<Found<'static>>, items: Option<&[Item]>) -> Hits {
        let provenance = |source: SourceId| Provenance {
            view: self.view(source).cloned(),
            loose: self.loose[source.0].get().cloned(),
        };
        let is_joined = found.iter().any(|found| matches!(found.element, Element::Joined(_)));
        let all = if is_joined { self.inputs.len() } else { 0 };
        Hits::new(found, provenance(source), (0..all).map(|number| provenance(SourceId(number))).collect(), items)
    }

    /// The left objects of a join with their partners.
    pub fn joined<'r>(&'r self, plan: &'r Node) -> Result<Stream<'r, Joined<'r>>, QueryError>
    where
        'e: 'r,
    {
        match plan {
            Node::Limit { input, offset, count } => Ok(join::limited(self.joined(input)?, *offset, *count)),
            join => join::stream(self, join),
        }
    }

    /// The number of hits of a plan; what a counting plan counts.
    pub fn count(&self, plan: &Node) -> Result<u64, QueryError> {
        let counted = |stream: Stream<'_>| {
            let mut stream = stream;
            stream.try_fold(0, |count, found| found.map(|_| count + 1))
        };
        Stats::timed(self.stats, plan, || match plan {
            Node::CountSlots { source, candidates } => {
                let count = fetch::count(self, *source, plan, candidates)?;
                self.note(plan, |stats| stats.output += 1);
                Ok(count)
            }
            Node::Count { input } => {
                let count = match input.slot_space() {
                    Some((candidates, Some(filter))) => {
                        Stats::timed(self.stats, &**input, || fetch::count_filtered(self, input, candidates, filter))?
                    }
                    _ => counted(self.stream(input)?)?,
                };
                self.note(plan, |stats| {
                    stats.input += count;
                    stats.output += 1;
                });
                Ok(count)
            }
            other => counted(self.stream(other)?),
        })
    }

    /// The objects that a node gives.
    pub fn stream<'r>(&'r self, node: &'r Node) -> Result<Stream<'r>, QueryError>
    where
        'e: 'r,
    {
        let started = self.stats.map(|_| Instant::now());
        let stream = match node {
            Node::From { source, filter } => {
                let all = fetch::scan(self, *source, node)?;
                if filter.is_all() { all } else { self.filtered(node, all, filter) }
            }
            Node::List { source } => self.listed(*source),
            Node::Where { input, filter, .. } => self.filtered(node, self.pulled(node, input)?, filter),
            Node::Nearest { input, nearest } => nearest::by_measuring(self, node, self.pulled(node, input)?, nearest)?,
            Node::OrderBy { input, keys, after } => {
                sort::sorted(self, node, self.pulled(node, input)?, sort::Order { keys, after: after.as_ref() })?
            }
            Node::TopK { input, keys, k, after } => {
                let in_order = matches!(&**input, Node::OrderedScan { .. });
                let order = sort::Order { keys, after: after.as_ref() };
                sort::first(self, node, self.pulled(node, input)?, order, *k, in_order)?
            }
            Node::Group { input, by } => group::stream(self, node, input, by)?,
            Node::Diverse { input, target, k, by } => {
                diverse::chosen(self, node, self.pulled(node, input)?, target, *k, by.lambda)?
            }
            Node::Limit { count: Some(0), .. } => Box::new(std::iter::empty()),
            Node::Limit { input, offset, count } => limited(self.pulled(node, input)?, *offset, *count),
            Node::Select { input, .. } | Node::Count { input } => self.pulled(node, input)?,
            Node::Fetch { source, candidates } | Node::CountSlots { source, candidates } => {
                fetch::stream(self, *source, node, candidates)?
            }
            Node::NearestScan { input, nearest, index } => nearest::by_index(self, node, input, nearest, *index)?,
            Node::OrderedScan { input, order } => ordered::stream(self, node, input, order)?,
            Node::Join { by, .. } | Node::HashJoin { by, .. } | Node::IndexJoin { by, .. } => match &by.sides {
                Some(sides) => tuples::stream(self, node, by, sides)?,
                None => join::lefts(join::stream(self, node)?),
            },
            Node::Project { input, items } => project::stream(self, node, self.pulled(node, input)?, items),
            Node::Aggregate { input, by } => aggregate::stream(self, node, self.pulled(node, input)?, by)?,
            Node::Combine { left, right, by } => combine::stream(self, node, left, right, *by)?,
        };
        Ok(match (self.stats, started) {
            (Some(stats), Some(started)) => {
                stats.note(node, |of_node| of_node.elapsed += started.elapsed());
                metered(stream, node, stats)
            }
            _ => stream,
        })
    }

    /// What a node's input gives, counted as what came into the node.
    fn pulled<'r>(&'r self, node: &'r Node, input: &'r Node) -> Result<Stream<'r>, QueryError>
    where
        'e: 'r,
    {
        let stream = self.stream(input)?;
        let Some(stats) = self.stats else { return Ok(stream) };
        Ok(Box::new(stream.inspect(move |found| {
            if found.is_ok() {
                stats.note(node, |of_node| of_node.input += 1);
            }
        })))
    }

    fn listed<'r>(&'r self, source: SourceId) -> Stream<'r>
    where
        'e: 'r,
    {
        let Input::Listed(listed) = &self.inputs[source.0] else { return Box::new(std::iter::empty()) };
        Box::new(listed.objects().map(|object| {
            let object = object?;
            let key = (object.owner.map_or(0, |owner| owner.0), object.offset.0);
            Ok(Found { key, distance: None, element: Element::Given(object.fields) })
        }))
    }

    fn filtered<'r>(&'r self, node: &'r Node, input: Stream<'r>, filter: &'r Expr) -> Stream<'r>
    where
        'e: 'r,
    {
        let reader = Reader::new(self, node, filter.paths());
        Box::new(input.filter_map(move |found| {
            let matches = found.and_then(|found| {
                let matches = reader.read(&found, |fields| expr::evaluate(filter, fields))?;
                Ok(matches.then_some(found))
            });
            matches.transpose()
        }))
    }

    /// The set behind a source.
    fn view(&self, source: SourceId) -> Option<&'e SetView> {
        self.inputs[source.0].view()
    }

    fn segments(&self, source: SourceId) -> &'e [SegmentView] {
        self.view(source).map_or(&[], |view| view.segments())
    }

    /// The objects of a set that are in no segment.
    fn loose(&self, source: SourceId) -> &LooseObjects {
        match self.view(source) {
            Some(view) => self.loose[source.0].get_or_init(|| view.loose()),
            None => &self.none,
        }
    }

    fn note<N: 'static>(&self, node: &N, change: impl FnOnce(&mut NodeStats)) {
        if let Some(stats) = self.stats {
            stats.note(node, change);
        }
    }
}

fn limited(input: Stream<'_>, offset: u64, count: Option<u64>) -> Stream<'_> {
    let mut left_out = offset;
    let rest = input.filter(move |found| {
        let skip = found.is_ok() && left_out > 0;
        left_out -= u64::from(skip);
        !skip
    });
    match count.map(|count| usize::try_from(count).unwrap_or(usize::MAX)) {
        Some(count) => Box::new(rest.take(count)),
        None => Box::new(rest),
    }
}

/// Counts what passes, and the time it takes to come. Until the end is seen, it may be that not everything was asked for.
fn metered<'r>(mut stream: Stream<'r>, node: &'r Node, stats: &'r Stats) -> Stream<'r> {
    stats.note(node, |of_node| of_node.partial = true);
    Box::new(std::iter::from_fn(move || {
        let started = Instant::now();
        let next = stream.next();
        stats.note(node, |of_node| {
            of_node.elapsed += started.elapsed();
            of_node.output += u64::from(matches!(next, Some(Ok(_))));
            of_node.partial &= next.is_some();
        });
        next
    }))
}
