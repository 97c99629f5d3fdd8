//! Who decides which thread goes on?
//!
//! The operating system: these are the locks, counters and threads of the standard library. Built with `--cfg shuttle` they are those of
//! [shuttle](https://docs.rs/shuttle), whose scheduler decides at each of them, from a seed, so that the tests of
//! `database/schedules` go through orders that hardly ever happen by themselves. Whatever group commit and publishing wait for,
//! or tell each other by, is taken from here.

#[cfg(not(shuttle))]
pub use std::{
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread,
};

#[cfg(not(shuttle))]
pub use arc_swap::ArcSwap;

#[cfg(shuttle)]
pub use shuttle::{
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread,
};

#[cfg(shuttle)]
pub use swap::ArcSwap;

#[cfg(shuttle)]
mod swap {
    use std::sync::{Arc, PoisonError};

    use super::Mutex;

    /// What is used of `arc_swap::ArcSwap`, with a decision of the scheduler before each load and store.
    #[derive(Debug)]
    pub struct ArcSwap<T>(Mutex<Arc<T>>);

    impl<T> ArcSwap<T> {
        /// Holds a value.
        pub fn from_pointee(value: T) -> Self {
            Self(Mutex::new(Arc::new(value)))
        }

        /// What is held.
        pub fn load(&self) -> Arc<T> {
            self.load_full()
        }

        /// What is held.
        pub fn load_full(&self) -> Arc<T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
        }

        /// Holds another value.
        pub fn store(&self, value: Arc<T>) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
        }
    }
}
