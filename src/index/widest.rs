//! Code compiled for the widest instructions that the processor has.
//!
//! Loops over a few dozen numbers take as many instructions as fit into the widest registers. Which there are is known when the program runs, so
//! what such loops are in, a whole search, is compiled for each width and chosen when it begins.
#![allow(unsafe_code, reason = "instruction sets are chosen at run time; each use says why it is sound")]

use std::sync::OnceLock;

/// Something to be run by the widest instructions. What does the work in `run` must be `#[inline(always)]`, and so must `run`: only what is
/// compiled into it is compiled for the width.
pub(super) trait Task {
    /// What comes of it.
    type Output;

    /// Does it.
    fn run(self) -> Self::Output;
}

/// Runs a task by the widest instructions that there are. All give the same.
#[inline]
pub(super) fn widest<T: Task>(task: T) -> T::Output {
    static WIDTH: OnceLock<Width> = OnceLock::new();
    run(*WIDTH.get_or_init(|| Width::all().into_iter().next_back().unwrap_or(Width::Portable)), task)
}

/// How many numbers an instruction takes at once.
#[derive(Clone, Copy, Debug)]
enum Width {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Width {
    /// Those that this processor has, the widest last.
    fn all() -> Vec<Self> {
        #[allow(unused_mut, reason = "elsewhere the one width is that of every processor")]
        let mut all = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        if has_avx2() {
            all.push(Self::Avx2);
            if has_avx512() {
                all.push(Self::Avx512);
            }
        }
        all
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
}

#[inline]
fn run<T: Task>(width: Width, task: T) -> T::Output {
    match width {
        Width::Portable => task.run(),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Width::all` has this width only where the processor has the instructions.
        Width::Avx2 => unsafe { avx2(task) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Width::Avx512 => unsafe { avx512(task) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn avx2<T: Task>(task: T) -> T::Output {
    task.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512vl,avx512bw,avx512dq")]
fn avx512<T: Task>(task: T) -> T::Output {
    task.run()
}

/// What a task gives by each width that this processor has.
#[cfg(test)]
pub(super) fn all_widths<T: Task>(task: impl Fn() -> T) -> Vec<T::Output> {
    Width::all().into_iter().map(|width| run(width, task())).collect()
}
