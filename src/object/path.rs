//! Where in an object a value stands: `address.city`.

use std::{fmt, sync::Arc};

/// A dotted path of field names. Cheap to clone.
///
/// A path through a missing field, or through anything but a map, leads to a missing value, never to an error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Arc<[Box<str>]>);

impl FieldPath {
    /// Parses `a.b.c`. A field whose own name holds a dot can be given through [`FieldPath::of`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.split('.').map(Into::into).collect())
    }

    /// A path of these field names, taken as they are.
    #[must_use]
    pub fn of(names: &[&str]) -> Self {
        Self(names.iter().map(|name| Box::from(*name)).collect())
    }

    /// The names from the outermost field inwards; never empty.
    #[must_use]
    pub fn names(&self) -> &[Box<str>] {
        &self.0
    }
}

impl From<&str> for FieldPath {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}
