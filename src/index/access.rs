//! How a part would answer: exactness, cardinality, cost; and how hard a nearest search should try.

/// Whether a candidate set is the answer or only contains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// Exactly the matching slots.
    Exact,
    /// All matching slots and perhaps others: the predicate stays as residual.
    Superset,
}

/// How many slots match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cardinality {
    /// At least this many.
    pub min: u64,
    /// The best guess.
    pub expected: u64,
    /// At most this many.
    pub max: u64,
}

impl Cardinality {
    /// A number that is known.
    #[must_use]
    pub const fn exact(count: u64) -> Self {
        Self { min: count, expected: count, max: count }
    }

    /// At most so many; the guess is kept in bounds.
    #[must_use]
    pub const fn at_most(max: u64, expected: u64) -> Self {
        Self { min: 0, expected: if expected < max { expected } else { max }, max }
    }
}

/// One part's offer to answer one predicate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Access {
    /// What the candidates would be.
    pub exactness: Exactness,
    /// How many they would be.
    pub cardinality: Cardinality,
    /// Cost of making them, in nanoseconds, roughly.
    pub cost: f64,
}

/// How hard a nearest search tries.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum SearchEffort {
    /// The kind's default, for graphs meant for recall@10 of 0.95.
    #[default]
    Default,
    /// Exact: complete and certain.
    Exact,
    /// A beam width of this many nodes, as HNSW's `ef_search`.
    EfSearch(usize),
    /// Expected recall@k over held-out queries like the segment's vectors.
    Recall(f32),
}

impl Access {
    /// An exact answer of known size.
    #[must_use]
    pub const fn exact(count: u64, cost: f64) -> Self {
        Self { exactness: Exactness::Exact, cardinality: Cardinality::exact(count), cost }
    }
}

/// The path that a nearest search took, for explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchPath {
    /// Every accepted slot was measured exactly.
    Flat,
    /// Compact codes of all accepted slots were scanned, the best re-scored.
    Codes,
    /// One bit a component of all accepted slots was scanned, the codes of what it left a chance measured, the best re-scored.
    Signs,
    /// The graph was traversed with the accept set inside.
    Graph,
    /// A tree was traversed, nearest first, exactly.
    Tree,
    /// The slabs around the target were widened until their box held the nearest, exactly.
    Slabs,
    /// Nothing was accepted, or k was zero.
    Empty,
}
