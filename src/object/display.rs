//! Values as a reader of a table wants to see them.

use std::fmt::{self, Display, Formatter};

use crate::geometry::to_wkt;

use super::{MAX_DEPTH, Object, Value, ValueRef, VectorRef, timestamp};

/// Vectors show this many components, then their dimension.
const SHOWN_COMPONENTS: usize = 4;
/// Shapes longer than this as text show their kind and the number of their coordinates.
const SHOWN_WKT: usize = 120;

/// Text and timestamps are bare, but quoted inside of lists and maps; vectors and long shapes are shortened.
impl Display for ValueRef<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        show(f, *self, 0)
    }
}

fn show(f: &mut Formatter<'_>, value: ValueRef<'_>, depth: usize) -> fmt::Result {
    let inner = |f: &mut Formatter<'_>, value: ValueRef<'_>| match value {
        ValueRef::String(text) => write!(f, "{text:?}"),
        other => show(f, other, depth + 1),
    };
    match value {
        _ if depth > MAX_DEPTH => f.write_str(".."),
        ValueRef::Null => f.pad("null"),
        ValueRef::Bool(value) => Display::fmt(&value, f),
        ValueRef::Int(value) => Display::fmt(&value, f),
        ValueRef::Float(value) => write!(f, "{value:?}"),
        ValueRef::String(text) => f.pad(text),
        ValueRef::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        ValueRef::Timestamp(micros) => f.pad(&timestamp::format(micros)),
        ValueRef::List(list) => {
            f.write_str("[")?;
            separated(f, list.iter(), inner)?;
            f.write_str("]")
        }
        ValueRef::Map(map) => {
            f.write_str("{")?;
            separated(f, map.iter(), |f, (name, value)| {
                write!(f, "{name}: ")?;
                inner(f, value)
            })?;
            f.write_str("}")
        }
        ValueRef::Vector(vector) => show_vector(f, vector),
        ValueRef::Geometry(shape) => match shape.to_geometry() {
            Ok(shape) => show_geometry(f, &shape),
            Err(error) => write!(f, "invalid geometry ({error})"),
        },
        ValueRef::Reference(family, offset) => write!(f, "@{family}/{offset}"),
        ValueRef::Nested => f.write_str("(set)"),
    }
}

fn separated<T>(
    f: &mut Formatter<'_>,
    items: impl Iterator<Item = T>,
    show: impl Fn(&mut Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    for (i, item) in items.enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        show(f, item)?;
    }
    Ok(())
}

fn show_vector(f: &mut Formatter<'_>, vector: VectorRef<'_>) -> fmt::Result {
    f.write_str("[")?;
    separated(f, vector.iter().take(SHOWN_COMPONENTS), |f, component| write!(f, "{component}"))?;
    match vector.len() {
        dimension if dimension > SHOWN_COMPONENTS => write!(f, ", .. {dimension}]"),
        _ => f.write_str("]"),
    }
}

fn show_geometry(f: &mut Formatter<'_>, shape: &geo::Geometry<f64>) -> fmt::Result {
    let text = to_wkt(shape);
    if text.len() <= SHOWN_WKT {
        return f.write_str(&text);
    }
    let kind = text.split(['(', ' ']).next().unwrap_or_default();
    write!(f, "{kind} of {} coordinates", geo::CoordsIter::coords_count(shape))
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl Display for Object {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        ValueRef::Map(super::MapRef::Owned(self)).fmt(f)
    }
}
