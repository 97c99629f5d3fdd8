//! The first few in order of distance are the nearest: the shape that SQL writes.

use crate::query::{Direction, Facts, Kind, Kinds, Missing, Nearest, Node, Nulls, OrderKey, Rule, Scalar};

/// Makes a limited order by one ascending distance a nearest search.
pub struct NearestFromOrder;

impl Rule for NearestFromOrder {
    fn name(&self) -> &'static str {
        "nearest_from_order"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Limit])
    }

    fn apply(&self, node: Node, facts: &Facts<'_>) -> Node {
        match node {
            Node::Limit { input, offset, count: Some(count) } => {
                let input = match *input {
                    Node::Select { input, items } => {
                        Node::Select { input: Box::new(nearest(*input, offset, count, facts)), items }
                    }
                    other => nearest(other, offset, count, facts),
                };
                Node::Limit { input: Box::new(input), offset, count: Some(count) }
            }
            other => other,
        }
    }
}

fn nearest(node: Node, offset: u64, count: u64, facts: &Facts<'_>) -> Node {
    match node {
        Node::OrderBy { input, mut keys, after: None } if keys.len() == 1 && is_nearest_first(&keys[0]) => {
            match keys.remove(0).scalar {
                Scalar::Distance(target) => {
                    let k = usize::try_from(offset.saturating_add(count)).unwrap_or(usize::MAX);
                    let (effort, missing) = (facts.effort(input.source()), Missing::Last);
                    let nearest = Nearest { target, k, effort, missing, within: f64::INFINITY, after: None };
                    Node::Nearest { input, nearest }
                }
                scalar => Node::OrderBy { input, keys: vec![OrderKey::new(scalar, Direction::Ascending)], after: None },
            }
        }
        other => other,
    }
}

fn is_nearest_first(key: &OrderKey) -> bool {
    matches!(key.scalar, Scalar::Distance(_)) && key.direction == Direction::Ascending && key.nulls == Nulls::Last
}
