//! The boolean tree.

use std::ops;

use super::Predicate;

/// A condition on one object.
#[derive(Clone, Debug)]
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
        match self {
            Self::And(mut members) => {
                members.push(other);
                Self::And(members)
            }
            first => Self::And(vec![first, other]),
        }
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match self {
            Self::Or(mut members) => {
                members.push(other);
                Self::Or(members)
            }
            first => Self::Or(vec![first, other]),
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
        match self {
            Self::And(members) | Self::Or(members) => members.iter().for_each(|member| member.for_each_leaf(visit)),
            Self::Not(inner) => inner.for_each_leaf(visit),
            Self::Leaf(predicate) => visit(predicate),
        }
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
