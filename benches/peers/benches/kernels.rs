//! What does one distance cost? Nanoseconds for each element type, metric and dimension, ours beside NumKong's kernels.
//!
//! `cargo bench --bench kernels`, in this folder. Ours are measured as searches use them: an f32 query against stored components of the
//! element type, and bits against bits. NumKong takes two vectors of one type, and sums f32 in f64.

use std::{hint::black_box, time::Instant};

use numkong::{Angular, Dot, Euclidean, Hamming, Jaccard};
use protobase::{
    Metric,
    metric::{CodeKernel, instruction_set},
    object::{Element, VectorBuf, VectorRef},
};

/// Vectors of each measurement: few enough for the first caches, so that kernels are measured and not memory.
const VECTORS: usize = 16;
/// The best of so many.
const ROUNDS: usize = 15;
/// Distances of a round.
const DISTANCES: usize = 40_000;

fn main() {
    numkong::configure_thread();
    println!("instruction set {}; ns a distance, least of {ROUNDS} rounds", instruction_set());
    println!("{:<10} {:<8} {:>9} {:>10} {:>10}", "elements", "metric", "dimension", "protobase", "numkong");
    for dimension in [384, 768, 1024] {
        for element in Element::ALL {
            for metric in Metric::of(element) {
                let vectors = vectors(element, dimension);
                line(element.name(), metric.name(), dimension, ours(*metric, &vectors), peer(*metric, &vectors));
            }
        }
        line("codes", "product", dimension, codes(dimension), None);
    }
}

fn line(element: &str, metric: &str, dimension: usize, ours: f64, peer: Option<f64>) {
    let peer = peer.map_or_else(|| "-".to_owned(), |peer| format!("{peer:.1}"));
    println!("{element:<10} {metric:<8} {dimension:>9} {ours:>10.1} {peer:>10}");
}

/// Stored vectors, the same every time.
fn vectors(element: Element, dimension: usize) -> Vec<VectorBuf> {
    let number = |vector: usize, at: usize| {
        let wild = ((vector * 7919 + at * 104_729) % 251) as f32 - 125.0;
        match element {
            Element::I8 => wild,
            Element::Binary => f32::from(u8::from(wild > 0.0)),
            _ => wild * 0.01,
        }
    };
    let vector = |i: usize| (0..dimension).map(|at| number(i, at)).collect::<VectorBuf>().to_element(element);
    (0..VECTORS).map(|i| vector(i).expect("made of what the type holds")).collect()
}

/// The least nanoseconds that one call takes.
fn time(mut measure: impl FnMut(usize, usize) -> f64) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut sum = 0.0;
        for i in 0..DISTANCES {
            sum += measure(i % VECTORS, (i / VECTORS + i) % VECTORS);
        }
        black_box(sum);
        least = least.min(start.elapsed().as_secs_f64() * 1e9 / DISTANCES as f64);
    }
    least
}

fn ours(metric: Metric, vectors: &[VectorBuf]) -> f64 {
    let queries: Vec<VectorBuf> = match metric.is_of_bits() {
        true => vectors.to_vec(),
        false => vectors.iter().map(|vector| vector.components().iter().copied().collect()).collect(),
    };
    time(|a, b| metric.distance(black_box(&queries[a]), black_box(&vectors[b])))
}

fn codes(dimension: usize) -> f64 {
    let kernel = CodeKernel::new();
    let query: Vec<Vec<u8>> =
        (0..VECTORS).map(|i| (0..dimension).map(|at| (i * 37 + at * 11) as u8).collect()).collect();
    let rows: Vec<Vec<i8>> = query.iter().map(|row| row.iter().map(|x| x.cast_signed()).collect()).collect();
    time(|a, b| f64::from(kernel.product(black_box(&query[a]), black_box(&rows[b]))))
}

fn peer(metric: Metric, vectors: &[VectorBuf]) -> Option<f64> {
    match vectors[0].as_ref() {
        VectorRef::Slice(_) | VectorRef::Packed(_) => {
            let rows: Vec<Vec<f32>> = vectors.iter().map(|vector| vector.components().into_owned()).collect();
            numbers(metric, &rows)
        }
        VectorRef::F16(_) => numbers(metric, &halves(vectors, numkong::f16)),
        VectorRef::Bf16(_) => numbers(metric, &halves(vectors, numkong::bf16)),
        VectorRef::I8(_) => {
            let rows: Vec<Vec<i8>> =
                vectors.iter().map(|vector| vector.components().iter().map(|x| *x as i8).collect()).collect();
            numbers(metric, &rows)
        }
        VectorRef::Bits(_) => {
            let row = |vector: &VectorBuf| vector.as_ref().stored().iter().map(|byte| numkong::u1x8(*byte)).collect();
            let rows: Vec<Vec<numkong::u1x8>> = vectors.iter().map(row).collect();
            Some(match metric {
                Metric::Hamming => {
                    time(|a, b| Hamming::hamming(black_box(&rows[a]), black_box(&rows[b])).map_or(0.0, |x| x as f64))
                }
                _ => time(|a, b| Jaccard::jaccard(black_box(&rows[a]), black_box(&rows[b])).map_or(0.0, |x| x as f64)),
            })
        }
    }
}

fn halves<H>(vectors: &[VectorBuf], of: fn(u16) -> H) -> Vec<Vec<H>> {
    let halves = |vector: &VectorBuf| {
        let stored = vector.as_ref().stored().into_owned();
        stored.as_chunks::<2>().0.iter().map(|bytes| of(u16::from_le_bytes(*bytes))).collect()
    };
    vectors.iter().map(halves).collect()
}

fn numbers<T: Dot + Angular + Euclidean>(metric: Metric, rows: &[Vec<T>]) -> Option<f64> {
    let ask = |one: &dyn Fn(&[T], &[T])| {
        time(|a, b| {
            one(black_box(&rows[a]), black_box(&rows[b]));
            0.0
        })
    };
    match metric {
        Metric::L2 => Some(ask(&|a, b| {
            black_box(T::euclidean(a, b));
        })),
        Metric::Cosine => Some(ask(&|a, b| {
            black_box(T::angular(a, b));
        })),
        Metric::InnerProduct => Some(ask(&|a, b| {
            black_box(T::dot(a, b));
        })),
        Metric::Hamming | Metric::Jaccard => None,
    }
}
