//! One bit a component, and what it says about a distance.
//!
//! A vector's residual from the mean of all, rotated at random, is kept as its signs, with two numbers that make the estimate of a distance
//! unbiased (RaBitQ: Gao and Long, SIGMOD 2024, arXiv 2405.12497). The estimate errs by a share of the residual's length that falls
//! with the root of the dimension, so a bound that holds with any wanted confidence costs one multiplication. A row fills whole cache lines
//! and is an eighth of a code of bytes: it decides which codes are worth being read at all.
//!
//! With the mean `c`, residuals `o' = R (o - c)` and `q' = R (q - c)`, and `s` the signs of `o'`:
//! `|q - o|² = |q'|² + |o'|² - 2 <q', o'>`, and `<q', o'>` is estimated by `<q', s> |o'|² / <o', s>`. For inner products `q' = R q` and the
//! distance is `-2 <q, c> - 2 <q', o'>`. All of it is in code units, like the distances of [`super::codes`].

use std::ops::Range;

use rayon::prelude::*;

use crate::metric::{Metric, SignKernel, VectorRef, prefetch};

use super::{array::Array, encoding::prepared, rotation::Rotation};

/// What stands before a row's bits: base, factor, and [`COUNTED`] times the number of set bits.
const HEAD: usize = 12;

/// How often a row's head counts each set bit.
const COUNTED: i32 = 256;

/// Components whose bits fill 8 bytes: a row has whole ones.
const GROUP: usize = 64;

/// The standard deviation of an estimate but for rounding, by the factor of the row and the length of the query's residual: of random signs
/// `<s, o'> / (|s| |o'|)` is about `a = sqrt(2 / pi)`, and what the estimate does not see has the length `sqrt(1 - a²)`.
const DEVIATION: f32 = 0.603;

/// Nodes that are looked at together.
const TOGETHER: usize = 32;

/// What stands for zero among a query's numbers.
const MIDDLE: i32 = (SignKernel::LARGEST as i32 + 1) / 2;

/// How the vectors of one part get their signs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SignEncoding {
    metric: Metric,
    rotation: Rotation,
    /// The mean of all vectors (normalized, for cosine); zero for inner products.
    pub(super) means: Vec<f32>,
    /// Squared code units in one squared unit of length.
    unit: f32,
}

/// The signs of all nodes, borrowed from a part or from a build.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signs<'a> {
    /// Bytes from one row to the next.
    pub(super) stride: usize,
    /// The rows, one after the other.
    pub(super) rows: Array<'a, u8>,
    /// The kernel of this processor.
    pub(super) kernel: SignKernel,
}

/// The query's side of an estimate: its rotated residual in small numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct SignQuery {
    /// Components, rounded, plus [`MIDDLE`], as the kernel wants them.
    planes: Vec<u8>,
    /// Minus the sum of all components as rounded.
    offset: i32,
    /// The size of a number's step.
    step: f32,
    /// What the query adds to all its distances.
    base: f32,
    /// The standard deviation of an estimate, by the factor of the row.
    reach: f32,
}

/// Rows of signs, and what decides by them whether a node is looked at more closely.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sieve<'a> {
    pub(super) signs: Signs<'a>,
    pub(super) query: &'a SignQuery,
    /// How many standard deviations an estimate may be too high.
    pub(super) doubt: f32,
}

impl SignEncoding {
    /// For vectors whose codes have this scale; `None` when their squares leave the range of f32.
    pub(super) fn choose(metric: Metric, dimension: usize, scale: f32, vectors: &[VectorRef<'_>]) -> Option<Self> {
        let means = match metric {
            // Bits are shorter than any signs of theirs.
            Metric::Hamming | Metric::Jaccard => return None,
            Metric::InnerProduct => vec![0.0; dimension],
            Metric::L2 | Metric::Cosine => means(metric, dimension, vectors),
        };
        Self::of(metric, scale, means)
    }

    /// With means that are known.
    pub(super) fn of(metric: Metric, scale: f32, means: Vec<f32>) -> Option<Self> {
        let unit = (scale * scale).recip();
        let usable = unit.is_normal() && means.iter().all(|mean| mean.is_finite()) && !means.is_empty();
        usable.then(|| Self { metric, rotation: Rotation::new(means.len()), means, unit })
    }

    /// The bytes of one row.
    pub(super) fn stride(dimension: usize) -> usize {
        let length = HEAD + dimension.div_ceil(GROUP) * GROUP / 8;
        if length <= 32 { 32 } else { length.next_multiple_of(64) }
    }

    /// The rows of vectors; `None` when a length leaves the range of f32.
    pub(super) fn encode(&self, vectors: &[VectorRef<'_>]) -> Option<Vec<u8>> {
        let stride = Self::stride(self.means.len());
        let mut rows = vec![0; vectors.len() * stride];
        let written = rows.par_chunks_mut(stride).zip(vectors).with_min_len(64);
        written.map(|(row, vector)| self.write(*vector, row)).all(|usable| usable).then_some(rows)
    }

    /// Writes the row of a vector over zeros; false when there is none.
    pub(super) fn write(&self, vector: VectorRef<'_>, row: &mut [u8]) -> bool {
        let residual = self.residual(vector);
        let squared: f32 = residual.iter().map(|x| x * x).sum();
        let along: f32 = residual.iter().map(|x| x.abs()).sum();
        let base = if self.metric == Metric::InnerProduct { 0.0 } else { squared * self.unit };
        let factor = if along > 0.0 { 2.0 * squared / along * self.unit } else { 0.0 };
        let mut count = 0;
        for (component, x) in residual.iter().enumerate().filter(|(_, x)| **x > 0.0) {
            debug_assert!(x.is_finite());
            row[HEAD + component / 8] |= 1 << (component % 8);
            count += 1;
        }
        row[..4].copy_from_slice(&base.to_le_bytes());
        row[4..8].copy_from_slice(&factor.to_le_bytes());
        row[8..HEAD].copy_from_slice(&(COUNTED * count).to_le_bytes());
        base.is_finite() && factor.is_finite()
    }

    /// Prepares a query; `None` when its numbers leave the range of f32.
    pub(super) fn query(&self, vector: VectorRef<'_>) -> Option<SignQuery> {
        let residual = self.residual(vector);
        let squared: f32 = residual.iter().map(|x| x * x).sum();
        let largest = residual.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        let step = if largest > 0.0 { largest / (MIDDLE - 1) as f32 } else { 1.0 };
        let base = match self.metric {
            // The means of inner products are zero.
            Metric::InnerProduct | Metric::Hamming | Metric::Jaccard => 0.0,
            Metric::L2 | Metric::Cosine => squared * self.unit,
        };
        let (mut numbers, mut sum, mut rest) = (Vec::with_capacity(residual.len()), 0, 0.0);
        for x in &residual {
            let rounded = nearest_whole(x / step);
            rest += (x - rounded * step) * (x - rounded * step);
            sum += rounded as i32;
            numbers.push((rounded as i32 + MIDDLE).clamp(0, SignKernel::LARGEST.into()) as u8);
        }
        // What rounding has left is added up by the signs, and those of a row are random to it.
        let reach = (squared * DEVIATION * DEVIATION + rest).sqrt();
        let usable = base.is_finite() && step.is_normal() && reach.is_finite();
        let planes = SignKernel::planes(8 * HEAD, &numbers);
        usable.then_some(SignQuery { planes, offset: -sum, step, base, reach })
    }

    /// The rotated difference from the mean.
    fn residual(&self, vector: VectorRef<'_>) -> Vec<f32> {
        let mut residual = prepared(self.metric, vector);
        residual.iter_mut().zip(&self.means).for_each(|(x, mean)| *x -= mean);
        self.rotation.apply(&mut residual);
        residual
    }
}

/// The rows of some nodes; those behind are empty.
type Rows<'a> = [&'a [u8]; TOGETHER];

impl<'a> Signs<'a> {
    /// The row of a node; empty where it is damaged.
    pub(super) fn row(&self, node: u32) -> &'a [u8] {
        self.rows.get(self.run(node)).unwrap_or_default()
    }

    #[inline(always)]
    fn run(&self, node: u32) -> Range<usize> {
        let start = node as usize * self.stride;
        start..start + self.stride
    }

    /// The rows of some nodes, at most [`TOGETHER`]; one that is damaged is empty. They are on their way from memory then.
    #[inline(always)]
    fn fetch(&self, nodes: &[u32]) -> Rows<'a> {
        let mut rows = [&[][..]; TOGETHER];
        let places = rows.iter_mut().zip(nodes);
        match self.rows {
            // By far the most often; that it is so is asked once.
            Array::Plain(all) => places.for_each(|(row, node)| *row = all.get(self.run(*node)).unwrap_or_default()),
            Array::Stored { .. } => places.for_each(|(row, node)| *row = self.row(*node)),
        }
        rows.iter().take(nodes.len()).for_each(|row| prefetch(row));
        rows
    }
}

impl Sieve<'_> {
    /// What the distances to some nodes are hardly below, in code units. A damaged row says nothing.
    pub(super) fn least(&self, nodes: &[u32], least: &mut [f32]) {
        let mut runs = nodes.chunks(TOGETHER);
        let mut next = runs.next().map(|nodes| self.signs.fetch(nodes));
        for least in least.chunks_mut(TOGETHER) {
            let Some(rows) = next else { return };
            // The rows of one run are on their way while those before are looked at.
            next = runs.next().map(|nodes| self.signs.fetch(nodes));
            least.copy_from_slice(&self.least_of_run(&rows, least.len())[..least.len()]);
        }
    }

    #[inline(always)]
    fn least_of_run(&self, rows: &Rows<'_>, count: usize) -> [f32; TOGETHER] {
        let mut sums = [0; TOGETHER];
        self.signs.kernel.sums(&self.query.planes, &rows[..count], &mut sums);
        let mut heads = [[0; HEAD]; TOGETHER];
        for (head, row) in heads.iter_mut().zip(rows) {
            *head = row.first_chunk().copied().unwrap_or(NOTHING);
        }
        let SignQuery { offset, step, base, reach, .. } = *self.query;
        let slack = self.doubt * reach;
        let mut all = [0.0; TOGETHER];
        for ((least, head), sum) in all.iter_mut().zip(&heads).zip(&sums) {
            let [own, factor, count]: [u32; 3] = zerocopy::transmute!(*head);
            let set = u32::from_le(count) / (COUNTED / (2 * MIDDLE)) as u32;
            let along = sum.wrapping_mul(2).wrapping_sub(set).cast_signed().wrapping_add(offset);
            let factor = f32::from_bits(u32::from_le(factor));
            *least = base + f32::from_bits(u32::from_le(own)) - factor * (along as f32 * step + slack);
        }
        all
    }
}

/// The head of a row that says nothing: its base is minus infinity.
const NOTHING: [u8; HEAD] = [0, 0, 0x80, 0xff, 0, 0, 0, 0, 0, 0, 0, 0];

/// The nearest whole number to a small one: beyond 2^23 floats have no fractions. `f32::round` is a call where the processor that is compiled
/// for has no instruction for it.
#[inline(always)]
fn nearest_whole(x: f32) -> f32 {
    const BEYOND: f32 = 12_582_912.0;
    (x + BEYOND) - BEYOND
}

/// The mean of all vectors, the same whatever the number of threads.
fn means(metric: Metric, dimension: usize, vectors: &[VectorRef<'_>]) -> Vec<f32> {
    let add = |mut sums: Vec<f64>, vector: &[f32]| {
        sums.iter_mut().zip(vector).for_each(|(sum, x)| *sum += f64::from(*x));
        sums
    };
    let sum =
        |chunk: &[VectorRef<'_>]| chunk.iter().fold(vec![0.0; dimension], |sums, v| add(sums, &prepared(metric, *v)));
    let sums: Vec<Vec<f64>> = vectors.par_chunks(1_024).map(sum).collect();
    let mean = |component: usize| {
        let sum: f64 = sums.iter().map(|sums| sums[component]).sum();
        (sum / vectors.len().max(1) as f64) as f32
    };
    (0..dimension).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{index::vector::fixture::clustered, metric::Element};

    fn least(sieve: Sieve<'_>, node: u32) -> f32 {
        let mut least = [0.0];
        sieve.least(&[node], &mut least);
        least[0]
    }

    /// The error of estimates: unbiased, of the deviation that the bound assumes.
    #[test]
    fn estimates_are_right_on_the_average_and_bounds_hold() {
        for (metric, dimension) in Metric::of(Element::F32).iter().flat_map(|metric| [(*metric, 100), (*metric, 384)]) {
            let vectors = clustered(1, 600, dimension, 12);
            let vectors: Vec<VectorRef<'_>> = vectors.iter().map(VectorRef::from).collect();
            let (stored, queries) = vectors.split_at(500);
            let scale = 0.01;
            let encoding = SignEncoding::choose(metric, dimension, scale, stored).unwrap();
            let rows = encoding.encode(stored).unwrap();
            let stride = SignEncoding::stride(dimension);
            let signs = Signs { stride, rows: Array::Plain(&rows), kernel: SignKernel::new() };
            let (mut errors, mut above) = (Vec::new(), 0);
            for query in queries {
                let prepared_query = encoding.query(*query).unwrap();
                for (node, vector) in (0..).zip(stored) {
                    let (q, o) = (prepared(metric, *query), prepared(metric, *vector));
                    let of = |one: &dyn Fn(f64, f64) -> f64| -> f64 {
                        q.iter().zip(&o).map(|(q, o)| one(f64::from(*q), f64::from(*o))).sum()
                    };
                    let truth = match metric {
                        Metric::InnerProduct => -2.0 * of(&|q, o| q * o),
                        _ => of(&|q, o| (q - o) * (q - o)),
                    } / f64::from(scale * scale);
                    let least = |doubt| f64::from(least(Sieve { signs, query: &prepared_query, doubt }, node));
                    let deviation = least(0.0) - least(1.0);
                    errors.push((least(0.0) - truth) / deviation.max(1e-9));
                    above += usize::from(least(4.0) > truth);
                }
            }
            let count = errors.len() as f64;
            let mean = errors.iter().sum::<f64>() / count;
            let deviation = (errors.iter().map(|error| error * error).sum::<f64>() / count).sqrt();
            assert!(mean.abs() < 0.1, "{metric} {dimension}: estimates are off by {mean} deviations");
            assert!((0.7..1.3).contains(&deviation), "{metric} {dimension}: {deviation} of the assumed deviation");
            assert!(above * 200 < errors.len(), "{metric} {dimension}: {above} bounds of four deviations do not hold");
        }
    }

    #[test]
    fn a_vector_that_is_the_mean_is_at_its_distance() {
        let vectors = [[1.0_f32, 2.0, 3.0], [1.0, 2.0, 3.0]];
        let vectors = vectors.each_ref().map(VectorRef::from);
        let encoding = SignEncoding::choose(Metric::L2, 3, 1.0, &vectors).unwrap();
        let rows = encoding.encode(&vectors).unwrap();
        let signs = Signs { stride: SignEncoding::stride(3), rows: Array::Plain(&rows), kernel: SignKernel::new() };
        let query = encoding.query(VectorRef::Slice(&[1.0, 2.0, 5.0])).unwrap();
        let least = least(Sieve { signs, query: &query, doubt: 3.0 }, 0);
        assert!((least - 4.0).abs() < 1e-4, "{least}");
    }

    #[test]
    fn what_leaves_the_range_of_numbers_has_no_signs() {
        let huge = [VectorRef::Slice(&[1e38, -1e38, 3e38]), VectorRef::Slice(&[-3e38, 1e38, 1e38])];
        let encoding = SignEncoding::choose(Metric::L2, 3, 1.0, &huge);
        assert!(encoding.and_then(|encoding| encoding.encode(&huge)).is_none());
        assert!(SignEncoding::choose(Metric::L2, 3, 1e-30, &huge).is_none());
        let small = SignEncoding::choose(Metric::L2, 3, 1.0, &[VectorRef::Slice(&[1.0, 0.0, 0.0])]).unwrap();
        assert!(small.query(VectorRef::Slice(&[1e38, 1e38, 1e38])).is_none());
    }
}
