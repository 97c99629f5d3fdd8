//! What can be wrong with an object.

use crate::{geometry::GeometryError, metric::Element};

use super::{FieldPath, MAX_DEPTH, Value};

/// A value or an object that cannot be stored, read or understood. `field` is a dotted path; list elements are `[n]`.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// Only maps are objects.
    #[error("an object must be a map of field names to values, not {found}")]
    NotAMap {
        /// What it is instead.
        found: &'static str,
    },
    /// Bytes that are no object of ours.
    #[error("not a stored object: {what} at byte {position}")]
    Malformed {
        /// Where in the bytes.
        position: usize,
        /// What does not fit.
        what: &'static str,
    },
    /// A map key that is not text.
    #[error("{}the names of a map must be text, found {found}", prefix(field))]
    KeyNotText {
        /// The map.
        field: String,
        /// What the key is.
        found: &'static str,
    },
    /// A name that stands twice in one map.
    #[error("field '{field}' stands twice in one object: expected each name once")]
    Duplicate {
        /// The field.
        field: String,
    },
    /// An unsigned number that no i64 holds.
    #[error("{field}: {value} is greater than {max}, the largest integer that can be stored", max = i64::MAX)]
    IntegerTooLarge {
        /// The field.
        field: String,
        /// The number.
        value: u64,
    },
    /// A vector component that is NaN or infinite.
    #[error("{}component {component} of the vector is {value:?}; only finite numbers can be stored", prefix(field))]
    NotFinite {
        /// The field.
        field: String,
        /// Which component, from 0.
        component: usize,
        /// What it is.
        value: f64,
    },
    /// A vector component that an element type does not hold.
    #[error(
        "{}component {component} of the vector is {value:?}: expected {expected}, which is what {element} holds",
        prefix(field)
    )]
    NotElement {
        /// The field.
        field: String,
        /// Which component, from 0.
        component: usize,
        /// What it is.
        value: f64,
        /// The element type.
        element: Element,
        /// What the element type holds.
        expected: &'static str,
    },
    /// Maps or lists inside each other too often.
    #[error("{field}: nested deeper than {MAX_DEPTH} levels")]
    TooDeep {
        /// The field that goes too deep.
        field: String,
    },
    /// More bytes or elements than the format can count.
    #[error("{field}: {length} bytes or elements are more than one value can hold")]
    TooLong {
        /// The field.
        field: String,
        /// How many.
        length: usize,
    },
    /// A shape that is not valid.
    #[error("{}{source}", prefix(field))]
    Geometry {
        /// The field.
        field: String,
        /// The reason.
        source: GeometryError,
    },
    /// A vector's column is not there.
    #[error("the vector in column {column} is missing")]
    MissingColumn {
        /// The column's number.
        column: u32,
    },
    /// A value that does not say what the field needs.
    #[error("{}{value} is no {expected}: {why}", prefix(field))]
    Coerce {
        /// The field; empty for a lone value.
        field: String,
        /// The value, as text.
        value: String,
        /// What was asked for.
        expected: &'static str,
        /// Why it does not fit.
        why: String,
    },
    /// A value that an operator of an update cannot change.
    #[error("{field}: {value}: expected {expected}")]
    Update {
        /// The field.
        field: String,
        /// What it holds, shortened.
        value: String,
        /// What would have been right.
        expected: String,
    },
    /// A Rust value that serde could not write.
    #[error("cannot write {type_name} as an object: {why}")]
    Serialize {
        /// The Rust type.
        type_name: &'static str,
        /// What serde says.
        why: String,
    },
    /// An object that does not have the shape of a Rust type.
    #[error("cannot read the object as {type_name}: {why}")]
    Deserialize {
        /// The Rust type.
        type_name: &'static str,
        /// What serde says.
        why: String,
    },
}

impl ObjectError {
    /// A value that does not say what was asked for.
    pub(super) fn unfit(value: &Value, expected: &'static str, why: &str) -> Self {
        let shown = match value {
            Value::String(text) => format!("{text:?}"),
            other => other.to_string(),
        };
        Self::Coerce { field: String::new(), value: shortened(shown), expected, why: why.to_owned() }
    }

    /// A value that an operator of an update cannot change.
    pub(super) fn unfit_for_update(path: &FieldPath, value: &Value, expected: &str) -> Self {
        Self::Update { field: path.to_string(), value: shortened(value.to_string()), expected: expected.to_owned() }
    }

    /// The field at fault, and the fault without it; `None` when no one field is.
    #[must_use]
    pub fn split_field(&self) -> Option<(&str, String)> {
        let field = match self {
            Self::IntegerTooLarge { field, .. }
            | Self::NotFinite { field, .. }
            | Self::NotElement { field, .. }
            | Self::TooDeep { field }
            | Self::TooLong { field, .. }
            | Self::Geometry { field, .. }
            | Self::Update { field, .. }
            | Self::Coerce { field, .. } => field,
            Self::Duplicate { field } => {
                return Some((field, "stands twice in one object: expected each name once".into()));
            }
            _ => return None,
        };
        let text = self.to_string();
        let what = text.strip_prefix(&format!("{field}: "))?;
        Some((field, what.to_owned()))
    }

    /// The same fault, told where it stands, when it does not say so yet.
    #[must_use]
    pub fn in_field(mut self, name: &str) -> Self {
        if let Self::NotFinite { field, .. }
        | Self::NotElement { field, .. }
        | Self::Geometry { field, .. }
        | Self::Coerce { field, .. } = &mut self
            && field.is_empty()
        {
            name.clone_into(field);
        }
        self
    }
}

/// Values in messages are cut after so many characters.
const SHOWN: usize = 80;

fn shortened(shown: String) -> String {
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}..", &shown[..end]),
        None => shown,
    }
}

fn prefix(field: &str) -> String {
    if field.is_empty() { String::new() } else { format!("{field}: ") }
}
