//! Edit distance as an automaton: a row of distances for each text so far, cut to a band.

use fst::Automaton;

use crate::expr::MAX_EDITS;

/// Texts at most so many edits from one.
pub(super) struct FuzzyAutomaton {
    text: Vec<char>,
    edits: usize,
}

/// Distances between what has been read and beginnings of the text that are at most as many characters shorter or longer as edits are allowed:
/// no other can lead to a match.
#[derive(Clone, Copy)]
pub(super) struct Band {
    /// Characters read.
    read: usize,
    /// The distance to the beginning of `read + at - edits` characters; more than the edits where there is none.
    distances: [u8; WIDTH],
    /// The bits of the character that is being read, and the bytes that it still has.
    partial: u32,
    rest: u32,
}

const WIDTH: usize = 2 * MAX_EDITS as usize + 1;

impl FuzzyAutomaton {
    /// `None` for more edits than are allowed.
    pub fn new(text: &str, edits: u32) -> Option<Self> {
        (edits <= MAX_EDITS).then(|| Self { text: text.chars().collect(), edits: edits as usize })
    }

    /// The length of the beginning that stands at a place of the band.
    fn beginning(&self, read: usize, at: usize) -> Option<usize> {
        (read + at).checked_sub(self.edits).filter(|length| *length <= self.text.len())
    }

    fn read(&self, band: &Band, char: Option<char>) -> Band {
        let far = self.edits as u8 + 1;
        let read = band.read + 1;
        let mut distances = [far; WIDTH];
        for at in 0..=2 * self.edits {
            let Some(length) = self.beginning(read, at) else { continue };
            // Without this character; a beginning that is one longer stands one further along than it stood before.
            let mut least = if at < 2 * self.edits { band.distances[at + 1] + 1 } else { far };
            if length > 0 {
                let differs = u8::from(char != Some(self.text[length - 1]));
                least = least.min(band.distances[at] + differs);
                if at > 0 {
                    least = least.min(distances[at - 1] + 1);
                }
            }
            distances[at] = least.min(far);
        }
        Band { read, distances, partial: 0, rest: 0 }
    }
}

impl Automaton for FuzzyAutomaton {
    type State = Band;

    fn start(&self) -> Band {
        let mut distances = [self.edits as u8 + 1; WIDTH];
        for (at, distance) in distances.iter_mut().enumerate().take(2 * self.edits + 1) {
            if let Some(length) = self.beginning(0, at) {
                *distance = length as u8;
            }
        }
        Band { read: 0, distances, partial: 0, rest: 0 }
    }

    fn is_match(&self, state: &Band) -> bool {
        let at = (self.text.len() + self.edits).checked_sub(state.read);
        let distance = at.and_then(|at| state.distances[..=2 * self.edits].get(at));
        state.rest == 0 && distance.is_some_and(|distance| usize::from(*distance) <= self.edits)
    }

    fn can_match(&self, state: &Band) -> bool {
        state.distances.iter().any(|distance| usize::from(*distance) <= self.edits)
    }

    fn accept(&self, state: &Band, byte: u8) -> Band {
        let (partial, rest) = match (state.rest, byte.leading_ones()) {
            (0, 0) => (u32::from(byte), 0),
            (0, ones) => (u32::from(byte & 0x7f_u8.checked_shr(ones).unwrap_or(0)), ones.saturating_sub(1)),
            (rest, _) => (state.partial << 6 | u32::from(byte & 0x3f), rest - 1),
        };
        if rest > 0 { Band { partial, rest, ..*state } } else { self.read(state, char::from_u32(partial)) }
    }
}
