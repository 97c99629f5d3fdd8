//! How does a thread let others go first?

/// Makes the calling thread run less than others that want its core, by so many steps of 1.25 (`nice`); on Linux, where each thread has a
/// priority of its own, and nowhere else.
#[cfg(target_os = "linux")]
pub fn step_back(nice: i32) {
    if let Err(error) = rustix::process::nice(nice) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

/// Threads have no priority of their own here.
#[cfg(not(target_os = "linux"))]
pub fn step_back(_nice: i32) {}
