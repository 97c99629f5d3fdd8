//! The slot side of a plan: how a segment's candidate set is made from index parts.

use crate::{
    expr::{self, Expr, Predicate},
    index::{Access, Exactness},
    object::Fields,
    set::IndexId,
};

/// How to get candidates in one segment, in slot space. The tree as a whole means one condition: see [`Candidates::matches`].
#[derive(Clone, Debug)]
pub enum Candidates {
    /// All slots.
    Scan,
    /// What one index answers to one predicate. A segment that lacks the part evaluates the predicate instead.
    IndexScan {
        /// The index.
        index: IndexId,
        /// The predicate.
        predicate: Predicate,
        /// What its parts offered when the plan was made, summed over the segments.
        access: Access,
    },
    /// The intersection of all of these, smallest first.
    AndMerge(Vec<Candidates>),
    /// The union of all of these.
    OrMerge(Vec<Candidates>),
    /// The first without the second.
    AndNot(Box<Candidates>, Box<Candidates>),
    /// What no index answers: all slots, and the expression stays to be evaluated.
    Evaluate(Expr),
}

impl Candidates {
    /// Whether an object satisfies the condition that this tree stands for. For objects that are in no segment, and for candidates
    /// that a segment's parts could not settle.
    #[must_use]
    pub fn matches(&self, fields: &dyn Fields) -> bool {
        match self {
            Self::Scan => true,
            Self::IndexScan { predicate, .. } => predicate.matches(fields),
            Self::AndMerge(members) => members.iter().all(|member| member.matches(fields)),
            Self::OrMerge(members) => members.iter().any(|member| member.matches(fields)),
            Self::AndNot(from, except) => from.matches(fields) && !except.matches(fields),
            Self::Evaluate(expr) => expr::evaluate(expr, fields),
        }
    }

    /// The same condition as an expression.
    #[must_use]
    pub fn into_expr(self) -> Expr {
        match self {
            Self::Scan => Expr::all(),
            Self::IndexScan { predicate, .. } => Expr::Leaf(predicate),
            Self::AndMerge(members) => Expr::And(members.into_iter().map(Self::into_expr).collect()),
            Self::OrMerge(members) => Expr::Or(members.into_iter().map(Self::into_expr).collect()),
            Self::AndNot(from, except) => match *from {
                Self::Scan => !except.into_expr(),
                from => from.into_expr().and(!except.into_expr()),
            },
            Self::Evaluate(expr) => expr,
        }
    }

    /// Whether parts that answer as they offered leave nothing to be evaluated.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        match self {
            Self::Scan => true,
            Self::IndexScan { access, .. } => access.exactness == Exactness::Exact,
            Self::AndMerge(members) | Self::OrMerge(members) => members.iter().all(Self::is_exact),
            Self::AndNot(from, except) => from.is_exact() && except.is_exact(),
            Self::Evaluate(_) => false,
        }
    }

    /// Whether any index takes part.
    #[must_use]
    pub fn uses_index(&self) -> bool {
        match self {
            Self::Scan | Self::Evaluate(_) => false,
            Self::IndexScan { .. } => true,
            Self::AndMerge(members) | Self::OrMerge(members) => members.iter().any(Self::uses_index),
            Self::AndNot(from, except) => from.uses_index() || except.uses_index(),
        }
    }
}
