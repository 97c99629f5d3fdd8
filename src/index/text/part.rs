//! An opened part: from words to slots.

use crate::{
    codec::Container,
    expr::{Matching, Predicate, Test, Words},
    index::{Access, Cardinality, Exactness, IndexError, IndexPart, SlotSet, Work, search::damaged},
    object::FieldPath,
    text::Analysis,
};

use super::{
    NAME,
    phrase::phrase,
    terms::{Entry, Terms},
};

/// Nanoseconds to find one term.
const LOOKUP: f64 = 400.0;
/// Nanoseconds to open one posting list, and for each 1,000 of its slots.
const OPEN: (f64, f64) = (100.0, 300.0);
/// Nanoseconds to pass over one slot of a term of a phrase, and to look at the positions of one slot that has all its terms.
const PHRASE: (f64, f64) = (2.0, 150.0);

#[derive(Debug)]
pub(super) struct TextPart {
    pub path: FieldPath,
    pub part: Container,
    pub analysis: Analysis,
    pub terms: Terms,
    pub slots: u32,
}

/// The entries of distinct terms, those that no text has left out.
struct Found {
    entries: Vec<Entry>,
    /// Whether all of them occur.
    all: bool,
}

impl TextPart {
    /// The words that a predicate asks for, if it asks this field by this analysis.
    fn words<'p>(&self, predicate: &'p Predicate) -> Option<&'p Words> {
        match &predicate.test {
            Test::Match(words) if predicate.paths == [self.path.clone()] && *words.analysis() == self.analysis => {
                Some(words)
            }
            _ => None,
        }
    }

    fn find(&self, words: &Words) -> Result<Found, IndexError> {
        let mut terms: Vec<&str> = words.terms().iter().map(|term| &*term.text).collect();
        terms.sort_unstable();
        terms.dedup();
        let mut entries = Vec::with_capacity(terms.len());
        for term in &terms {
            entries.extend(self.terms.find(term)?);
        }
        Ok(Found { all: entries.len() == terms.len() && !terms.is_empty(), entries })
    }

    fn offer(&self, words: &Words) -> Result<Access, IndexError> {
        let Found { entries, all } = self.find(words)?;
        let counts = || entries.iter().map(|entry| u64::from(entry.count));
        let (least, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
        let listed: u64 = counts().sum();
        let cost = LOOKUP * words.terms().len() as f64 + OPEN.0 * entries.len() as f64;
        let merge = cost + OPEN.1 * listed as f64 / 1000.0;
        // As if words kept away from each other as much as they kept together.
        let share = |count: u64| count as f64 / f64::from(self.slots.max(1));
        let together = (counts().map(share).product::<f64>() * f64::from(self.slots)).ceil() as u64;
        Ok(match words.how() {
            _ if entries.is_empty() => Access::exact(0, cost),
            Matching::All | Matching::Phrase if !all => Access::exact(0, cost),
            Matching::All | Matching::Any if entries.len() == 1 => Access::exact(most, merge),
            Matching::Any => {
                let max = listed.min(self.slots.into());
                let apart = 1.0 - counts().map(|count| 1.0 - share(count)).product::<f64>();
                let expected = ((apart * f64::from(self.slots)) as u64).clamp(most.min(max), max);
                Access {
                    exactness: Exactness::Exact,
                    cardinality: Cardinality { min: most, expected, max },
                    cost: merge,
                }
            }
            Matching::All => {
                let cardinality = Cardinality::at_most(least, together);
                Access { exactness: Exactness::Exact, cardinality, cost: merge }
            }
            Matching::Phrase => {
                let cardinality = Cardinality::at_most(least, together.div_ceil(4));
                let cost = merge + PHRASE.0 * listed as f64 + PHRASE.1 * together.min(least) as f64;
                Access { exactness: Exactness::Exact, cardinality, cost }
            }
        })
    }

    fn slots(&self, words: &Words, work: &mut Work) -> Result<SlotSet, IndexError> {
        if words.how() == Matching::Phrase {
            return phrase(&self.terms, words, work);
        }
        let Found { entries, all } = self.find(words)?;
        let sets = entries.iter().map(|entry| self.terms.slots_of(entry)).collect::<Result<Vec<_>, _>>()?;
        let sets: Vec<&SlotSet> = sets.iter().collect();
        Ok(match words.how() {
            Matching::Any => SlotSet::or_all(&sets, work),
            _ if all => SlotSet::and_all(&sets, work).unwrap_or_default(),
            _ => SlotSet::empty(),
        })
    }
}

impl IndexPart for TextPart {
    fn access(&self, predicate: &Predicate) -> Option<Access> {
        let words = self.words(predicate)?;
        // A damaged part makes no offer: the segment answers by evaluation until the part is rebuilt.
        self.offer(words).inspect_err(|error| tracing::warn!(%error, "text index")).ok()
    }

    fn candidates(&self, predicate: &Predicate, work: &mut Work) -> Result<(SlotSet, Exactness), IndexError> {
        let words = self.words(predicate).ok_or_else(|| damaged(NAME, format!("cannot answer {predicate}")))?;
        Ok((self.slots(words, work)?, Exactness::Exact))
    }

    fn verify(&self) -> Result<(), IndexError> {
        self.part.verify()?;
        self.terms.verify()
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![("terms", self.terms.len().to_string())]
    }
}
