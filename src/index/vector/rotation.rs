//! A random rotation in O(D log D).
//!
//! One bit a component says most about a vector when all components matter alike. A random rotation makes them so, whatever the vectors
//! are. This one is made of rounds of random sign flips, each followed by a Hadamard transform (Walsh) of as many components as a power of
//! two allows: of the first ones and of the last ones in turn, so that every component reaches every other.

use crate::codec::Random;

/// Rounds: two at either end.
const ROUNDS: usize = 4;

/// The same everywhere and for ever: stored codes depend on it.
const SEED: u64 = 0x72_6F_74_61_74_69_6F_6E;

/// A rotation of vectors of one dimension.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rotation {
    /// One or minus one, by round and component.
    flips: Vec<f32>,
    dimension: usize,
}

impl Rotation {
    /// The rotation for a dimension, at least 1.
    pub(super) fn new(dimension: usize) -> Self {
        let mut random = Random::new(SEED);
        let flips = (0..ROUNDS * dimension).map(|_| if random.coin() { 1.0 } else { -1.0 }).collect();
        Self { flips, dimension }
    }

    /// Rotates a vector. Lengths and products stay what they were, up to rounding.
    pub(super) fn apply(&self, vector: &mut [f32]) {
        let length = 1 << self.dimension.ilog2();
        let scale = 1.0 / (length as f32).sqrt();
        for (round, flips) in self.flips.chunks_exact(self.dimension).enumerate() {
            vector.iter_mut().zip(flips).for_each(|(x, flip)| *x *= flip);
            let part = match round % 2 {
                0 => &mut vector[..length],
                _ => &mut vector[self.dimension - length..],
            };
            hadamard(part);
            part.iter_mut().for_each(|x| *x *= scale);
        }
    }
}

/// The Hadamard transform of a power of two of numbers, times the root of their count. Plain sums: the same bits on every processor.
fn hadamard(numbers: &mut [f32]) {
    let (sixteens, rest) = numbers.as_chunks_mut::<16>();
    sixteens.iter_mut().for_each(hadamard_of_16);
    if !rest.is_empty() {
        return butterflies(rest, 1);
    }
    butterflies(numbers, 16);
}

/// All stages from `half` on.
fn butterflies(numbers: &mut [f32], mut half: usize) {
    while half < numbers.len() {
        for pair in numbers.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

/// The first four stages, of what fits a register.
#[inline(always)]
fn hadamard_of_16(numbers: &mut [f32; 16]) {
    for half in [1, 2, 4, 8] {
        let before = *numbers;
        for (i, number) in numbers.iter_mut().enumerate() {
            let (own, other) = (before[i], before[i ^ half]);
            *number = if i & half == 0 { own + other } else { other - own };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::vector::fixture::clustered;

    fn product(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    }

    #[test]
    fn lengths_and_products_stay() {
        for dimension in [1, 2, 3, 15, 16, 17, 31, 64, 100, 384, 784, 4_096] {
            let rotation = Rotation::new(dimension);
            let vectors = clustered(dimension as u64, 6, dimension, 3);
            let rotated: Vec<Vec<f32>> = vectors
                .iter()
                .map(|vector| {
                    let mut vector = vector.clone();
                    rotation.apply(&mut vector);
                    vector
                })
                .collect();
            for (a, b) in (0..6).flat_map(|a| (0..6).map(move |b| (a, b))) {
                let (before, after) = (product(&vectors[a], &vectors[b]), product(&rotated[a], &rotated[b]));
                let size = (product(&vectors[a], &vectors[a]) * product(&vectors[b], &vectors[b])).sqrt();
                assert!((before - after).abs() <= 1e-5 * size + 1e-12, "{dimension}: {before} became {after}");
            }
        }
    }

    /// A vector with all its length in one component has it in all of them afterwards.
    #[test]
    fn every_component_reaches_every_other() {
        for dimension in [100, 384, 768, 784] {
            let rotation = Rotation::new(dimension);
            for component in [0, dimension / 2, dimension - 1] {
                let mut vector = vec![0.0; dimension];
                vector[component] = 1.0;
                rotation.apply(&mut vector);
                let largest = vector.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
                assert!(largest < 8.0 / (dimension as f32).sqrt(), "{dimension}, {component}: {largest}");
                let none = vector.iter().filter(|x| **x == 0.0).count();
                assert!(none < dimension / 4, "{dimension}, {component}: {none} components got nothing");
            }
        }
    }
}
