//! Where in the log is the frame after a sequence?

use std::collections::BTreeMap;

use crate::object::Sequence;

use super::log::Place;

/// Known places are at least this far apart, so that their number stays small.
const APART: u64 = 64 << 10;

/// A sparse map from sequences to the places where the frames after them start.
#[derive(Debug, Default)]
pub(super) struct Places {
    known: BTreeMap<Sequence, Place>,
    /// The newest place, where the next reading will start.
    newest: Option<(Sequence, Place)>,
}

impl Places {
    /// Takes note of where the frame after `sequence` starts.
    pub(super) fn note(&mut self, sequence: Sequence, place: Place) {
        let before = self.known.range(..=sequence).next_back();
        if before.is_none_or(|(_, known)| known.log != place.log || known.position + APART <= place.position) {
            self.known.insert(sequence, place);
        }
        if self.newest.is_none_or(|(newest, _)| newest <= sequence) {
            self.newest = Some((sequence, place));
        }
    }

    /// The nearest known place at or before `sequence`.
    pub(super) fn before(&self, sequence: Sequence) -> Option<(Sequence, Place)> {
        let known = self.known.range(..=sequence).next_back().map(|(sequence, place)| (*sequence, *place));
        self.newest.filter(|(newest, _)| *newest <= sequence).or(known)
    }

    /// Forgets places in log files before `log`.
    pub(super) fn forget_before(&mut self, log: u64) {
        self.known.retain(|_, place| place.log >= log);
        self.newest = self.newest.filter(|(_, place)| place.log >= log);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_and_sparse_older_places_are_known() {
        let mut places = Places::default();
        let place = |n: u64| Place { log: 1 + n / 500, position: 64 + n % 500 * 1000 };
        for n in 0..1000 {
            places.note(Sequence(n), place(n));
        }
        assert!(places.known.len() < 20);
        assert_eq!(places.before(Sequence(2000)), Some((Sequence(999), place(999))));
        for n in 0..999 {
            let (sequence, found) = places.before(Sequence(n)).unwrap();
            assert!(sequence.0 <= n && n < sequence.0 + 70 && found == place(sequence.0));
        }
        places.forget_before(2);
        assert_eq!(places.before(Sequence(100)), None);
    }
}
