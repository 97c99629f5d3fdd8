//! Does a kind of index keep the contract?
//!
//! Runs any kind, also one from outside this crate, against [`evaluate`](crate::expr::evaluate) and exact nearest neighbours over
//! generated objects: parts of no, one and many slots, built both ways, opened again from their bytes. A failure names the seed that
//! repeats it.
//!
//! ```
//! use protobase::index::{Options, Registry, conformance};
//!
//! let registry = Registry::builtin();
//! let kind = registry.get("hash")?;
//! let report = conformance::check_kind(kind.as_ref(), &["country".into()], &Options::new())?;
//! assert!(report.answered > 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answers;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod hostile;
mod nearest;
mod objects;
mod predicates;

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    codec::{AlignedBuffer, Container, ContainerWriter, Random},
    object::{FieldPath, Fields, Object, ValueRef, VectorBuf, VectorRef, VectorType},
};

use super::{BuildEffort, Columns, IndexError, IndexKind, IndexPart, Options, Slot, VectorColumn};
use objects::Generator;

/// What the files of parts under test say they are.
const KIND: [u8; 8] = *b"CONFORMS";

/// What a run asked and got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Parts built and opened.
    pub parts: usize,
    /// Predicates asked.
    pub asked: usize,
    /// Predicates that the kind offered to answer.
    pub answered: usize,
    /// Answers that were exact.
    pub exact: usize,
    /// Nearest searches answered.
    pub nearest: usize,
    /// Fields walked in order.
    pub ordered: usize,
}

/// How a kind broke the contract.
#[derive(Debug, thiserror::Error)]
#[error("index kind '{kind}', seed {seed}, {effort:?} part of {slots} slots: {what}")]
pub struct Failure {
    /// The kind.
    pub kind: &'static str,
    /// What repeats the run.
    pub seed: u64,
    /// How the part was built.
    pub effort: BuildEffort,
    /// The slots of the part.
    pub slots: u32,
    /// What went wrong.
    pub what: String,
}

/// Checks one kind with the default sizes and seed.
pub fn check_kind(kind: &dyn IndexKind, fields: &[FieldPath], options: &Options) -> Result<Report, Failure> {
    Conformance::new(kind, fields, options).run()
}

/// A run of the suite, to be adjusted.
#[derive(Clone)]
pub struct Conformance<'a> {
    kind: &'a dyn IndexKind,
    fields: &'a [FieldPath],
    options: &'a Options,
    sizes: Vec<u32>,
    seed: u64,
    rounds: usize,
}

impl<'a> Conformance<'a> {
    /// A run over parts of 0, 1, 2, 70 and 1,200 slots.
    #[must_use]
    pub fn new(kind: &'a dyn IndexKind, fields: &'a [FieldPath], options: &'a Options) -> Self {
        Self { kind, fields, options, sizes: vec![0, 1, 2, 70, 1200], seed: 1, rounds: 300 }
    }

    /// The numbers of slots of the parts.
    #[must_use]
    pub fn sizes(mut self, sizes: &[u32]) -> Self {
        self.sizes = sizes.to_vec();
        self
    }

    /// Another seed: other objects, other questions.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many predicates each part is asked.
    #[must_use]
    pub fn rounds(mut self, rounds: usize) -> Self {
        self.rounds = rounds;
        self
    }

    /// Runs the suite.
    pub fn run(&self) -> Result<Report, Failure> {
        let mut report = Report::default();
        for effort in [BuildEffort::Fresh, BuildEffort::Settled] {
            for (at, slots) in self.sizes.iter().copied().enumerate() {
                let failure = |what: String| Failure { kind: self.kind.name(), seed: self.seed, effort, slots, what };
                let random = Random::new(self.seed.wrapping_mul(1000).wrapping_add(at as u64));
                self.check_part(random, effort, slots, &mut report).map_err(failure)?;
            }
        }
        Ok(report)
    }

    fn check_part(&self, random: Random, effort: BuildEffort, slots: u32, report: &mut Report) -> Result<(), String> {
        let mut generator = Generator::new(self.kind, self.fields, self.options, random);
        let objects: Vec<Object> = (0..slots).map(|_| generator.object()).collect();
        let part = self.build(&objects, effort, slots).map_err(|error| format!("building: {error}"))?;
        part.verify().map_err(|error| format!("verify of a sound part: {error}"))?;
        let subject = Subject { part: part.as_ref(), objects: &objects };
        report.parts += 1;
        for _ in 0..self.rounds {
            let predicate = generator.predicate(&objects);
            report.asked += 1;
            if let Some(exact) = subject.check_answer(&predicate, generator.random())? {
                report.answered += 1;
                report.exact += usize::from(exact);
            }
        }
        for field in self.fields {
            report.ordered += usize::from(subject.check_order(field)?);
        }
        for _ in 0..self.rounds.div_ceil(30) {
            let target = generator.target(&objects);
            report.nearest += subject.check_nearest(&target, generator.random())?;
        }
        Ok(())
    }

    /// Builds a part, writes it, and opens what was written.
    pub(crate) fn build(
        &self,
        objects: &[Object],
        effort: BuildEffort,
        slots: u32,
    ) -> Result<Box<dyn IndexPart>, IndexError> {
        let columns = self.columns(objects);
        let container = Container::open("part under test", KIND, self.written(objects, effort, slots)?)?;
        self.kind.open(self.fields, self.options, container, columns, slots)
    }

    /// The file of a part.
    fn written(&self, objects: &[Object], effort: BuildEffort, slots: u32) -> Result<Bytes, IndexError> {
        let columns = self.columns(objects);
        let mut builder = self.kind.builder(self.fields, self.options, effort)?;
        for (slot, object) in (0..).zip(objects) {
            let values: Vec<Option<ValueRef<'_>>> = self.fields.iter().map(|field| object.field(field)).collect();
            builder.add(Slot(slot), &values)?;
        }
        let mut bytes = AlignedBuffer::new();
        let mut out = ContainerWriter::new(&mut bytes, KIND)?;
        builder.finish(&columns, slots, &mut out)?;
        out.finish()?;
        Ok(bytes.into_bytes())
    }

    /// The vector column that the kind wants, as the object file would keep it.
    fn columns(&self, objects: &[Object]) -> Columns {
        let (Some(of), Some(field)) = (self.kind.vector_column(self.options), self.fields.first()) else {
            return Columns::new();
        };
        let vector = |object: &Object| match object.field(field) {
            Some(ValueRef::Vector(vector)) => Some(VectorBuf::from(vector)),
            _ => None,
        };
        let vectors = objects.iter().map(vector).collect();
        Columns::new().with(field.clone(), Arc::new(Column { of, vectors }))
    }
}

/// Vectors in memory.
struct Column {
    of: VectorType,
    vectors: Vec<Option<VectorBuf>>,
}

impl VectorColumn for Column {
    fn of(&self) -> VectorType {
        self.of
    }

    fn len(&self) -> usize {
        self.vectors.len()
    }

    fn vector(&self, slot: Slot) -> Result<Option<VectorRef<'_>>, IndexError> {
        match self.vectors.get(slot.0 as usize) {
            Some(vector) => Ok(vector.as_ref().map(VectorBuf::as_ref)),
            None => Err(IndexError::Invariant(format!("slot {} is past the column's end", slot.0))),
        }
    }
}

/// A part and the objects that it was built from.
struct Subject<'a> {
    part: &'a dyn IndexPart,
    objects: &'a [Object],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Registry;

    /// A declaration that the kind accepts.
    fn declaration(kind: &dyn IndexKind) -> (Vec<FieldPath>, Options) {
        for options in [Options::new(), Options::new().with("dimension", 8)] {
            for fields in [&["x"][..], &["x", "y", "z.z"]] {
                let fields: Vec<FieldPath> = fields.iter().map(|field| FieldPath::from(*field)).collect();
                if kind.check(&fields, &options).is_ok() {
                    return (fields, options);
                }
            }
        }
        panic!("no declaration suits {}", kind.name());
    }

    #[test]
    fn every_registered_kind_conforms() {
        for kind in Registry::builtin().kinds() {
            let (fields, options) = declaration(kind.as_ref());
            let report = Conformance::new(kind.as_ref(), &fields, &options).seed(11).run().unwrap();
            assert!(report.answered + report.nearest > 0, "{} answers nothing: {report:?}", kind.name());
        }
    }

    #[test]
    fn every_trial_of_every_kind_conforms() {
        for kind in Registry::builtin().kinds() {
            for (fields, options) in kind.trials() {
                let suite = Conformance::new(kind.as_ref(), &fields, &options).sizes(&[0, 1, 70, 400]).rounds(120);
                let report = suite.seed(3).run().unwrap();
                assert!(
                    report.answered + report.nearest > 0,
                    "{} {options:?} answers nothing: {report:?}",
                    kind.name()
                );
            }
        }
    }

    #[test]
    fn a_kind_that_lies_is_found_out() {
        let registry = Registry::builtin();
        let hash = registry.get("hash").unwrap();
        let (fields, options) = ([FieldPath::from("a.b")], Options::new());
        let honest = Conformance::new(hash.as_ref(), &fields, &options).run().unwrap();
        assert_eq!(honest.parts, 10);
        assert!(honest.answered > 100 && honest.exact == honest.answered && honest.answered < honest.asked);
        // The same values under the wrong name: what is built is not what is asked.
        let objects: Vec<Object> = (0..20).map(|i| Object::new().with("x", i % 3)).collect();
        let other = [FieldPath::from("x")];
        let suite = Conformance::new(hash.as_ref(), &other, &options);
        let part = suite.build(&objects, BuildEffort::Fresh, 20).unwrap();
        let shifted: Vec<Object> = (1..21).map(|i| Object::new().with("x", i % 3)).collect();
        let subject = Subject { part: part.as_ref(), objects: &shifted };
        let predicate = crate::expr::Predicate::new("x", crate::expr::Test::Equals(1.into()));
        assert!(subject.check_answer(&predicate, &mut Random::new(7)).unwrap_err().contains("x = 1"));
    }
}
