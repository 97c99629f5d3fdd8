//! Who answers: the index part, a scan over columns, a k-d tree.

use kiddo::{Chebyshev, ImmutableKdTree, SquaredEuclidean};
use protobase::{
    codec::{Container, ContainerWriter},
    expr::{Predicate, Target, Test},
    index::{
        BuildEffort, Columns as VectorColumns, IndexKind, IndexPart, NearestRequest, Options, SearchEffort, Slot,
        SlotSet, Work, plane::Plane,
    },
    object::{FieldPath, Value},
};

use super::data::{NEAREST, Question, Shape};

/// Answers with the number of hits.
pub trait Contender<const D: usize> {
    fn ask(&self, question: &Question<D>) -> usize;
}

/// The index part, opened from its bytes.
pub struct Ours {
    part: Box<dyn IndexPart>,
    fields: Vec<FieldPath>,
    all: SlotSet,
    /// The length of the part.
    pub bytes: usize,
}

const KIND: [u8; 8] = *b"PLANEBEN";

/// The file of a part.
pub fn build<const D: usize>(points: &[[f64; D]]) -> Vec<u8> {
    let mut builder = Plane.builder(&fields::<D>(), &Options::new(), BuildEffort::Settled).expect("builder");
    for (slot, point) in (0..).zip(points) {
        let values = point.map(Value::Float);
        let values: [_; D] = std::array::from_fn(|at| Some(values[at].as_ref()));
        builder.add(Slot(slot), &values).expect("numbers");
    }
    let mut bytes = Vec::new();
    let mut out = ContainerWriter::new(&mut bytes, KIND).expect("memory");
    builder.finish(&VectorColumns::new(), points.len() as u32, &mut out).expect("memory");
    out.finish().expect("memory");
    bytes
}

/// The same without the blocks of near points, as early versions wrote it.
pub fn without_blocks(bytes: &[u8]) -> Vec<u8> {
    let whole = Container::open("bench", KIND, bytes.to_vec().into()).expect("just written");
    let mut bytes = Vec::new();
    let mut out = ContainerWriter::new(&mut bytes, KIND).expect("memory");
    for name in whole.names().filter(|name| !name.starts_with("block")) {
        out.put(name, whole.section(name).expect("there").all().expect("sound")).expect("memory");
    }
    out.finish().expect("memory");
    bytes
}

fn fields<const D: usize>() -> Vec<FieldPath> {
    (0..D).map(|at| FieldPath::from(format!("x{at}").as_str())).collect()
}

impl Ours {
    /// Opens a part of so many points.
    pub fn open<const D: usize>(bytes: Vec<u8>, points: usize) -> Self {
        let (length, slots, fields) = (bytes.len(), points as u32, fields::<D>());
        let container = Container::open("bench", KIND, bytes.into()).expect("just written");
        let part = Plane.open(&fields, &Options::new(), container, VectorColumns::new(), slots).expect("just written");
        Self { part, fields, all: SlotSet::all(slots), bytes: length }
    }

    fn predicate<const D: usize>(&self, question: &Question<D>) -> Predicate {
        let test = match question.shape {
            Shape::Box => {
                let (low, high) = question.corners();
                Test::Box { low: low.into(), high: high.into() }
            }
            _ => Test::Ball { center: question.center.into(), radius: question.radius },
        };
        Predicate { paths: self.fields.clone(), test }
    }

    /// Microseconds that the part says it will take.
    pub fn foreseen<const D: usize>(&self, question: &Question<D>) -> f64 {
        match question.shape {
            Shape::Nearest => 0.0,
            _ => self.part.access(&self.predicate(question)).expect("an offer").cost / 1e3,
        }
    }
}

impl<const D: usize> Contender<D> for Ours {
    fn ask(&self, question: &Question<D>) -> usize {
        if question.shape == Shape::Nearest {
            let target = Target::Coordinates { paths: self.fields.clone(), center: question.center.as_slice().into() };
            let request = NearestRequest {
                target: &target,
                k: NEAREST,
                accept: &self.all,
                effort: SearchEffort::Exact,
                bound: f64::INFINITY,
            };
            let found = self.part.nearest(&request, &mut Work::default()).expect("sound").expect("answers");
            return std::hint::black_box(found).0.len();
        }
        let (found, _) = self.part.candidates(&self.predicate(question), &mut Work::default()).expect("sound");
        std::hint::black_box(found).len() as usize
    }
}

/// One array a dimension.
pub struct Columns<const D: usize>([Vec<f64>; D]);

/// Rows that are tested together: what is computed of them stays in the cache.
const ROWS: usize = 1024;

impl<const D: usize> Columns<D> {
    pub fn new(points: &[[f64; D]]) -> Self {
        Self(std::array::from_fn(|dimension| points.iter().map(|point| point[dimension]).collect()))
    }

    fn chunks(&self) -> impl Iterator<Item = (u32, [&[f64]; D])> {
        (0..self.0[0].len()).step_by(ROWS).map(|start| {
            let end = (start + ROWS).min(self.0[0].len());
            (start as u32, std::array::from_fn(|dimension| &self.0[dimension][start..end]))
        })
    }

    fn in_box(&self, low: [f64; D], high: [f64; D]) -> Vec<u32> {
        let (mut hits, mut inside) = (Vec::new(), [0_u8; ROWS]);
        for (start, columns) in self.chunks() {
            let inside = &mut inside[..columns[0].len()];
            inside.fill(1);
            for dimension in 0..D {
                for (inside, at) in inside.iter_mut().zip(columns[dimension]) {
                    *inside &= u8::from(low[dimension] <= *at) & u8::from(*at <= high[dimension]);
                }
                if inside.iter().all(|inside| *inside == 0) {
                    break;
                }
            }
            collect(start, inside, &mut hits);
        }
        hits
    }

    /// The squares of distances of some rows.
    fn squares(columns: [&[f64]; D], center: &[f64; D], squares: &mut [f64]) {
        squares.fill(0.0);
        for dimension in 0..D {
            for (square, at) in squares.iter_mut().zip(columns[dimension]) {
                *square += (at - center[dimension]) * (at - center[dimension]);
            }
        }
    }

    fn in_ball(&self, center: &[f64; D], radius: f64) -> Vec<u32> {
        let (mut hits, mut inside, mut squares) = (Vec::new(), [0_u8; ROWS], [0.0; ROWS]);
        let most = greatest_square(radius);
        for (start, columns) in self.chunks() {
            let rows = columns[0].len();
            Self::squares(columns, center, &mut squares[..rows]);
            for (inside, square) in inside[..rows].iter_mut().zip(&squares[..rows]) {
                *inside = u8::from(*square <= most);
            }
            collect(start, &inside[..rows], &mut hits);
        }
        hits
    }

    fn nearest(&self, center: &[f64; D]) -> Vec<(f64, u32)> {
        let (mut best, mut squares) = (vec![(f64::INFINITY, u32::MAX); NEAREST], [0.0; ROWS]);
        for (start, columns) in self.chunks() {
            let rows = columns[0].len();
            Self::squares(columns, center, &mut squares[..rows]);
            for (slot, square) in (start..).zip(&squares[..rows]) {
                if *square < best[NEAREST - 1].0 {
                    let at = best.partition_point(|(other, _)| other <= square);
                    best.pop();
                    best.insert(at, (*square, slot));
                }
            }
        }
        best
    }
}

/// The greatest square whose root is at most `radius`, so that nobody need take roots.
fn greatest_square(radius: f64) -> f64 {
    let mut square = (radius * radius).next_up().next_up();
    while square.sqrt() > radius {
        square = square.next_down();
    }
    square
}

/// The rows that are inside: whole words of eight that hold none are passed over.
fn collect(start: u32, inside: &[u8], hits: &mut Vec<u32>) {
    for (at, eight) in (start..).step_by(8).zip(inside.chunks(8)) {
        if eight.iter().any(|inside| *inside != 0) {
            hits.extend((at..).zip(eight).filter(|(_, inside)| **inside != 0).map(|(slot, _)| slot));
        }
    }
}

impl<const D: usize> Contender<D> for Columns<D> {
    fn ask(&self, question: &Question<D>) -> usize {
        match question.shape {
            Shape::Box => {
                let (low, high) = question.corners();
                std::hint::black_box(self.in_box(low, high)).len()
            }
            Shape::Ball => std::hint::black_box(self.in_ball(&question.center, question.radius)).len(),
            Shape::Nearest => std::hint::black_box(self.nearest(&question.center)).len(),
        }
    }
}

/// `kiddo`'s immutable tree.
pub struct Tree<const D: usize>(ImmutableKdTree<f64, D>);

impl<const D: usize> Tree<D> {
    pub fn new(points: &[[f64; D]]) -> Self {
        Self(ImmutableKdTree::new_from_slice(points).expect("finite points"))
    }
}

impl<const D: usize> Contender<D> for Tree<D> {
    fn ask(&self, question: &Question<D>) -> usize {
        let Question { shape, center, radius } = question;
        match shape {
            Shape::Box => {
                let found = self.0.query(center).within::<Chebyshev<f64>>(*radius).unsorted().execute();
                std::hint::black_box(found).len()
            }
            Shape::Ball => {
                let found = self.0.query(center).within::<SquaredEuclidean<f64>>(radius * radius).unsorted().execute();
                std::hint::black_box(found).len()
            }
            Shape::Nearest => {
                let nearest = std::num::NonZero::new(NEAREST).expect("not zero");
                std::hint::black_box(self.0.query(center).nearest_n::<SquaredEuclidean<f64>>(nearest).execute()).len()
            }
        }
    }
}
