//! Where in an object a value stands: `address.city`.

use std::{fmt, sync::Arc};

use super::{Offset, ValueRef};

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

    /// The object's own offset, read like a field. No stored field has this path: its name starts with a character that text names do not.
    #[must_use]
    pub fn offset() -> Self {
        Self::of(&[OFFSET])
    }

    /// The offset of the object's owner, read like a field; missing in a top-level set.
    #[must_use]
    pub fn owner() -> Self {
        Self::of(&[OWNER])
    }

    /// What the path says of where the object stands; `None` for a field.
    #[must_use]
    #[inline]
    pub fn standing(&self) -> Option<Standing> {
        match &*self.0 {
            [name] if name.as_bytes().first() == Some(&0) => match &**name {
                OFFSET => Some(Standing::Offset),
                OWNER => Some(Standing::Owner),
                _ => None,
            },
            _ => None,
        }
    }

    /// The same path in the value of a field of this name.
    #[must_use]
    pub fn under(&self, name: &str) -> Self {
        Self(std::iter::once(Box::from(name)).chain(self.0.iter().cloned()).collect())
    }

    /// What of the path is left in the value of its first field, if that has this name and the path goes on.
    #[must_use]
    pub fn below(&self, name: &str) -> Option<Self> {
        match &*self.0 {
            [first, rest @ ..] if **first == *name && !rest.is_empty() => Some(Self(rest.into())),
            _ => None,
        }
    }

    /// The names from the outermost field inwards; never empty.
    #[must_use]
    pub fn names(&self) -> &[Box<str>] {
        &self.0
    }
}

const OFFSET: &str = "\0offset";
const OWNER: &str = "\0owner";

/// Where an object stands, which is no field of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its offset.
    Offset,
    /// The offset of its owner.
    Owner,
}

impl Standing {
    /// The value of it.
    #[must_use]
    pub fn value(self, offset: Offset, owner: Option<Offset>) -> Option<ValueRef<'static>> {
        let asked = match self {
            Self::Offset => Some(offset),
            Self::Owner => owner,
        };
        asked.and_then(|offset| i64::try_from(offset.0).ok()).map(ValueRef::Int)
    }

    /// The name by which it is asked for.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offset => "_offset",
            Self::Owner => "_owner",
        }
    }
}

impl From<&str> for FieldPath {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(standing) = self.standing() {
            return f.write_str(standing.name());
        }
        for (i, name) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}
