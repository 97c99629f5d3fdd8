//! Which vectors have a distance?

use crate::{
    index::IndexError,
    metric::{Element, Metric},
    object::{FieldPath, VectorRef},
};

use super::settings::Settings;

/// Refuses a stored vector that is of another type than declared, or that no distance can be measured to.
pub(super) fn check_vector(field: &FieldPath, settings: &Settings, vector: VectorRef<'_>) -> Result<(), IndexError> {
    if vector.of() != settings.of() {
        return Err(refuse(field, &format!("a vector of {}", vector.of()), settings));
    }
    check_components(field, settings, vector)
}

/// Refuses a query vector that nothing can be measured from: numbers of any type, or bits for a metric of bits.
pub(super) fn check_query(field: &FieldPath, settings: &Settings, vector: VectorRef<'_>) -> Result<(), IndexError> {
    let alike = (vector.element() == Element::Binary) == settings.metric.is_of_bits();
    if vector.len() != settings.dimension || !alike {
        return Err(refuse(field, &format!("a vector of {}", vector.of()), settings));
    }
    check_components(field, settings, vector)
}

fn check_components(field: &FieldPath, settings: &Settings, vector: VectorRef<'_>) -> Result<(), IndexError> {
    if matches!(vector.element(), Element::Binary) {
        return Ok(());
    }
    let components = vector.components();
    if let Some(at) = components.iter().position(|x| !x.is_finite()) {
        return Err(refuse(field, &format!("component {at} is {}", components[at]), settings));
    }
    if settings.metric == Metric::Cosine && components.iter().all(|x| *x == 0.0) {
        return Err(IndexError::Value {
            field: field.to_string(),
            value: "a zero vector".into(),
            expected: "a vector with a direction, as the metric is cosine".into(),
        });
    }
    Ok(())
}

/// Refuses a value; the error says what was expected.
pub(super) fn refuse(field: &FieldPath, value: &str, settings: &Settings) -> IndexError {
    let shortened = value.chars().take(80).collect();
    let expected = match settings.element {
        Element::F32 => format!("a vector of {} finite components, or no such field", settings.dimension),
        _ => format!("a vector of {}, or no such field", settings.of()),
    };
    IndexError::Value { field: field.to_string(), value: shortened, expected }
}
