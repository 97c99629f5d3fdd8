//! Several f32 at once: the few operations that distance kernels are written in.
//!
//! A kernel is one generic, always-inlined function over [`Lanes`]; each instruction set instantiates it inside a function
//! with that target feature, so that everything compiles to that instruction set.

use super::halves::{Bf16, F16};

/// A register of `WIDTH` f32 components.
///
/// # Safety
/// All methods may only run on a processor that has the implementor's instruction set.
pub(super) unsafe trait Lanes: Copy {
    /// Components in a register, at most [`MAX_WIDTH`].
    const WIDTH: usize;

    /// All zeros.
    unsafe fn zero() -> Self;

    /// Reads `WIDTH` components, of any alignment, from `from` on.
    unsafe fn load(from: *const f32) -> Self;

    /// Reads `WIDTH` 16-bit floats and widens them.
    unsafe fn load_f16(from: *const F16) -> Self;

    /// Reads `WIDTH` bfloat16 and widens them.
    unsafe fn load_bf16(from: *const Bf16) -> Self;

    /// Reads `WIDTH` whole numbers and widens them.
    unsafe fn load_i8(from: *const i8) -> Self;

    /// `self - other`.
    unsafe fn sub(self, other: Self) -> Self;

    /// `self + a * b`.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;

    /// `self + other`.
    unsafe fn add(self, other: Self) -> Self;

    /// The sum of all components.
    unsafe fn sum(self) -> f32;
}

/// The widest register of any instruction set.
pub(super) const MAX_WIDTH: usize = 16;

/// How many independent sums hide the latency of a fused multiply-add.
pub(super) const SUMS: usize = 4;

/// Sums of squares that f32 holds accurately: their largest terms neither overflow nor lose bits by underflow.
pub(super) const SAFE_SQUARES: std::ops::RangeInclusive<f32> = 1e-30..=f32::MAX;

/// The sum of a function of all pairs in f64, for what leaves the range of f32 on the way.
#[cold]
pub(super) fn wide_sum(a: &[f32], b: &[f32], of: impl Fn(f64, f64) -> f64) -> f64 {
    a.iter().zip(b).map(|(a, b)| of(f64::from(*a), f64::from(*b))).sum()
}

/// Adds up independent sums in a fixed order.
///
/// # Safety
/// As for [`Lanes`].
#[inline(always)]
pub(super) unsafe fn total<L: Lanes>(sums: [L; SUMS]) -> f32 {
    // SAFETY: the caller keeps the contract of `Lanes`.
    unsafe { sums[0].add(sums[1]).add(sums[2].add(sums[3])).sum() }
}

/// Components one by one.
///
/// # Safety
/// `N` of them are readable.
#[inline(always)]
unsafe fn widened<S: Copy, const N: usize>(from: *const S, widen: impl Fn(S) -> f32) -> [f32; N] {
    // SAFETY: the caller vouches for N readable components.
    std::array::from_fn(|i| widen(unsafe { from.add(i).read_unaligned() }))
}

/// Plain Rust, for processors that are not known here and as the twin in tests.
#[derive(Clone, Copy)]
pub(super) struct Portable([f32; 8]);

// SAFETY: uses no special instructions.
unsafe impl Lanes for Portable {
    const WIDTH: usize = 8;

    #[inline(always)]
    unsafe fn zero() -> Self {
        Self([0.0; 8])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for WIDTH readable components; the read needs no alignment.
        Self(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn load_f16(from: *const F16) -> Self {
        // SAFETY: the caller vouches for WIDTH readable components.
        Self(unsafe { widened(from, F16::to_f32) })
    }
    #[inline(always)]
    unsafe fn load_bf16(from: *const Bf16) -> Self {
        // SAFETY: the caller vouches for WIDTH readable components.
        Self(unsafe { widened(from, Bf16::to_f32) })
    }
    #[inline(always)]
    unsafe fn load_i8(from: *const i8) -> Self {
        // SAFETY: the caller vouches for WIDTH readable components.
        Self(unsafe { widened(from, f32::from) })
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] - other.0[i]))
    }
    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + a.0[i] * b.0[i]))
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        self.0.iter().sum()
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(clippy::wildcard_imports, reason = "the instructions have names of their own")]
    use std::arch::x86_64::*;

    use super::{Bf16, F16, Lanes};

    // SAFETY: only instantiated inside functions with target feature `avx512f`.
    unsafe impl Lanes for __m512 {
        const WIDTH: usize = 16;

        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: AVX-512F is there, by the contract of `Lanes`.
            unsafe { _mm512_setzero_ps() }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: AVX-512F is there; the caller vouches for WIDTH readable components.
            unsafe { _mm512_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn load_f16(from: *const F16) -> Self {
            // SAFETY: AVX-512F is there; the caller vouches for WIDTH readable components.
            unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(from.cast())) }
        }
        #[inline(always)]
        unsafe fn load_bf16(from: *const Bf16) -> Self {
            // SAFETY: AVX-512F is there; the caller vouches for WIDTH readable components.
            unsafe {
                let halves = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast()));
                _mm512_castsi512_ps(_mm512_slli_epi32::<16>(halves))
            }
        }
        #[inline(always)]
        unsafe fn load_i8(from: *const i8) -> Self {
            // SAFETY: AVX-512F is there; the caller vouches for WIDTH readable components.
            unsafe { _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(from.cast()))) }
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            // SAFETY: AVX-512F is there.
            unsafe { _mm512_sub_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            // SAFETY: AVX-512F is there.
            unsafe { _mm512_fmadd_ps(a, b, self) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: AVX-512F is there.
            unsafe { _mm512_add_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn sum(self) -> f32 {
            // SAFETY: AVX-512F is there.
            unsafe { _mm512_reduce_add_ps(self) }
        }
    }

    // SAFETY: only instantiated inside functions with target features `avx2`, `fma` and `f16c`.
    unsafe impl Lanes for __m256 {
        const WIDTH: usize = 8;

        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: AVX2 is there, by the contract of `Lanes`.
            unsafe { _mm256_setzero_ps() }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: AVX2 is there; the caller vouches for WIDTH readable components.
            unsafe { _mm256_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn load_f16(from: *const F16) -> Self {
            // SAFETY: F16C is there; the caller vouches for WIDTH readable components.
            unsafe { _mm256_cvtph_ps(_mm_loadu_si128(from.cast())) }
        }
        #[inline(always)]
        unsafe fn load_bf16(from: *const Bf16) -> Self {
            // SAFETY: AVX2 is there; the caller vouches for WIDTH readable components.
            unsafe {
                let halves = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.cast()));
                _mm256_castsi256_ps(_mm256_slli_epi32::<16>(halves))
            }
        }
        #[inline(always)]
        unsafe fn load_i8(from: *const i8) -> Self {
            // SAFETY: AVX2 is there; the caller vouches for WIDTH (eight) readable components.
            unsafe { _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(from.cast()))) }
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            // SAFETY: AVX2 is there.
            unsafe { _mm256_sub_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            // SAFETY: FMA is there.
            unsafe { _mm256_fmadd_ps(a, b, self) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: AVX2 is there.
            unsafe { _mm256_add_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn sum(self) -> f32 {
            // SAFETY: AVX2 is there.
            unsafe {
                let four = _mm_add_ps(_mm256_castps256_ps128(self), _mm256_extractf128_ps::<1>(self));
                let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
                _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
            }
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod arm {
    #[allow(clippy::wildcard_imports, reason = "the instructions have names of their own")]
    use std::arch::aarch64::*;

    use super::{Bf16, F16, Lanes};

    // SAFETY: NEON belongs to every aarch64 processor that Rust's targets run on.
    unsafe impl Lanes for float32x4_t {
        const WIDTH: usize = 4;

        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: NEON is there.
            unsafe { vdupq_n_f32(0.0) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: NEON is there; the caller vouches for WIDTH readable components.
            unsafe { vld1q_f32(from) }
        }
        #[inline(always)]
        unsafe fn load_f16(from: *const F16) -> Self {
            // SAFETY: NEON is there; the caller vouches for WIDTH readable components. Rust has no stable name for the instruction yet.
            unsafe { vld1q_f32(super::widened::<_, 4>(from, F16::to_f32).as_ptr()) }
        }
        #[inline(always)]
        unsafe fn load_bf16(from: *const Bf16) -> Self {
            // SAFETY: NEON is there; the caller vouches for WIDTH readable components.
            unsafe { vreinterpretq_f32_u32(vshll_n_u16::<16>(vld1_u16(from.cast()))) }
        }
        #[inline(always)]
        unsafe fn load_i8(from: *const i8) -> Self {
            // SAFETY: NEON is there; the caller vouches for WIDTH readable components.
            unsafe { vld1q_f32(super::widened::<_, 4>(from, f32::from).as_ptr()) }
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            // SAFETY: NEON is there.
            unsafe { vsubq_f32(self, other) }
        }
        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            // SAFETY: NEON is there.
            unsafe { vfmaq_f32(self, a, b) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: NEON is there.
            unsafe { vaddq_f32(self, other) }
        }
        #[inline(always)]
        unsafe fn sum(self) -> f32 {
            // SAFETY: NEON is there.
            unsafe { vaddvq_f32(self) }
        }
    }
}
