//! Our index, its part mapped from a file.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use protobase::{
    codec::{Container, ContainerWriter},
    expr::{Predicate, Target, Test},
    geometry::{GeoBox, LonLat},
    index::{
        BuildEffort, Columns, IndexKind, IndexPart, NearestRequest, Options, SearchEffort, Slot, SlotSet, Work,
        geo::Geo,
    },
    object::{FieldPath, Value},
    storage::{FileOptions, FileStorage, Storage},
};
use tempfile::TempDir;

use crate::contender::{Contender, Facts, Outcome, Question};

const KIND: [u8; 8] = *b"geobench";

pub struct Ours {
    part: Box<dyn IndexPart>,
    all: SlotSet,
    facts: (Duration, f64, Duration),
    _folder: TempDir,
}

impl Ours {
    pub fn build(places: &[LonLat]) -> Outcome<Self> {
        let folder = TempDir::new()?;
        let files = FileStorage::open(folder.path(), &FileOptions::default())?;
        let values: Vec<Value> = places.iter().map(|place| Value::Geometry(Box::new((*place).into()))).collect();
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        let start = Instant::now();
        let bytes = one.install(|| -> Outcome<Vec<u8>> {
            let mut builder = Geo.builder(&[path()], &Options::new(), BuildEffort::Settled)?;
            for (value, slot) in values.iter().zip(0..) {
                builder.add(Slot(slot), &[Some(value.as_ref())])?;
            }
            let mut bytes = Vec::new();
            let mut out = ContainerWriter::new(&mut bytes, KIND)?;
            builder.finish(&Columns::new(), places.len() as u32, &mut out)?;
            out.finish()?;
            Ok(bytes)
        })?;
        let built = start.elapsed();
        files.put("part", &mut |out| out.write_all(&bytes))?;
        let start = Instant::now();
        let container = Container::open("part", KIND, files.open("part")?)?;
        let part = Geo.open(&[path()], &Options::new(), container, Columns::new(), places.len() as u32)?;
        let facts = (built, bytes.len() as f64 / places.len() as f64, start.elapsed());
        part.verify()?;
        Ok(Self { part, all: SlotSet::all(places.len() as u32), facts, _folder: folder })
    }

    /// The nearest of what is accepted, with their distances.
    pub fn nearest_of(&self, target: &Target, k: usize, accept: &SlotSet) -> Vec<(Slot, f64)> {
        let request = NearestRequest { target, k, accept, effort: SearchEffort::Default, bound: f64::INFINITY };
        let answer = self.part.nearest(&request, &mut Work::default()).expect("a sound part");
        answer.expect("an index of places").0
    }

    pub fn nearest_of_all(&self, target: &Target, k: usize) -> Vec<(Slot, f64)> {
        self.nearest_of(target, k, &self.all)
    }

    fn candidates(&self, test: Test) -> Question<'_> {
        let predicate = Predicate::new("location", test);
        Box::new(move || {
            let (slots, _) = self.part.candidates(&predicate, &mut Work::default()).expect("a sound part");
            black_box(slots).len() as usize
        })
    }
}

/// What the nearest are looked for from.
pub fn target(place: LonLat) -> Target {
    Target::Place { path: path(), place }
}

fn path() -> FieldPath {
    FieldPath::parse("location")
}

impl Contender for Ours {
    fn name(&self) -> &'static str {
        "Protobase, mapped"
    }

    fn facts(&self) -> Facts {
        let (build, bytes, open) = self.facts;
        Facts { build, bytes: Some(bytes), open: Some(open) }
    }

    fn nearest(&self, place: LonLat, k: usize) -> Question<'_> {
        let target = target(place);
        Box::new(move || black_box(self.nearest_of_all(&target, k)).len())
    }

    fn within(&self, place: LonLat, metres: f64) -> Question<'_> {
        self.candidates(Test::WithinRadius(place, metres))
    }

    fn inside(&self, area: GeoBox) -> Option<Question<'_>> {
        Some(self.candidates(Test::WithinBox(area)))
    }
}
