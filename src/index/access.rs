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
    /// The kind's default, for graphs the beam that is meant for recall of 0.95, of unlike queries, too. Fewer than ten hits are searched for
    /// with the beam of ten, so that a single hit, such as a stored vector asked for itself, is hardly ever missed; who wants fewer
    /// distances, or certainty, asks for a [`SearchEffort::Recall`] or for [`SearchEffort::Exact`].
    #[default]
    Default,
    /// Exact: complete and certain.
    Exact,
    /// A beam width of this many nodes, as HNSW's `ef_search`.
    EfSearch(usize),
    /// Expected recall@k over held-out queries like the segment's vectors, or like the recorded ones where the index names some. Each
    /// segment's graph is calibrated when it is built; the beam is the narrowest whose recall is this with 95 % confidence.
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
    Graph(Traversal),
    /// A tree was traversed, nearest first, exactly.
    Tree,
    /// The slabs around the target were widened until their box held the nearest, exactly.
    Slabs,
    /// Nothing was accepted, or k was zero.
    Empty,
}

/// How a graph was traversed. Recalls are in ten-thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traversal {
    /// The beam width, HNSW's `ef_search`.
    pub beam: usize,
    /// The recall that was asked for; `None` when a beam width was.
    pub wanted: Option<u16>,
    /// The recall that the beam is known to reach, with 95 % confidence, for queries like those that the graph was calibrated with; zero
    /// where nothing is known.
    pub promised: u16,
}

impl SearchPath {
    /// Whether a graph was traversed.
    #[must_use]
    pub const fn is_graph(self) -> bool {
        matches!(self, Self::Graph(_))
    }
}
