//! Inner products of byte codes: unsigned on the query's side, signed on the stored side.
//!
//! That is the shape of the processors' byte instructions (`vpdpbusd`). Squared distances follow from it with the squared
//! norms of the codes, so this is the only kernel that a search over codes needs. Integers: every instruction set gives
//! exactly the same number.

use super::dispatch::kernels;

/// The byte kernel of this processor, looked up once and called many times.
#[derive(Clone, Copy, Debug)]
pub struct CodeKernel(unsafe fn(&[u8], &[&[i8]], &mut [i32]));

impl CodeKernel {
    /// The longest codes whose inner product fits an i32 whatever the values.
    pub const MAX_LENGTH: usize = 65_536;

    /// The best kernel for this processor.
    #[must_use]
    pub fn new() -> Self {
        Self(kernels().codes)
    }

    /// The sum of `query[i] * codes[i]`, over the shorter length; at most [`CodeKernel::MAX_LENGTH`] of them.
    #[inline(always)]
    #[must_use]
    pub fn product(self, query: &[u8], codes: &[i8]) -> i32 {
        let mut product = [0];
        self.products(query, &[codes], &mut product);
        product[0]
    }

    /// The product of each row, as [`CodeKernel::product`] gives it: many at once are cheaper.
    #[inline(always)]
    pub fn products(self, query: &[u8], rows: &[&[i8]], products: &mut [i32]) {
        // SAFETY: the kernel was chosen for this processor.
        unsafe { (self.0)(query, rows, products) }
    }
}

impl Default for CodeKernel {
    fn default() -> Self {
        Self::new()
    }
}

pub(super) fn portable(query: &[u8], rows: &[&[i8]], products: &mut [i32]) {
    for (row, product) in rows.iter().zip(products) {
        *product = rest(query, row);
    }
}

/// What is left of a row where the instructions' width ends.
fn rest(query: &[u8], codes: &[i8]) -> i32 {
    query.iter().zip(codes).map(|(q, c)| i32::from(*q) * i32::from(*c)).sum()
}

/// Widens to 16 bits: the direct byte instruction of AVX2 saturates.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
pub(super) fn avx2(query: &[u8], rows: &[&[i8]], products: &mut [i32]) {
    for (row, product) in rows.iter().zip(products) {
        *product = avx2_row(query, row);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2_row(query: &[u8], codes: &[i8]) -> i32 {
    #[allow(clippy::wildcard_imports, reason = "the instructions have names of their own")]
    use std::arch::x86_64::*;
    let length = query.len().min(codes.len());
    let mut sums = [_mm256_setzero_si256(); 2];
    let mut at = 0;
    while at + 32 <= length {
        for (half, sum) in sums.iter_mut().enumerate() {
            // SAFETY: the load ends at or before `length`, which neither slice is shorter than.
            let (q, c) = unsafe {
                let from = at + half * 16;
                (_mm_loadu_si128(query.as_ptr().add(from).cast()), _mm_loadu_si128(codes.as_ptr().add(from).cast()))
            };
            let products = _mm256_madd_epi16(_mm256_cvtepu8_epi16(q), _mm256_cvtepi8_epi16(c));
            *sum = _mm256_add_epi32(*sum, products);
        }
        at += 32;
    }
    let eight = _mm256_add_epi32(sums[0], sums[1]);
    let four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256::<1>(eight));
    let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b01_00_11_10>(four));
    let one = _mm_add_epi32(two, _mm_shuffle_epi32::<0b00_00_00_01>(two));
    _mm_cvtsi128_si32(one) + rest(&query[at..length], &codes[at..length])
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn avx512_vnni(query: &[u8], rows: &[&[i8]], products: &mut [i32]) {
    let (fours, last) = rows.as_chunks::<4>();
    let (four_products, last_products) = products[..rows.len()].as_chunks_mut::<4>();
    for (rows, products) in fours.iter().zip(four_products) {
        *products = match rows.iter().all(|row| row.len() == query.len()) {
            true => avx512_vnni_four(query, rows),
            false => rows.map(|row| avx512_vnni_row(query, row)),
        };
    }
    for (row, product) in last.iter().zip(last_products) {
        *product = avx512_vnni_row(query, row);
    }
}

/// Four rows as long as the query: it is loaded once, and their sums are added up together.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn avx512_vnni_four(query: &[u8], rows: &[&[i8]; 4]) -> [i32; 4] {
    #[allow(clippy::wildcard_imports, reason = "the instructions have names of their own")]
    use std::arch::x86_64::*;
    debug_assert!(rows.iter().all(|row| row.len() == query.len()));
    let length = query.len();
    let mut sums = [_mm512_setzero_si512(); 4];
    let mut at = 0;
    // SAFETY: whole loads end at or before `length`, which is the query's and each row's; the masked ones read nothing past it.
    unsafe {
        while at + 64 <= length {
            let q = _mm512_loadu_epi8(query.as_ptr().cast::<i8>().add(at));
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = _mm512_dpbusd_epi32(*sum, q, _mm512_loadu_epi8(row.as_ptr().add(at)));
            }
            at += 64;
        }
        if at < length {
            let mask = u64::MAX >> (64 - (length - at));
            let q = _mm512_maskz_loadu_epi8(mask, query.as_ptr().cast::<i8>().add(at));
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = _mm512_dpbusd_epi32(*sum, q, _mm512_maskz_loadu_epi8(mask, row.as_ptr().add(at)));
            }
        }
    }
    let [a, b, c, d] =
        sums.map(|sum| _mm256_add_epi32(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64::<1>(sum)));
    let four = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    let four = _mm_add_epi32(_mm256_castsi256_si128(four), _mm256_extracti128_si256::<1>(four));
    let mut products = [0; 4];
    // SAFETY: four numbers of 32 bits.
    unsafe { _mm_storeu_si128(products.as_mut_ptr().cast(), four) };
    products
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn avx512_vnni_row(query: &[u8], codes: &[i8]) -> i32 {
    #[allow(clippy::wildcard_imports, reason = "the instructions have names of their own")]
    use std::arch::x86_64::*;
    let length = query.len().min(codes.len());
    let (q, c) = (query.as_ptr().cast::<i8>(), codes.as_ptr());
    let mut sums = [_mm512_setzero_si512(); 4];
    let mut at = 0;
    // SAFETY: whole loads end at or before `length`, which neither slice is shorter than; the masked ones read nothing past it.
    unsafe {
        while at + 256 <= length {
            for (i, sum) in sums.iter_mut().enumerate() {
                let from = at + i * 64;
                let (q, c) = (_mm512_loadu_epi8(q.add(from)), _mm512_loadu_epi8(c.add(from)));
                *sum = _mm512_dpbusd_epi32(*sum, q, c);
            }
            at += 256;
        }
        let mut turn = 0;
        while at + 64 <= length {
            let (q, c) = (_mm512_loadu_epi8(q.add(at)), _mm512_loadu_epi8(c.add(at)));
            sums[turn] = _mm512_dpbusd_epi32(sums[turn], q, c);
            turn = (turn + 1) % 4;
            at += 64;
        }
        if at < length {
            let mask = u64::MAX >> (64 - (length - at));
            let (q, c) = (_mm512_maskz_loadu_epi8(mask, q.add(at)), _mm512_maskz_loadu_epi8(mask, c.add(at)));
            sums[3] = _mm512_dpbusd_epi32(sums[3], q, c);
        }
    }
    let sum = _mm512_add_epi32(_mm512_add_epi32(sums[0], sums[1]), _mm512_add_epi32(sums[2], sums[3]));
    _mm512_reduce_add_epi32(sum)
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
pub(super) fn neon(query: &[u8], rows: &[&[i8]], products: &mut [i32]) {
    for (row, product) in rows.iter().zip(products) {
        *product = neon_row(query, row);
    }
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
fn neon_row(query: &[u8], codes: &[i8]) -> i32 {
    #[allow(clippy::wildcard_imports, reason = "the instructions have names of their own")]
    use std::arch::aarch64::*;
    let length = query.len().min(codes.len());
    let mut sum = vdupq_n_s32(0);
    let mut at = 0;
    while at + 8 <= length {
        // SAFETY: the loads end at or before `length`, which neither slice is shorter than.
        let (q, c) = unsafe { (vld1_u8(query.as_ptr().add(at)), vld1_s8(codes.as_ptr().add(at))) };
        let (q, c) = (vreinterpretq_s16_u16(vmovl_u8(q)), vmovl_s8(c));
        sum = vmlal_s16(sum, vget_low_s16(q), vget_low_s16(c));
        sum = vmlal_high_s16(sum, q, c);
        at += 8;
    }
    vaddvq_s32(sum) + rest(&query[at..length], &codes[at..length])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::dispatch::available;

    #[test]
    fn every_instruction_set_gives_the_same_number() {
        let query: Vec<u8> = (0..4099_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let codes: Vec<i8> = (0..4099_u32).map(|i| (i.wrapping_mul(40_503) >> 5) as i8).collect();
        for kernels in available() {
            for length in (0..300).chain([383, 384, 385, 784, 4096, 4099]) {
                let query = &query[..length];
                // The whole row, shorter ones and none: alone, and where four could be taken at once.
                let all = [&codes[..length], &codes[..length], &codes[1..], &codes[..length / 2], &[], &codes[7..]];
                let rows: Vec<&[i8]> = all.iter().map(|row| &row[..length.min(row.len())]).collect();
                let expected: Vec<i32> = rows.iter().map(|row| rest(query, row)).collect();
                for count in 0..=rows.len() {
                    let mut found = vec![7; count];
                    // SAFETY: only kernels of this processor are available.
                    unsafe { (kernels.codes)(query, &rows[..count], &mut found) };
                    assert_eq!(found, expected[..count], "{} {length}", kernels.name);
                }
                let (alike, mut found) = ([rows[0]; 9], [7; 9]);
                // SAFETY: only kernels of this processor are available.
                unsafe { (kernels.codes)(query, &alike, &mut found) };
                assert_eq!(found, [expected[0]; 9], "{} {length}", kernels.name);
            }
        }
    }

    #[test]
    fn extreme_codes_do_not_saturate() {
        for kernels in available() {
            for code in [i8::MIN, i8::MAX] {
                let (query, codes) = (vec![u8::MAX; 65_536], vec![code; 65_536]);
                let mut found = [0; 5];
                // SAFETY: only kernels of this processor are available.
                unsafe { (kernels.codes)(&query, &[&codes[..]; 5], &mut found) };
                assert_eq!(found.map(i64::from), [65_536 * 255 * i64::from(code); 5], "{}", kernels.name);
            }
        }
    }
}
