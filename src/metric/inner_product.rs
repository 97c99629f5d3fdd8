//! The negative inner product: large products are near.

use super::{
    dispatch::{Measured, kernels},
    lanes::{Lanes, Portable, SUMS, total, wide_sum},
    stored::{Stored, for_each_pair},
};

/// The negative inner product of two vectors of one length.
pub(super) fn distance<S: Measured>(a: &[f32], b: &[S]) -> f64 {
    // SAFETY: the kernels were chosen for this processor.
    let product = unsafe { (S::kernels(kernels()).inner_product)(a, b) };
    // Below, products may have vanished though the true one has not.
    if product.is_finite() && product.abs() >= VANISHING { -f64::from(product) } else { wide(a, &S::widen_all(b)) }
}

/// Products below this may owe their value to what f32 could not hold.
const VANISHING: f32 = 1e-30;

/// The same in f64, for products that leave the range of f32 on the way. The zero that comes of orthogonal vectors has no sign.
fn wide(a: &[f32], b: &[f32]) -> f64 {
    0.0 - wide_sum(a, b, |x, y| x * y)
}

/// The inner product.
///
/// # Safety
/// As for [`Lanes`].
#[inline(always)]
unsafe fn product<L: Lanes, S: Stored>(a: &[f32], b: &[S]) -> f32 {
    // SAFETY: the caller keeps the contract of `Lanes`.
    unsafe {
        let mut sums = [L::zero(); SUMS];
        for_each_pair::<L, S>(a, b, |i, x, y| sums[i] = sums[i].add_product(x, y));
        total(sums)
    }
}

pub(super) fn portable<S: Stored>(a: &[f32], b: &[S]) -> f32 {
    // SAFETY: needs nothing special.
    unsafe { product::<Portable, S>(a, b) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn avx2<S: Stored>(a: &[f32], b: &[S]) -> f32 {
    // SAFETY: this function has the target feature.
    unsafe { product::<std::arch::x86_64::__m256, S>(a, b) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
pub(super) fn avx512<S: Stored>(a: &[f32], b: &[S]) -> f32 {
    // SAFETY: this function has the target feature.
    unsafe { product::<std::arch::x86_64::__m512, S>(a, b) }
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
pub(super) fn neon<S: Stored>(a: &[f32], b: &[S]) -> f32 {
    // SAFETY: this function has the target feature.
    unsafe { product::<std::arch::aarch64::float32x4_t, S>(a, b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::dispatch::{available, hard_pairs};

    #[test]
    fn every_instruction_set_agrees_with_f64() {
        for kernels in available() {
            for (a, b) in hard_pairs() {
                let exact = -wide(&a, &b);
                let size: f64 = a.iter().zip(&b).map(|(x, y)| f64::from(*x * *y).abs()).sum();
                // SAFETY: only kernels of this processor are available.
                let found = f64::from(unsafe { (kernels.f32.inner_product)(&a, &b) });
                assert!((found - exact).abs() <= size * 1e-5 + 1e-38, "{} {}: {found} {exact}", kernels.name, a.len());
            }
        }
    }

    #[test]
    fn products_that_overflow_on_the_way_are_measured_in_f64() {
        assert_eq!(distance(&[1e30, 1e30, 1.0], &[1e30, -1e30, 2.0]), -2.0);
        assert!((distance(&[f32::MAX; 2], &[f32::MAX; 2]) / f64::from(f32::MAX).powi(2) + 2.0).abs() < 1e-6);
        assert!((distance(&[1e-30; 2], &[1e-30; 2]) / -2e-60 - 1.0).abs() < 1e-6);
        assert!(distance(&[1.0, 0.0], &[0.0, 1.0]).is_sign_positive());
    }
}
