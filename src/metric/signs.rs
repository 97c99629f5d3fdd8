//! Sums of the query's numbers that a row's set bits choose.
//!
//! A row of one bit a component says on which side of the middle of all a vector lies. With the query in small numbers, the one sum that an
//! estimate of their distance needs is that of the numbers whose bits are set. The query is turned over into planes, the first of all its
//! numbers' lowest bits: then the sum is that of the bits that a row has in common with each plane, times what the plane is worth (RaBitQ: Gao and
//! Long, SIGMOD 2024). Whole numbers: every instruction set gives exactly the same.

use super::{dispatch::kernels, words::Words};

/// The sign kernel of this processor, looked up once and called many times.
#[derive(Clone, Copy, Debug)]
pub struct SignKernel(unsafe fn(&[u8], &[&[u8]], &mut [u32]));

/// Bits of a query's number.
const PLANES: usize = 4;

/// Rows are read by so many bytes: a line of the processor's cache.
const LINE: usize = 64;

/// Rows that are looked at together, so that the planes are loaded once for all of them.
const TOGETHER: usize = 8;

impl SignKernel {
    /// The largest number that a query may have.
    pub const LARGEST: u8 = (1 << PLANES) - 1;

    /// The best kernel for this processor.
    #[must_use]
    pub fn new() -> Self {
        Self(kernels().signs)
    }

    /// A query's side of [`SignKernel::sums`]: the numbers, at most [`SignKernel::LARGEST`], that belong to the bits of a row from `first` on.
    /// Bit `i` is bit `i % 8` of byte `i / 8`.
    #[must_use]
    pub fn planes(first: usize, numbers: &[u8]) -> Vec<u8> {
        let lines = (first + numbers.len()).div_ceil(8 * LINE);
        let mut planes = vec![0; lines * PLANES * LINE];
        for (bit, number) in (first..).zip(numbers) {
            let (line, byte) = (bit / 8 / LINE, bit / 8 % LINE);
            for plane in 0..PLANES {
                planes[(line * PLANES + plane) * LINE + byte] |= (number >> plane & 1) << (bit % 8);
            }
        }
        planes
    }

    /// For each row, the sum of the numbers whose bits are set in it; where a row ends, no more bits are.
    #[inline(always)]
    pub fn sums(self, planes: &[u8], rows: &[&[u8]], sums: &mut [u32]) {
        // SAFETY: the kernel was chosen for this processor.
        unsafe { (self.0)(planes, rows, sums) }
    }
}

impl Default for SignKernel {
    fn default() -> Self {
        Self::new()
    }
}

/// # Safety
/// As for [`Words`].
#[inline(always)]
unsafe fn all<W: Words>(planes: &[u8], rows: &[&[u8]], sums: &mut [u32]) {
    let lines = planes.as_chunks::<{ PLANES * LINE }>().0;
    let sums = &mut sums[..rows.len()];
    let ((many, last), (many_sums, last_sums)) = (rows.as_chunks(), sums.as_chunks_mut());
    // SAFETY: the caller keeps the contract of `Words`.
    unsafe {
        for (rows, sums) in many.iter().zip(many_sums) {
            *sums = some::<W, TOGETHER>(lines, rows);
        }
        for (row, sum) in last.iter().zip(last_sums) {
            [*sum] = some::<W, 1>(lines, &[*row]);
        }
    }
}

/// # Safety
/// As for [`Words`].
#[inline(always)]
unsafe fn some<W: Words, const N: usize>(lines: &[[u8; PLANES * LINE]], rows: &[&[u8]; N]) -> [u32; N] {
    let mut sums = [0; N];
    // SAFETY: the caller keeps the contract of `Words`; the planes are loaded from within a line, of which registers fill a whole number.
    unsafe {
        let mut totals = [W::zero(); N];
        for (at, line) in lines.iter().enumerate() {
            for part in (0..LINE).step_by(W::BYTES) {
                let mut planes = [W::zero(); PLANES];
                for (number, plane) in planes.iter_mut().enumerate() {
                    *plane = W::load(line.as_ptr().add(number * LINE + part));
                }
                for (total, row) in totals.iter_mut().zip(rows) {
                    let bits = W::load_from(row, at * LINE + part);
                    // From the plane that is worth most on, each worth half of the one before.
                    let mut sum = W::zero();
                    for plane in planes.iter().rev() {
                        sum = bits.and(*plane).ones(sum.add(sum));
                    }
                    *total = total.add(sum);
                }
            }
        }
        for (sum, total) in sums.iter_mut().zip(totals) {
            *sum = total.total() as u32;
        }
    }
    sums
}

pub(super) fn portable(planes: &[u8], rows: &[&[u8]], sums: &mut [u32]) {
    // SAFETY: needs nothing special.
    unsafe { all::<u64>(planes, rows, sums) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
pub(super) fn avx2(planes: &[u8], rows: &[&[u8]], sums: &mut [u32]) {
    // SAFETY: this function has the target feature.
    unsafe { all::<std::arch::x86_64::__m256i>(planes, rows, sums) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vpopcntdq")]
pub(super) fn avx512(planes: &[u8], rows: &[&[u8]], sums: &mut [u32]) {
    // SAFETY: this function has the target features.
    unsafe { all::<std::arch::x86_64::__m512i>(planes, rows, sums) }
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
pub(super) fn neon(planes: &[u8], rows: &[&[u8]], sums: &mut [u32]) {
    // SAFETY: this function has the target feature.
    unsafe { all::<std::arch::aarch64::uint8x16_t>(planes, rows, sums) }
}

#[cfg(test)]
mod tests {
    use super::SignKernel;
    use crate::metric::dispatch::available;

    /// Rows of all lengths, many at once, from the first bit on and behind a head.
    #[test]
    fn every_instruction_set_gives_the_sum_of_the_chosen_numbers() {
        let numbers: Vec<u8> = (0..4_096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8 & 15).collect();
        let bits: Vec<u8> = (0..600_u32).map(|i| (i.wrapping_mul(40_503) >> 5) as u8).collect();
        for (first, count) in
            [(0, 0), (0, 1), (0, 64), (96, 64), (96, 128), (96, 384), (96, 784), (7, 1_000), (96, 4_000)]
        {
            let planes = SignKernel::planes(first, &numbers[..count]);
            for length in [0, 8, 20, 32, 60, 64, 65, 96, 128, 200, 523] {
                let rows: Vec<&[u8]> = (0..19).map(|i| if i == 6 { &[][..] } else { &bits[i..i + length] }).collect();
                let expected = rows.iter().map(|row| {
                    let is_set = |i: &usize| row.get(i / 8).is_some_and(|byte| byte >> (i % 8) & 1 == 1);
                    (first..first + count).filter(is_set).map(|i| u32::from(numbers[i - first])).sum::<u32>()
                });
                let expected: Vec<u32> = expected.collect();
                for kernels in available() {
                    let mut sums = [7; 19];
                    // SAFETY: only kernels of this processor are available.
                    unsafe { (kernels.signs)(&planes, &rows, &mut sums) };
                    assert_eq!(sums[..], expected, "{} {first} {count} {length}", kernels.name);
                }
            }
        }
    }

    #[test]
    fn many_large_numbers_do_not_overflow() {
        let planes = SignKernel::planes(0, &vec![SignKernel::LARGEST; 65_536]);
        for kernels in available() {
            let mut sums = [7; 5];
            // SAFETY: only kernels of this processor are available.
            unsafe { (kernels.signs)(&planes, &[&[u8::MAX; 8_192][..]; 5], &mut sums) };
            assert_eq!(sums, [65_536 * u32::from(SignKernel::LARGEST); 5], "{}", kernels.name);
        }
    }
}
