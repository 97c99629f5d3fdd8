//! Which places has a search seen? A bitmap that is cleared by undoing, so that a search costs what it visits.

/// A set of places below a bound.
#[derive(Debug, Default)]
pub(super) struct Visited {
    words: Vec<u64>,
    touched: Vec<u32>,
    bound: usize,
}

impl Visited {
    /// Empties the set and sets the bound.
    pub(super) fn begin(&mut self, bound: usize) {
        for word in self.touched.drain(..) {
            self.words[word as usize] = 0;
        }
        if self.words.len() < bound.div_ceil(64) {
            self.words.resize(bound.div_ceil(64), 0);
        }
        self.bound = bound;
    }

    /// Whether the place is new. One past the bound never is: it is read from disk and leads nowhere.
    #[inline(always)]
    pub(super) fn insert(&mut self, place: u32) -> bool {
        if place as usize >= self.bound {
            return false;
        }
        let (word, bit) = (place / 64, 1 << (place % 64));
        let seen = &mut self.words[word as usize];
        if *seen & bit != 0 {
            return false;
        }
        if *seen == 0 {
            self.touched.push(word);
        }
        *seen |= bit;
        true
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
        visited.begin(200);
        assert!(visited.insert(4) && visited.insert(100));
    }
}
