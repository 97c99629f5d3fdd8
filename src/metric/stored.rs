//! Components as they are stored, and how a register of them is read.

use super::{
    halves::{Bf16, F16},
    lanes::{Lanes, MAX_WIDTH, SUMS},
};

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

    /// All components.
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
    const ZERO: Self = Self::ZERO;

    #[inline(always)]
    unsafe fn load<L: Lanes>(from: *const Self) -> L {
        // SAFETY: the caller keeps the contract.
        unsafe { L::load_f16(from) }
    }
    #[inline(always)]
    fn widen(self) -> f32 {
        Self::to_f32(self)
    }
}

// SAFETY: reads by `Lanes::load_bf16`.
unsafe impl Stored for Bf16 {
    const ZERO: Self = Self::ZERO;

    #[inline(always)]
    unsafe fn load<L: Lanes>(from: *const Self) -> L {
        // SAFETY: the caller keeps the contract.
        unsafe { L::load_bf16(from) }
    }
    #[inline(always)]
    fn widen(self) -> f32 {
        Self::to_f32(self)
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

/// Calls `step(sum number, a, b)` for every register of two vectors of one length; the last, partial one is filled with zeros.
///
/// # Safety
/// As for [`Lanes`]; `a` and `b` have the same length.
#[inline(always)]
pub(super) unsafe fn for_each_pair<L: Lanes, S: Stored>(a: &[f32], b: &[S], mut step: impl FnMut(usize, L, L)) {
    debug_assert_eq!(a.len(), b.len());
    let length = a.len().min(b.len());
    let mut at = 0;
    // SAFETY: every load ends at or before `length`, which neither slice is shorter than.
    unsafe {
        while at + SUMS * L::WIDTH <= length {
            for sum in 0..SUMS {
                let from = at + sum * L::WIDTH;
                step(sum, L::load(a.as_ptr().add(from)), S::load(b.as_ptr().add(from)));
            }
            at += SUMS * L::WIDTH;
        }
        while at + L::WIDTH <= length {
            step(0, L::load(a.as_ptr().add(at)), S::load(b.as_ptr().add(at)));
            at += L::WIDTH;
        }
    }
    if at < length {
        let (mut rest_a, mut rest_b) = ([0.0; MAX_WIDTH], [S::ZERO; MAX_WIDTH]);
        rest_a[..length - at].copy_from_slice(&a[at..length]);
        rest_b[..length - at].copy_from_slice(&b[at..length]);
        // SAFETY: the buffers hold MAX_WIDTH components and no register is wider.
        unsafe { step(1, L::load(rest_a.as_ptr()), S::load(rest_b.as_ptr())) };
    }
}
