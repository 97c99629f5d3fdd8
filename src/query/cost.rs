//! What does a step cost? The one file of measured constants, in nanoseconds on the reference machine.

/// Locating one object's bytes and checking them.
pub const FETCH: f64 = 60.0;

/// Evaluating one predicate on a fetched object.
pub const EVALUATE: f64 = 40.0;

/// One element of a slot set going through a merge.
pub const MERGE: f64 = 0.6;

/// One slot that an ordered scan visits: reading it and testing whether it is accepted.
pub const ORDERED_VISIT: f64 = 4.0;

/// Reading one sort key of a fetched object, and its share of the comparisons.
pub const SORT_KEY: f64 = 120.0;

/// Selectivity of a predicate about which nothing is known.
pub const UNKNOWN_SELECTIVITY: f64 = 0.3;

/// Left objects of a join from which on partners are looked for in parallel.
pub const PARALLEL_LEFT: usize = 256;

/// Groups of an aggregation for each object, where nothing is known.
pub const GROUPS: f64 = 0.1;

/// One left object of a join asking an index for its partners.
pub const PROBE: f64 = 900.0;

/// One left object of a join finding its own or an owner's partners by offset.
pub const PLACE: f64 = 120.0;

/// One object going into a hash table, or being looked up there, its value read.
pub const HASH: f64 = 250.0;

/// How many times more places are near a place than would be if all were spread evenly over the globe.
pub const CLUSTERING: f64 = 30.0;

/// Slots of all segments together from which on segments are worked on in parallel: below, starting threads costs more.
pub const PARALLEL_SLOTS: u64 = 100_000;

/// The cost of evaluating an expression of so many predicates on so many objects.
#[must_use]
pub fn residual(objects: f64, predicates: usize) -> f64 {
    objects * (FETCH + EVALUATE * predicates as f64)
}
