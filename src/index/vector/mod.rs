//! Which vectors are nearest?
//!
//! A part holds compact codes and, over settled segments that are large enough, an HNSW graph; the originals are a column of
//! the segment's object file. One search goes:
//!
//! 1. `cost` chooses a path by the size of the accept set, k, the effort and what the graph is known to reach;
//! 2. few accepted slots: every original is measured (`scan`); more: the `signs` of every slot, one bit a component, say which codes are
//!    worth being measured (`sift`), or every code is, and the best are re-scored, until the bounds of `encoding` prove that nothing
//!    better was left out; many: the `graph` is traversed by a `beam` that may visit any node and yields accepted ones;
//! 3. hits are re-scored by [`Metric::distance`](crate::metric::Metric::distance) over the originals, whatever path found
//!    them: equal filters give equal hits with equal numbers.
//!
//! Building (`construct`) is parallel and deterministic, and goes on with the largest graph of the segments that are merged (`inherit`);
//! equal vectors share one node (`nodes`); every node can be reached (`repair`); the beam width for a wanted recall is measured while
//! the graph is built (`calibration`, `probe`, `ladder`), by queries like the vectors and by queries unlike them, or by recorded ones, and
//! looked up by k and accepted share (`table`); the default effort means recall of 0.95 for any of them.

mod beam;
mod bits;
mod builder;
mod built;
mod calibration;
#[cfg(test)]
mod calibration_tests;
mod check;
mod codes;
mod construct;
mod cost;
#[cfg(test)]
mod element_tests;
mod encoding;
#[cfg(test)]
mod fixture;
mod graph;
mod hits;
mod inherit;
mod kind;
mod ladder;
mod layout;
mod levels;
#[cfg(test)]
mod life_tests;
mod memory;
mod midpoint;
mod nearest;
mod nodes;
mod part;
mod pending;
mod probe;
mod range;
mod relink;
mod repair;
mod rotation;
mod scan;
mod scratch;
mod select;
mod settings;
mod sift;
#[cfg(test)]
mod sift_tests;
mod signs;
mod sizes;
mod table;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trial_tests;
mod value;
mod visited;

use super::array;
pub use crate::metric::{MAX_BITS, MAX_DIMENSION};
pub use kind::VectorKind;
