//! Euclidean distance.

use super::{
    dispatch::{Measured, kernels},
    lanes::{Lanes, Portable, SAFE_SQUARES, SUMS, total, wide_sum},
    stored::{Stored, for_each_pair},
};

/// The Euclidean distance of two vectors of one length.
pub(super) fn distance<S: Measured>(a: &[f32], b: &[S]) -> f64 {
    // SAFETY: the kernels were chosen for this processor.
    let squared = unsafe { (S::kernels(kernels()).l2)(a, b) };
    // Outside this range squares overflow, or vanish though the vectors differ.
    if SAFE_SQUARES.contains(&squared) { squared.sqrt().into() } else { wide(a, &S::widen_all(b)) }
}

/// The same in f64, for components whose squares leave the range of f32.
fn wide(a: &[f32], b: &[f32]) -> f64 {
    wide_sum(a, b, |x, y| (x - y) * (x - y)).sqrt()
}

/// The sum of squared differences.
///
/// # Safety
/// As for [`Lanes`].
#[inline(always)]
unsafe fn squared<L: Lanes, S: Stored>(a: &[f32], b: &[S]) -> f32 {
    // SAFETY: the caller keeps the contract of `Lanes`.
    unsafe {
        let mut sums = [L::zero(); SUMS];
        for_each_pair::<L, S>(a, b, |i, x, y| {
            let difference = x.sub(y);
            sums[i] = sums[i].add_product(difference, difference);
        });
        total(sums)
    }
}

pub(super) fn portable<S: Stored>(a: &[f32], b: &[S]) -> f32 {
    // SAFETY: needs nothing special.
    unsafe { squared::<Portable, S>(a, b) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn avx2<S: Stored>(a: &[f32], b: &[S]) -> f32 {
    // SAFETY: this function has the target feature.
    unsafe { squared::<std::arch::x86_64::__m256, S>(a, b) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
pub(super) fn avx512<S: Stored>(a: &[f32], b: &[S]) -> f32 {
    // SAFETY: this function has the target feature.
    unsafe { squared::<std::arch::x86_64::__m512, S>(a, b) }
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
pub(super) fn neon<S: Stored>(a: &[f32], b: &[S]) -> f32 {
    // SAFETY: this function has the target feature.
    unsafe { squared::<std::arch::aarch64::float32x4_t, S>(a, b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::dispatch::{available, hard_pairs};

    #[test]
    fn every_instruction_set_agrees_with_f64() {
        for kernels in available() {
            for (a, b) in hard_pairs() {
                let exact = wide(&a, &b).powi(2);
                // SAFETY: only kernels of this processor are available.
                let found = f64::from(unsafe { (kernels.f32.l2)(&a, &b) });
                if exact > 3e38 {
                    continue;
                }
                assert!((found - exact).abs() <= exact * 1e-5 + 1e-38, "{} {}: {found} {exact}", kernels.name, a.len());
            }
        }
    }

    #[test]
    fn extreme_components_keep_their_distance() {
        assert!((distance(&[3e30, 0.0], &[0.0, 4e30]) / 5e30 - 1.0).abs() < 1e-6);
        assert!((distance(&[f32::MAX; 4], &[-f32::MAX; 4]) / f64::from(f32::MAX) - 4.0).abs() < 1e-6);
        assert!((distance(&[3e-30, 0.0], &[0.0, 4e-30]) / 5e-30 - 1.0).abs() < 1e-6);
        assert_eq!(distance(&[1.5; 33], &[1.5; 33]), 0.0);
    }
}
