//! From vectors to codes, and what a code distance says about the true one.

use rayon::prelude::*;

use crate::metric::{BitKernel, Metric, VectorRef};

use super::codes::{CodeQuery, bias};

/// Components of this size in code units are the largest; 128 would make the codes lopsided.
const LIMIT: f32 = 127.0;

/// Vectors looked at to choose centers and scale.
const SAMPLE: usize = 8_192;

/// The share of components that the scale may cut off when a few are far outside the rest.
const CUT: f64 = 0.0005;

/// Standard deviations that rounding hardly exceeds along the direction to a query: one in a thousand does.
const DOUBT: f64 = 3.0;

/// How vectors of one part are encoded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Encoding {
    /// What codes are compared for.
    pub(super) metric: Metric,
    /// The components of a vector.
    pub(super) dimension: usize,
    /// One a component; zero for inner products, none for bits.
    pub(super) centers: Vec<f32>,
    /// The size of one code unit.
    pub(super) scale: f32,
    /// No stored vector is farther than this from what its code stands for.
    pub(super) error: f32,
    /// No stored vector (normalized, for cosine) is longer.
    pub(super) longest: f32,
}

/// A query that has been encoded, with what its rounding cost.
#[derive(Clone, Debug, Default)]
pub(super) struct EncodedQuery {
    /// For distances over codes.
    pub(super) code: CodeQuery,
    /// The distance between the query and what its code stands for.
    error: f64,
    /// The length of what the code stands for.
    length: f64,
}

/// The codes of some vectors, owned by a build.
#[derive(Debug, Default)]
pub(super) struct EncodedRows {
    /// One row of [`Encoding::stride`] bytes a vector.
    pub(super) rows: Vec<i8>,
    /// One a vector.
    pub(super) biases: Vec<i32>,
}

impl Encoding {
    /// Chooses centers and scale for vectors: centers by all of them, the scale by an evenly spaced sample.
    pub(super) fn choose(metric: Metric, dimension: usize, vectors: &[VectorRef<'_>]) -> Self {
        if metric.is_of_bits() {
            return Self::of_bits(metric, dimension);
        }
        let step = vectors.len().div_ceil(SAMPLE).max(1);
        let sample: Vec<Vec<f32>> = vectors.iter().step_by(step).map(|vector| prepared(metric, *vector)).collect();
        let (centers, widest) = match metric {
            Metric::InnerProduct | Metric::Hamming | Metric::Jaccard => (vec![0.0; dimension], 0.0),
            Metric::L2 | Metric::Cosine => middles(&ranges(metric, dimension, vectors), &trimmed(dimension, &sample)),
        };
        let scale = scale(&centers, &sample, widest);
        Self { metric, dimension, centers, scale, error: 0.0, longest: 0.0 }
    }

    /// The bytes of one row: whole cache lines, so that a row never straddles one more than it must.
    pub(super) fn stride(metric: Metric, dimension: usize) -> usize {
        let length = code_length(metric, dimension);
        if length > 48 { length.next_multiple_of(64) } else { length.next_multiple_of(16) }
    }

    /// Encodes vectors in parallel and notes the largest error.
    pub(super) fn encode(&mut self, vectors: &[VectorRef<'_>]) -> EncodedRows {
        if self.metric.is_of_bits() {
            return self.rows_of_bits(vectors);
        }
        let count = vectors.len();
        let stride = Self::stride(self.metric, self.dimension);
        let mut rows = vec![0_i8; count * stride];
        let mut biases = vec![0_i32; count];
        let (this, squared) = (&*self, self.squared());
        let (error, longest) = rows
            .par_chunks_mut(stride)
            .zip(biases.par_iter_mut())
            .enumerate()
            .with_min_len(256)
            .map(|(i, (row, row_bias))| {
                let vector = prepared(this.metric, vectors[i]);
                let error = this.write(&vector, row);
                *row_bias = bias(row, squared);
                (error, length(vector.iter().map(|x| f64::from(*x))))
            })
            .reduce(|| (0.0, 0.0), |a, b| (a.0.max(b.0), a.1.max(b.1)));
        (self.error, self.longest) = (up(error), up(longest));
        EncodedRows { rows, biases }
    }

    /// Encodes a query.
    pub(super) fn query<'v>(&self, vector: impl Into<VectorRef<'v>>) -> EncodedQuery {
        let vector = vector.into();
        if self.metric.is_of_bits() {
            return self.query_of_bits(vector);
        }
        let mut row = vec![0_i8; Self::stride(self.metric, self.dimension)];
        let vector = prepared(self.metric, vector);
        let error = self.write(&vector, &mut row);
        let length = length(row.iter().map(|c| f64::from(*c))) * f64::from(self.scale);
        let mut code = CodeQuery::default();
        code.set(&row, self.squared());
        EncodedQuery { code, error, length }
    }

    /// Whether code distances are squared distances (else negative doubled products).
    pub(super) fn squared(&self) -> bool {
        self.metric != Metric::InnerProduct
    }

    /// The least true distance that a stored vector at this code distance can have. Ascends with the code distance.
    pub(super) fn lower_bound(&self, query: &EncodedQuery, code_distance: i32) -> f64 {
        if self.metric.is_of_bits() {
            return BitKernel::least(self.metric, code_distance);
        }
        let gap = || self.between(code_distance) - query.error - f64::from(self.error);
        let product = || query.length * f64::from(self.error) + query.error * f64::from(self.longest);
        self.bound(query, code_distance, gap, product)
    }

    /// The true distance that a stored vector at this code distance hardly falls below. What rounding took from a vector points anywhere, not
    /// towards the query: along any direction it has a share that falls with the root of the dimension, and the rest of it is across.
    pub(super) fn likely_bound(&self, query: &EncodedQuery, code_distance: i32) -> f64 {
        if self.metric.is_of_bits() {
            return BitKernel::least(self.metric, code_distance);
        }
        let (stored, along) = (f64::from(self.error), DOUBT / (self.dimension as f64).sqrt());
        let gap = || {
            let (between, error) = (self.between(code_distance), query.error.hypot(stored));
            (between * (between - 2.0 * along.min(1.0) * error) - error * error).max(0.0).sqrt()
        };
        let product = || along.min(1.0) * (query.length * stored).hypot(query.error * f64::from(self.longest));
        self.bound(query, code_distance, gap, product)
    }

    /// A bound of the true distance from one of the gap between the vectors, or from what rounding may add to their product.
    fn bound(&self, query: &EncodedQuery, code_distance: i32, gap: impl Fn() -> f64, product: impl Fn() -> f64) -> f64 {
        let bound = match self.metric {
            Metric::L2 => gap().max(0.0),
            Metric::Cosine => gap().max(0.0).powi(2) / 2.0,
            Metric::InnerProduct | Metric::Hamming | Metric::Jaccard => {
                f64::from(code_distance) / 2.0 * f64::from(self.scale).powi(2) - product()
            }
        };
        // The pairwise function rounds in f32; a bound must not be above what it gives.
        let lowered = bound - 1e-5 * (bound.abs() + self.rounding(query));
        // Errors and lengths of vectors near the end of f32's range are infinite: then a code says nothing.
        if lowered.is_nan() { f64::NEG_INFINITY } else { lowered }
    }

    /// The largest code distance whose lower bound does not exceed `distance`: what lies beyond can be left out.
    pub(super) fn farthest_within(&self, query: &EncodedQuery, distance: f64) -> i32 {
        farthest_within(|code_distance| self.lower_bound(query, code_distance), distance)
    }

    /// The Euclidean distance between what two codes stand for.
    fn between(&self, code_distance: i32) -> f64 {
        f64::from(code_distance.max(0)).sqrt() * f64::from(self.scale)
    }

    /// The size of the numbers that the pairwise function adds up.
    fn rounding(&self, query: &EncodedQuery) -> f64 {
        match self.metric {
            Metric::L2 => 0.0,
            Metric::Cosine => 1.0,
            Metric::InnerProduct | Metric::Hamming | Metric::Jaccard => {
                (query.length + query.error) * f64::from(self.longest)
            }
        }
    }

    /// Writes a prepared vector's code; returns the distance between the two.
    fn write(&self, vector: &[f32], row: &mut [i8]) -> f64 {
        for ((x, center), code) in vector.iter().zip(&self.centers).zip(&mut *row) {
            let steps = f64::from(((x - center) / self.scale).clamp(-LIMIT, LIMIT));
            // The nearest whole number, halves away from zero: what `round` does, without a call for each component.
            *code = (steps + 0.5_f64.copysign(steps)) as i8;
        }
        let scale = f64::from(self.scale);
        let difference =
            |((x, center), code): ((&f32, &f32), &i8)| f64::from(*x) - f64::from(*center) - f64::from(*code) * scale;
        length(vector.iter().zip(&self.centers).zip(&*row).map(difference))
    }
}

/// The bytes of a code: one a component, eight bits a byte.
pub(super) fn code_length(metric: Metric, dimension: usize) -> usize {
    if metric.is_of_bits() { dimension.div_ceil(8) } else { dimension }
}

/// A vector as it is encoded: normalized for cosine, else as it is.
pub(super) fn prepared(metric: Metric, vector: VectorRef<'_>) -> Vec<f32> {
    let vector = vector.components();
    let length = length(vector.iter().map(|x| f64::from(*x)));
    if metric != Metric::Cosine || length == 0.0 {
        return vector.into_owned();
    }
    vector.iter().map(|x| (f64::from(*x) / length) as f32).collect()
}

/// Euclidean length in f64: eight sums beside each other, so that no addition waits for the one before.
fn length(components: impl ExactSizeIterator<Item = f64>) -> f64 {
    let mut sums = [0.0_f64; 8];
    for (i, x) in components.enumerate() {
        sums[i % 8] += x * x;
    }
    sums.iter().sum::<f64>().sqrt()
}

/// The greatest code distance whose bound, which ascends with it, is within a distance.
pub(super) fn farthest_within(bound: impl Fn(i32) -> f64, distance: f64) -> i32 {
    if bound(i32::MAX) <= distance {
        return i32::MAX;
    }
    let (mut within, mut beyond) = (i64::from(i32::MIN), i64::from(i32::MAX));
    while beyond - within > 1 {
        let middle = i64::midpoint(within, beyond);
        if bound(middle as i32) <= distance { within = middle } else { beyond = middle }
    }
    within as i32
}

/// To f32, never downwards.
fn up(value: f64) -> f32 {
    let near = value as f32;
    if f64::from(near) < value { near.next_up() } else { near }
}

/// Least and greatest, a component.
type Range = (f32, f32);

/// The ranges of all vectors' components.
fn ranges(metric: Metric, dimension: usize, vectors: &[VectorRef<'_>]) -> Vec<Range> {
    let none = || vec![(f32::INFINITY, f32::NEG_INFINITY); dimension];
    let widen = |mut ranges: Vec<Range>, vector: &[f32]| {
        for (range, x) in ranges.iter_mut().zip(vector) {
            *range = (range.0.min(*x), range.1.max(*x));
        }
        ranges
    };
    vectors
        .par_chunks(1024)
        .map(|chunk| chunk.iter().fold(none(), |ranges, vector| widen(ranges, &prepared(metric, *vector))))
        .reduce(none, |a, b| a.iter().zip(&b).map(|(a, b)| (a.0.min(b.0), a.1.max(b.1))).collect())
}

/// The ranges of a sample's components, without the share [`CUT`] at either end.
fn trimmed(dimension: usize, sample: &[Vec<f32>]) -> Vec<Range> {
    let cut = if sample.len() < 100 { 0 } else { (sample.len() as f64 * CUT).ceil() as usize };
    let one = |component: usize| {
        let mut all: Vec<f32> = sample.iter().map(|vector| vector[component]).collect();
        if all.is_empty() {
            return (0.0, 0.0);
        }
        let last = all.len() - 1;
        let low = *all.select_nth_unstable_by(cut, f32::total_cmp).1;
        (low, *all.select_nth_unstable_by(last - cut, f32::total_cmp).1)
    };
    (0..dimension).into_par_iter().map(one).collect()
}

/// The middle of each component's range, and the largest distance of a component from its middle. Where a range is far wider
/// than anything that is common, a few vectors made it so: then the middle is that of the others.
fn middles(full: &[Range], trimmed: &[Range]) -> (Vec<f32>, f32) {
    let half = |(low, high): &Range| if low <= high { high / 2.0 - low / 2.0 } else { 0.0 };
    let common = trimmed.iter().map(half).fold(0.0, f32::max);
    let chosen = full.iter().zip(trimmed).map(|(full, trimmed)| {
        let range = if half(full) <= 2.0 * common || common == 0.0 { full } else { trimmed };
        (if range.0 <= range.1 { range.0 / 2.0 + range.1 / 2.0 } else { 0.0 }, half(range))
    });
    chosen.fold((Vec::with_capacity(full.len()), 0.0), |(mut centers, widest), (center, half)| {
        centers.push(center);
        (centers, f32::max(widest, half))
    })
}

/// One code unit such that nearly all components fit: the largest does when it is not far outside the rest.
fn scale(centers: &[f32], sample: &[Vec<f32>], widest: f32) -> f32 {
    let mut sizes: Vec<f32> =
        sample.iter().flat_map(|v| v.iter().zip(centers).map(|(x, center)| (x - center).abs())).collect();
    if sizes.is_empty() {
        return 1.0;
    }
    let cut = ((sizes.len() - 1) as f64 * (1.0 - CUT)) as usize;
    let (_, common, above) = sizes.select_nth_unstable_by(cut, f32::total_cmp);
    let common = *common;
    let largest = above.iter().copied().fold(common, f32::max).max(widest).min(f32::MAX);
    let chosen = if largest > 2.0 * common && common > 0.0 { common } else { largest };
    if (chosen / LIMIT).is_normal() { chosen / LIMIT } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        index::array::Array,
        index::vector::codes::Codes,
        index::vector::fixture::clustered,
        metric::{CodeKernel, Element},
    };

    /// Every code distance bounds the true one from below, and the bound is worth something.
    #[test]
    fn lower_bounds_hold() {
        let vectors = clustered(1, 500, 33, 12);
        for metric in Metric::of(Element::F32).iter().copied() {
            let borrowed: Vec<VectorRef<'_>> = vectors.iter().map(VectorRef::from).collect();
            let mut encoding = Encoding::choose(metric, 33, &borrowed);
            let encoded = encoding.encode(&borrowed);
            let codes = Codes {
                stride: Encoding::stride(metric, 33),
                rows: Array::Plain(&encoded.rows),
                biases: Array::Plain(&encoded.biases),
                lifts: &[],
                kernel: CodeKernel::new(),
                bits: None,
            };
            let (mut slack, mut unlikely) = (0.0, 0);
            for query in vectors.iter().step_by(50) {
                let coded = encoding.query(query);
                for (i, vector) in vectors.iter().enumerate() {
                    let distance = metric.distance(query, vector);
                    let code_distance = codes.distance(&coded.code, i as u32);
                    let bound = encoding.lower_bound(&coded, code_distance);
                    assert!(bound <= distance, "{metric} {bound} {distance}");
                    let likely = encoding.likely_bound(&coded, code_distance);
                    assert!(likely >= bound - 1e-6 * bound.abs(), "{metric} {likely} {bound}");
                    unlikely += usize::from(likely > distance);
                    assert!(encoding.farthest_within(&coded, distance) >= code_distance);
                    slack += (distance - bound) / (10.0 * vectors.len() as f64);
                }
            }
            assert!(slack < 0.6, "{metric}: {slack}");
            assert!(unlikely <= 10 * vectors.len() / 500, "{metric}: {unlikely} distances are less than is likely");
        }
    }

    #[test]
    fn an_outlier_does_not_collapse_the_rest() {
        let mut vectors = clustered(2, 4_000, 16, 4);
        vectors[17][3] = 1e6;
        let borrowed: Vec<VectorRef<'_>> = vectors.iter().map(VectorRef::from).collect();
        let encoding = Encoding::choose(Metric::L2, 16, &borrowed);
        assert!(encoding.scale < 1.0, "{}", encoding.scale);
    }

    #[test]
    fn extreme_components_encode() {
        for size in [0.0_f32, 1e-40, 1e-20, 1e20, f32::MAX] {
            let vectors: [&[f32]; 2] = [&[size; 5], &[-size; 5]];
            for metric in Metric::of(Element::F32).iter().copied() {
                let borrowed = vectors.map(VectorRef::from);
                let mut encoding = Encoding::choose(metric, 5, &borrowed);
                let encoded = encoding.encode(&borrowed);
                let stride = Encoding::stride(metric, 5);
                let (rows, biases) = (Array::Plain(&encoded.rows[..]), Array::Plain(&encoded.biases[..]));
                let codes = Codes { stride, rows, biases, lifts: &[], kernel: CodeKernel::new(), bits: None };
                for query in [vectors[0], vectors[1], &[1.0; 5], &[f32::MAX; 5], &[-1e-40; 5]] {
                    let coded = encoding.query(query);
                    for (i, vector) in (0..).zip(vectors) {
                        let bound = encoding.lower_bound(&coded, codes.distance(&coded.code, i));
                        let distance = metric.distance(query, vector);
                        assert!(bound <= distance, "{metric} {size}: {bound} {distance}");
                    }
                }
                assert!(encoding.scale > 0.0 && encoding.scale.is_finite(), "{metric} {size}");
            }
        }
    }
}
