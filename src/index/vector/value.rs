//! Which vectors have a distance?

use crate::{index::IndexError, metric::Metric, object::FieldPath};

/// Refuses a vector that no distance can be measured to.
pub(super) fn check_vector(
    field: &FieldPath,
    metric: Metric,
    dimension: usize,
    vector: &[f32],
) -> Result<(), IndexError> {
    if vector.len() != dimension {
        return Err(refuse(field, &format!("a vector of {} components", vector.len()), dimension));
    }
    if let Some(at) = vector.iter().position(|x| !x.is_finite()) {
        return Err(refuse(field, &format!("component {at} is {}", vector[at]), dimension));
    }
    if metric == Metric::Cosine && vector.iter().all(|x| *x == 0.0) {
        return Err(IndexError::Value {
            field: field.to_string(),
            value: "a zero vector".into(),
            expected: "a vector with a direction, as the metric is cosine".into(),
        });
    }
    Ok(())
}

/// Refuses a value; the error says what was expected.
pub(super) fn refuse(field: &FieldPath, value: &str, dimension: usize) -> IndexError {
    let shortened = value.chars().take(80).collect();
    let expected = format!("a vector of {dimension} finite components, or no such field");
    IndexError::Value { field: field.to_string(), value: shortened, expected }
}
