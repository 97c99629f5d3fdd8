//! What comes back of each object: fields, computed values, or all of it.

use std::fmt;

use crate::{
    expr::{Scalar, Target},
    object::FieldPath,
};

/// One thing to select.
#[derive(Clone, Debug)]
pub enum Item {
    /// Every field of the object, under its own name.
    All,
    /// Every field of the map at a path, under its own name: of one of the objects that are joined, for one.
    Below(FieldPath),
    /// One value under a name.
    Named {
        /// The field it has in the projected object.
        name: String,
        /// The value.
        scalar: Scalar,
    },
}

impl Item {
    /// A field under its own name (a dotted path under its text).
    #[must_use]
    pub fn field(path: impl Into<FieldPath>) -> Self {
        let path = path.into();
        Self::Named { name: path.to_string(), scalar: Scalar::Field(path) }
    }

    /// The distance to a target, as `distance`.
    #[must_use]
    pub fn distance(target: Target) -> Self {
        Self::computed("distance", Scalar::Distance(target))
    }

    /// The object's offset, as `offset`.
    #[must_use]
    pub fn offset() -> Self {
        Self::computed("offset", Scalar::Offset)
    }

    /// A computed value under a name.
    #[must_use]
    pub fn computed(name: impl Into<String>, scalar: Scalar) -> Self {
        Self::Named { name: name.into(), scalar }
    }

    /// What is computed for it; what is taken as a whole is not.
    #[must_use]
    pub fn scalar(&self) -> Option<&Scalar> {
        match self {
            Self::All | Self::Below(_) => None,
            Self::Named { scalar, .. } => Some(scalar),
        }
    }

    /// The same value under another name; what is taken as a whole has none to change.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        match self {
            whole @ (Self::All | Self::Below(_)) => whole,
            Self::Named { scalar, .. } => Self::Named { name: name.into(), scalar },
        }
    }
}

impl<T: Into<Scalar>> From<T> for Item {
    fn from(scalar: T) -> Self {
        let scalar = scalar.into();
        Self::Named { name: scalar.to_string(), scalar }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Below(path) => write!(f, "{path}.*"),
            Self::Named { name, scalar } => {
                let text = scalar.to_string();
                if text == *name { f.write_str(&text) } else { write!(f, "{text} as {name}") }
            }
        }
    }
}
