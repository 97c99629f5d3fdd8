//! The kinds of value, in the order in which they sort.

use std::fmt;

use super::ValueRef;

/// What kind of value: values compare within their kind, and kinds sort in this order. Integers and floats are one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Null.
    Null,
    /// False, then true.
    Bool,
    /// Integers and floats by exact value, NaN last.
    Number,
    /// Points in time.
    Timestamp,
    /// Text by code point.
    String,
    /// Bytes, lexicographically.
    Bytes,
    /// Lists, element by element; a prefix comes first.
    List,
    /// Maps, as lists of (name, value) sorted by name.
    Map,
    /// Vectors, component by component; a prefix comes first.
    Vector,
    /// Geometries, by their well-known binary: an order, but without meaning.
    Geometry,
    /// References, by family, then offset.
    Reference,
    /// Nested sets: all equal.
    Nested,
}

impl Kind {
    /// All kinds, in order.
    pub const ALL: [Self; 12] = [
        Self::Null,
        Self::Bool,
        Self::Number,
        Self::Timestamp,
        Self::String,
        Self::Bytes,
        Self::List,
        Self::Map,
        Self::Vector,
        Self::Geometry,
        Self::Reference,
        Self::Nested,
    ];

    /// The name in messages and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::Timestamp => "timestamp",
            Self::String => "text",
            Self::Bytes => "bytes",
            Self::List => "list",
            Self::Map => "map",
            Self::Vector => "vector",
            Self::Geometry => "geometry",
            Self::Reference => "reference",
            Self::Nested => "nested set",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl ValueRef<'_> {
    /// The kind of this value.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) | Self::Float(_) => Kind::Number,
            Self::Timestamp(_) => Kind::Timestamp,
            Self::String(_) => Kind::String,
            Self::Bytes(_) => Kind::Bytes,
            Self::List(_) => Kind::List,
            Self::Map(_) => Kind::Map,
            Self::Vector(_) => Kind::Vector,
            Self::Geometry(_) => Kind::Geometry,
            Self::Reference(..) => Kind::Reference,
            Self::Nested => Kind::Nested,
        }
    }
}
