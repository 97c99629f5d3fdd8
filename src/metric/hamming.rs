//! How many bits differ.

use super::{
    dispatch::kernels,
    words::{Words, for_each_pair},
};

/// The number of bits that differ between two vectors of one length.
pub(super) fn distance(a: &[u8], b: &[u8]) -> f64 {
    // SAFETY: the kernels were chosen for this processor.
    let differing = unsafe { (kernels().hamming)(a, b) };
    differing as f64
}

/// The number of bits that differ.
///
/// # Safety
/// As for [`Words`].
#[inline(always)]
unsafe fn differing<W: Words>(a: &[u8], b: &[u8]) -> u64 {
    // SAFETY: the caller keeps the contract of `Words`.
    unsafe {
        let mut sum = W::zero();
        for_each_pair::<W>(a, b, |x, y| sum = x.xor(y).ones(sum));
        sum.total()
    }
}

pub(super) fn portable(a: &[u8], b: &[u8]) -> u64 {
    // SAFETY: needs nothing special.
    unsafe { differing::<u64>(a, b) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
pub(super) fn avx2(a: &[u8], b: &[u8]) -> u64 {
    // SAFETY: this function has the target feature.
    unsafe { differing::<std::arch::x86_64::__m256i>(a, b) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vpopcntdq")]
pub(super) fn avx512(a: &[u8], b: &[u8]) -> u64 {
    // SAFETY: this function has the target features.
    unsafe { differing::<std::arch::x86_64::__m512i>(a, b) }
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
pub(super) fn neon(a: &[u8], b: &[u8]) -> u64 {
    // SAFETY: this function has the target feature.
    unsafe { differing::<std::arch::aarch64::uint8x16_t>(a, b) }
}

#[cfg(test)]
mod tests {
    use crate::metric::dispatch::{available, hard_bits};

    #[test]
    fn every_instruction_set_gives_the_same_number() {
        for (a, b) in hard_bits() {
            let plain: u32 = a.iter().zip(&b).map(|(x, y)| (x ^ y).count_ones()).sum();
            for kernels in available() {
                // SAFETY: only kernels of this processor are available.
                let found = unsafe { (kernels.hamming)(&a, &b) };
                assert_eq!(found, u64::from(plain), "{} {}", kernels.name, a.len());
            }
        }
    }
}
