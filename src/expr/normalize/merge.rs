//! Several tests on one field that are one test.

use std::{collections::HashMap, ops::Bound};

use crate::{
    expr::{Expr, Predicate, Test},
    object::{FieldPath, Value, order},
};

use super::leaf;

/// Adds a member to those of an AND, merged with all that it can be merged with.
pub(super) fn insert(members: &mut Vec<Expr>, mut member: Expr) {
    // Only tests are merged: of very many negations none is compared with the others.
    if !matches!(member, Expr::Leaf(_)) {
        members.push(member);
        return;
    }
    let mut at = members.len();
    while let Some((other, merged)) = members.iter().enumerate().find_map(|(i, other)| Some((i, both(other, &member)?)))
    {
        members.remove(other);
        at = at.min(other);
        member = merged;
    }
    members.insert(at.min(members.len()), member);
}

/// One expression for two tests on one field that must both hold, where there is one.
fn both(a: &Expr, b: &Expr) -> Option<Expr> {
    let (Expr::Leaf(a), Expr::Leaf(b)) = (a, b) else { return None };
    if a.paths.len() != 1 || a.paths != b.paths {
        return None;
    }
    let test = match (&a.test, &b.test) {
        (Test::Range(a, b), Test::Range(c, d)) => {
            match tighter(a, c, true).zip(tighter(b, d, false)) {
                Some((low, high)) => Test::Range(low, high),
                // Bounds of different kinds: no value lies within both.
                None => Test::In(Vec::new()),
            }
        }
        (a, b) if is_about_equality(b) && finite(a).is_some() => filtered(a, b)?,
        (a, b) if is_about_equality(a) && finite(b).is_some() => filtered(b, a)?,
        _ => return None,
    };
    Some(leaf::normalize(Predicate { paths: a.paths.clone(), test }, 0))
}

/// The values that a test lets through, when it lists them.
fn finite(test: &Test) -> Option<Vec<Value>> {
    match test {
        Test::Equals(value) => Some(vec![value.clone()]),
        Test::In(values) => Some(values.clone()),
        Test::IsNull => Some(vec![Value::Null]),
        _ => None,
    }
}

/// Whether a test treats equal values alike and no missing one like a present one.
fn is_about_equality(test: &Test) -> bool {
    matches!(
        test,
        Test::Equals(_)
            | Test::In(_)
            | Test::IsNull
            | Test::IsMissing
            | Test::Range(..)
            | Test::Prefix(_)
            | Test::Like(_)
            | Test::ContainsText(_)
            | Test::Fuzzy { .. }
            | Test::Regex(_)
    )
}

fn filtered(known: &Test, by: &Test) -> Option<Test> {
    let values = finite(known)?;
    Some(Test::In(values.into_iter().filter(|value| by.matches(Some(value.as_ref()))).collect()))
}

/// The bound that lets less through; `None` when they are of different kinds.
fn tighter(a: &Bound<Value>, b: &Bound<Value>, is_low: bool) -> Option<Bound<Value>> {
    use Bound::{Excluded, Included, Unbounded};
    match (a, b) {
        (Unbounded, other) | (other, Unbounded) => Some(other.clone()),
        (Included(x) | Excluded(x), Included(y) | Excluded(y)) => {
            let order = order::compare_within(x.as_ref(), y.as_ref())?;
            let first = if order.is_eq() { matches!(a, Excluded(_)) } else { order.is_gt() == is_low };
            Some(if first { a.clone() } else { b.clone() })
        }
    }
}

/// The members of an OR, with those that list values of one field united into one, which stands where the first stood.
pub(super) fn unite_equals(members: impl Iterator<Item = Expr>) -> Vec<Expr> {
    enum Slot {
        Member(Expr),
        Values(FieldPath, Vec<Value>),
    }
    let mut slots: Vec<Slot> = Vec::new();
    let mut by_path: HashMap<FieldPath, usize> = HashMap::new();
    for member in members {
        let listed = match &member {
            Expr::Leaf(Predicate { paths, test }) if paths.len() == 1 => finite(test).map(|values| (&paths[0], values)),
            _ => None,
        };
        let Some((path, values)) = listed else {
            slots.push(Slot::Member(member));
            continue;
        };
        match by_path.get(path).map(|at| &mut slots[*at]) {
            Some(Slot::Values(_, known)) => known.extend(values),
            _ => {
                by_path.insert(path.clone(), slots.len());
                slots.push(Slot::Values(path.clone(), values));
            }
        }
    }
    let finished = slots.into_iter().map(|slot| match slot {
        Slot::Member(member) => member,
        Slot::Values(path, values) => leaf::normalize(Predicate::new(path, Test::In(values)), 0),
    });
    finished.collect()
}
