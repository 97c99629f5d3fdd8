//! Memory that searches of one thread reuse.

use std::cell::RefCell;

use super::{beam::Beam, codes::CodeQuery, select::Selection};

/// What one search needs.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) beam: Beam,
    pub(super) query: CodeQuery,
    pub(super) selection: Selection,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Runs a search with this thread's scratch; inside another one, with a new scratch.
pub(super) fn with<R>(run: impl FnOnce(&mut Scratch) -> R) -> R {
    SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
        Ok(mut scratch) => run(&mut scratch),
        Err(_) => run(&mut Scratch::default()),
    })
}
