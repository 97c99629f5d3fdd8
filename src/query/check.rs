//! Which questions have no answer? Refused before anything is read, by an error that names the field, the value and what was expected.

use crate::{
    expr::{Expr, Predicate, Target, Test},
    metric::Metric,
    object::FieldPath,
    set::{IndexDeclaration, SetView},
};

use super::{Item, QueryError, Scalar, fitness::About};

/// The metric that a field's index was declared with.
pub fn declared_metric(view: &SetView, path: &FieldPath) -> Option<Metric> {
    indexes_on(view, path).find_map(|index| Metric::parse(index.options.get("metric")?).ok())
}

/// Refuses what a selected item cannot be computed with.
pub fn item(item: &Item, view: Option<&SetView>) -> Result<(), QueryError> {
    match item {
        Item::All => Ok(()),
        Item::Named { scalar: computed, .. } => scalar(computed, view),
    }
}

/// Refuses a distance that has none, and what is made of a shape where there is none.
pub fn scalar(scalar: &Scalar, view: Option<&SetView>) -> Result<(), QueryError> {
    fits(About::scalar(scalar), scalar.paths(), view)?;
    match scalar {
        Scalar::Distance(measured) => target(measured, view),
        _ => Ok(()),
    }
}

/// Refuses a target that nothing can be near to.
pub fn target(target: &Target, view: Option<&SetView>) -> Result<(), QueryError> {
    target.check()?;
    fits(About::target(target), target.paths(), view)?;
    match target {
        Target::Vector { path, vector, .. } => dimension(path, vector, view),
        Target::Place { .. } | Target::Coordinates { .. } => Ok(()),
    }
}

/// Refuses a condition that cannot be meant.
pub fn filter(expr: &Expr, view: Option<&SetView>) -> Result<(), QueryError> {
    expr.check()?;
    let mut checked = Ok(());
    expr.for_each_leaf(&mut |leaf: &Predicate| {
        if checked.is_ok() {
            checked = self::leaf(leaf, view);
        }
    });
    checked
}

fn leaf(leaf: &Predicate, view: Option<&SetView>) -> Result<(), QueryError> {
    fits(About::leaf(leaf), &leaf.paths, view)?;
    match (&leaf.test, &leaf.paths[..]) {
        (Test::WithinDistance { target, .. }, [path]) => dimension(path, target, view),
        _ => Ok(()),
    }
}

fn fits(about: Option<About>, paths: &[FieldPath], view: Option<&SetView>) -> Result<(), QueryError> {
    about.zip(view).map_or(Ok(()), |(about, view)| about.check(paths, view))
}

fn dimension(path: &FieldPath, vector: &[f32], view: Option<&SetView>) -> Result<(), QueryError> {
    match view.and_then(|view| declared_dimension(view, path)) {
        Some(dimension) if dimension != vector.len() => Err(QueryError::value(
            path,
            format!("a vector of {} dimensions", vector.len()),
            format!("{dimension} dimensions, as the index was declared"),
        )),
        _ => Ok(()),
    }
}

fn declared_dimension(view: &SetView, path: &FieldPath) -> Option<usize> {
    indexes_on(view, path).find_map(|index| index.options.get("dimension")?.parse().ok())
}

fn indexes_on<'a>(view: &'a SetView, path: &'a FieldPath) -> impl Iterator<Item = &'a IndexDeclaration> {
    view.declaration().indexes.iter().filter(move |index| index.fields.first() == Some(path))
}
