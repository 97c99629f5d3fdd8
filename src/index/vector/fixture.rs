//! Seeded vectors and small segments for tests.

use std::sync::Arc;

use crate::{
    codec::{self, Container, ContainerWriter},
    expr::{Target, asked},
    index::{
        BuildEffort, Columns, IndexBuilder, IndexError, IndexKind, IndexPart, NearestRequest, Options, Predecessor,
        SearchEffort, SearchPath, Slot, SlotSet, VectorColumn, Work,
    },
    metric::Metric,
    object::{FieldPath, Value, ValueRef, VectorBuf, VectorRef, VectorType},
};

use super::VectorKind;

/// Numbers for vectors, the same everywhere.
pub(super) struct Random(codec::Random);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        let mut numbers = codec::Random::new(seed);
        // What tests expect of seeds was found without the first number.
        numbers.next();
        Self(numbers)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0.next()
    }

    /// Between -1 and 1.
    pub(super) fn signed(&mut self) -> f32 {
        (self.next() >> 40) as f32 / 8_388_608.0 - 1.0
    }

    /// Roughly normal.
    pub(super) fn normal(&mut self) -> f32 {
        (0..6).map(|_| self.signed()).sum::<f32>() * 0.7
    }
}

/// `count` vectors around `clusters` centres that stand apart.
pub(super) fn clustered(seed: u64, count: usize, dimension: usize, clusters: usize) -> Vec<Vec<f32>> {
    let mut random = Random::new(seed);
    let centres: Vec<Vec<f32>> = (0..clusters).map(|_| (0..dimension).map(|_| random.signed()).collect()).collect();
    (0..count)
        .map(|_| {
            let centre = &centres[random.next() as usize % clusters];
            centre.iter().map(|c| c + 0.3 * random.normal()).collect()
        })
        .collect()
}

/// A vector column in memory.
pub(super) struct MemoryColumn {
    of: VectorType,
    vectors: Vec<Option<VectorBuf>>,
}

impl VectorColumn for MemoryColumn {
    fn of(&self) -> VectorType {
        self.of
    }

    fn len(&self) -> usize {
        self.vectors.len()
    }

    fn vector(&self, slot: Slot) -> Result<Option<VectorRef<'_>>, IndexError> {
        Ok(self.vectors[slot.0 as usize].as_ref().map(VectorBuf::as_ref))
    }
}

/// A segment with one vector field `v` and its part.
pub(super) struct Segment {
    pub(super) column: Arc<MemoryColumn>,
    pub(super) part: Box<dyn IndexPart>,
    pub(super) metric: Metric,
    pub(super) bytes: Vec<u8>,
}

impl Segment {
    /// Builds and opens a part over vectors, stored in the element type that the options say.
    pub(super) fn new(vectors: Vec<Option<Vec<f32>>>, options: &Options, effort: BuildEffort) -> Self {
        Self::build(vectors, options, effort, |_| {})
    }

    /// The same, given examples of what will be asked.
    pub(super) fn with_examples(
        vectors: Vec<Option<Vec<f32>>>,
        options: &Options,
        effort: BuildEffort,
        examples: &[Vec<f32>],
    ) -> Self {
        let examples = examples.iter().map(|query| Value::Vector(query.clone().into())).collect();
        Self::build(vectors, options, effort, |builder| builder.examples(examples))
    }

    /// Builds and opens a settled part over slots of older segments and over new vectors, in this order, as a merge does.
    pub(super) fn merged(old: &[(&Self, SlotSet)], new: Vec<Option<Vec<f32>>>, options: &Options) -> Self {
        let mut vectors = Vec::new();
        let mut moves: Vec<Vec<Option<Slot>>> = Vec::new();
        for (segment, kept) in old {
            let mut moved = vec![None; segment.column.len()];
            for slot in kept {
                moved[slot.0 as usize] = Some(Slot(vectors.len() as u32));
                vectors.push(segment.components(slot));
            }
            moves.push(moved);
        }
        vectors.extend(new);
        Self::build(vectors, options, BuildEffort::Settled, |builder| {
            let moved: Vec<_> = moves.iter().map(|moved| || Some(moved.clone())).collect();
            let predecessors: Vec<_> = old
                .iter()
                .zip(&moved)
                .map(|((segment, kept), moved)| {
                    let part = Container::open("part", *b"PBVECTOR", segment.bytes.clone().into()).unwrap();
                    Predecessor::new(part, segment.column.len() as u32, kept.len() as u32, moved)
                })
                .collect();
            builder.inherit(&predecessors);
        })
    }

    fn build(
        vectors: Vec<Option<Vec<f32>>>,
        options: &Options,
        effort: BuildEffort,
        inherit: impl FnOnce(&mut dyn IndexBuilder),
    ) -> Self {
        let fields = [FieldPath::parse("v")];
        let of = VectorKind.vector_column(options).unwrap();
        let stored = |vector: Vec<f32>| VectorBuf::from(vector).to_element(of.element).unwrap();
        let vectors = vectors.into_iter().map(|vector| vector.map(stored)).collect();
        let column = Arc::new(MemoryColumn { of, vectors });
        let columns = Columns::new().with(fields[0].clone(), column.clone());
        let slots = column.len() as u32;
        let mut builder = VectorKind.builder(&fields, options, effort).unwrap();
        for slot in 0..slots {
            let value = column.vectors[slot as usize].as_ref().map(|vector| ValueRef::Vector(vector.as_ref()));
            VectorKind.check_values(&fields, options, &[value]).unwrap();
            builder.add(Slot(slot), &[value]).unwrap();
        }
        inherit(builder.as_mut());
        let mut bytes = Vec::new();
        let mut writer = ContainerWriter::new(&mut bytes, *b"PBVECTOR").unwrap();
        builder.finish(&columns, slots, &mut writer).unwrap();
        writer.finish().unwrap();
        let container = Container::open("part", *b"PBVECTOR", bytes.clone().into()).unwrap();
        let part = VectorKind.open(&fields, options, container, columns, slots).unwrap();
        let metric = options.get("metric").map_or(Metric::of(of.element)[0], |metric| Metric::parse(metric).unwrap());
        Self { column, part, metric, bytes }
    }

    /// What is stored in a slot.
    pub(super) fn components(&self, slot: Slot) -> Option<Vec<f32>> {
        self.column.vectors[slot.0 as usize].as_ref().map(components)
    }

    /// All slots.
    pub(super) fn all(&self) -> SlotSet {
        SlotSet::all(self.column.len() as u32)
    }

    /// A nearest search; hits, path and work.
    pub(super) fn nearest(&self, query: &[f32], k: usize, accept: &SlotSet, effort: SearchEffort) -> Found {
        let target = Target::Vector { path: "v".into(), vector: query.into(), metric: self.metric };
        let request = NearestRequest { target: &target, k, accept, effort, bound: f64::INFINITY };
        let mut work = Work::default();
        let (hits, path) = self.part.nearest(&request, &mut work).unwrap().unwrap();
        Found { hits, path, work }
    }

    /// The obvious answer.
    pub(super) fn brute(&self, query: &[f32], k: usize, accept: &SlotSet) -> Vec<(Slot, f64)> {
        let query = asked(&VectorBuf::from(query), self.metric).into_owned();
        let mut all: Vec<(Slot, f64)> = accept
            .iter()
            .filter_map(|slot| {
                let vector = self.column.vectors[slot.0 as usize].as_ref()?;
                Some((slot, self.metric.distance(&query, vector)))
            })
            .collect();
        all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        all.truncate(k);
        all
    }
}

fn components(vector: &VectorBuf) -> Vec<f32> {
    vector.as_ref().components().into_owned()
}

/// What a search gave.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) hits: Vec<(Slot, f64)>,
    pub(super) path: SearchPath,
    pub(super) work: Work,
}

/// The share of right slots that was found.
pub(super) fn recall(found: &[(Slot, f64)], right: &[(Slot, f64)]) -> f64 {
    let hit = right.iter().filter(|(slot, _)| found.iter().any(|(other, _)| other == slot)).count();
    if right.is_empty() { 1.0 } else { hit as f64 / right.len() as f64 }
}
