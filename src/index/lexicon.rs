//! Which texts occur, and which number has each?
//!
//! What the `trie` and the `text` index are made of: distinct texts in order of their bytes, each with its place in that order as its number,
//! as a finite state transducer of the crate `fst`. It is walked in place. The transducer's own checksum is made sure of before the first
//! step, so that what is walked is what was built: a step leads nowhere outside.

use std::{cell::Cell, ops::Range, sync::OnceLock};

use bytes::Bytes;
use fst::{Automaton, IntoStreamer, Map, MapBuilder, Streamer, automaton::AlwaysMatch};

use crate::codec::{Container, Section};

use super::{IndexError, Work, search::damaged};

/// What the layout is called in errors.
const NAME: &str = "lexicon";

/// Texts by number, ascending.
#[derive(Debug)]
pub(super) struct Lexicon {
    section: Section,
    /// The number of texts that the rest of the part speaks of.
    len: usize,
    /// Read and verified on first use.
    map: OnceLock<Map<Bytes>>,
}

impl Lexicon {
    /// The bytes of a lexicon of texts that ascend, each once.
    pub fn write<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Vec<u8>, IndexError> {
        let mut map = MapBuilder::memory();
        for (number, text) in (0..).zip(texts) {
            map.insert(text, number).map_err(|error| damaged(NAME, error))?;
        }
        map.into_inner().map_err(|error| damaged(NAME, error))
    }

    /// A lexicon of so many texts; reads nothing.
    pub fn open(part: &Container, section: &str, len: usize) -> Result<Self, IndexError> {
        Ok(Self { section: part.section(section)?, len, map: OnceLock::new() })
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.len
    }

    fn map(&self) -> Result<&Map<Bytes>, IndexError> {
        if let Some(map) = self.map.get() {
            return Ok(map);
        }
        let bytes = self.section.slice(0..self.section.len())?;
        let map = Map::new(bytes).map_err(|error| damaged(NAME, error))?;
        map.as_fst().verify().map_err(|error| damaged(NAME, error))?;
        if map.len() != self.len {
            return Err(damaged(NAME, "another number of texts"));
        }
        Ok(self.map.get_or_init(|| map))
    }

    /// The number of a text.
    pub fn find(&self, text: &str) -> Result<Option<usize>, IndexError> {
        self.map()?.get(text).map(|number| self.number(number)).transpose()
    }

    /// The numbers of the texts that start with this.
    pub fn starting_with(&self, prefix: &str) -> Result<Range<usize>, IndexError> {
        let first = match self.map()?.range().ge(prefix).into_stream().next() {
            Some((_, number)) => self.number(number)?,
            None => return Ok(self.len..self.len),
        };
        let end = match past(prefix) {
            Some(past) => self.map()?.range().ge(past).into_stream().next().map(|(_, number)| number),
            None => None,
        };
        let end = end.map_or(Ok(self.len), |number| self.number(number))?;
        if first > end { Err(damaged(NAME, "numbers that do not ascend")) } else { Ok(first..end) }
    }

    /// Visits the texts that start with a prefix and that an automaton accepts, in order. Each step of the automaton is counted.
    pub fn walk(
        &self,
        prefix: &str,
        automaton: impl Automaton,
        work: &mut Work,
        mut visit: impl FnMut(&[u8], usize),
    ) -> Result<(), IndexError> {
        let steps = Cell::new(0);
        let search = self.map()?.search(Counted { automaton, steps: &steps }).ge(prefix);
        let mut stream = match past(prefix) {
            Some(past) => search.lt(past).into_stream(),
            None => search.into_stream(),
        };
        while let Some((text, number)) = stream.next() {
            visit(text, self.number(number)?);
        }
        work.visited += steps.get();
        Ok(())
    }

    /// Visits all texts that start with a prefix, in order.
    pub fn walk_all(&self, prefix: &str, work: &mut Work, visit: impl FnMut(&[u8], usize)) -> Result<(), IndexError> {
        self.walk(prefix, AlwaysMatch, work, visit)
    }

    fn number(&self, number: u64) -> Result<usize, IndexError> {
        let number = usize::try_from(number).ok().filter(|number| *number < self.len);
        number.ok_or_else(|| damaged(NAME, "the number of no text"))
    }

    /// Checks that texts are text and have their place in the order as numbers.
    pub fn verify(&self) -> Result<(), IndexError> {
        let mut next = 0;
        let mut right = true;
        self.walk_all("", &mut Work::default(), |text, number| {
            right &= number == next && std::str::from_utf8(text).is_ok();
            next += 1;
        })?;
        if right && next == self.len { Ok(()) } else { Err(damaged(NAME, "texts that are not numbered in order")) }
    }
}

/// An automaton whose steps are counted.
struct Counted<'c, A> {
    automaton: A,
    steps: &'c Cell<u64>,
}

impl<A: Automaton> Automaton for Counted<'_, A> {
    type State = A::State;

    fn start(&self) -> A::State {
        self.automaton.start()
    }

    fn is_match(&self, state: &A::State) -> bool {
        self.automaton.is_match(state)
    }

    fn can_match(&self, state: &A::State) -> bool {
        self.automaton.can_match(state)
    }

    fn will_always_match(&self, state: &A::State) -> bool {
        self.automaton.will_always_match(state)
    }

    fn accept(&self, state: &A::State, byte: u8) -> A::State {
        self.steps.set(self.steps.get() + 1);
        self.automaton.accept(state, byte)
    }
}

/// The least bytes that are greater than all that start with a prefix; `None` for the prefix of everything.
fn past(prefix: &str) -> Option<Vec<u8>> {
    let mut bytes = prefix.as_bytes().to_vec();
    // No byte of UTF-8 is 255.
    *bytes.last_mut()? += 1;
    Some(bytes)
}
