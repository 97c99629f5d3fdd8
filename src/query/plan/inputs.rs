//! What does a node stand on? The way through a tree.

use std::mem;

use super::{Kinds, Node, SourceId};

impl Node {
    /// What its nodes are.
    #[must_use]
    pub fn kinds(&self) -> Kinds {
        let own = Kinds::of(&[self.kind()]);
        [self.input(), self.right()].into_iter().flatten().fold(own, |kinds, input| kinds.or(input.kinds()))
    }

    /// The input, for nodes that have one; the left one of two.
    #[must_use]
    pub fn input(&self) -> Option<&Self> {
        match self {
            Self::From { .. } | Self::List { .. } | Self::Fetch { .. } | Self::CountSlots { .. } => None,
            Self::Where { input, .. }
            | Self::Nearest { input, .. }
            | Self::OrderBy { input, .. }
            | Self::Group { input, .. }
            | Self::Diverse { input, .. }
            | Self::Limit { input, .. }
            | Self::Select { input, .. }
            | Self::Count { input }
            | Self::Project { input, .. }
            | Self::Aggregate { input, .. }
            | Self::Combine { left: input, .. }
            | Self::NearestScan { input, .. }
            | Self::TopK { input, .. }
            | Self::OrderedScan { input, .. }
            | Self::Join { left: input, .. }
            | Self::HashJoin { left: input, .. }
            | Self::IndexJoin { left: input, .. } => Some(input),
        }
    }

    /// The right one of two inputs.
    #[must_use]
    pub fn right(&self) -> Option<&Self> {
        match self {
            Self::Join { right, .. }
            | Self::HashJoin { right, .. }
            | Self::IndexJoin { right, .. }
            | Self::Combine { right, .. } => Some(right),
            _ => None,
        }
    }

    fn right_mut(&mut self) -> Option<&mut Self> {
        match self {
            Self::Join { right, .. }
            | Self::HashJoin { right, .. }
            | Self::IndexJoin { right, .. }
            | Self::Combine { right, .. } => Some(right),
            _ => None,
        }
    }

    fn input_mut(&mut self) -> Option<&mut Self> {
        match self {
            Self::From { .. } | Self::List { .. } | Self::Fetch { .. } | Self::CountSlots { .. } => None,
            Self::Where { input, .. }
            | Self::Nearest { input, .. }
            | Self::OrderBy { input, .. }
            | Self::Group { input, .. }
            | Self::Diverse { input, .. }
            | Self::Limit { input, .. }
            | Self::Select { input, .. }
            | Self::Count { input }
            | Self::Project { input, .. }
            | Self::Aggregate { input, .. }
            | Self::Combine { left: input, .. }
            | Self::NearestScan { input, .. }
            | Self::TopK { input, .. }
            | Self::OrderedScan { input, .. }
            | Self::Join { left: input, .. }
            | Self::HashJoin { left: input, .. }
            | Self::IndexJoin { left: input, .. } => Some(input),
        }
    }

    /// Rewrites the tree's nodes of these kinds bottom-up: inputs before the node itself.
    pub fn rewrite(&mut self, kinds: Kinds, rewrite: &mut dyn FnMut(Self) -> Self) {
        if let Some(input) = self.input_mut() {
            input.rewrite(kinds, rewrite);
        }
        if let Some(right) = self.right_mut() {
            right.rewrite(kinds, rewrite);
        }
        if kinds.contains(self.kind()) {
            let taken = mem::replace(self, Self::List { source: SourceId(0) });
            *self = rewrite(taken);
        }
    }

    /// The source at the bottom; of two inputs, the left one's.
    #[must_use]
    pub fn source(&self) -> SourceId {
        match self {
            Self::From { source, .. }
            | Self::List { source }
            | Self::Fetch { source, .. }
            | Self::CountSlots { source, .. } => *source,
            other => other.input().map_or(SourceId(0), Self::source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Kind, *};

    #[test]
    fn kinds_are_those_of_the_whole_plan() {
        let list = || Box::new(Node::List { source: SourceId(0) });
        let plan = Node::Limit { input: Box::new(Node::Count { input: list() }), offset: 0, count: Some(1) };
        let kinds = plan.kinds();
        assert_eq!(kinds, Kinds::of(&[Kind::Limit, Kind::Count, Kind::List]));
        assert!(kinds.contains(Kind::Count) && !kinds.contains(Kind::From));
        assert!(kinds.meets(Kinds::of(&[Kind::From, Kind::List])) && !kinds.meets(Kinds::of(&[Kind::IndexJoin])));
    }
}
