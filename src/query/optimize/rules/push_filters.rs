//! A filter belongs as near to the objects as it can get.

use crate::{
    expr::{self, Expr, Scalar, Test},
    object::{FieldPath, Value},
    query::{Aggregation, Combination, Facts, Item, JoinKind, Kind, Kinds, Node, Pairing, Rule, Sides},
};

/// Moves filters below sorts and projections, into what is combined or joined, below groups where they are about their keys, and into the set they
/// stand on. A filter stays above a limit and above a nearest search: it filters what those let through.
pub struct PushFilters;

impl Rule for PushFilters {
    fn name(&self) -> &'static str {
        "push_filters"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Where])
    }

    fn apply(&self, node: Node, _facts: &Facts<'_>) -> Node {
        match node {
            Node::Where { input, filter, selectivity } => push(*input, filter, selectivity),
            other => other,
        }
    }
}

fn push(input: Node, filter: Expr, selectivity: f64) -> Node {
    match input {
        Node::From { source, filter: known } if known.is_all() => Node::From { source, filter },
        Node::From { source, filter: known } => Node::From { source, filter: expr::normalize(known.and(filter)) },
        Node::OrderBy { input, keys, after } => {
            Node::OrderBy { input: Box::new(push(*input, filter, selectivity)), keys, after }
        }
        Node::Select { input, items } => Node::Select { input: Box::new(push(*input, filter, selectivity)), items },
        Node::Where { input, filter: known, .. } => push(*input, expr::normalize(known.and(filter)), selectivity),
        Node::Join { left, right, by } => into_sides(left, right, by, &filter, selectivity),
        Node::Combine { left, right, by } => {
            let (below, rest) = parted_if(&filter, is_of_known, &|path| Some(path.clone()));
            above(into_both(left, right, by, below, selectivity), rest, selectivity)
        }
        Node::Aggregate { input, by } => {
            let (below, rest) = parted_if(&filter, is_of_known, &|path| of_key(&by, path));
            above(Node::Aggregate { input: pushed(input, below, selectivity), by }, rest, selectivity)
        }
        Node::Project { input, items } => {
            let (below, rest) = parted(&filter, &|path| of_item(&items, path));
            above(Node::Project { input: pushed(input, below, selectivity), items }, rest, selectivity)
        }
        input => Node::Where { input: Box::new(input), filter, selectivity },
    }
}

/// A filter above a node, if there is one.
fn above(node: Node, filter: Option<Expr>, selectivity: f64) -> Node {
    match filter {
        Some(filter) => Node::Where { input: Box::new(node), filter, selectivity },
        None => node,
    }
}

pub(super) fn pushed(input: Box<Node>, filter: Option<Expr>, selectivity: f64) -> Box<Node> {
    match filter {
        Some(filter) => Box::new(push(*input, filter, selectivity)),
        None => input,
    }
}

/// The conjuncts that can be asked of the objects below, in their words, and the others.
pub(super) fn parted(filter: &Expr, route: &dyn Fn(&FieldPath) -> Option<FieldPath>) -> (Option<Expr>, Option<Expr>) {
    parted_if(filter, |_| true, route)
}

/// The same, where only some conjuncts may be asked below.
fn parted_if(
    filter: &Expr,
    may: impl Fn(&Expr) -> bool,
    route: &dyn Fn(&FieldPath) -> Option<FieldPath>,
) -> (Option<Expr>, Option<Expr>) {
    let (mut below, mut rest) = (Vec::new(), Vec::new());
    for conjunct in filter.conjuncts() {
        match conjunct.rerouted(route).filter(|_| may(conjunct) && !conjunct.paths().is_empty()) {
            Some(asked) => below.push(asked),
            None => rest.push(conjunct.clone()),
        }
    }
    (all_of(below), all_of(rest))
}

fn all_of(mut conjuncts: Vec<Expr>) -> Option<Expr> {
    match conjuncts.len() {
        0 => None,
        1 => conjuncts.pop(),
        _ => Some(Expr::And(conjuncts)),
    }
}

/// What is about one side only, into that side, as far as objects of the other may not be alone for want of it.
fn into_sides(left: Box<Node>, right: Box<Node>, by: Pairing, filter: &Expr, selectivity: f64) -> Node {
    let Some((on_left, on_right)) = &by.sides else {
        return Node::Where { input: Box::new(Node::Join { left, right, by }), filter: filter.clone(), selectivity };
    };
    let (to_left, rest) = match by.kind {
        JoinKind::Inner | JoinKind::Left | JoinKind::Semi | JoinKind::Anti => {
            parted(filter, &|path| of_side(on_left, &left, path))
        }
        JoinKind::Right | JoinKind::Full => (None, Some(filter.clone())),
    };
    let (to_right, rest) = match (by.kind, rest) {
        (JoinKind::Inner | JoinKind::Right, Some(rest)) => parted(&rest, &|path| of_side(on_right, &right, path)),
        (_, rest) => (None, rest),
    };
    let left = pushed(left, to_left, selectivity);
    let right = pushed(right, to_right, selectivity);
    above(Node::Join { left, right, by }, rest, selectivity)
}

/// A field of a joined object in the words of one side: without the name, where that side's objects stand alone.
pub(super) fn of_side(sides: &Sides, node: &Node, path: &FieldPath) -> Option<FieldPath> {
    let name = path.names().first()?;
    let side = sides.all().iter().find(|side| *side.name == **name)?;
    if is_joined(node) { Some(path.clone()) } else { path.below(&side.name) }
}

/// Whether a node's objects are joined ones.
pub(super) fn is_joined(node: &Node) -> bool {
    match node {
        Node::Join { by, .. } | Node::HashJoin { by, .. } | Node::IndexJoin { by, .. } => by.sides.is_some(),
        Node::Project { .. } | Node::Aggregate { .. } | Node::Combine { .. } => false,
        other => other.input().is_some_and(is_joined),
    }
}

/// What an object has may be asked before it is combined: equal objects answer alike.
fn into_both(left: Box<Node>, right: Box<Node>, by: Combination, filter: Option<Expr>, selectivity: f64) -> Node {
    let right = pushed(right, filter.clone(), selectivity);
    Node::Combine { left: pushed(left, filter, selectivity), right, by }
}

/// Whether a condition holds, or does not, for null and for a missing value alike: groups and combinations make no difference there.
fn is_of_known(condition: &Expr) -> bool {
    let mut known = true;
    condition.for_each_leaf(&mut |leaf| {
        known &= match &leaf.test {
            Test::IsNull | Test::IsMissing | Test::Equals(Value::Null) | Test::Compared { .. } => false,
            Test::In(values) => !values.iter().any(|value| matches!(value, Value::Null)),
            _ => true,
        };
    });
    known
}

/// The field that a group's key is.
fn of_key(by: &Aggregation, path: &FieldPath) -> Option<FieldPath> {
    let (_, key) = by.keys.iter().find(|(name, _)| path.names() == [Box::from(name.as_str())])?;
    field(key)
}

/// The field that an item is.
fn of_item(items: &[Item], path: &FieldPath) -> Option<FieldPath> {
    if let [Item::All] = items {
        return path.standing().is_none().then(|| path.clone());
    }
    let named = items.iter().rev().find_map(|item| match item {
        Item::All | Item::Below(_) => Some(None),
        Item::Named { name, scalar } if path.names() == [Box::from(name.as_str())] => Some(Some(scalar)),
        Item::Named { .. } => None,
    });
    named.flatten().and_then(field)
}

fn field(scalar: &Scalar) -> Option<FieldPath> {
    match scalar {
        Scalar::Field(path) => Some(path.clone()),
        _ => None,
    }
}
