//! Which expressions make no sense?
//!
//! A bound that can't match (null, NaN, reversed) is no error: it matches nothing. Numbers that can't be measured with are.

use std::fmt::Display;

use crate::{
    metric::{Element, Metric},
    object::{FieldPath, VectorBuf},
};

use super::{Expr, MAX_EDITS, MAX_NESTING, Pattern, Predicate, Test, evaluate::asked};

/// A condition or target that cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("field '{field}': {value}: expected {expected}")]
pub struct ExprError {
    /// The field, or the fields.
    pub field: String,
    /// What was given.
    pub value: String,
    /// What would have been right.
    pub expected: String,
}

impl Expr {
    /// Refuses NaN and infinite components in vectors and centres, negative radii, wrong numbers of fields, and what is nested deeper
    /// than [`MAX_NESTING`].
    pub fn check(&self) -> Result<(), ExprError> {
        let nesting = self.nesting();
        if nesting > MAX_NESTING {
            let expected = format!("at most {MAX_NESTING} (a chain of ANDs, or of ORs, is one level)");
            return Err(ExprError {
                field: "*".to_owned(),
                value: format!("a condition nested {nesting} deep"),
                expected,
            });
        }
        let mut checked = Ok(());
        self.for_each_leaf(&mut |leaf| {
            if checked.is_ok() {
                checked = leaf.check();
            }
        });
        checked
    }
}

impl Predicate {
    /// [`Expr::check`] for one leaf.
    pub fn check(&self) -> Result<(), ExprError> {
        match &self.test {
            Test::Box { low, high } => {
                self.dimensions("lower", low)?;
                self.dimensions("upper", high)?;
                let numbers = low.iter().chain(high).all(|edge| !edge.is_nan());
                self.expect(numbers, || format!("box {low:?} to {high:?}"), "edges that are numbers, not NaN")
            }
            Test::Ball { center, radius } => {
                finite_coordinates(&self.paths, center)?;
                self.radius(*radius)
            }
            Test::Compared { .. } => Ok(()),
            test => {
                let fields = self.paths.len();
                self.expect(fields == 1, || format!("{fields} fields"), "one field")?;
                self.check_single(test)
            }
        }
    }

    fn check_single(&self, test: &Test) -> Result<(), ExprError> {
        match test {
            Test::WithinRadius(_, metres) | Test::WithinGeodesic(_, metres) | Test::WithinShape { metres, .. } => {
                self.radius(*metres)
            }
            Test::WithinDistance { target, metric, distance, .. } => {
                finite_vector(&self.paths[0], target, *metric)?;
                self.expect(!distance.is_nan(), || format!("distance {distance}"), "a number")
            }
            Test::Fuzzy { edits, .. } => {
                self.expect(*edits <= MAX_EDITS, || format!("{edits} edits"), format_args!("at most {MAX_EDITS}"))
            }
            Test::Regex(pattern) => self.pattern(pattern),
            Test::Any(element) => element.check(),
            _ => Ok(()),
        }
    }

    fn pattern(&self, pattern: &Pattern) -> Result<(), ExprError> {
        let value = |error: &str| format!("pattern '{}': {error}", pattern.as_str());
        pattern.error().map_or(Ok(()), |error| self.expect(false, || value(error), "a regular expression"))
    }

    fn dimensions(&self, which: &str, corner: &[f64]) -> Result<(), ExprError> {
        let fields = self.paths.len();
        let right = corner.len() == fields && fields > 0;
        self.expect(
            right,
            || format!("{} {which} edges", corner.len()),
            format_args!("one a field, and {fields} fields"),
        )
    }

    fn radius(&self, radius: f64) -> Result<(), ExprError> {
        self.expect(radius.is_finite() && radius >= 0.0, || format!("radius {radius}"), "a finite number of at least 0")
    }

    fn expect(&self, right: bool, value: impl FnOnce() -> String, expected: impl Display) -> Result<(), ExprError> {
        expect(&self.paths, right, value, expected)
    }
}

pub(super) fn expect(
    paths: &[FieldPath],
    right: bool,
    value: impl FnOnce() -> String,
    expected: impl Display,
) -> Result<(), ExprError> {
    if right {
        return Ok(());
    }
    let names: Vec<String> = paths.iter().map(ToString::to_string).collect();
    Err(ExprError { field: names.join(", "), value: value(), expected: expected.to_string() })
}

/// Refuses a query vector that nothing can be measured against.
pub(super) fn finite_vector(path: &FieldPath, vector: &VectorBuf, metric: Metric) -> Result<(), ExprError> {
    let paths = std::slice::from_ref(path);
    let (asked, vector) = (asked(vector, metric), vector.components());
    expect(paths, !vector.is_empty(), || "an empty vector".to_owned(), "at least one component")?;
    // All are looked at, which many at once can be: nearly always they are finite.
    if !vector.iter().fold(true, |finite, component| finite & component.is_finite()) {
        let first = vector.iter().enumerate().find(|(_, component)| !component.is_finite());
        let value = || first.map_or_else(String::new, |(at, component)| format!("component {at} is {component}"));
        return expect(paths, false, value, "finite numbers");
    }
    let is_of_bits = asked.element() == Element::Binary;
    let bits = format_args!("a vector of bits, or of numbers 0 and 1, for {metric} distance");
    expect(paths, is_of_bits || !metric.is_of_bits(), || first_not_bit(&vector), bits)?;
    let numbers = format_args!("a vector of numbers, for {metric} distance; bits have hamming and jaccard");
    expect(paths, !is_of_bits || metric.is_of_bits(), || format!("{} bits", vector.len()), numbers)?;
    let directed = metric != Metric::Cosine || vector.iter().any(|component| *component != 0.0);
    expect(paths, directed, || "a zero vector".to_owned(), "a vector with a direction, for cosine distance")
}

/// The first component that keeps a vector from being one of bits.
fn first_not_bit(vector: &[f32]) -> String {
    let first = vector.iter().enumerate().find(|(_, component)| **component != 0.0 && **component != 1.0);
    first.map_or_else(String::new, |(at, component)| format!("component {at} is {component}"))
}

/// Refuses vectors to be like or unlike that cannot be measured against together; the error says which one.
pub(super) fn example_vectors(
    path: &FieldPath,
    like: &[VectorBuf],
    unlike: &[VectorBuf],
    metric: Metric,
) -> Result<(), ExprError> {
    let paths = std::slice::from_ref(path);
    let Some(first) = like.first().or(unlike.first()) else {
        return expect(paths, false, || "no vectors".to_owned(), "at least one to be like or unlike");
    };
    for (which, vectors) in [("like", like), ("unlike", unlike)] {
        for (at, vector) in vectors.iter().enumerate() {
            let named =
                |error: ExprError| ExprError { value: format!("vector {at} to be {which}: {}", error.value), ..error };
            finite_vector(path, vector, metric).map_err(named)?;
            let value = || format!("{} dimensions", vector.len());
            let expected = format_args!("{} dimensions, as the first has", first.len());
            expect(paths, vector.len() == first.len(), value, expected).map_err(named)?;
        }
    }
    Ok(())
}

/// Refuses a centre that nothing can be measured against.
pub(super) fn finite_coordinates(paths: &[FieldPath], center: &[f64]) -> Result<(), ExprError> {
    let fields = paths.len();
    let right = center.len() == fields && fields > 0;
    expect(paths, right, || format!("{} coordinates", center.len()), format_args!("one a field, and {fields} fields"))?;
    match center.iter().find(|coordinate| !coordinate.is_finite()) {
        Some(coordinate) => expect(paths, false, || format!("coordinate {coordinate}"), "finite numbers"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Target, field, in_ball, in_box};

    fn message(expr: &Expr) -> String {
        expr.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn bad_query_vectors_are_named_55_56() {
        let near = |vector: &[f32], metric| message(&field("v").within_distance(vector, metric, 0.5));
        assert_eq!(near(&[1.0, f32::NAN], Metric::L2), "field 'v': component 1 is NaN: expected finite numbers");
        assert_eq!(near(&[f32::INFINITY], Metric::L2), "field 'v': component 0 is inf: expected finite numbers");
        assert_eq!(near(&[], Metric::L2), "field 'v': an empty vector: expected at least one component");
        assert!(near(&[0.0, 0.0], Metric::Cosine).contains("a zero vector: expected a vector with a direction"));
        assert_eq!(near(&[0.0, 0.0], Metric::L2), "fine");
        assert!(message(&field("v").nearer_than([1.0], Metric::L2, f64::NAN)).contains("distance NaN"));
    }

    #[test]
    fn bad_shapes_are_named() {
        let ball = |center: &[f64], radius| message(&!in_ball(["x", "y"], center, radius).or(Expr::none()));
        assert_eq!(ball(&[0.0, 1.0], -1.0), "field 'x, y': radius -1: expected a finite number of at least 0");
        assert_eq!(ball(&[0.0], 1.0), "field 'x, y': 1 coordinates: expected one a field, and 2 fields");
        assert_eq!(ball(&[0.0, f64::INFINITY], 1.0), "field 'x, y': coordinate inf: expected finite numbers");
        assert!(message(&in_box(["x"], &[0.0, 1.0], &[1.0])).contains("2 lower edges"));
        assert!(message(&in_box(["x"], &[f64::NAN], &[1.0])).contains("not NaN"));
        assert_eq!(message(&in_box(["x"], &[f64::NEG_INFINITY], &[1.0])), "fine");
        assert!(message(&field("a").any(in_ball(["x"], &[0.0], f64::NAN))).contains("radius NaN"));
        let target = Target::Coordinates { paths: vec!["x".into()], center: [f64::NAN].into() };
        assert!(target.check().is_err());
    }

    #[test]
    fn bad_patterns_and_too_many_edits_are_named() {
        let bad = message(&field("a").matches("(b"));
        assert_eq!(bad, "field 'a': pattern '(b': unclosed group: expected a regular expression");
        assert_eq!(message(&field("a").fuzzy("b", 5)), "field 'a': 5 edits: expected at most 4");
        assert_eq!(message(&field("a").fuzzy("b", 4).and(field("a").matches("^b"))), "fine");
    }

    #[test]
    fn bounds_that_match_nothing_are_no_error() {
        assert_eq!(message(&field("x").between(f64::NAN, 3)), "fine");
        assert_eq!(message(&field("x").between(9, 3)), "fine");
    }
}
