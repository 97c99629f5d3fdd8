//! How much memory does a remembered condition take?

use std::ops::Bound;

use geo::CoordsIter;

use crate::{
    expr::{Expr, Predicate, Target, Test},
    geometry::PreparedShape,
    object::Value,
};

use super::MatchingRead;

/// A node of an expression, with the name of its field.
const NODE: usize = 96;

/// A value without what it points to.
const VALUE: usize = 32;

/// A character of a regular expression, compiled.
const COMPILED: usize = 256;

/// A position of a shape.
const POSITION: usize = 16;

/// A piece of an outline, with its box in a tree, and an edge with its box in another.
const PIECE: usize = 96 + 192;

/// About so many bytes.
pub(super) fn of(read: &MatchingRead) -> usize {
    let nearest = match &read.nearest {
        Some((Target::Vector { vector, .. }, _)) => NODE + vector.as_ref().of().bytes(),
        Some((Target::Best { examples, .. }, _)) => {
            NODE + examples.iter().map(|vector| NODE + size_of_val(vector)).sum::<usize>()
        }
        Some((Target::Shape { shape: known, .. }, _)) => NODE + shape(known),
        Some(_) => 2 * NODE,
        None => 0,
    };
    NODE + expr(&read.filter) + nearest
}

fn expr(condition: &Expr) -> usize {
    NODE + match condition {
        Expr::And(members) | Expr::Or(members) => members.iter().map(expr).sum(),
        Expr::Not(inner) => expr(inner),
        Expr::Leaf(Predicate { paths, test: of_test }) => paths.len() * VALUE + test(of_test),
    }
}

fn test(test: &Test) -> usize {
    match test {
        Test::Equals(known) | Test::Contains(known) => value(known),
        Test::In(known) => known.iter().map(value).sum(),
        Test::Range(low, high) => bound(low) + bound(high),
        Test::Prefix(text) | Test::Like(text) | Test::ContainsText(text) => text.len(),
        Test::Fuzzy { text, .. } => text.len(),
        Test::Regex(pattern) => pattern.as_str().len() * COMPILED,
        #[cfg(feature = "text")]
        Test::Match(words) => {
            words.as_str().len() + words.terms().iter().map(|term| VALUE + term.text.len()).sum::<usize>()
        }
        Test::Any(inner) => expr(inner),
        Test::WithinRegion(area) => area.shape().coords_count() * POSITION,
        Test::Intersects(area) | Test::CoveredBy(area) | Test::Covers(area) | Test::WithinShape { shape: area, .. } => {
            shape(area)
        }
        Test::WithinDistance { target, .. } => target.as_ref().of().bytes(),
        Test::Box { low, high } => size_of_val(&**low) + size_of_val(&**high),
        Test::Ball { center, .. } => size_of_val(&**center),
        Test::Compared { .. } => 8 * NODE,
        Test::IsNull | Test::IsMissing | Test::WithinRadius(..) | Test::WithinGeodesic(..) | Test::WithinBox(_) => {
            VALUE
        }
    }
}

/// A shape and its outline.
fn shape(prepared: &PreparedShape) -> usize {
    prepared.shape().coords_count() * (POSITION + PIECE)
}

fn bound(bound: &Bound<Value>) -> usize {
    match bound {
        Bound::Included(known) | Bound::Excluded(known) => value(known),
        Bound::Unbounded => 0,
    }
}

fn value(known: &Value) -> usize {
    VALUE
        + match known {
            Value::String(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::List(values) => values.iter().map(value).sum(),
            Value::Map(object) => object.iter().map(|(name, known)| name.len() + value(known)).sum(),
            Value::Vector(vector) => vector.as_ref().of().bytes(),
            _ => VALUE,
        }
}
