//! Which of all equal expressions does the planner want to see?
//!
//! One with AND and OR flattened, constants folded, `NOT` only before leaves, equals on one field under OR as one `IN`, ranges, equals and
//! `IN`s on one field under AND as one test, and nothing twice. The result matches exactly what the expression matched, and
//! normalizing it again changes nothing.

mod leaf;
mod members;
mod merge;

use super::Expr;
use members::Members;

/// An equal expression in normal form.
#[must_use]
pub fn normalize(expr: Expr) -> Expr {
    match expr {
        Expr::And(members) => and(members.into_iter().map(normalize)),
        Expr::Or(members) => or(members.into_iter().map(normalize)),
        Expr::Not(inner) => negate(*inner),
        Expr::Leaf(predicate) => leaf::normalize(predicate),
    }
}

/// The complement, in normal form: moves inwards and stops at a leaf, because `NOT (a > 0)` is more than `a <= 0`.
fn negate(expr: Expr) -> Expr {
    match expr {
        Expr::And(members) => or(members.into_iter().map(negate)),
        Expr::Or(members) => and(members.into_iter().map(negate)),
        Expr::Not(inner) => normalize(*inner),
        Expr::Leaf(predicate) => match leaf::normalize(predicate) {
            leaf @ Expr::Leaf(_) => Expr::Not(Box::new(leaf)),
            // A leaf that is a constant.
            constant => negate(constant),
        },
    }
}

/// Members in normal form, all of which must hold.
fn and(members: impl Iterator<Item = Expr>) -> Expr {
    let mut merged: Vec<Expr> = Vec::new();
    for member in members {
        match member {
            Expr::And(inner) => inner.into_iter().for_each(|member| merge::insert(&mut merged, member)),
            other => merge::insert(&mut merged, other),
        }
    }
    let members = Members::distinct(merged);
    if members.any(is_none) || members.has_complements() {
        return Expr::none();
    }
    members.into_expr(Expr::And)
}

/// Members in normal form, one of which must hold.
fn or(members: impl Iterator<Item = Expr>) -> Expr {
    let flat = members.flat_map(|member| match member {
        Expr::Or(inner) => inner,
        other => vec![other],
    });
    let members = Members::distinct(merge::unite_equals(flat));
    if members.any(is_all) || members.has_complements() {
        return Expr::all();
    }
    members.into_expr(Expr::Or)
}

fn is_none(expr: &Expr) -> bool {
    matches!(expr, Expr::Or(members) if members.is_empty())
}

fn is_all(expr: &Expr) -> bool {
    matches!(expr, Expr::And(members) if members.is_empty())
}
