//! Components as they are stored, and how a register of them is read.

use half::{bf16, f16, slice::HalfFloatSliceExt};

use super::lanes::Lanes;

/// A 16-bit float of IEEE 754, little-endian, of any alignment.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    zerocopy::FromBytes,
    zerocopy::IntoBytes,
    zerocopy::Immutable,
    zerocopy::KnownLayout,
    zerocopy::Unaligned,
)]
#[repr(transparent)]
pub struct F16([u8; 2]);

/// A bfloat16, little-endian, of any alignment.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    zerocopy::FromBytes,
    zerocopy::IntoBytes,
    zerocopy::Immutable,
    zerocopy::KnownLayout,
    zerocopy::Unaligned,
)]
#[repr(transparent)]
pub struct Bf16([u8; 2]);

/// A component that becomes an f32 without rounding, alone or a register at a time.
///
/// # Safety
/// `load` reads `L::WIDTH` components and nothing else.
pub(super) unsafe trait Stored: Copy + 'static {
    /// What fills the last register.
    const ZERO: Self;

    /// Reads `L::WIDTH` components, of any alignment, from `from` on.
    ///
    /// # Safety
    /// As for [`Lanes`]; so many components are readable.
    unsafe fn load<L: Lanes>(from: *const Self) -> L;

    /// The component.
    fn widen(self) -> f32;

    /// All components. Writes into the one buffer, as distances of long vectors are often measured.
    fn widen_all(stored: &[Self]) -> Vec<f32> {
        stored.iter().map(|component| component.widen()).collect()
    }
}

// SAFETY: reads by `Lanes::load`.
unsafe impl Stored for f32 {
    const ZERO: Self = 0.0;

    #[inline(always)]
    unsafe fn load<L: Lanes>(from: *const Self) -> L {
        // SAFETY: the caller keeps the contract.
        unsafe { L::load(from) }
    }
    #[inline(always)]
    fn widen(self) -> f32 {
        self
    }
}

// SAFETY: reads by `Lanes::load_f16`.
unsafe impl Stored for F16 {
    const ZERO: Self = Self([0; 2]);

    #[inline(always)]
    unsafe fn load<L: Lanes>(from: *const Self) -> L {
        // SAFETY: the caller keeps the contract.
        unsafe { L::load_f16(from) }
    }
    #[inline(always)]
    fn widen(self) -> f32 {
        f16::from_le_bytes(self.0).to_f32()
    }
    fn widen_all(stored: &[Self]) -> Vec<f32> {
        let aligned: Vec<f16> = stored.iter().map(|component| f16::from_le_bytes(component.0)).collect();
        let mut wide = vec![0.0; stored.len()];
        aligned.convert_to_f32_slice(&mut wide);
        wide
    }
}

// SAFETY: reads by `Lanes::load_bf16`.
unsafe impl Stored for Bf16 {
    const ZERO: Self = Self([0; 2]);

    #[inline(always)]
    unsafe fn load<L: Lanes>(from: *const Self) -> L {
        // SAFETY: the caller keeps the contract.
        unsafe { L::load_bf16(from) }
    }
    #[inline(always)]
    fn widen(self) -> f32 {
        bf16::from_le_bytes(self.0).to_f32()
    }
}

// SAFETY: reads by `Lanes::load_i8`.
unsafe impl Stored for i8 {
    const ZERO: Self = 0;

    #[inline(always)]
    unsafe fn load<L: Lanes>(from: *const Self) -> L {
        // SAFETY: the caller keeps the contract.
        unsafe { L::load_i8(from) }
    }
    #[inline(always)]
    fn widen(self) -> f32 {
        self.into()
    }
}

impl F16 {
    /// The nearest to a number; beyond 65,519 infinity.
    #[must_use]
    pub fn nearest(number: f32) -> Self {
        Self(f16::from_f32(number).to_le_bytes())
    }
}

impl Bf16 {
    /// The nearest to a number.
    #[must_use]
    pub fn nearest(number: f32) -> Self {
        Self(bf16::from_f32(number).to_le_bytes())
    }
}
