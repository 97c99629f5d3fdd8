//! A list that one writer appends to while others read it, without locks.

use std::{ops::Range, sync::OnceLock};

use crate::codec::sync::atomic::{AtomicU32, Ordering};

/// Elements are allocated in runs of this many, when they are needed.
const RUN: usize = if cfg!(shuttle) { 4 } else { 64 };

/// Places, filled one after the other.
type Run<T> = Box<[OnceLock<T>]>;

/// An append-only list of bounded length. What was appended never moves and never changes its place.
///
/// Invariant: all places before `len` are filled. Appending is for one writer at a time.
#[derive(Debug)]
pub(in crate::set) struct AppendOnly<T> {
    runs: Box<[OnceLock<Run<T>>]>,
    len: AtomicU32,
}

impl<T> AppendOnly<T> {
    /// An empty list that takes `capacity` elements (rounded up to whole runs); allocates next to nothing.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { runs: (0..capacity.div_ceil(RUN)).map(|_| OnceLock::new()).collect(), len: AtomicU32::new(0) }
    }

    /// Appends an element and returns its place, or gives it back when the list is full.
    pub fn push(&self, element: T) -> Result<u32, T> {
        let at = self.len.load(Ordering::Relaxed);
        let Some(run) = self.runs.get(at as usize / RUN) else { return Err(element) };
        let run = run.get_or_init(|| (0..RUN).map(|_| OnceLock::new()).collect());
        run[at as usize % RUN].set(element)?;
        self.len.store(at + 1, Ordering::Release);
        Ok(at)
    }

    /// How many elements it takes.
    pub fn capacity(&self) -> usize {
        self.runs.len() * RUN
    }

    /// The number of elements.
    pub fn len(&self) -> u32 {
        self.len.load(Ordering::Acquire)
    }

    /// The element at a place.
    pub fn get(&self, at: u32) -> Option<&T> {
        self.runs.get(at as usize / RUN)?.get()?.get(at as usize % RUN)?.get()
    }

    /// The elements in the order in which they were appended.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.range(0..self.len())
    }

    /// The elements at some places, as far as there are any.
    pub fn range(&self, places: Range<u32>) -> impl Iterator<Item = &T> {
        places.map_while(|at| self.get(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_fits_and_gives_back_the_rest() {
        let list = AppendOnly::with_capacity(100);
        for n in 0..128 {
            assert_eq!(list.push(n), Ok(n));
        }
        assert_eq!(list.push(128), Err(128));
        assert!(list.iter().copied().eq(0..128));
        assert_eq!(list.get(128), None);
    }
}
