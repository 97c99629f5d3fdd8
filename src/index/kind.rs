//! The traits that every kind of index implements.

use std::{fmt, ops::ControlFlow};

use crate::{
    codec::{Container, ContainerWriter},
    expr::{Predicate, Target},
    object::{FieldPath, Kind, Value, ValueRef, VectorType},
};

#[cfg(feature = "text")]
use crate::text::Analysis;

use super::{Access, Columns, Exactness, IndexError, Options, SearchEffort, SearchPath, Slot, SlotSet, Work};

/// How much work a builder should invest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildEffort {
    /// The part will soon be merged into another: build fast (for vectors: no graph).
    Fresh,
    /// The part is here to stay: build what answers fastest.
    Settled,
}

/// A kind of index: a stateless recipe, listed once in the registry.
pub trait IndexKind: Send + Sync {
    /// The name on disk, in SQL and on the command line.
    fn name(&self) -> &'static str;

    /// One line for help texts.
    fn summary(&self) -> &'static str;

    /// Refuses options and field counts that the kind cannot work with. Called when an index is declared.
    fn check(&self, fields: &[FieldPath], options: &Options) -> Result<(), IndexError>;

    /// Refuses a value that an object must not have in an indexed field (wrong dimension, NaN, a place off the globe).
    /// Called for every object before its transaction is logged. `values` run parallel to the declared fields.
    fn check_values(
        &self,
        fields: &[FieldPath],
        options: &Options,
        values: &[Option<ValueRef<'_>>],
    ) -> Result<(), IndexError>;

    /// The kind of value that the index is about, when only one makes sense: readers of untyped files convert to it.
    fn wants(&self) -> Option<Kind> {
        None
    }

    /// Options completed from one sample value, where a declaration may leave them to be learned (a vector's dimension).
    fn complete(&self, options: &Options, _sample: ValueRef<'_>) -> Options {
        options.clone()
    }

    /// The type of the vector column that the first field is stored in, if the kind wants one. A vector of another element type is converted
    /// to it when it is written.
    fn vector_column(&self, _options: &Options) -> Option<VectorType> {
        None
    }

    /// How texts of the first field become terms, if the kind is about words: what asks for words there and says nothing else means these.
    #[cfg(feature = "text")]
    fn analysis(&self, _options: &Options) -> Option<Analysis> {
        None
    }

    /// The set, if the options name one, whose objects are examples of what will be asked: the values that they have in the first declared
    /// field are given to builders of settled parts ([`IndexBuilder::examples`]).
    fn examples<'o>(&self, _options: &'o Options) -> Option<&'o str> {
        None
    }

    /// Whether a part finds the slot of one value at once, so that a unique key is indexed by this kind: of several such kinds by the one
    /// that was registered first.
    fn finds_keys(&self) -> bool {
        false
    }

    /// Declarations that together reach all that the kind can do, small ones: what suites try that try every kind.
    fn trials(&self) -> Vec<(Vec<FieldPath>, Options)> {
        vec![(vec!["v".into()], Options::new())]
    }

    /// Bytes that a build holds for each slot, at most, beside the segment's files: so that builds stay within what memory they are given.
    /// By default, what the value of an attribute takes with its slot.
    fn build_bytes(&self, _options: &Options, _effort: BuildEffort) -> u64 {
        64
    }

    /// Starts one part.
    fn builder(
        &self,
        fields: &[FieldPath],
        options: &Options,
        effort: BuildEffort,
    ) -> Result<Box<dyn IndexBuilder>, IndexError>;

    /// Opens a part; reads no body. `slots` is the number of slots of its segment.
    fn open(
        &self,
        fields: &[FieldPath],
        options: &Options,
        part: Container,
        columns: Columns,
        slots: u32,
    ) -> Result<Box<dyn IndexPart>, IndexError>;
}

/// Who is told which share of a build is done, and says whether it shall go on.
pub type Tell<'a> = dyn Fn(f64) -> ControlFlow<()> + 'a;

/// A part under construction.
pub trait IndexBuilder: Send {
    /// Takes examples of what will be asked, before all else. What is no value that the index could be asked for is to be ignored.
    fn examples(&mut self, _values: Vec<Value>) {}

    /// Takes the values of the declared fields of one slot. Slots come in ascending order, each once; `None` is missing.
    fn add(&mut self, slot: Slot, values: &[Option<ValueRef<'_>>]) -> Result<(), IndexError>;

    /// The parts, of the same index, of segments that are merged into this one: called once, before [`IndexBuilder::finish`], for whoever can
    /// make use of what was built before. What is made of it must depend on nothing else.
    fn inherit(&mut self, _predecessors: &[Predecessor<'_>]) {}

    /// Writes the part's sections (not the container's end). `columns` are those of the finished object file.
    fn finish(self: Box<Self>, columns: &Columns, slots: u32, out: &mut ContainerWriter<'_>) -> Result<(), IndexError>;

    /// [`IndexBuilder::finish`] for kinds that take long over it: says now and then which share is done, ascending from 0 to 1, and fails with
    /// [`IndexError::Cancelled`] when it is told to break off.
    fn finish_told(
        self: Box<Self>,
        columns: &Columns,
        slots: u32,
        out: &mut ContainerWriter<'_>,
        _tell: &Tell<'_>,
    ) -> Result<(), IndexError> {
        self.finish(columns, slots, out)
    }
}

/// A part over a segment that is being merged into another, and where its slots go.
pub struct Predecessor<'a> {
    /// The part's sections, as its kind has written them.
    pub part: Container,
    /// The slots of its segment.
    pub slots: u32,
    /// Those of them that are in the new segment, too.
    pub living: u32,
    moved: &'a dyn Fn() -> Option<Vec<Option<Slot>>>,
}

impl<'a> Predecessor<'a> {
    /// A part with so many slots, so many of them living; `moved` finds out where they go.
    pub fn new(part: Container, slots: u32, living: u32, moved: &'a dyn Fn() -> Option<Vec<Option<Slot>>>) -> Self {
        Self { part, slots, living, moved }
    }

    /// The new slot of each of its slots, `None` where it is gone; `None` when that can't be told. Found out anew with every call.
    #[must_use]
    pub fn moved(&self) -> Option<Vec<Option<Slot>>> {
        (self.moved)()
    }
}

impl fmt::Debug for Predecessor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Predecessor")
            .field("part", &self.part.file())
            .field("slots", &self.slots)
            .field("living", &self.living)
            .finish_non_exhaustive()
    }
}

/// One index over one segment. Immutable; shared by threads.
pub trait IndexPart: Send + Sync + fmt::Debug {
    /// How this part would answer a predicate, or `None` when it cannot. Cheap: never builds the candidates.
    fn access(&self, predicate: &Predicate) -> Option<Access>;

    /// The slots that match (dead ones included), exact or superset as [`IndexPart::access`] said.
    fn candidates(&self, predicate: &Predicate, work: &mut Work) -> Result<(SlotSet, Exactness), IndexError>;

    /// Those of `within` that match, for a predicate that [`IndexPart::access`] would answer, when looking at each is cheaper than making
    /// the candidates; `None` when it is not, or the part can't. Exact or superset as [`IndexPart::access`] said.
    fn candidates_within(
        &self,
        _predicate: &Predicate,
        _within: &SlotSet,
        _work: &mut Work,
    ) -> Result<Option<SlotSet>, IndexError> {
        Ok(None)
    }

    /// The nearest accepted slots, nearest first, ties by slot: min(k, accepted slots that have the field) of them. `None` when the
    /// part does not know this kind of target. May visit any slot, yields only accepted ones.
    fn nearest(&self, _request: &NearestRequest<'_>, _work: &mut Work) -> Result<Option<NearestAnswer>, IndexError> {
        Ok(None)
    }

    /// Whether [`IndexPart::nearest`] would answer this target.
    fn can_nearest(&self, _target: &Target) -> bool {
        false
    }

    /// All slots that have a value other than null, in the total order of the indexed field's values
    /// ([`order::compare`](crate::object::order::compare)) or against it, ties always by ascending slot; `None` when the part keeps no
    /// order. Null and missing slots are not among them: the caller adds them.
    fn ordered(
        &self,
        _path: &FieldPath,
        _descending: bool,
    ) -> Option<Box<dyn Iterator<Item = Result<Slot, IndexError>> + '_>> {
        None
    }

    /// Checks every internal invariant and every checksum.
    fn verify(&self) -> Result<(), IndexError>;

    /// Facts for `info`: a few (name, value) pairs, such as the layers of a graph or the number of distinct values.
    fn facts(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Hits with their distances, nearest first, and how they were found.
pub type NearestAnswer = (Vec<(Slot, f64)>, SearchPath);

/// What a nearest search is given: never the predicate or the plan.
#[derive(Clone, Copy, Debug)]
pub struct NearestRequest<'a> {
    /// What to be near to.
    pub target: &'a Target,
    /// How many hits.
    pub k: usize,
    /// The slots that may be hits: exact candidates minus dead slots.
    pub accept: &'a SlotSet,
    /// How hard to try.
    pub effort: SearchEffort,
    /// Hits farther than this are not wanted (the k-th distance over earlier segments, or a distance predicate); infinite when
    /// unbounded. Exact parts prune with it; hits at the bound itself are kept.
    pub bound: f64,
}
