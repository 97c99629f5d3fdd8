//! All right objects of a join, each of them looked at for every left one.

use std::cmp::Ordering;

use crate::query::{
    QueryError,
    found::Found,
    plan::{Partner, Question},
};

use super::{Stream, reader::Reader};

/// Right objects in order.
pub struct Listed<'r, 'e> {
    all: Vec<Found<'r>>,
    reader: Reader<'r, 'e>,
}

impl<'r, 'e> Listed<'r, 'e> {
    pub fn new(input: Stream<'r>, reader: Reader<'r, 'e>) -> Result<Self, QueryError> {
        Ok(Self { all: input.collect::<Result<_, _>>()?, reader })
    }

    pub fn all(&self) -> &[Found<'r>] {
        &self.all
    }

    /// The places of those that answer: the nearest first, ties and what has no distance in the order of these.
    pub fn places(&self, question: &Question) -> Result<Vec<(u32, Option<f64>)>, QueryError> {
        let mut partners = Vec::new();
        for (right, at) in self.all.iter().zip(0..) {
            let answered = match question {
                Question::Anything => Some(Partner { distance: None }),
                _ => self.reader.read(right, |fields| question.answered(fields))?,
            };
            partners.extend(answered.map(|Partner { distance }| (at, distance)));
        }
        // By distance alone, which is nothing where none was asked: the right side's own order stays.
        partners.sort_by(|(_, one), (_, other)| one.partial_cmp(other).unwrap_or(Ordering::Equal));
        Ok(partners)
    }
}
