//! Asking for memory before it is needed.

/// The bytes of one cache line.
const LINE: usize = 64;

/// Starts loading the cache lines of a slice; never faults, never waits. Nothing happens where the processor has no such
/// instruction.
#[inline(always)]
pub fn prefetch<T>(slice: &[T]) {
    let start = slice.as_ptr().cast::<i8>();
    // From where the first line starts, so that the last one is reached wherever the slice lies.
    let (mut at, end) = (start.wrapping_sub(start.addr() % LINE), start.wrapping_add(size_of_val(slice)));
    while at < end {
        line(at);
        at = at.wrapping_add(LINE);
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
