//! A map seen where it is.

use std::{fmt, slice};

use super::{
    Object, PackedObject, Value, ValueRef, VectorSource,
    walk::{Head, Walker},
};

/// A map, as MessagePack bytes or as an owned object.
#[derive(Clone, Copy)]
pub enum MapRef<'a> {
    /// One MessagePack map with text keys.
    Packed(PackedObject<'a>),
    /// An owned object.
    Owned(&'a Object),
}

impl<'a> MapRef<'a> {
    /// The number of fields.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::Owned(object) => object.len(),
            Self::Packed(packed) => match Walker::new(packed.bytes).head() {
                Some(Head::Map(count)) => count as usize,
                _ => 0,
            },
        }
    }

    /// Whether there are no fields.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value of a field of this map itself.
    #[must_use]
    pub fn get(self, name: &str) -> Option<ValueRef<'a>> {
        match self {
            Self::Owned(object) => object.get(name).map(Value::as_ref),
            Self::Packed(packed) => packed.get_name(name),
        }
    }

    /// The fields in stored order.
    #[must_use]
    pub fn iter(self) -> MapIter<'a> {
        match self {
            Self::Owned(object) => MapIter(State::Owned(object.entries().iter())),
            Self::Packed(packed) => {
                let mut walker = Walker::new(packed.bytes);
                let left = match walker.head() {
                    Some(Head::Map(count)) => count,
                    _ => 0,
                };
                MapIter(State::Packed { walker, left, columns: packed.columns })
            }
        }
    }

    /// The fields sorted by name, the form in which maps compare.
    pub(super) fn sorted(self) -> Vec<(&'a str, ValueRef<'a>)> {
        let mut fields: Vec<_> = self.iter().collect();
        fields.sort_by_key(|(name, _)| *name);
        fields.dedup_by_key(|(name, _)| *name);
        fields
    }

    /// The map, owned.
    #[must_use]
    pub fn to_object(self) -> Object {
        self.to_object_within(0)
    }

    pub(super) fn to_object_within(self, depth: usize) -> Object {
        let fields = self.iter().map(|(name, value)| (name.to_owned(), value.to_value_within(depth + 1)));
        Object::from_entries(fields.collect())
    }
}

impl<'a> IntoIterator for MapRef<'a> {
    type Item = (&'a str, ValueRef<'a>);
    type IntoIter = MapIter<'a>;

    fn into_iter(self) -> MapIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for MapRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_object().fmt(f)
    }
}

/// The fields of a map, in stored order. Ends early on bytes that are no map.
#[derive(Clone)]
pub struct MapIter<'a>(State<'a>);

#[derive(Clone)]
enum State<'a> {
    Packed { walker: Walker<'a>, left: u32, columns: Option<&'a dyn VectorSource> },
    Owned(slice::Iter<'a, (String, Value)>),
}

impl<'a> Iterator for MapIter<'a> {
    type Item = (&'a str, ValueRef<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            State::Owned(fields) => fields.next().map(|(name, value)| (name.as_str(), value.as_ref())),
            State::Packed { walker, left, columns } => {
                *left = left.checked_sub(1)?;
                let field = packed_field(walker, *columns);
                if field.is_none() {
                    *left = 0;
                }
                field
            }
        }
    }
}

fn packed_field<'a>(walker: &mut Walker<'a>, columns: Option<&'a dyn VectorSource>) -> Option<(&'a str, ValueRef<'a>)> {
    let Head::Str(name) = walker.head()? else { return None };
    Some((str::from_utf8(name).ok()?, walker.value(columns)?))
}
