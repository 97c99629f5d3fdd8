//! Distances of bits in whole numbers, for searches that only compare them.

use super::{Metric, dispatch::kernels};

/// A kernel between rows of bits, looked up once and called many times.
#[derive(Clone, Copy, Debug)]
pub struct BitKernel(Counts);

#[derive(Clone, Copy, Debug)]
enum Counts {
    Hamming(unsafe fn(&[u8], &[u8]) -> u64),
    Jaccard(unsafe fn(&[u8], &[u8]) -> [u64; 2]),
}

/// A Jaccard distance of one.
const ONE: u64 = 1 << 30;

impl BitKernel {
    /// The best kernel for this processor; `None` for a metric of numbers.
    #[must_use]
    pub fn new(metric: Metric) -> Option<Self> {
        match metric {
            Metric::Hamming => Some(Self(Counts::Hamming(kernels().hamming))),
            Metric::Jaccard => Some(Self(Counts::Jaccard(kernels().jaccard))),
            Metric::L2 | Metric::Cosine | Metric::InnerProduct => None,
        }
    }

    /// The differing bits, or the Jaccard distance in units of 2^-30, rounded down. `None` between rows of different lengths.
    #[inline(always)]
    #[must_use]
    pub fn distance(self, a: &[u8], b: &[u8]) -> Option<i32> {
        if a.len() != b.len() {
            return None;
        }
        // SAFETY: the kernel was chosen for this processor.
        Some(match self.0 {
            Counts::Hamming(differing) => unsafe { differing(a, b) as i32 },
            Counts::Jaccard(parts) => {
                let [both, either] = unsafe { parts(a, b) };
                ((either - both) * ONE).checked_div(either).unwrap_or(0) as i32
            }
        })
    }

    /// The least distance that [`BitKernel::distance`] gives this number for.
    #[must_use]
    pub fn least(metric: Metric, distance: i32) -> f64 {
        match metric {
            Metric::Jaccard => f64::from(distance) / ONE as f64,
            _ => f64::from(distance),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{BitsRef, VectorRef, dispatch::hard_bits};

    #[test]
    fn whole_numbers_bound_distances_from_below() {
        for (a, b) in hard_bits() {
            let of = |bytes| VectorRef::Bits(BitsRef::new(a.len() * 8, bytes).unwrap());
            for metric in [Metric::Hamming, Metric::Jaccard] {
                let (found, exact) =
                    (BitKernel::new(metric).unwrap().distance(&a, &b).unwrap(), metric.distance(of(&a), of(&b)));
                let least = BitKernel::least(metric, found);
                assert!(least <= exact && exact - least <= 1e-9, "{metric} {least} {exact}");
            }
        }
        assert!(BitKernel::new(Metric::Hamming).unwrap().distance(&[1], &[]).is_none());
        assert!(BitKernel::new(Metric::L2).is_none());
    }
}
