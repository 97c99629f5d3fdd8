//! Counting bits, generic over the instruction set.
//!
//! A metric's kernel is one `#[inline(always)]` function over `W: Words`, compiled once for each instruction set inside a function that
//! has its target features, as with [`Lanes`](super::lanes::Lanes). Whole numbers: every instruction set gives the same.

/// A register of bits.
///
/// # Safety
/// All methods may only run on a processor that has the implementor's instruction set.
pub(super) unsafe trait Words: Copy {
    /// Bytes in a register, at most [`MAX_BYTES`].
    const BYTES: usize;

    /// Zero, also as a sum.
    unsafe fn zero() -> Self;

    /// Reads `BYTES` bytes, of any alignment, from `from` on.
    unsafe fn load(from: *const u8) -> Self;

    /// Reads what there is of `BYTES` bytes from a place on, and zeros for the rest.
    #[inline(always)]
    unsafe fn load_from(bytes: &[u8], at: usize) -> Self {
        let rest = bytes.get(at..).unwrap_or_default();
        // SAFETY: as many bytes as are read are there.
        unsafe { if rest.len() >= Self::BYTES { Self::load(rest.as_ptr()) } else { Self::load_short(rest) } }
    }

    /// Reads fewer than `BYTES` bytes, and zeros for the rest.
    #[inline(always)]
    unsafe fn load_short(bytes: &[u8]) -> Self {
        let mut padded = [0; MAX_BYTES];
        padded[..bytes.len()].copy_from_slice(bytes);
        // SAFETY: the buffer holds MAX_BYTES and no register is wider.
        unsafe { Self::load(padded.as_ptr()) }
    }

    /// Bits that differ.
    unsafe fn xor(self, other: Self) -> Self;

    /// Bits of both.
    unsafe fn and(self, other: Self) -> Self;

    /// Bits of either.
    unsafe fn or(self, other: Self) -> Self;

    /// `sum` and the number of ones in here.
    unsafe fn ones(self, sum: Self) -> Self;

    /// The sum of two sums.
    unsafe fn add(self, other: Self) -> Self;

    /// What a sum has come to.
    unsafe fn total(self) -> u64;
}

/// The widest register of any instruction set, in bytes.
pub(super) const MAX_BYTES: usize = 64;

/// Calls `step(a, b)` for every register of two vectors of one length; the last, partial one is filled with zeros.
///
/// # Safety
/// As for [`Words`].
#[inline(always)]
pub(super) unsafe fn for_each_pair<W: Words>(a: &[u8], b: &[u8], mut step: impl FnMut(W, W)) {
    debug_assert_eq!(a.len(), b.len());
    let length = a.len().min(b.len());
    let mut at = 0;
    while at + W::BYTES <= length {
        // SAFETY: the loads end at or before `length`, which neither slice is shorter than.
        unsafe { step(W::load(a.as_ptr().add(at)), W::load(b.as_ptr().add(at))) };
        at += W::BYTES;
    }
    if at < length {
        // SAFETY: the caller keeps the contract of `Words`.
        unsafe { step(W::load_short(&a[at..length]), W::load_short(&b[at..length])) };
    }
}

// SAFETY: uses no special instructions.
unsafe impl Words for u64 {
    const BYTES: usize = 8;

    #[inline(always)]
    unsafe fn zero() -> Self {
        0
    }
    #[inline(always)]
    unsafe fn load(from: *const u8) -> Self {
        // SAFETY: the caller vouches for BYTES readable bytes; the read needs no alignment.
        unsafe { from.cast::<Self>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        self ^ other
    }
    #[inline(always)]
    unsafe fn and(self, other: Self) -> Self {
        self & other
    }
    #[inline(always)]
    unsafe fn or(self, other: Self) -> Self {
        self | other
    }
    #[inline(always)]
    unsafe fn ones(self, sum: Self) -> Self {
        sum + u64::from(self.count_ones())
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    unsafe fn total(self) -> u64 {
        self
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(clippy::wildcard_imports, reason = "the instructions have names of their own")]
    use std::arch::x86_64::*;

    use super::Words;

    // SAFETY: only instantiated inside functions with target features `avx512f`, `avx512bw` and `avx512vpopcntdq`.
    unsafe impl Words for __m512i {
        const BYTES: usize = 64;

        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: AVX-512F is there, by the contract of `Words`.
            unsafe { _mm512_setzero_si512() }
        }
        #[inline(always)]
        unsafe fn load(from: *const u8) -> Self {
            // SAFETY: AVX-512F is there; the caller vouches for BYTES readable bytes.
            unsafe { _mm512_loadu_si512(from.cast()) }
        }
        #[inline(always)]
        unsafe fn load_short(bytes: &[u8]) -> Self {
            let there = (1_u64 << bytes.len()) - 1;
            // SAFETY: AVX-512BW is there; only bytes that are there are read.
            unsafe { _mm512_maskz_loadu_epi8(there, bytes.as_ptr().cast()) }
        }
        #[inline(always)]
        unsafe fn xor(self, other: Self) -> Self {
            // SAFETY: AVX-512F is there.
            unsafe { _mm512_xor_si512(self, other) }
        }
        #[inline(always)]
        unsafe fn and(self, other: Self) -> Self {
            // SAFETY: AVX-512F is there.
            unsafe { _mm512_and_si512(self, other) }
        }
        #[inline(always)]
        unsafe fn or(self, other: Self) -> Self {
            // SAFETY: AVX-512F is there.
            unsafe { _mm512_or_si512(self, other) }
        }
        #[inline(always)]
        unsafe fn ones(self, sum: Self) -> Self {
            // SAFETY: AVX-512F and VPOPCNTDQ are there.
            unsafe { _mm512_add_epi64(sum, _mm512_popcnt_epi64(self)) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: AVX-512F is there.
            unsafe { _mm512_add_epi64(self, other) }
        }
        #[inline(always)]
        unsafe fn total(self) -> u64 {
            // SAFETY: AVX-512F is there.
            unsafe { _mm512_reduce_add_epi64(self) as u64 }
        }
    }

    /// How many ones each half byte has.
    const NIBBLES: [u8; 32] =
        [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4];

    // SAFETY: only instantiated inside functions with target feature `avx2`.
    unsafe impl Words for __m256i {
        const BYTES: usize = 32;

        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: AVX2 is there, by the contract of `Words`.
            unsafe { _mm256_setzero_si256() }
        }
        #[inline(always)]
        unsafe fn load(from: *const u8) -> Self {
            // SAFETY: AVX2 is there; the caller vouches for BYTES readable bytes.
            unsafe { _mm256_loadu_si256(from.cast()) }
        }
        #[inline(always)]
        unsafe fn xor(self, other: Self) -> Self {
            // SAFETY: AVX2 is there.
            unsafe { _mm256_xor_si256(self, other) }
        }
        #[inline(always)]
        unsafe fn and(self, other: Self) -> Self {
            // SAFETY: AVX2 is there.
            unsafe { _mm256_and_si256(self, other) }
        }
        #[inline(always)]
        unsafe fn or(self, other: Self) -> Self {
            // SAFETY: AVX2 is there.
            unsafe { _mm256_or_si256(self, other) }
        }
        #[inline(always)]
        unsafe fn ones(self, sum: Self) -> Self {
            // SAFETY: AVX2 is there; the table is as long as a register.
            unsafe {
                let table = _mm256_loadu_si256(NIBBLES.as_ptr().cast());
                let low = _mm256_set1_epi8(0x0f);
                let lower = _mm256_shuffle_epi8(table, _mm256_and_si256(self, low));
                let upper = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16::<4>(self), low));
                let bytes = _mm256_add_epi8(lower, upper);
                _mm256_add_epi64(sum, _mm256_sad_epu8(bytes, _mm256_setzero_si256()))
            }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: AVX2 is there.
            unsafe { _mm256_add_epi64(self, other) }
        }
        #[inline(always)]
        unsafe fn total(self) -> u64 {
            // SAFETY: AVX2 is there.
            unsafe {
                let two = _mm_add_epi64(_mm256_castsi256_si128(self), _mm256_extracti128_si256::<1>(self));
                let one = _mm_add_epi64(two, _mm_unpackhi_epi64(two, two));
                _mm_cvtsi128_si64(one) as u64
            }
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod arm {
    #[allow(clippy::wildcard_imports, reason = "the instructions have names of their own")]
    use std::arch::aarch64::*;

    use super::Words;

    // SAFETY: NEON belongs to every aarch64 processor that Rust's targets run on.
    unsafe impl Words for uint8x16_t {
        const BYTES: usize = 16;

        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: NEON is there.
            unsafe { vdupq_n_u8(0) }
        }
        #[inline(always)]
        unsafe fn load(from: *const u8) -> Self {
            // SAFETY: NEON is there; the caller vouches for BYTES readable bytes.
            unsafe { vld1q_u8(from) }
        }
        #[inline(always)]
        unsafe fn xor(self, other: Self) -> Self {
            // SAFETY: NEON is there.
            unsafe { veorq_u8(self, other) }
        }
        #[inline(always)]
        unsafe fn and(self, other: Self) -> Self {
            // SAFETY: NEON is there.
            unsafe { vandq_u8(self, other) }
        }
        #[inline(always)]
        unsafe fn or(self, other: Self) -> Self {
            // SAFETY: NEON is there.
            unsafe { vorrq_u8(self, other) }
        }
        #[inline(always)]
        unsafe fn ones(self, sum: Self) -> Self {
            // SAFETY: NEON is there. Pairs of pairs of bytes are added up to 64 bits, the width of a sum.
            unsafe {
                let wide = vpaddlq_u32(vpaddlq_u16(vpaddlq_u8(vcntq_u8(self))));
                vreinterpretq_u8_u64(vaddq_u64(vreinterpretq_u64_u8(sum), wide))
            }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: NEON is there.
            unsafe { vreinterpretq_u8_u64(vaddq_u64(vreinterpretq_u64_u8(self), vreinterpretq_u64_u8(other))) }
        }
        #[inline(always)]
        unsafe fn total(self) -> u64 {
            // SAFETY: NEON is there.
            unsafe { vaddvq_u64(vreinterpretq_u64_u8(self)) }
        }
    }
}
