//! Which threads build indexes, so that queries and commits do not wait for work that nobody waits for?
//!
//! A query that looks into many segments hands them to the threads that all of a program's parallel work shares. Were those busy with a
//! graph that maintenance builds, the query would wait in its line. So maintenance has threads of its own, and on Linux, where a thread
//! has a priority for itself, they step back when there are more threads to run than cores.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::codec::step_back;

/// Which threads build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildThreads {
    /// Those of the caller, who waits for it.
    Callers,
    /// Those that maintenance has for itself, in all databases of this process.
    Maintenance,
}

impl BuildThreads {
    /// Runs some work, and what it does in parallel, on these threads.
    pub(super) fn run<R: Send>(self, work: impl FnOnce() -> R + Send) -> R {
        let pool = if self == Self::Maintenance { pool() } else { None };
        match pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

/// Threads that step back; `None` where the system starts no more threads.
fn pool() -> Option<&'static ThreadPool> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let start = || {
        ThreadPoolBuilder::new()
            .num_threads(rayon::current_num_threads())
            .thread_name(|number| format!("protobase build {number}"))
            .start_handler(|_| step_back(NICE))
            .build()
            .inspect_err(|error| tracing::warn!(%error, "maintenance has no threads of its own"))
            .ok()
    };
    POOL.get_or_init(start).as_ref()
}

/// How much less than others these threads run: at 10, a tenth of what a thread gets that wants the same core.
const NICE: i32 = 10;

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    fn thread_name() -> Option<String> {
        std::thread::current().name().map(str::to_owned)
    }

    #[test]
    fn maintenance_builds_on_threads_of_its_own() {
        let names: Vec<_> = BuildThreads::Maintenance.run(|| (0..64).into_par_iter().map(|_| thread_name()).collect());
        assert!(names.iter().flatten().all(|name| name.starts_with("protobase build")), "{names:?}");
        assert_eq!(names.iter().flatten().count(), 64);
        assert_eq!(BuildThreads::Callers.run(thread_name), thread_name());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn they_step_back_and_the_caller_does_not() {
        let priority = || rustix::process::getpriority_process(None).expect("a priority");
        let before = priority();
        let theirs: Vec<_> = BuildThreads::Maintenance.run(|| (0..64).into_par_iter().map(|_| priority()).collect());
        assert!(theirs.iter().all(|theirs| *theirs == (before + NICE).min(19)), "{before}: {theirs:?}");
        assert_eq!(priority(), before);
    }
}
