//! What is each node of a plan? Rules say which nodes they are about, so that most need not walk most plans.

use super::Node;

/// The kind of a node: its variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum Kind {
    /// [`Node::From`].
    From,
    /// [`Node::List`].
    List,
    /// [`Node::Where`].
    Where,
    /// [`Node::Nearest`].
    Nearest,
    /// [`Node::OrderBy`].
    OrderBy,
    /// [`Node::Group`].
    Group,
    /// [`Node::Diverse`].
    Diverse,
    /// [`Node::Limit`].
    Limit,
    /// [`Node::Select`].
    Select,
    /// [`Node::Count`].
    Count,
    /// [`Node::Join`].
    Join,
    /// [`Node::Fetch`].
    Fetch,
    /// [`Node::NearestScan`].
    NearestScan,
    /// [`Node::TopK`].
    TopK,
    /// [`Node::OrderedScan`].
    OrderedScan,
    /// [`Node::CountSlots`].
    CountSlots,
    /// [`Node::IndexJoin`].
    IndexJoin,
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

    /// Those that are somewhere in a plan.
    #[must_use]
    pub fn within(plan: &Node) -> Self {
        let below = |input: Option<&Node>| input.map_or(0, |input| Self::within(input).0);
        Self(Self::of(&[plan.kind()]).0 | below(plan.input()) | below(plan.right()))
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

impl Node {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::From { .. } => Kind::From,
            Self::List { .. } => Kind::List,
            Self::Where { .. } => Kind::Where,
            Self::Nearest { .. } => Kind::Nearest,
            Self::OrderBy { .. } => Kind::OrderBy,
            Self::Group { .. } => Kind::Group,
            Self::Diverse { .. } => Kind::Diverse,
            Self::Limit { .. } => Kind::Limit,
            Self::Select { .. } => Kind::Select,
            Self::Count { .. } => Kind::Count,
            Self::Join { .. } => Kind::Join,
            Self::Fetch { .. } => Kind::Fetch,
            Self::NearestScan { .. } => Kind::NearestScan,
            Self::TopK { .. } => Kind::TopK,
            Self::OrderedScan { .. } => Kind::OrderedScan,
            Self::CountSlots { .. } => Kind::CountSlots,
            Self::IndexJoin { .. } => Kind::IndexJoin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::SourceId;

    #[test]
    fn kinds_are_those_of_the_whole_plan() {
        let list = || Box::new(Node::List { source: SourceId(0) });
        let plan = Node::Limit { input: Box::new(Node::Count { input: list() }), offset: 0, count: Some(1) };
        let kinds = Kinds::within(&plan);
        assert_eq!(kinds, Kinds::of(&[Kind::Limit, Kind::Count, Kind::List]));
        assert!(kinds.contains(Kind::Count) && !kinds.contains(Kind::From));
        assert!(kinds.meets(Kinds::of(&[Kind::From, Kind::List])) && !kinds.meets(Kinds::of(&[Kind::IndexJoin])));
    }
}
