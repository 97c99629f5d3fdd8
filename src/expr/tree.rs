//! The boolean tree.

use std::ops;

use crate::object::FieldPath;

use super::Predicate;

/// A condition on one object.
///
/// A tree may be nested to any depth without harm to the stack of whoever builds, copies, evaluates, prints or drops it; one that is nested
/// deeper than [`MAX_NESTING`](super::MAX_NESTING) is refused by [`Expr::check`], and so by every query.
#[derive(Debug)]
pub enum Expr {
    /// All of these; everything when empty.
    And(Vec<Expr>),
    /// Any of these; nothing when empty.
    Or(Vec<Expr>),
    /// Everything that the inner expression does not match (set complement).
    Not(Box<Expr>),
    /// One test.
    Leaf(Predicate),
}

impl Expr {
    /// What matches every object.
    #[must_use]
    pub const fn all() -> Self {
        Self::And(Vec::new())
    }

    /// What matches no object.
    #[must_use]
    pub const fn none() -> Self {
        Self::Or(Vec::new())
    }

    /// Whether this is the empty conjunction, which every object matches.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        matches!(self, Self::And(members) if members.is_empty())
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut first = self;
        match &mut first {
            Self::And(members) => {
                members.push(other);
                first
            }
            _ => Self::And(vec![first, other]),
        }
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let mut first = self;
        match &mut first {
            Self::Or(members) => {
                members.push(other);
                first
            }
            _ => Self::Or(vec![first, other]),
        }
    }
}

impl Expr {
    /// The members of a top-level AND, or the expression itself.
    #[must_use]
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::And(members) => members,
            other => std::slice::from_ref(other),
        }
    }

    /// Calls back for every leaf, in order, those inside of `NOT` included.
    pub fn for_each_leaf<'a>(&'a self, visit: &mut dyn FnMut(&'a Predicate)) {
        let mut open = vec![self];
        while let Some(expr) = open.pop() {
            match expr {
                Self::And(members) | Self::Or(members) => open.extend(members.iter().rev()),
                Self::Not(inner) => open.push(inner),
                Self::Leaf(predicate) => visit(predicate),
            }
        }
    }

    /// Changes every leaf, in no particular order, those inside of `NOT` included.
    pub fn for_each_leaf_mut(&mut self, change: &mut dyn FnMut(&mut Predicate)) {
        let mut open = vec![self];
        while let Some(expr) = open.pop() {
            match expr {
                Self::And(members) | Self::Or(members) => open.extend(members),
                Self::Not(inner) => open.push(inner),
                Self::Leaf(predicate) => change(predicate),
            }
        }
    }

    /// The fields that its leaves ask for, in order; one that several ask for comes several times.
    #[must_use]
    pub fn paths(&self) -> Vec<&FieldPath> {
        let mut paths = Vec::new();
        self.for_each_leaf(&mut |leaf| paths.extend(&leaf.paths));
        paths
    }
}

impl ops::BitAnd for Expr {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        self.and(other)
    }
}

impl ops::BitOr for Expr {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

impl ops::Not for Expr {
    type Output = Self;
    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

impl From<Predicate> for Expr {
    fn from(predicate: Predicate) -> Self {
        Self::Leaf(predicate)
    }
}
