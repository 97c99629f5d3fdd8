//! Which instruction set does this processor have? Asked once.

use std::sync::OnceLock;

use super::{codes, cosine, inner_product, l2, signs};

/// The kernels of one instruction set, compiled for it.
pub(super) struct Kernels {
    /// For facts and benchmarks.
    pub(super) name: &'static str,
    /// The sum of squared differences.
    pub(super) l2: unsafe fn(&[f32], &[f32]) -> f32,
    /// The inner product.
    pub(super) inner_product: unsafe fn(&[f32], &[f32]) -> f32,
    /// The inner product and both squared norms.
    pub(super) cosine: unsafe fn(&[f32], &[f32]) -> [f32; 3],
    /// The inner product of unsigned and signed bytes.
    pub(super) codes: unsafe fn(&[u8], &[i8]) -> i32,
    /// For each row of bits, the sum of the bytes whose bits are set.
    pub(super) signs: unsafe fn(&[u8], &[&[u8]], &mut [u32]),
}

/// Plain Rust.
pub(super) static PORTABLE: Kernels = Kernels {
    name: "portable",
    l2: l2::portable,
    inner_product: inner_product::portable,
    cosine: cosine::portable,
    codes: codes::portable,
    signs: signs::portable,
};

#[cfg(target_arch = "x86_64")]
static AVX2: Kernels = Kernels {
    name: "avx2",
    l2: l2::avx2,
    inner_product: inner_product::avx2,
    cosine: cosine::avx2,
    codes: codes::avx2,
    signs: signs::avx2,
};

#[cfg(target_arch = "x86_64")]
static AVX512: Kernels = Kernels {
    name: "avx512",
    l2: l2::avx512,
    inner_product: inner_product::avx512,
    cosine: cosine::avx512,
    codes: codes::avx2,
    signs: signs::avx512,
};

#[cfg(target_arch = "x86_64")]
static AVX512_VNNI: Kernels = Kernels { name: "avx512-vnni", codes: codes::avx512_vnni, ..AVX512 };

#[cfg(target_arch = "aarch64")]
static NEON: Kernels = Kernels {
    name: "neon",
    l2: l2::neon,
    inner_product: inner_product::neon,
    cosine: cosine::neon,
    codes: codes::neon,
    signs: signs::neon,
};

/// The kernels of all instruction sets that this processor has, best first, [`PORTABLE`] last.
pub(super) fn available() -> Vec<&'static Kernels> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = avx2 && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        if avx512 && is_x86_feature_detected!("avx512vnni") {
            found.push(&AVX512_VNNI);
        }
        if avx512 {
            found.push(&AVX512);
        }
        if avx2 {
            found.push(&AVX2);
        }
    }
    #[cfg(target_arch = "aarch64")]
    found.push(&NEON);
    found.push(&PORTABLE);
    found
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
