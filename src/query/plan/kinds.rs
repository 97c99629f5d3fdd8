//! What is each node of a plan? Rules say which nodes they are about, so that most need not walk most plans.

/// The kind of a node: its variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum Kind {
    /// [`Node::From`](super::Node::From).
    From,
    /// [`Node::List`](super::Node::List).
    List,
    /// [`Node::Where`](super::Node::Where).
    Where,
    /// [`Node::Nearest`](super::Node::Nearest).
    Nearest,
    /// [`Node::OrderBy`](super::Node::OrderBy).
    OrderBy,
    /// [`Node::Group`](super::Node::Group).
    Group,
    /// [`Node::Diverse`](super::Node::Diverse).
    Diverse,
    /// [`Node::Limit`](super::Node::Limit).
    Limit,
    /// [`Node::Select`](super::Node::Select).
    Select,
    /// [`Node::Count`](super::Node::Count).
    Count,
    /// [`Node::Join`](super::Node::Join).
    Join,
    /// [`Node::Fetch`](super::Node::Fetch).
    Fetch,
    /// [`Node::NearestScan`](super::Node::NearestScan).
    NearestScan,
    /// [`Node::TopK`](super::Node::TopK).
    TopK,
    /// [`Node::OrderedScan`](super::Node::OrderedScan).
    OrderedScan,
    /// [`Node::CountSlots`](super::Node::CountSlots).
    CountSlots,
    /// [`Node::IndexJoin`](super::Node::IndexJoin).
    IndexJoin,
    /// [`Node::HashJoin`](super::Node::HashJoin).
    HashJoin,
    /// [`Node::Project`](super::Node::Project).
    Project,
    /// [`Node::Aggregate`](super::Node::Aggregate).
    Aggregate,
    /// [`Node::Combine`](super::Node::Combine).
    Combine,
}

/// Some kinds of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u32);

impl Kinds {
    /// Every kind.
    pub const ALL: Self = Self(u32::MAX);

    /// These.
    #[must_use]
    pub const fn of(kinds: &[Kind]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < kinds.len() {
            bits |= 1 << kinds[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    /// These and the others.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a kind is one of them.
    #[must_use]
    pub const fn contains(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Whether any is one of the others.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
