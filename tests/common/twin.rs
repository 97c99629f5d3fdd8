//! What the nearest are, by measuring all; and numbers to make objects of.

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
};

use protobase::codec::Random;

/// What a question finds: each id with its distance, as bits.
pub type Answer = Vec<(i64, Option<u64>)>;

/// An answer is the `k` nearest of `all` (ids and distances, in any order), when both are measured with rounding of at most `tolerance`:
/// distances ascend, and ties are in the order of ids.
pub fn assert_nearest(answer: &Answer, all: &[(i64, f64)], k: usize, tolerance: f64, place: &str) {
    assert_eq!(answer.len(), k.min(all.len()), "{place}: number of hits");
    let distances: HashMap<i64, f64> = all.iter().copied().collect();
    let found: Vec<(f64, i64)> =
        answer.iter().map(|(id, bits)| (f64::from_bits(bits.expect("a distance")), *id)).collect();
    for (distance, id) in &found {
        let truth = distances.get(id).unwrap_or_else(|| panic!("{place}: {id} should not be found"));
        assert!((distance - truth).abs() <= tolerance, "{place}: {id} is at {truth}, not {distance}");
    }
    let ascends = |pair: &[(f64, i64)]| pair[0].partial_cmp(&pair[1]) == Some(Ordering::Less);
    assert!(found.windows(2).all(ascends), "{place}: order of {found:?}");
    let Some((farthest, last)) = found.last() else { return };
    let hits: HashSet<i64> = found.iter().map(|(_, id)| *id).collect();
    for (id, distance) in all.iter().filter(|(id, _)| !hits.contains(id)) {
        let beyond = (*distance, *id) > (*farthest, *last) || *distance > farthest - tolerance && tolerance > 0.0;
        assert!(beyond, "{place}: {id} at {distance} was left out for {last} at {farthest}");
    }
}

/// The seed in `PROTOBASE_SEED`, or one of the time; printed, so that a run can be repeated.
pub fn seed() -> u64 {
    let given = std::env::var("PROTOBASE_SEED").ok().and_then(|seed| seed.parse().ok());
    let now =
        || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos() as u64;
    let seed = given.unwrap_or_else(now);
    println!("PROTOBASE_SEED={seed}");
    seed
}

/// Numbers that look random, the same in every run.
pub struct Noise(Random);

impl Noise {
    /// The numbers of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next()
    }

    /// A number from -1 to 1.
    pub fn signed(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// A whole number from `-limit` to `limit`.
    pub fn whole(&mut self, limit: i64) -> i64 {
        (self.bits() % (2 * limit as u64 + 1)) as i64 - limit
    }

    /// Vectors of whole numbers around centres. Sums of their products are exact in f32, in whatever order they are added.
    pub fn vectors(&mut self, count: usize, dimension: usize, centres: usize) -> Vec<Vec<f32>> {
        let centres: Vec<Vec<i64>> = (0..centres).map(|_| (0..dimension).map(|_| self.whole(40)).collect()).collect();
        let mut around = |centre: &[i64]| -> Vec<f32> {
            centre.iter().map(|c| (c + self.whole(6) + self.whole(6) + self.whole(6)) as f32).collect()
        };
        (0..count).map(|at| around(&centres[at * 7 % centres.len()])).collect()
    }
}
