//! Which instruction set does this processor have? Asked once.

use std::sync::OnceLock;

use super::{
    codes, cosine,
    halves::{Bf16, F16},
    hamming, inner_product, jaccard, l2, signs,
    stored::Stored,
};

/// The kernels of one instruction set, compiled for it.
#[derive(Clone, Copy)]
pub(super) struct Kernels {
    /// For facts and benchmarks.
    pub(super) name: &'static str,
    /// Between f32 and what is stored as such.
    pub(super) f32: Between<f32>,
    /// Between f32 and 16-bit floats.
    pub(super) f16: Between<F16>,
    /// Between f32 and bfloat16.
    pub(super) bf16: Between<Bf16>,
    /// Between f32 and whole numbers.
    pub(super) i8: Between<i8>,
    /// The inner products of unsigned bytes and rows of signed ones.
    pub(super) codes: unsafe fn(&[u8], &[&[i8]], &mut [i32]),
    /// The number of bits that differ.
    pub(super) hamming: unsafe fn(&[u8], &[u8]) -> u64,
    /// The bits set in both, and in either.
    pub(super) jaccard: unsafe fn(&[u8], &[u8]) -> [u64; 2],
    /// For each row of bits, the sum of the numbers, given in planes, whose bits are set.
    pub(super) signs: unsafe fn(&[u8], &[&[u8]], &mut [u32]),
}

/// The kernels between f32 components and others. What they give is bit for bit what those for f32 give of the others widened.
pub(super) struct Between<S: 'static> {
    /// The sum of squared differences.
    pub(super) l2: unsafe fn(&[f32], &[S]) -> f32,
    /// The inner product.
    pub(super) inner_product: unsafe fn(&[f32], &[S]) -> f32,
    /// The inner product and both squared norms.
    pub(super) cosine: unsafe fn(&[f32], &[S]) -> [f32; 3],
}

impl<S> Clone for Between<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Between<S> {}

/// A component that there are kernels for.
pub(super) trait Measured: Stored {
    /// Its kernels.
    fn kernels(all: &Kernels) -> &Between<Self>;
}

impl Measured for f32 {
    #[inline(always)]
    fn kernels(all: &Kernels) -> &Between<Self> {
        &all.f32
    }
}

impl Measured for F16 {
    #[inline(always)]
    fn kernels(all: &Kernels) -> &Between<Self> {
        &all.f16
    }
}

impl Measured for Bf16 {
    #[inline(always)]
    fn kernels(all: &Kernels) -> &Between<Self> {
        &all.bf16
    }
}

impl Measured for i8 {
    #[inline(always)]
    fn kernels(all: &Kernels) -> &Between<Self> {
        &all.i8
    }
}

/// The table of one instruction set: `f32`, `f16`, .. all have kernels of its name.
macro_rules! table {
    ($name:literal, $set:ident, $codes:path, $bits:ident) => {
        Kernels {
            name: $name,
            f32: Between { l2: l2::$set, inner_product: inner_product::$set, cosine: cosine::$set },
            f16: Between { l2: l2::$set, inner_product: inner_product::$set, cosine: cosine::$set },
            bf16: Between { l2: l2::$set, inner_product: inner_product::$set, cosine: cosine::$set },
            i8: Between { l2: l2::$set, inner_product: inner_product::$set, cosine: cosine::$set },
            codes: $codes,
            hamming: hamming::$bits,
            jaccard: jaccard::$bits,
            signs: signs::$bits,
        }
    };
}

/// Plain Rust.
pub(super) static PORTABLE: Kernels = table!("portable", portable, codes::portable, portable);

#[cfg(target_arch = "x86_64")]
static AVX2: Kernels = table!("avx2", avx2, codes::avx2, avx2);

#[cfg(target_arch = "x86_64")]
static AVX512: Kernels = table!("avx512", avx512, codes::avx2, avx2);

#[cfg(target_arch = "x86_64")]
static AVX512_VNNI: Kernels = table!("avx512-vnni", avx512, codes::avx512_vnni, avx2);

#[cfg(target_arch = "x86_64")]
static AVX512_VNNI_POPCNT: Kernels = table!("avx512-vnni-vpopcntdq", avx512, codes::avx512_vnni, avx512);

#[cfg(target_arch = "aarch64")]
static NEON: Kernels = table!("neon", neon, codes::neon, neon);

/// The kernels of all instruction sets that this processor has, best first, [`PORTABLE`] last.
pub(super) fn available() -> Vec<&'static Kernels> {
    let mut found = native();
    found.push(&PORTABLE);
    found
}

#[cfg(target_arch = "x86_64")]
fn native() -> Vec<&'static Kernels> {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c");
    let avx512 = avx2 && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
    let vnni = avx512 && is_x86_feature_detected!("avx512vnni");
    let popcnt = vnni && is_x86_feature_detected!("avx512vpopcntdq");
    let sets = [(popcnt, &AVX512_VNNI_POPCNT), (vnni, &AVX512_VNNI), (avx512, &AVX512), (avx2, &AVX2)];
    sets.into_iter().filter(|(is_there, _)| *is_there).map(|(_, kernels)| kernels).collect()
}

#[cfg(target_arch = "aarch64")]
fn native() -> Vec<&'static Kernels> {
    vec![&NEON]
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn native() -> Vec<&'static Kernels> {
    Vec::new()
}

/// The best kernels for this processor.
#[inline]
pub(super) fn kernels() -> &'static Kernels {
    static CHOSEN: OnceLock<&'static Kernels> = OnceLock::new();
    CHOSEN.get_or_init(|| available()[0])
}

/// The instruction set that distances are computed with on this processor.
#[must_use]
pub fn instruction_set() -> &'static str {
    kernels().name
}

/// Vectors that are hard on kernels, for tests: odd lengths, extreme values.
#[cfg(test)]
pub(super) fn hard_pairs() -> Vec<(Vec<f32>, Vec<f32>)> {
    let mut state = 7_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    let lengths = (0..70).chain([96, 127, 128, 129, 255, 383, 384, 385, 784, 4096]);
    let scales = [1.0, 1e-3, 1e18, 1e-18];
    let mut pairs = Vec::new();
    for length in lengths {
        for scale in scales {
            let mut vector = || (0..length).map(|_| next() * scale).collect::<Vec<f32>>();
            pairs.push((vector(), vector()));
        }
    }
    pairs
}

/// Bits that are hard on kernels, for tests: odd lengths, none set, all set.
#[cfg(test)]
pub(super) fn hard_bits() -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut state = 5_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let lengths = (0..200).chain([255, 256, 257, 1024, 8191, 8192]);
    let mut pairs = Vec::new();
    for length in lengths {
        let mut bytes = || (0..length).map(|_| next()).collect::<Vec<u8>>();
        pairs.push((bytes(), bytes()));
        pairs.push((vec![u8::MAX; length], vec![u8::MAX; length]));
        pairs.push((vec![0; length], vec![u8::MAX; length]));
    }
    pairs
}
