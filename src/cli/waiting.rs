//! What a command that writes says while it waits for another process.

use crate::{
    database::{Database, DatabaseOptions},
    storage::LockWait,
};

/// Settings for a command that writes: a wait for another process's lock is told on standard error.
pub fn writing() -> DatabaseOptions {
    Database::options().lock_wait(LockWait { tell: Some(tell), ..LockWait::default() })
}

fn tell(lock: &str) {
    eprintln!("protobase: waiting for another process that holds {lock}");
}
