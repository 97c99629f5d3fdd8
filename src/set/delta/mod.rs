//! How is something committed before it is in a segment?

pub(in crate::set) mod append;
pub(in crate::set) mod block;
pub(in crate::set) mod column;
pub(in crate::set) mod probe;
pub(in crate::set) mod tail;

pub(in crate::set) use append::AppendOnly;
pub(in crate::set) use column::Column;
pub(in crate::set) use probe::{Probe, spread};
pub(in crate::set) use tail::{Tail, Version};
