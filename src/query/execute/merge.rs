//! Streams in order, made one stream in order.

use std::{cmp::Ordering, collections::BinaryHeap};

use crate::query::QueryError;

use super::Stream;

/// Merges streams that ascend by `key`, which is asked for once an element; every stream is read one element ahead, nothing is sorted.
pub fn merge<'e, T: 'e, K: Ord + 'e>(
    mut streams: Vec<Stream<'e, T>>,
    key: impl Fn(&mut T) -> Result<K, QueryError> + 'e,
) -> Result<Stream<'e, T>, QueryError> {
    if streams.len() == 1 {
        return Ok(streams.remove(0));
    }
    let mut heads = BinaryHeap::with_capacity(streams.len());
    for (stream, elements) in streams.iter_mut().enumerate() {
        if let Some(element) = elements.next() {
            let mut element = element?;
            heads.push(Head { key: key(&mut element)?, stream, element });
        }
    }
    Ok(Box::new(Merge { streams, heads, key, failed: None }))
}

struct Merge<'e, T, K, F> {
    streams: Vec<Stream<'e, T>>,
    heads: BinaryHeap<Head<T, K>>,
    key: F,
    failed: Option<QueryError>,
}

impl<T, K: Ord, F: Fn(&mut T) -> Result<K, QueryError>> Iterator for Merge<'_, T, K, F> {
    type Item = Result<T, QueryError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            self.heads.clear();
            return Some(Err(error));
        }
        let Head { stream, element, .. } = self.heads.pop()?;
        match self.streams[stream].next() {
            Some(Ok(mut next)) => match (self.key)(&mut next) {
                Ok(key) => self.heads.push(Head { key, stream, element: next }),
                Err(error) => self.failed = Some(error),
            },
            Some(Err(error)) => self.failed = Some(error),
            None => {}
        }
        Some(Ok(element))
    }
}

/// The next element of a stream; ordered so that a heap gives the smallest key, and of equal keys the earliest stream.
struct Head<T, K> {
    key: K,
    stream: usize,
    element: T,
}

impl<T, K: Ord> Ord for Head<T, K> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.cmp(&self.key).then_with(|| other.stream.cmp(&self.stream))
    }
}

impl<T, K: Ord> PartialOrd for Head<T, K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T, K: Ord> PartialEq for Head<T, K> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T, K: Ord> Eq for Head<T, K> {}
