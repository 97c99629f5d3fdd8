//! The best few of many.

use std::{cmp::Ordering, collections::BinaryHeap};

/// Keeps the `k` smallest of what it is given.
pub struct Smallest<T> {
    k: usize,
    heap: BinaryHeap<T>,
}

impl<T: Ord> Smallest<T> {
    pub fn new(k: usize) -> Self {
        Self { k, heap: BinaryHeap::new() }
    }

    /// Takes one element, or lets it go when `k` smaller ones are known.
    pub fn push(&mut self, element: T) {
        if self.heap.len() < self.k {
            self.heap.push(element);
        } else if let Some(mut largest) = self.heap.peek_mut()
            && element < *largest
        {
            *largest = element;
        }
    }

    /// The largest of the kept, when there are `k`: nothing above it is wanted any more.
    pub fn bound(&self) -> Option<&T> {
        if self.heap.len() < self.k { None } else { self.heap.peek() }
    }

    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// All kept elements, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.heap.iter()
    }

    /// All kept elements, ascending.
    pub fn into_sorted(self) -> Vec<T> {
        self.heap.into_sorted_vec()
    }
}

/// Something under a key that orders it.
pub struct Keyed<K, T>(pub K, pub T);

impl<K: Ord, T> Ord for Keyed<K, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<K: Ord, T> PartialOrd for Keyed<K, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord, T> PartialEq for Keyed<K, T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<K: Ord, T> Eq for Keyed<K, T> {}

/// A distance, nearest first, and the object's place in the source's order, which breaks ties.
#[derive(Clone, Copy, Debug)]
pub struct Nearness {
    pub distance: f64,
    pub key: (u64, u64),
}

impl Ord for Nearness {
    fn cmp(&self, other: &Self) -> Ordering {
        self.distance.total_cmp(&other.distance).then_with(|| self.key.cmp(&other.key))
    }
}

impl PartialOrd for Nearness {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Nearness {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Nearness {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_stay() {
        let mut smallest = Smallest::new(3);
        for number in [5, 1, 4, 1, 3] {
            smallest.push(number);
        }
        assert_eq!(smallest.bound(), Some(&3));
        assert_eq!(smallest.into_sorted(), [1, 1, 3]);
        let mut none = Smallest::new(0);
        none.push(1);
        assert_eq!(none.into_sorted(), [0; 0]);
    }
}
