//! A list seen where it is.

use std::{fmt, slice};

use super::{
    Value, ValueRef,
    walk::{Head, Walker},
};

/// A list, as MessagePack bytes (the array with its head) or as owned values.
#[derive(Clone, Copy)]
pub enum ListRef<'a> {
    /// One MessagePack array.
    Packed(&'a [u8]),
    /// The elements of an owned list.
    Owned(&'a [Value]),
}

impl<'a> ListRef<'a> {
    /// The number of elements.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::Owned(values) => values.len(),
            Self::Packed(bytes) => match Walker::new(bytes).head() {
                Some(Head::Array(count)) => count as usize,
                _ => 0,
            },
        }
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The elements in order.
    #[must_use]
    pub fn iter(self) -> ListIter<'a> {
        match self {
            Self::Owned(values) => ListIter(State::Owned(values.iter())),
            Self::Packed(bytes) => {
                let mut walker = Walker::new(bytes);
                let left = match walker.head() {
                    Some(Head::Array(count)) => count,
                    _ => 0,
                };
                ListIter(State::Packed { walker, left })
            }
        }
    }

    /// The elements as f32, when all are finite numbers in its range: a vector written as a list.
    #[must_use]
    pub fn to_vector(self) -> Option<Vec<f32>> {
        self.iter()
            .map(|element| {
                #[allow(clippy::cast_possible_truncation, reason = "rounding to f32 is what is asked for")]
                let component = element.as_f64()? as f32;
                component.is_finite().then_some(component)
            })
            .collect()
    }
}

impl<'a> IntoIterator for ListRef<'a> {
    type Item = ValueRef<'a>;
    type IntoIter = ListIter<'a>;

    fn into_iter(self) -> ListIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for ListRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ValueRef::List(*self).to_value().fmt(f)
    }
}

/// The elements of a list, in order. Ends early on bytes that are no list.
#[derive(Clone)]
pub struct ListIter<'a>(State<'a>);

#[derive(Clone)]
enum State<'a> {
    Packed { walker: Walker<'a>, left: u32 },
    Owned(slice::Iter<'a, Value>),
}

impl<'a> Iterator for ListIter<'a> {
    type Item = ValueRef<'a>;

    fn next(&mut self) -> Option<ValueRef<'a>> {
        match &mut self.0 {
            State::Owned(values) => values.next().map(Value::as_ref),
            State::Packed { walker, left } => {
                *left = left.checked_sub(1)?;
                let value = walker.value(None);
                if value.is_none() {
                    *left = 0;
                }
                value
            }
        }
    }
}
