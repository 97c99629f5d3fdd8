//! Which places has a search seen? A bitmap that is cleared by undoing, so that a search costs what it visits.

use super::graph::NONE;

/// A set of places below a bound.
#[derive(Debug, Default)]
pub(super) struct Visited {
    /// One bit a place, and set bits past the bound: what is read from disk may name a place that is not there, and leads nowhere.
    words: Vec<u64>,
    /// Words of `words` that the bound needs; the others are zero.
    used: usize,
    /// Places whose words are not zero, so that emptying the set costs what was put in.
    touched: Vec<u32>,
}

/// Places in a word.
const WORD: usize = 64;

impl Visited {
    /// Empties the set and sets the bound.
    pub(super) fn begin(&mut self, bound: usize) {
        for place in self.touched.drain(..) {
            self.words[place as usize / WORD] = 0;
        }
        self.used = bound.div_ceil(WORD);
        if self.words.len() < self.used {
            self.words.resize(self.used, 0);
        }
        if !bound.is_multiple_of(WORD) {
            self.words[bound / WORD] = u64::MAX << (bound % WORD);
            self.touched.push(bound as u32);
        }
    }

    /// Whether the place is new. One past the bound never is.
    #[inline(always)]
    pub(super) fn insert(&mut self, place: u32) -> bool {
        let new = self.mark(place);
        if new {
            self.touched.push(place);
        }
        new
    }

    /// Adds to `fresh` what is new of a list, which ends at the first [`NONE`]. Whether one is can't be foretold, so nothing here depends
    /// on it but where the next one is written.
    #[inline(always)]
    pub(super) fn unseen(&mut self, list: &[u32], fresh: &mut Vec<u32>) {
        let before = fresh.len();
        let mut end = before;
        fresh.resize(before + list.len(), NONE);
        for place in list {
            if *place == NONE {
                break;
            }
            fresh[end] = *place;
            end += usize::from(self.mark(*place));
        }
        fresh.truncate(end);
        self.touched.extend_from_slice(&fresh[before..]);
    }

    #[inline(always)]
    fn mark(&mut self, place: u32) -> bool {
        let Some(word) = self.words[..self.used].get_mut(place as usize / WORD) else { return false };
        let bit = 1 << (place as usize % WORD);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_within_one_search_only() {
        let mut visited = Visited::default();
        visited.begin(100);
        assert!(visited.insert(4) && !visited.insert(4) && visited.insert(99) && !visited.insert(100));
        visited.begin(70);
        let mut fresh = vec![9];
        visited.unseen(&[3, 4, 3, 69, 70, 127, 128, 199, 5_000, 1, NONE, 2], &mut fresh);
        assert_eq!(fresh, [9, 3, 4, 69, 1]);
        visited.begin(64);
        visited.unseen(&[2, 63, 64], &mut fresh);
        assert_eq!(fresh, [9, 3, 4, 69, 1, 2, 63]);
        visited.begin(200);
        assert!((0..200).all(|place| visited.insert(place)));
    }
}
