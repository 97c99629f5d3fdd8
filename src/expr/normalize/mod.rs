//! Which of all equal expressions does the planner want to see?
//!
//! One with AND and OR flattened, constants folded, `NOT` only before leaves, equals on one field under OR as one `IN`, ranges, equals and
//! `IN`s on one field under AND as one test, and nothing twice. The result matches exactly what the expression matched, and
//! normalizing it again changes nothing.

mod leaf;
mod members;
mod merge;

use std::mem;

use super::{Expr, Predicate, Test, nesting::RECURSION};
use members::Members;

/// An equal expression in normal form.
#[must_use]
pub fn normalize(expr: Expr) -> Expr {
    within(expr, 0)
}

/// Its normal form as far down as recursion may go; what is nested deeper stays as it is.
fn within(mut expr: Expr, depth: usize) -> Expr {
    if depth >= RECURSION {
        return expr;
    }
    match &mut expr {
        Expr::And(members) => and(mem::take(members).into_iter().map(|member| within(member, depth + 1))),
        Expr::Or(members) => or(mem::take(members).into_iter().map(|member| within(member, depth + 1))),
        Expr::Not(inner) => negate(mem::replace(inner, Expr::all()), depth + 1),
        Expr::Leaf(predicate) => leaf::normalize(taken(predicate), depth),
    }
}

/// A predicate moved out of a leaf that is about to be dropped.
fn taken(predicate: &mut Predicate) -> Predicate {
    mem::replace(predicate, Predicate { paths: Vec::new(), test: Test::IsMissing })
}

/// The complement, in normal form: moves inwards and stops at a leaf, because `NOT (a > 0)` is more than `a <= 0`.
fn negate(mut expr: Expr, depth: usize) -> Expr {
    if depth >= RECURSION {
        return Expr::Not(Box::new(expr));
    }
    match &mut expr {
        Expr::And(members) => or(mem::take(members).into_iter().map(|member| negate(member, depth + 1))),
        Expr::Or(members) => and(mem::take(members).into_iter().map(|member| negate(member, depth + 1))),
        Expr::Not(inner) => within(mem::replace(inner, Expr::all()), depth + 1),
        Expr::Leaf(predicate) => match leaf::normalize(taken(predicate), depth) {
            leaf @ Expr::Leaf(_) => Expr::Not(Box::new(leaf)),
            // A leaf that is a constant.
            constant => negate(constant, depth + 1),
        },
    }
}

/// Members in normal form, all of which must hold.
fn and(members: impl Iterator<Item = Expr>) -> Expr {
    let mut merged: Vec<Expr> = Vec::new();
    for mut member in members {
        match &mut member {
            Expr::And(inner) => mem::take(inner).into_iter().for_each(|member| merge::insert(&mut merged, member)),
            _ => merge::insert(&mut merged, member),
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
    let flat = members.flat_map(|mut member| match &mut member {
        Expr::Or(inner) => mem::take(inner),
        _ => vec![member],
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
