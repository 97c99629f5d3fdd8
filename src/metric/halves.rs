//! Floating-point numbers of 16 bits.

use half::{bf16, f16};

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

impl F16 {
    /// Zero.
    pub(super) const ZERO: Self = Self([0; 2]);

    /// The same number.
    #[must_use]
    #[inline(always)]
    pub fn to_f32(self) -> f32 {
        f16::from_le_bytes(self.0).to_f32()
    }

    /// The nearest to a number; beyond 65,519 infinity.
    #[must_use]
    pub fn nearest(number: f32) -> Self {
        Self(f16::from_f32(number).to_le_bytes())
    }
}

impl Bf16 {
    /// Zero.
    pub(super) const ZERO: Self = Self([0; 2]);

    /// The same number.
    #[must_use]
    #[inline(always)]
    pub fn to_f32(self) -> f32 {
        bf16::from_le_bytes(self.0).to_f32()
    }

    /// The nearest to a number.
    #[must_use]
    pub fn nearest(number: f32) -> Self {
        Self(bf16::from_f32(number).to_le_bytes())
    }
}
