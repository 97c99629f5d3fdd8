//! Small pieces that the backends share.

use std::{io, sync::PoisonError};

use crate::codec::sync::{Mutex, MutexGuard};

use super::StorageError;

/// Locks that go on after a panic elsewhere: every critical section of the storage layer leaves its data whole.
pub(super) trait Lockable<T> {
    fn locked(&self) -> MutexGuard<'_, T>;
}

impl<T> Lockable<T> for Mutex<T> {
    fn locked(&self) -> MutexGuard<'_, T> {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error for a blob that is not there.
pub(super) fn no_blob(name: &str) -> StorageError {
    StorageError::io(format!("opening {name}"), io::ErrorKind::NotFound.into())
}
