//! What can go wrong inside an index.

use crate::{codec::CodecError, object::FieldPath};

/// The errors of index kinds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// An option that the kind does not know, or a value it does not take.
    #[error("index kind '{kind}': option {option} = '{value}': expected {expected}")]
    Option {
        /// The index kind.
        kind: &'static str,
        /// The option's name.
        option: String,
        /// The value given.
        value: String,
        /// What would have been right.
        expected: String,
    },
    /// More or fewer fields than the kind can be declared on.
    #[error("index kind '{kind}': {} ({fields}): expected {expected}", counted(fields))]
    Fields {
        /// The index kind.
        kind: &'static str,
        /// The fields given.
        fields: String,
        /// How many there may be.
        expected: String,
    },
    /// A value that the index cannot take (wrong dimension, NaN, a place off the globe).
    #[error("field '{field}': {value}: expected {expected}")]
    Value {
        /// The field.
        field: String,
        /// The value, shortened.
        value: String,
        /// What would have been right.
        expected: String,
    },
    /// No kind of this name is registered.
    #[error("unknown index kind '{0}'")]
    UnknownKind(String),
    /// An invariant of a part does not hold.
    #[error("index part: {0}")]
    Invariant(String),
    /// Damaged bytes.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// Whoever was told how far a build is has ended it.
    #[error("cancelled")]
    Cancelled,
    /// Writing a part failed.
    #[error("writing an index part: {0}")]
    Io(#[from] std::io::Error),
}

impl IndexError {
    /// More or fewer fields than the kind can be declared on.
    pub(super) fn fields(kind: &'static str, fields: &[FieldPath], expected: String) -> Self {
        let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
        Self::Fields { kind, fields: fields.join(", "), expected }
    }

    /// Whether the part itself is at fault: then it is taken out of use and built again.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        matches!(self, Self::Codec(_) | Self::Invariant(_))
    }
}

fn counted(fields: &str) -> String {
    match fields.split(", ").count() {
        1 => "1 field".to_owned(),
        count => format!("{count} fields"),
    }
}
