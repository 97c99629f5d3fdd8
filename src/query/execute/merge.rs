//! Streams in order, made one stream in order.

use std::{cmp::Ordering, collections::BinaryHeap};

use crate::query::QueryError;

use super::{Found, Stream};

/// Merges streams that ascend by `key`; every stream is read one element ahead, nothing is sorted.
pub fn merge<'e, K: Ord + 'e>(
    mut streams: Vec<Stream<'e>>,
    key: impl Fn(&Found<'e>) -> Result<K, QueryError> + 'e,
) -> Result<Stream<'e>, QueryError> {
    if streams.len() == 1 {
        return Ok(streams.remove(0));
    }
    let mut heads = BinaryHeap::with_capacity(streams.len());
    for (stream, objects) in streams.iter_mut().enumerate() {
        if let Some(found) = objects.next() {
            let found = found?;
            heads.push(Head { key: key(&found)?, stream, found });
        }
    }
    Ok(Box::new(Merge { streams, heads, key, failed: None }))
}

struct Merge<'e, K, F> {
    streams: Vec<Stream<'e>>,
    heads: BinaryHeap<Head<'e, K>>,
    key: F,
    failed: Option<QueryError>,
}

impl<'e, K: Ord, F: Fn(&Found<'e>) -> Result<K, QueryError>> Iterator for Merge<'e, K, F> {
    type Item = Result<Found<'e>, QueryError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            self.heads.clear();
            return Some(Err(error));
        }
        let Head { stream, found, .. } = self.heads.pop()?;
        match self.streams[stream].next() {
            Some(Ok(next)) => match (self.key)(&next) {
                Ok(key) => self.heads.push(Head { key, stream, found: next }),
                Err(error) => self.failed = Some(error),
            },
            Some(Err(error)) => self.failed = Some(error),
            None => {}
        }
        Some(Ok(found))
    }
}

/// The next object of a stream; ordered so that a heap gives the smallest key, and of equal keys the earliest stream.
struct Head<'e, K> {
    key: K,
    stream: usize,
    found: Found<'e>,
}

impl<K: Ord> Ord for Head<'_, K> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.cmp(&self.key).then_with(|| other.stream.cmp(&self.stream))
    }
}

impl<K: Ord> PartialOrd for Head<'_, K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord> PartialEq for Head<'_, K> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<K: Ord> Eq for Head<'_, K> {}
