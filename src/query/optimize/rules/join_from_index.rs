//! Partners that an index, or the set's order, can find.

use crate::query::{Candidates, Facts, Kind, Kinds, Node, On, Pairing, Rule, cost, estimate};

/// Lets each left object of a join ask for its partners, when the right side is candidates and an index answers such questions, or they are
/// found by offset. Equal values come from a hash table of the right objects instead where that is cheaper: for many left objects.
pub struct JoinFromIndex;

impl Rule for JoinFromIndex {
    fn name(&self) -> &'static str {
        "join_from_index"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Join])
    }

    fn apply(&self, node: Node, facts: &Facts<'_>) -> Node {
        match node {
            Node::Join { left, right, by } => chosen(left, right, by, facts),
            other => other,
        }
    }
}

fn chosen(left: Box<Node>, right: Box<Node>, by: Pairing, facts: &Facts<'_>) -> Node {
    let is_hashed = matches!(by.on, On::Equal { .. } | On::Referring { .. });
    match asked(&right, &by, facts) {
        Some((index, probe)) if !is_hashed || is_cheaper(&left, &right, probe, facts) => {
            Node::IndexJoin { left, right, by, index }
        }
        _ if is_hashed => Node::HashJoin { left, right, by },
        _ => Node::Join { left, right, by },
    }
}

/// What left objects would ask, and what that costs each of them.
fn asked(right: &Node, by: &Pairing, facts: &Facts<'_>) -> Option<(Option<crate::set::IndexId>, f64)> {
    right.slot_space()?;
    // Which right objects have no partner is known by those who list them all.
    if by.kind.keeps_right() {
        return None;
    }
    if by.on.is_by_place() {
        return Some((None, cost::PLACE));
    }
    match facts.candidates(right.source(), &by.on.example()?.into())? {
        Candidates::IndexScan { index, .. } => Some((Some(index), cost::PROBE)),
        _ => None,
    }
}

/// Whether it is cheaper that each left object asks than that all right ones go into a table. Objects in no segment are tested by each.
fn is_cheaper(left: &Node, right: &Node, probe: f64, facts: &Facts<'_>) -> bool {
    let (left, in_table) = (estimate(left, facts).expected as f64, estimate(right, facts).expected as f64);
    let loose = facts.loose(right.source()) as f64;
    left * (probe + loose * cost::EVALUATE) < (left + in_table) * cost::HASH
}
