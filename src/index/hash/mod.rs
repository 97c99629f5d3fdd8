//! Which objects have exactly this value?
//!
//! A dictionary from keys to posting lists, read in place. A key is a value of the field, an element of a list there, or the fact that
//! the field is missing; so `=`, `IN`, null, missing and list `CONTAINS` are look-ups, and how many match is known beforehand.
//!
//! ```text
//! entries    for each key, ascending by (hash, key): hash u64 | key position u64 | place u64 | count u32 | length u32
//!              hash is xxh3 of the key; place is the slot itself when count is 1, else a position in postings
//! keys       length u32 | domain u8 (0 value, 1 list element, 2 missing) | the value's key bytes
//! postings   slot sets
//! ```

mod build;
mod dictionary;
#[cfg(test)]
mod tests;

use crate::{
    codec::Container,
    expr::{Predicate, Test},
    object::{FieldPath, Value, ValueRef, order},
};

use super::{
    Access, BuildEffort, Cardinality, Columns, Exactness, IndexBuilder, IndexError, IndexKind, IndexPart, Options,
    SlotSet, Work,
    search::{check_declaration, damaged},
};
use build::HashBuilder;
use dictionary::{Dictionary, Domain, Found};

/// The kind for equality: dictionary and posting lists.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hash;

/// The kind's name.
const NAME: &str = "hash";
/// Nanoseconds to find one key.
const LOOKUP: f64 = 200.0;
/// Nanoseconds to open one posting list, and for each 1,000 of its slots.
const OPEN: (f64, f64) = (100.0, 8.0);

impl IndexKind for Hash {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "=, IN, null, missing and list CONTAINS, by a dictionary of posting lists"
    }

    fn check(&self, fields: &[FieldPath], options: &Options) -> Result<(), IndexError> {
        check_declaration(NAME, fields, 1..=1, options)
    }

    /// Every value has a key.
    fn check_values(
        &self,
        _fields: &[FieldPath],
        _options: &Options,
        _values: &[Option<ValueRef<'_>>],
    ) -> Result<(), IndexError> {
        Ok(())
    }

    fn finds_keys(&self) -> bool {
        true
    }

    fn builder(
        &self,
        fields: &[FieldPath],
        options: &Options,
        _effort: BuildEffort,
    ) -> Result<Box<dyn IndexBuilder>, IndexError> {
        self.check(fields, options)?;
        Ok(Box::new(HashBuilder::default()))
    }

    fn open(
        &self,
        fields: &[FieldPath],
        options: &Options,
        part: Container,
        _columns: Columns,
        slots: u32,
    ) -> Result<Box<dyn IndexPart>, IndexError> {
        self.check(fields, options)?;
        let dictionary = Dictionary::open(&part, slots)?;
        Ok(Box::new(HashPart { path: fields[0].clone(), part, dictionary, slots }))
    }
}

/// An opened part.
#[derive(Debug)]
struct HashPart {
    path: FieldPath,
    part: Container,
    dictionary: Dictionary,
    slots: u32,
}

/// What a test looks up: keys of one domain.
struct Lookup<'a> {
    domain: Domain,
    values: &'a [Value],
}

impl HashPart {
    /// The keys whose postings together answer a predicate, if they do.
    fn lookup<'a>(&self, predicate: &'a Predicate) -> Option<Lookup<'a>> {
        if predicate.paths != [self.path.clone()] {
            return None;
        }
        let (domain, values) = match &predicate.test {
            Test::Equals(value) => (Domain::Value, std::slice::from_ref(value)),
            Test::In(values) => (Domain::Value, &values[..]),
            Test::IsNull => (Domain::Value, &[Value::Null][..]),
            Test::IsMissing => (Domain::Missing, &[Value::Null][..]),
            Test::Contains(value) => (Domain::Element, std::slice::from_ref(value)),
            _ => return None,
        };
        Some(Lookup { domain, values })
    }

    /// The entries of a look-up, each once.
    fn find(&self, lookup: &Lookup<'_>) -> Result<Vec<Found>, IndexError> {
        let mut found = Vec::with_capacity(lookup.values.len());
        for value in lookup.values.iter().map(Value::as_ref) {
            // NaN has a key, but equals nothing.
            if order::equals(value, value) {
                found.extend(self.dictionary.find(lookup.domain, value)?);
            }
        }
        found.sort_unstable_by_key(|entry| entry.number);
        found.dedup_by_key(|entry| entry.number);
        Ok(found)
    }

    fn offer(&self, predicate: &Predicate) -> Option<Result<Access, IndexError>> {
        let lookup = self.lookup(predicate)?;
        Some(self.find(&lookup).map(|found| {
            let count: u64 = found.iter().map(|entry| u64::from(entry.count)).sum();
            #[allow(clippy::cast_precision_loss, reason = "a cost is a rough number")]
            let cost =
                LOOKUP * lookup.values.len() as f64 + OPEN.0 * found.len() as f64 + OPEN.1 * count as f64 / 1000.0;
            Access { exactness: Exactness::Exact, cardinality: Cardinality::exact(count), cost }
        }))
    }
}

impl IndexPart for HashPart {
    fn access(&self, predicate: &Predicate) -> Option<Access> {
        // A damaged part makes no offer: the segment answers by evaluation until the part is rebuilt.
        self.offer(predicate)?.inspect_err(|error| tracing::warn!(%error, "hash index")).ok()
    }

    fn candidates(&self, predicate: &Predicate, work: &mut Work) -> Result<(SlotSet, Exactness), IndexError> {
        let lookup = self.lookup(predicate).ok_or_else(|| damaged(NAME, format!("cannot answer {predicate}")))?;
        let sets: Result<Vec<SlotSet>, IndexError> =
            self.find(&lookup)?.iter().map(|entry| self.dictionary.slots_of(entry)).collect();
        let sets = sets?;
        Ok((SlotSet::or_all(&sets.iter().collect::<Vec<_>>(), work), Exactness::Exact))
    }

    fn verify(&self) -> Result<(), IndexError> {
        self.part.verify()?;
        self.dictionary.verify(self.slots)
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![("keys", self.dictionary.len().to_string())]
    }
}
