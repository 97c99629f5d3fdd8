//! Sums of the query bytes that a code's set bits choose.
//!
//! A code of one bit a component says on which side of its cluster's middle a vector lies. With the query in bytes, the one sum that an
//! estimate of their distance needs is that of the bytes whose bits are set. Integers: every instruction set gives exactly the same number.

use super::dispatch::kernels;

/// The sign kernel of this processor, looked up once and called many times.
#[derive(Clone, Copy, Debug)]
pub struct SignKernel(unsafe fn(&[u8], &[&[u8]], &mut [u32]));

impl SignKernel {
    /// Components are taken by so many; a longer query's last ones, and the bits without a byte, are left out.
    pub const GROUP: usize = 64;

    /// The best kernel for this processor.
    #[must_use]
    pub fn new() -> Self {
        Self(kernels().signs)
    }

    /// For each row of bits, the sum of `query[i]` over all `i` whose bit (`i % 8` of `row[i / 8]`) is set. Only whole groups of
    /// [`SignKernel::GROUP`] that both have count: pad both with zeros.
    #[inline(always)]
    pub fn sums(self, query: &[u8], rows: &[&[u8]], sums: &mut [u32]) {
        // SAFETY: the kernel was chosen for this processor.
        unsafe { (self.0)(query, rows, sums) }
    }
}

impl Default for SignKernel {
    fn default() -> Self {
        Self::new()
    }
}

/// Groups of a query, each with its bits.
#[inline(always)]
fn groups<'a>(query: &'a [u8], bits: &'a [u8]) -> impl Iterator<Item = (&'a [u8; 64], u64)> {
    let bits = bits.as_chunks::<8>().0.iter().map(|bits| u64::from_le_bytes(*bits));
    query.as_chunks::<64>().0.iter().zip(bits)
}

pub(super) fn portable(query: &[u8], rows: &[&[u8]], sums: &mut [u32]) {
    let chosen = |(i, byte): (usize, &u8), bits: u64| u32::from(*byte) & ((bits >> i) as u32 & 1).wrapping_neg();
    let group = |(bytes, bits): (&[u8; 64], u64)| bytes.iter().enumerate().map(|byte| chosen(byte, bits)).sum::<u32>();
    for (row, sum) in rows.iter().zip(sums) {
        *sum = groups(query, row).map(group).sum();
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn avx512(query: &[u8], rows: &[&[u8]], sums: &mut [u32]) {
    let (fours, last) = rows.as_chunks::<4>();
    let (four_sums, last_sums) = sums[..rows.len()].as_chunks_mut::<4>();
    let groups = query.len() / SignKernel::GROUP;
    for (rows, sums) in fours.iter().zip(four_sums) {
        let bits = rows.map(|row| row.as_chunks::<8>().0);
        *sums = match bits.iter().all(|bits| bits.len() >= groups) {
            true => avx512_four(query.as_chunks::<64>().0, bits.map(|bits| &bits[..groups])),
            false => rows.map(|row| avx512_row(query, row)),
        };
    }
    for (row, sum) in last.iter().zip(last_sums) {
        *sum = avx512_row(query, row);
    }
}

/// Four rows with bits for every group of the query: it is loaded once, and their sums are added up together.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
fn avx512_four(query: &[[u8; 64]], rows: [&[[u8; 8]]; 4]) -> [u32; 4] {
    #[allow(clippy::wildcard_imports, reason = "the instructions have names of their own")]
    use std::arch::x86_64::*;
    let zero = _mm512_setzero_si512();
    let mut sums = [zero; 4];
    for (at, bytes) in query.iter().enumerate() {
        // SAFETY: a group has 64 bytes.
        let bytes = unsafe { _mm512_loadu_epi8(bytes.as_ptr().cast()) };
        for (sum, row) in sums.iter_mut().zip(rows) {
            let chosen = _mm512_maskz_mov_epi8(u64::from_le_bytes(row[at]), bytes);
            *sum = _mm512_add_epi64(*sum, _mm512_sad_epu8(chosen, zero));
        }
    }
    // A sum fits 32 bits, so two rows fill the 64 bits of their lanes.
    let [a, b, c, d] = sums;
    let pairs = [(a, b), (c, d)].map(|(one, other)| {
        let eight = _mm512_or_si512(one, _mm512_slli_epi64::<32>(other));
        let four = _mm256_add_epi32(_mm512_castsi512_si256(eight), _mm512_extracti64x4_epi64::<1>(eight));
        _mm_add_epi32(_mm256_castsi256_si128(four), _mm256_extracti128_si256::<1>(four))
    });
    let [ab, cd] = pairs;
    let all = _mm_add_epi32(_mm_unpacklo_epi64(ab, cd), _mm_unpackhi_epi64(ab, cd));
    let mut sums = [0; 4];
    // SAFETY: four numbers of 32 bits.
    unsafe { _mm_storeu_si128(sums.as_mut_ptr().cast(), all) };
    sums
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
fn avx512_row(query: &[u8], row: &[u8]) -> u32 {
    #[allow(clippy::wildcard_imports, reason = "the instructions have names of their own")]
    use std::arch::x86_64::*;
    let zero = _mm512_setzero_si512();
    let mut eight = zero;
    for (bytes, bits) in groups(query, row) {
        // SAFETY: a group has 64 bytes.
        let chosen = unsafe { _mm512_maskz_loadu_epi8(bits, bytes.as_ptr().cast()) };
        eight = _mm512_add_epi64(eight, _mm512_sad_epu8(chosen, zero));
    }
    _mm512_reduce_add_epi64(eight) as u32
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
pub(super) fn avx2(query: &[u8], rows: &[&[u8]], sums: &mut [u32]) {
    #[allow(clippy::wildcard_imports, reason = "the instructions have names of their own")]
    use std::arch::x86_64::*;
    let zero = _mm256_setzero_si256();
    // Byte i of 32 looks at byte i / 8 of the bits, and there at bit i % 8.
    let spread = _mm256_setr_epi64x(0, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303);
    let one_each = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64 as i64);
    for (row, sum) in rows.iter().zip(sums) {
        let mut four = zero;
        for (bytes, bits) in groups(query, row) {
            for (half, bits) in [bits as u32, (bits >> 32) as u32].into_iter().enumerate() {
                // SAFETY: both halves of a group have 32 bytes.
                let query = unsafe { _mm256_loadu_si256(bytes.as_ptr().add(32 * half).cast()) };
                let bits = _mm256_shuffle_epi8(_mm256_set1_epi32(bits as i32), spread);
                let chosen = _mm256_cmpeq_epi8(_mm256_and_si256(bits, one_each), one_each);
                four = _mm256_add_epi64(four, _mm256_sad_epu8(_mm256_and_si256(query, chosen), zero));
            }
        }
        let two = _mm_add_epi64(_mm256_castsi256_si128(four), _mm256_extracti128_si256::<1>(four));
        *sum = (_mm_cvtsi128_si64(two) + _mm_extract_epi64::<1>(two)) as u32;
    }
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
pub(super) fn neon(query: &[u8], rows: &[&[u8]], sums: &mut [u32]) {
    #[allow(clippy::wildcard_imports, reason = "the instructions have names of their own")]
    use std::arch::aarch64::*;
    let one_each = vcombine_u8(vcreate_u8(0x8040_2010_0804_0201), vcreate_u8(0x8040_2010_0804_0201));
    for (row, sum) in rows.iter().zip(sums) {
        *sum = 0;
        for (bytes, bits) in groups(query, row) {
            for quarter in 0..4 {
                let bits = (bits >> (16 * quarter)) as u16;
                // SAFETY: all quarters of a group have 16 bytes.
                let query = unsafe { vld1q_u8(bytes.as_ptr().add(16 * quarter)) };
                let chosen = vtstq_u8(vcombine_u8(vdup_n_u8(bits as u8), vdup_n_u8((bits >> 8) as u8)), one_each);
                *sum += u32::from(vaddlvq_u8(vandq_u8(query, chosen)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::metric::dispatch::available;

    #[test]
    fn every_instruction_set_gives_the_sum_of_the_chosen_bytes() {
        let query: Vec<u8> = (0..4_096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let bits: Vec<u8> = (0..523_u32).map(|i| (i.wrapping_mul(40_503) >> 5) as u8).collect();
        for kernels in available() {
            for length in [0, 1, 63, 64, 65, 128, 192, 384, 448, 832, 1_000, 4_096] {
                let whole = length / 64 * 64;
                let chosen = (0..whole).filter(|i| bits[i / 8] >> (i % 8) & 1 == 1);
                let expected: u32 = chosen.map(|i| u32::from(query[i])).sum();
                let row = &bits[..length.div_ceil(8)];
                let mut sums = [7; 3];
                // SAFETY: only kernels of this processor are available.
                unsafe { (kernels.signs)(&query[..length], &[row, &[], row], &mut sums) };
                assert_eq!(sums, [expected, 0, expected], "{} {length}", kernels.name);
                // Many at once: unlike ones, one too short among them, and some that are left.
                let rows: Vec<&[u8]> =
                    (0..11).map(|i| if i == 6 { &[][..] } else { &bits[i..i + row.len()] }).collect();
                let mut found = [7; 11];
                // SAFETY: only kernels of this processor are available.
                unsafe { (kernels.signs)(&query[..length], &rows, &mut found) };
                let mut expected = [7; 11];
                super::portable(&query[..length], &rows, &mut expected);
                assert_eq!(found, expected, "{} {length}", kernels.name);
            }
        }
    }

    #[test]
    fn extreme_bytes_do_not_overflow() {
        for kernels in available() {
            for (byte, bits) in [(u8::MAX, u8::MAX), (u8::MAX, 0), (0, u8::MAX)] {
                let mut sums = [7; 5];
                // SAFETY: only kernels of this processor are available.
                unsafe { (kernels.signs)(&vec![byte; 65_536], &[&vec![bits; 8_192][..]; 5], &mut sums) };
                assert_eq!(sums, [if bits == 0 { 0 } else { 65_536 * u32::from(byte) }; 5], "{}", kernels.name);
            }
        }
    }
}
