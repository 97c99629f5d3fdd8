//! What no rule may change, checked after every rule.

use crate::query::{Node, SourceId};

/// What a plan promises to whoever runs it.
#[derive(Debug, PartialEq)]
pub struct Promise {
    source: SourceId,
    counts: bool,
    projects: bool,
    at_most: Option<u64>,
    ordered: bool,
    /// What the right side of a join promises.
    right: Option<Box<Promise>>,
}

/// The promise of a plan.
pub fn promise(plan: &Node) -> Promise {
    Promise {
        source: plan.source(),
        counts: matches!(plan, Node::Count { .. } | Node::CountSlots { .. }),
        projects: nodes(plan).any(|node| matches!(node, Node::Select { .. })),
        at_most: at_most(plan),
        ordered: ordered(plan),
        right: nodes(plan).find_map(Node::right).map(|right| Box::new(promise(right))),
    }
}

/// Whether a plan keeps the promise of the plan it was made from, and is well formed.
pub fn check(before: &Promise, plan: &Node) -> Result<(), String> {
    let after = promise(plan);
    if after != *before {
        return Err(format!("it promised {before:?} and now promises {after:?}"));
    }
    well_formed_below(plan)
}

fn well_formed_below(plan: &Node) -> Result<(), String> {
    nodes(plan).try_for_each(|node| {
        well_formed(node)?;
        node.right().map_or(Ok(()), well_formed_below)
    })
}

fn well_formed(node: &Node) -> Result<(), String> {
    match node {
        Node::NearestScan { input, .. } | Node::OrderedScan { input, .. } if input.slot_space().is_none() => {
            Err("an index scan stands on something other than candidates".into())
        }
        Node::IndexJoin { right, .. } if right.slot_space().is_none() => {
            Err("an index join looks for partners in something other than candidates".into())
        }
        _ => match node.input() {
            Some(Node::Count { .. } | Node::CountSlots { .. }) => Err("something stands on a count".into()),
            _ => Ok(()),
        },
    }
}

/// The nodes from the top down, along the left sides of joins.
fn nodes(plan: &Node) -> impl Iterator<Item = &Node> {
    std::iter::successors(Some(plan), |node| node.input())
}

/// The number of objects that the question itself asked for at most; not what an index knows. Counts give one number of any size.
fn at_most(plan: &Node) -> Option<u64> {
    let smaller = |one: Option<u64>, other: Option<u64>| match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    // A number that was cut to the largest there is says nothing.
    let said = |most: u64| (most != u64::MAX).then_some(most);
    match plan {
        Node::From { .. }
        | Node::List { .. }
        | Node::Fetch { .. }
        | Node::CountSlots { .. }
        | Node::Aggregate { .. }
        | Node::Combine { .. }
        | Node::Join { .. }
        | Node::HashJoin { .. }
        | Node::IndexJoin { .. } => None,
        Node::Limit { input, offset, count } => {
            smaller(count.and_then(said), at_most(input).map(|most| most.saturating_sub(*offset)))
        }
        Node::Nearest { input, nearest } | Node::NearestScan { input, nearest, .. } => {
            smaller(u64::try_from(nearest.k).ok().and_then(said), at_most(input))
        }
        Node::TopK { input, k, .. } => smaller(said(*k), at_most(input)),
        Node::Group { input, by } => smaller(u64::try_from(by.most()).ok().and_then(said), at_most(input)),
        Node::Diverse { input, k, .. } => smaller(u64::try_from(*k).ok().and_then(said), at_most(input)),
        Node::Where { input, .. }
        | Node::OrderBy { input, .. }
        | Node::Select { input, .. }
        | Node::Project { input, .. }
        | Node::Count { input }
        | Node::OrderedScan { input, .. } => at_most(input),
    }
}

/// Whether the hits come in an order that was asked for, rather than in the source's own.
fn ordered(plan: &Node) -> bool {
    match plan {
        Node::Count { .. } | Node::CountSlots { .. } => false,
        _ => nodes(plan).any(|node| {
            matches!(
                node,
                Node::OrderBy { .. }
                    | Node::TopK { .. }
                    | Node::OrderedScan { .. }
                    | Node::Nearest { .. }
                    | Node::NearestScan { .. }
                    | Node::Group { .. }
                    | Node::Diverse { .. }
            )
        }),
    }
}
