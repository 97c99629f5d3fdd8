//! What share of the bits that are set in either vector is not set in both.

use super::{
    dispatch::kernels,
    words::{Words, for_each_pair},
};

/// One minus the share of the bits set in either of two vectors of one length that is set in both; 0 when none is set in either.
pub(super) fn distance(a: &[u8], b: &[u8]) -> f64 {
    // SAFETY: the kernels were chosen for this processor.
    let [both, either] = unsafe { (kernels().jaccard)(a, b) };
    if either == 0 { 0.0 } else { (either - both) as f64 / either as f64 }
}

/// The bits set in both, and those set in either.
///
/// # Safety
/// As for [`Words`].
#[inline(always)]
unsafe fn parts<W: Words>(a: &[u8], b: &[u8]) -> [u64; 2] {
    // SAFETY: the caller keeps the contract of `Words`.
    unsafe {
        let mut sums = [W::zero(); 2];
        for_each_pair::<W>(a, b, |x, y| {
            sums[0] = x.and(y).ones(sums[0]);
            sums[1] = x.or(y).ones(sums[1]);
        });
        [sums[0].total(), sums[1].total()]
    }
}

pub(super) fn portable(a: &[u8], b: &[u8]) -> [u64; 2] {
    // SAFETY: needs nothing special.
    unsafe { parts::<u64>(a, b) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
pub(super) fn avx2(a: &[u8], b: &[u8]) -> [u64; 2] {
    // SAFETY: this function has the target feature.
    unsafe { parts::<std::arch::x86_64::__m256i>(a, b) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vpopcntdq")]
pub(super) fn avx512(a: &[u8], b: &[u8]) -> [u64; 2] {
    // SAFETY: this function has the target features.
    unsafe { parts::<std::arch::x86_64::__m512i>(a, b) }
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
pub(super) fn neon(a: &[u8], b: &[u8]) -> [u64; 2] {
    // SAFETY: this function has the target feature.
    unsafe { parts::<std::arch::aarch64::uint8x16_t>(a, b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::dispatch::{available, hard_bits};

    #[test]
    fn every_instruction_set_gives_the_same_numbers() {
        for (a, b) in hard_bits() {
            let count = |of: fn(u8, u8) -> u8| a.iter().zip(&b).map(|(x, y)| u64::from(of(*x, *y).count_ones())).sum();
            let plain: [u64; 2] = [count(|x, y| x & y), count(|x, y| x | y)];
            for kernels in available() {
                // SAFETY: only kernels of this processor are available.
                let found = unsafe { (kernels.jaccard)(&a, &b) };
                assert_eq!(found, plain, "{} {}", kernels.name, a.len());
            }
        }
    }

    #[test]
    fn two_empty_sets_are_the_same() {
        assert_eq!(distance(&[], &[]), 0.0);
        assert_eq!(distance(&[0, 0], &[0, 0]), 0.0);
        assert_eq!(distance(&[0, 1], &[0, 0]), 1.0);
        assert_eq!(distance(&[0b1100], &[0b0110]), 2.0 / 3.0);
    }
}
