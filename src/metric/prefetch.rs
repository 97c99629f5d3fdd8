//! Asking for memory before it is needed.

/// The bytes of one cache line.
const LINE: usize = 64;

/// Starts loading the cache lines of a slice; never faults, never waits. Nothing happens where the processor has no such
/// instruction.
#[inline(always)]
pub fn prefetch<T>(slice: &[T]) {
    let start = slice.as_ptr().cast::<i8>();
    let mut at = 0;
    while at < size_of_val(slice) {
        line(start.wrapping_add(at));
        at += LINE;
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn line(at: *const i8) {
    // SAFETY: a prefetch reads nothing and faults on no address; SSE belongs to every x86-64 processor.
    unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(at) };
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn line(_at: *const i8) {}
