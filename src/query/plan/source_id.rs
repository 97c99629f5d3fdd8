//! Which source of a plan?

/// The number of a source in its plan: the sources of questions that are put together are numbered from the left to the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub usize);
