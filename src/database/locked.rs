//! Locks that a panic does not break.

use std::sync::PoisonError;

use crate::codec::sync::{Mutex, MutexGuard};

/// Locks. Whoever panicked with the lock left a state that is whole: state changes by one store at the end.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
