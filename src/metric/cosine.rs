//! One minus the cosine of the angle; inputs need not be normalized.
//!
//! The norms are summed in the same pass as the product, and not kept beside stored vectors: rounded alike, the three sums give a vector
//! the distance 0 to itself and to its copies, exactly, on every instruction set, while a norm from elsewhere leaves the noise of f32
//! there. It would save an eighth of a distance (`docs/benchmarks.md`): loading the components takes most of it.

use super::{
    dispatch::{Measured, kernels},
    lanes::{Lanes, Portable, SAFE_SQUARES, SUMS, total, wide_sum},
    stored::{Stored, for_each_pair},
};

/// One minus the cosine of the angle between two vectors of one length; 1 when one of them is zero.
pub(super) fn distance<S: Measured>(a: &[f32], b: &[S]) -> f64 {
    // SAFETY: the kernels were chosen for this processor.
    let [product, a_squared, b_squared] = unsafe { (S::kernels(kernels()).cosine)(a, b) };
    if !(SAFE_SQUARES.contains(&a_squared) && SAFE_SQUARES.contains(&b_squared) && product.is_finite()) {
        return wide(a, &S::widen_all(b));
    }
    from_parts(f64::from(product), f64::from(a_squared), f64::from(b_squared))
}

/// The same with sums in f64, for components whose squares leave the range of f32.
fn wide(a: &[f32], b: &[f32]) -> f64 {
    let sum = |x: &[f32], y: &[f32]| wide_sum(x, y, |x, y| x * y);
    from_parts(sum(a, b), sum(a, a), sum(b, b))
}

/// Rounding may carry the cosine past 1; the distance stays in 0..=2. It is rounded to f32, as more of it would be noise.
fn from_parts(product: f64, a_squared: f64, b_squared: f64) -> f64 {
    let norms = a_squared.sqrt() * b_squared.sqrt();
    if norms > 0.0 { f64::from((1.0 - product / norms).clamp(0.0, 2.0) as f32) } else { 1.0 }
}

/// The inner product, and the squared norm of either.
///
/// # Safety
/// As for [`Lanes`].
#[inline(always)]
unsafe fn parts<L: Lanes, S: Stored>(a: &[f32], b: &[S]) -> [f32; 3] {
    // SAFETY: the caller keeps the contract of `Lanes`.
    unsafe {
        let mut sums = [[L::zero(); SUMS]; 3];
        for_each_pair::<L, S>(a, b, |i, x, y| {
            sums[0][i] = sums[0][i].add_product(x, y);
            sums[1][i] = sums[1][i].add_product(x, x);
            sums[2][i] = sums[2][i].add_product(y, y);
        });
        [total(sums[0]), total(sums[1]), total(sums[2])]
    }
}

pub(super) fn portable<S: Stored>(a: &[f32], b: &[S]) -> [f32; 3] {
    // SAFETY: needs nothing special.
    unsafe { parts::<Portable, S>(a, b) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn avx2<S: Stored>(a: &[f32], b: &[S]) -> [f32; 3] {
    // SAFETY: this function has the target feature.
    unsafe { parts::<std::arch::x86_64::__m256, S>(a, b) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
pub(super) fn avx512<S: Stored>(a: &[f32], b: &[S]) -> [f32; 3] {
    // SAFETY: this function has the target feature.
    unsafe { parts::<std::arch::x86_64::__m512, S>(a, b) }
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
pub(super) fn neon<S: Stored>(a: &[f32], b: &[S]) -> [f32; 3] {
    // SAFETY: this function has the target feature.
    unsafe { parts::<std::arch::aarch64::float32x4_t, S>(a, b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::dispatch::{available, hard_pairs};

    #[test]
    fn every_instruction_set_agrees_with_f64() {
        for kernels in available() {
            for (a, b) in hard_pairs() {
                let exact = wide(&a, &b);
                // SAFETY: only kernels of this processor are available.
                let [product, a_squared, b_squared] = unsafe { (kernels.f32.cosine)(&a, &b) };
                if SAFE_SQUARES.contains(&a_squared) && SAFE_SQUARES.contains(&b_squared) {
                    let found = from_parts(product.into(), a_squared.into(), b_squared.into());
                    assert!((found - exact).abs() <= 1e-5, "{} {}: {found} {exact}", kernels.name, a.len());
                }
            }
        }
    }

    #[test]
    fn length_does_not_matter_and_zero_has_no_direction() {
        let (a, b) = (vec![0.3, -0.2, 0.9], vec![0.1, 0.8, 0.4]);
        let expected = distance(&a, &b);
        for scale in [1e-25, 1e-3, 7.0, 1e25] {
            let scaled: Vec<f32> = b.iter().map(|x| x * scale).collect();
            assert!((distance(&a, &scaled) - expected).abs() < 1e-6);
        }
        assert_eq!(distance(&a, &[0.0; 3]), 1.0);
        assert_eq!(distance(&a, &a), 0.0);
    }
}
