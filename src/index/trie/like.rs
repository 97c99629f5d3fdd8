//! LIKE as an automaton: all positions of the pattern at which the text so far may stand, as bits.

use fst::Automaton;

use crate::expr::{LikePart, like_parts};

/// A pattern of at most 63 units: bytes, and wildcards.
pub(super) struct LikeAutomaton(Vec<Unit>);

/// A character that is written out is each of its bytes.
#[derive(Clone, Copy)]
enum Unit {
    Any,
    One,
    Byte(u8),
}

/// Bit i stands for: the text so far matches the first i units.
#[derive(Clone, Copy)]
pub(super) struct Positions {
    /// Those that read the next byte.
    open: u64,
    /// Those that a wildcard has reached with the first byte of a character, and that wait for its end.
    waiting: u64,
    /// The bytes that the character still has.
    rest: u32,
}

/// Positions are bits of a word.
const MOST: usize = 63;

impl LikeAutomaton {
    /// `None` for a pattern that is too long.
    pub fn new(pattern: &str) -> Option<Self> {
        let mut units = Vec::new();
        for part in like_parts(pattern) {
            match part {
                LikePart::Any => units.push(Unit::Any),
                LikePart::One => units.push(Unit::One),
                LikePart::Char(char) => units.extend(char.encode_utf8(&mut [0; 4]).bytes().map(Unit::Byte)),
            }
        }
        (units.len() <= MOST).then_some(Self(units))
    }

    /// With the positions behind a `%`, which may stand for nothing.
    fn closed(&self, mut open: u64) -> u64 {
        for (at, unit) in self.0.iter().enumerate() {
            if matches!(unit, Unit::Any) && open & (1 << at) != 0 {
                open |= 1 << (at + 1);
            }
        }
        open
    }
}

impl Automaton for LikeAutomaton {
    type State = Positions;

    fn start(&self) -> Positions {
        Positions { open: self.closed(1), waiting: 0, rest: 0 }
    }

    fn is_match(&self, state: &Positions) -> bool {
        state.rest == 0 && state.open & (1 << self.0.len()) != 0
    }

    fn can_match(&self, state: &Positions) -> bool {
        state.open | state.waiting != 0
    }

    fn will_always_match(&self, state: &Positions) -> bool {
        let last = self.0.len().checked_sub(1);
        last.is_some_and(|last| matches!(self.0[last], Unit::Any) && state.open & (1 << last) != 0)
    }

    fn accept(&self, state: &Positions, byte: u8) -> Positions {
        let starts = state.rest == 0;
        let rest = if starts { byte.leading_ones().saturating_sub(1) } else { state.rest - 1 };
        let (mut open, mut waiting) = (0, state.waiting);
        for (at, unit) in self.0.iter().enumerate().filter(|(at, _)| state.open & (1 << at) != 0) {
            match unit {
                Unit::Byte(wanted) if *wanted == byte => open |= 1 << (at + 1),
                // A wildcard takes a whole character, and begins at its first byte.
                Unit::Any if starts => waiting |= 1 << at,
                Unit::One if starts => waiting |= 1 << (at + 1),
                _ => {}
            }
        }
        match rest {
            0 => Positions { open: self.closed(open | waiting), waiting: 0, rest },
            _ => Positions { open, waiting, rest },
        }
    }
}
