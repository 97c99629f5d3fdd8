//! The unique keys of objects that are being loaded.

use rayon::prelude::*;

/// The unique keys of some objects, in their order, where they have one.
pub(super) type Keys = Vec<Option<Box<[u8]>>>;

/// Keys with the places of their objects, in the order of the segments.
#[derive(Debug, Default)]
pub(super) struct NewKeys {
    all: Vec<(Box<[u8]>, usize)>,
    /// So many of them are of segments that are built.
    built: usize,
}

impl NewKeys {
    /// Adds the keys of the objects at some places; some have none.
    pub fn add(&mut self, places: &[usize], keys: Keys) {
        self.all.extend(keys.into_iter().zip(places).filter_map(|(key, at)| Some((key?, *at))));
    }

    /// The first object that has a key of an earlier one, and that one.
    pub fn twins(&self) -> Option<(usize, usize)> {
        let mut sorted: Vec<&(Box<[u8]>, usize)> = self.all.iter().collect();
        // Keys that count upwards, as most do, are in order already.
        sorted.par_sort_unstable();
        let twins = sorted.par_windows(2).filter(|pair| pair[0].0 == pair[1].0);
        twins.map(|pair| (pair[1].1, pair[0].1)).min()
    }

    /// The keys that were added since the last call.
    pub fn since_last(&mut self) -> Vec<Box<[u8]>> {
        let new = self.all[self.built..].iter().map(|(key, _)| key.clone()).collect();
        self.built = self.all.len();
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_twin_is_found_with_the_one_before_it() {
        let key = |n: u8| Some([n].into());
        let mut keys = NewKeys::default();
        keys.add(&[], Vec::new());
        keys.add(&[4, 1, 2], vec![key(9), key(7), None]);
        assert_eq!((keys.twins(), keys.since_last()), (None, vec![[9].into(), [7].into()]));
        keys.add(&[3, 0], vec![key(7), key(9)]);
        assert_eq!((keys.twins(), keys.since_last().len()), (Some((3, 1)), 2));
        assert!(keys.since_last().is_empty());
    }
}
