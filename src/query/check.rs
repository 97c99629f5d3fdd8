//! Which questions have no answer? Refused before anything is read, by an error that names the field, the value and what was expected.

use crate::{
    expr::{Expr, Predicate, Target, Test},
    index::SearchEffort,
    metric::{Metric, VectorType},
    object::{FieldPath, VectorBuf},
    set::{IndexDeclaration, SetView},
};

use super::{AggregateFunction, Aggregation, Diversity, Grouping, Item, On, QueryError, Scalar, fitness::About};

/// The metric that a field's index was declared with.
pub fn declared_metric(view: &SetView, path: &FieldPath) -> Option<Metric> {
    indexes_on(view, path).find_map(|index| match index.options.get("metric") {
        Some(metric) => Metric::parse(metric).ok(),
        None => column_of(view, index).map(|of| Metric::of(of.element)[0]),
    })
}

/// A condition whose words are looked for as the index of their field finds them, where they may be in its language.
#[cfg(feature = "text")]
pub fn analysed(mut filter: Expr, view: Option<&SetView>) -> Expr {
    let Some(view) = view else { return filter };
    filter.for_each_leaf_mut(&mut |leaf| {
        let (Test::Match(words), [path]) = (&mut leaf.test, &leaf.paths[..]) else { return };
        let analysis = |index: &IndexDeclaration| view.registry().find(&index.kind)?.analysis(&index.options);
        if let Some(known) = indexes_on(view, path).filter_map(analysis).find_map(|analysis| words.by(&analysis)) {
            *words = known;
        }
    });
    filter
}

/// A condition as it is: without the feature `text` none asks for words.
#[cfg(not(feature = "text"))]
pub fn analysed(filter: Expr, _view: Option<&SetView>) -> Expr {
    filter
}

/// Refuses what a selected item cannot be computed with.
pub fn item(item: &Item, view: Option<&SetView>) -> Result<(), QueryError> {
    match item {
        Item::All | Item::Below(_) => Ok(()),
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
        Target::Vector { path, vector, metric } => measurable(path, vector, *metric, view),
        Target::Best { path, examples, metric } => {
            examples.iter().try_for_each(|vector| measurable(path, vector, *metric, view))
        }
        Target::Place { .. } | Target::Geodesic { .. } | Target::Shape { .. } | Target::Coordinates { .. } => Ok(()),
    }
}

/// Refuses efforts that no search can make.
pub fn effort(effort: SearchEffort) -> Result<(), QueryError> {
    match effort {
        SearchEffort::EfSearch(0) => Err(QueryError::value("effort", "ef_search 0", "at least 1")),
        SearchEffort::Recall(recall) if !(recall > 0.0 && recall <= 1.0) => {
            Err(QueryError::value("effort", format!("recall {recall}"), "more than 0 and at most 1"))
        }
        _ => Ok(()),
    }
}

/// Refuses a limit of the distance that is none.
pub fn within(target: &Target, distance: Option<f64>) -> Result<(), QueryError> {
    let Some(distance) = distance else { return Ok(()) };
    if distance.is_nan() {
        return Err(QueryError::value(fields(target.paths()), "within NaN", "a distance"));
    }
    target.within(distance, true).map_or(Ok(()), |within| Ok(within.check()?))
}

/// Refuses groups that nothing could be in, and such of hits in no order.
pub fn grouping(by: &Grouping, ordered: bool) -> Result<(), QueryError> {
    let refused = |value: String, expected: &str| Err(QueryError::value(&by.path, value, expected));
    if by.groups == 0 {
        return refused("0 groups".to_owned(), "at least 1");
    }
    if by.per_group == 0 {
        return refused("0 of each group".to_owned(), "at least 1");
    }
    if !ordered {
        return refused(format!("groups of {}", by.per_group), "a nearest search or an order, which says what is best");
    }
    Ok(())
}

/// Refuses what cannot be computed of a group.
pub fn aggregation(by: &Aggregation, view: Option<&SetView>) -> Result<(), QueryError> {
    by.keys.iter().try_for_each(|(_, key)| scalar(key, view))?;
    for (_, value) in &by.values {
        value.of.iter().try_for_each(|of| scalar(of, view))?;
        value.filter.iter().try_for_each(|condition| filter(condition, view))?;
        match value.function {
            AggregateFunction::Percentile(fraction) if !(0.0..=1.0).contains(&fraction) => {
                return Err(QueryError::value(value, fraction, "a fraction from 0 to 1"));
            }
            AggregateFunction::Count | AggregateFunction::Percentile(_) => {}
            _ if value.of.is_none() => return Err(QueryError::value(value, "*", "a value of each object")),
            _ => {}
        }
    }
    let mut names: Vec<&str> = by.keys.iter().map(|(name, _)| &**name).collect();
    names.extend(by.values.iter().map(|(name, _)| &**name));
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(QueryError::value(pair[0], "a name of two values", "a name for each")),
        None => Ok(()),
    }
}

/// Refuses a choice among too few, by no number between 0 and 1, or of what has no distances between its objects.
pub fn diversity(target: &Target, k: usize, by: Diversity) -> Result<(), QueryError> {
    let refused = |value: String, expected: String| Err(QueryError::value(fields(target.paths()), value, expected));
    if target.metric().is_none() {
        return refused("diverse hits".to_owned(), "a search for the nearest vectors".to_owned());
    }
    if k == 0 {
        return refused("k 0".to_owned(), "at least 1 hit to choose".to_owned());
    }
    if by.fetch < k {
        return refused(format!("{k} hits among {}", by.fetch), format!("at least {k} to choose among"));
    }
    if !(0.0..=1.0).contains(&by.lambda) {
        return refused(format!("lambda {}", by.lambda), "a number from 0 to 1".to_owned());
    }
    Ok(())
}

fn fields(paths: &[FieldPath]) -> String {
    paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
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

/// Refuses a condition between objects that cannot be meant, and fields that it is not about.
pub fn on(on: &On, left: Option<&SetView>, right: Option<&SetView>) -> Result<(), QueryError> {
    if let Some(example) = on.example() {
        filter(&example.into(), right)?;
    }
    let about = match on {
        On::Equal { .. } | On::Referring { .. } | On::Anything { .. } => None,
        _ => Some(About::Places),
    };
    fits(about, std::slice::from_ref(on.left()), left)
}

fn leaf(leaf: &Predicate, view: Option<&SetView>) -> Result<(), QueryError> {
    fits(About::leaf(leaf), &leaf.paths, view)?;
    match (&leaf.test, &leaf.paths[..]) {
        (Test::WithinDistance { target, metric, .. }, [path]) => measurable(path, target, *metric, view),
        _ => Ok(()),
    }
}

fn fits(about: Option<About>, paths: &[FieldPath], view: Option<&SetView>) -> Result<(), QueryError> {
    about.zip(view).map_or(Ok(()), |(about, view)| about.check(paths, view))
}

/// Refuses a vector of another dimension than the field is declared for, and a metric that does not measure what is stored there.
fn measurable(path: &FieldPath, vector: &VectorBuf, metric: Metric, view: Option<&SetView>) -> Result<(), QueryError> {
    let Some(declared) = view.and_then(|view| indexes_on(view, path).find_map(|index| column_of(view, index))) else {
        return Ok(());
    };
    if declared.dimension != vector.len() {
        return Err(QueryError::value(
            path,
            format!("a vector of {} dimensions", vector.len()),
            format!("{} dimensions, as the index was declared", declared.dimension),
        ));
    }
    let known = Metric::of(declared.element);
    if known.contains(&metric) {
        return Ok(());
    }
    let names: Vec<&str> = known.iter().map(|metric| metric.name()).collect();
    let expected = format!("{}, as the field is declared for elements of {}", names.join(" or "), declared.element);
    Err(QueryError::value(path, format!("{metric} distance"), expected))
}

/// What vectors an index keeps of its field.
fn column_of(view: &SetView, index: &IndexDeclaration) -> Option<VectorType> {
    view.registry().find(&index.kind)?.vector_column(&index.options)
}

fn indexes_on<'a>(view: &'a SetView, path: &'a FieldPath) -> impl Iterator<Item = &'a IndexDeclaration> {
    view.declaration().indexes.iter().filter(move |index| index.fields.first() == Some(path))
}
