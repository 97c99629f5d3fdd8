//! The best few of many.

use std::{cmp::Ordering, collections::BinaryHeap};

/// Keeps the `k` smallest of what it is given.
pub struct Smallest<T> {
    k: usize,
    kept: Kept<T>,
}

/// What is given in order, as one segment's hits are, needs no heap.
enum Kept<T> {
    /// Ascending.
    Sorted(Vec<T>),
    Heap(BinaryHeap<T>),
}

impl<T: Ord> Smallest<T> {
    pub fn new(k: usize) -> Self {
        Self { k, kept: Kept::Sorted(Vec::new()) }
    }

    /// Takes one element, or lets it go when `k` smaller ones are known.
    pub fn push(&mut self, element: T) {
        match &mut self.kept {
            Kept::Sorted(kept) if kept.last().is_none_or(|last| *last <= element) => {
                if kept.len() < self.k {
                    kept.push(element);
                }
            }
            Kept::Sorted(kept) => {
                let heap = BinaryHeap::from(std::mem::take(kept));
                self.kept = Kept::Heap(heap);
                self.push(element);
            }
            Kept::Heap(heap) if heap.len() < self.k => heap.push(element),
            Kept::Heap(heap) => {
                if let Some(mut largest) = heap.peek_mut()
                    && element < *largest
                {
                    *largest = element;
                }
            }
        }
    }

    /// The largest of the kept, when there are `k`: nothing above it is wanted any more.
    pub fn bound(&self) -> Option<&T> {
        match &self.kept {
            _ if self.len() < self.k => None,
            Kept::Sorted(kept) => kept.last(),
            Kept::Heap(heap) => heap.peek(),
        }
    }

    pub fn len(&self) -> usize {
        match &self.kept {
            Kept::Sorted(kept) => kept.len(),
            Kept::Heap(heap) => heap.len(),
        }
    }

    /// All kept elements, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        match &self.kept {
            Kept::Sorted(kept) => kept.iter(),
            Kept::Heap(heap) => heap.as_slice().iter(),
        }
    }

    /// All kept elements, ascending.
    pub fn into_sorted(self) -> Vec<T> {
        match self.kept {
            Kept::Sorted(kept) => kept,
            Kept::Heap(heap) => heap.into_sorted_vec(),
        }
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

    #[test]
    fn what_comes_in_order_is_kept_as_what_does_not() {
        for numbers in [vec![1, 2, 2, 3, 4], vec![2, 3, 4, 1, 2], vec![1, 2, 4, 3, 0, 2], vec![4, 3, 2, 1]] {
            for k in 0..=numbers.len() + 1 {
                let mut smallest = Smallest::new(k);
                for (given, number) in numbers.iter().enumerate() {
                    smallest.push(*number);
                    let mut sorted = numbers[..=given].to_vec();
                    sorted.sort_unstable();
                    sorted.truncate(k);
                    let bound = sorted.last().filter(|_| sorted.len() == k);
                    assert_eq!((smallest.len(), smallest.bound()), (sorted.len(), bound), "{k} of {numbers:?}");
                    assert_eq!(smallest.iter().min(), sorted.first());
                }
                let mut sorted = numbers.clone();
                sorted.sort_unstable();
                sorted.truncate(k);
                assert_eq!(smallest.into_sorted(), sorted, "{k} of {numbers:?}");
            }
        }
    }
}
