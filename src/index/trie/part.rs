//! An opened part: finding texts, and the slots that have them.

use crate::{
    codec::Container,
    expr::{Predicate, Test},
    index::{Access, Cardinality, Exactness, IndexError, IndexPart, SlotSet, Work, lexicon::Lexicon, search::damaged},
    object::FieldPath,
};

use super::{
    NAME,
    question::{Question, walk},
    runs::Runs,
};

/// Nanoseconds to find one text.
const LOOKUP: f64 = 400.0;
/// Nanoseconds for each text of a walk that reads all of them, and the share of them that is expected to match.
const WALK: (f64, u64) = (80.0, 20);
/// Nanoseconds for a fuzzy walk by its number of edits, whatever the number of texts, and how many texts are expected to match.
const FUZZY: (f64, u64) = (100_000.0, 3);
/// Nanoseconds for each slot to be put into order.
const SLOT: f64 = 2.0;

#[derive(Debug)]
pub(super) struct TriePart {
    pub path: FieldPath,
    pub part: Container,
    pub texts: Lexicon,
    pub runs: Runs,
}

impl TriePart {
    fn question<'t>(&self, predicate: &'t Predicate) -> Option<Question<'t>> {
        if predicate.paths == [self.path.clone()] { Question::of(&predicate.test) } else { None }
    }

    /// The numbers of those of some texts that occur, ascending, each once.
    fn find(&self, texts: &[&str]) -> Result<Vec<usize>, IndexError> {
        let mut found = Vec::with_capacity(texts.len());
        for text in texts {
            found.extend(self.texts.find(text)?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    fn offer(&self, question: &Question<'_>) -> Result<Access, IndexError> {
        let exact =
            |slots: u64, lookups: usize| Access::exact(slots, LOOKUP * lookups.max(1) as f64 + SLOT * slots as f64);
        match question {
            Question::Texts(texts) => {
                let mut slots = 0;
                for text in self.find(texts)? {
                    slots += self.runs.run(text..text + 1)?.len() as u64;
                }
                Ok(exact(slots, texts.len()))
            }
            Question::Prefix(prefix) => Ok(exact(self.runs.run(self.texts.starting_with(prefix)?)?.len() as u64, 2)),
            Question::Walk(prefix, test) => self.offer_walk(prefix, test),
        }
    }

    fn offer_walk(&self, prefix: &str, test: &Test) -> Result<Access, IndexError> {
        let texts = self.texts.starting_with(prefix)?;
        let slots = self.runs.run(texts.clone())?.len() as u64;
        let all = WALK.0 * texts.len() as f64;
        let (walk, expected) = match test {
            Test::Fuzzy { edits, .. } => {
                let (each, matching) = (slots.div_ceil((texts.len() as u64).max(1)), FUZZY.1);
                ((FUZZY.0 * f64::from(*edits).exp2()).min(all), each * matching)
            }
            _ => (all, slots.div_ceil(WALK.1)),
        };
        let cardinality = Cardinality::at_most(slots, expected);
        let cost = 2.0 * LOOKUP + walk + SLOT * cardinality.expected as f64;
        Ok(Access { exactness: Exactness::Exact, cardinality, cost })
    }
}

impl IndexPart for TriePart {
    fn access(&self, predicate: &Predicate) -> Option<Access> {
        let question = self.question(predicate)?;
        // A damaged part makes no offer: the segment answers by evaluation until the part is rebuilt.
        self.offer(&question).inspect_err(|error| tracing::warn!(%error, "trie index")).ok()
    }

    fn candidates(&self, predicate: &Predicate, work: &mut Work) -> Result<(SlotSet, Exactness), IndexError> {
        let slots = match self.question(predicate) {
            Some(Question::Texts(texts)) => self.runs.slots_of(&self.find(&texts)?, work)?,
            Some(Question::Prefix(prefix)) => self.runs.slots_of_range(self.texts.starting_with(prefix)?, work)?,
            Some(Question::Walk(prefix, test)) => {
                let found = walk(&self.texts, &prefix, test, work)?;
                self.runs.slots_of(&found, work)?
            }
            None => return Err(damaged(NAME, format!("cannot answer {predicate}"))),
        };
        Ok((slots, Exactness::Exact))
    }

    fn verify(&self) -> Result<(), IndexError> {
        self.part.verify()?;
        self.texts.verify()?;
        self.runs.verify()
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![("texts", self.texts.len().to_string())]
    }
}
