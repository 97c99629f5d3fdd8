//! A regular expression as an automaton: the one that the pattern was compiled to.

use fst::Automaton;
use regex_automata::{
    Input,
    dfa::{Automaton as _, dense::DFA},
    util::primitives::StateID,
};

/// Texts in which a regular expression matches anything.
pub(super) struct RegexAutomaton<'p> {
    pattern: &'p DFA<Vec<u32>>,
    start: StateID,
}

/// Once something has matched, the rest of the text may be anything.
#[derive(Clone, Copy)]
pub(super) enum Reading {
    Open(StateID),
    Found,
}

impl<'p> RegexAutomaton<'p> {
    /// `None` when the automaton has no state to start from.
    pub fn new(pattern: &'p DFA<Vec<u32>>) -> Option<Self> {
        let start = pattern.start_state_forward(&Input::new("")).ok()?;
        Some(Self { pattern, start })
    }

    fn reading(&self, state: StateID) -> Reading {
        if self.pattern.is_match_state(state) { Reading::Found } else { Reading::Open(state) }
    }
}

impl Automaton for RegexAutomaton<'_> {
    type State = Reading;

    fn start(&self) -> Reading {
        self.reading(self.start)
    }

    /// A match is known one step late, at the end by the step that ends the text.
    fn is_match(&self, state: &Reading) -> bool {
        match state {
            Reading::Found => true,
            Reading::Open(state) => self.pattern.is_match_state(self.pattern.next_eoi_state(*state)),
        }
    }

    fn can_match(&self, state: &Reading) -> bool {
        !matches!(state, Reading::Open(state) if self.pattern.is_dead_state(*state))
    }

    fn will_always_match(&self, state: &Reading) -> bool {
        matches!(state, Reading::Found)
    }

    fn accept(&self, state: &Reading, byte: u8) -> Reading {
        match state {
            Reading::Found => Reading::Found,
            Reading::Open(state) => self.reading(self.pattern.next_state(*state, byte)),
        }
    }
}
