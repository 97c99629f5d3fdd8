//! The nodes of a plan.

use crate::{
    expr::{Expr, Target},
    index::SearchEffort,
    object::FieldPath,
    query::{Cursor, Item, OrderKey, cost},
    set::IndexId,
};

use super::{Aggregation, Candidates, Combination, Diversity, Grouping, Kind, Pairing, SourceId};

/// What a plan is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Goal {
    /// The hits.
    #[default]
    Objects,
    /// Their number.
    Count,
}

/// A step of a plan. The first group is what the builder writes; rules put the second group in its place.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Node {
    /// The objects of an indexed set that match; until a rule chooses access paths, by evaluating every one.
    From {
        /// The set.
        source: SourceId,
        /// What must hold.
        filter: Expr,
    },
    /// The objects of a source without indexes.
    List {
        /// The source.
        source: SourceId,
    },
    /// The input's objects for which an expression holds, by evaluation: the residual filter.
    Where {
        /// The input.
        input: Box<Node>,
        /// What must hold.
        filter: Expr,
        /// The fraction expected to pass.
        selectivity: f64,
    },
    /// The nearest of the input's objects, by measuring each.
    Nearest {
        /// The input.
        input: Box<Node>,
        /// To what, and how many.
        nearest: Nearest,
    },
    /// The input, sorted.
    OrderBy {
        /// The input.
        input: Box<Node>,
        /// By what.
        keys: Vec<OrderKey>,
        /// Only what comes after this place in the order.
        after: Option<Cursor>,
    },
    /// Of the input, which comes in an order, the first few of each group: groups in the order of their first, each one's objects
    /// together. Objects without a value in the field are in no group.
    Group {
        /// The input.
        input: Box<Node>,
        /// The groups.
        by: Grouping,
    },
    /// Of the input, which comes nearest first, a choice by maximal marginal relevance (Carbonell and Goldstein 1998): first the nearest, then
    /// again and again the object of the least `lambda * distance - (1 - lambda) * d`, where `d` is how far it is from the nearest
    /// one that is chosen. Ties go to the one that came first.
    Diverse {
        /// The input.
        input: Box<Node>,
        /// What was searched for: the field and the metric between objects.
        target: Target,
        /// How many to choose.
        k: usize,
        /// Among how many, and for what.
        by: Diversity,
    },
    /// A part of the input.
    Limit {
        /// The input.
        input: Box<Node>,
        /// How many to leave out first.
        offset: u64,
        /// How many to let through then; all when `None`.
        count: Option<u64>,
    },
    /// The input's objects, projected.
    Select {
        /// The input.
        input: Box<Node>,
        /// What comes back of each.
        items: Vec<Item>,
    },
    /// The number of the input's objects.
    Count {
        /// The input.
        input: Box<Node>,
    },
    /// New objects of the input's: the selected items of each, as fields that what stands above reads like any others.
    Project {
        /// The input.
        input: Box<Node>,
        /// The fields of the new objects.
        items: Vec<Item>,
    },
    /// New objects, one of each group of the input's: groups in the order of their first object.
    Aggregate {
        /// The input.
        input: Box<Node>,
        /// The groups, and what is computed of them.
        by: Aggregation,
    },
    /// The objects of two inputs of new objects, those of the left first.
    Combine {
        /// The left objects.
        left: Box<Node>,
        /// The right objects.
        right: Box<Node>,
        /// Which of them.
        by: Combination,
    },
    /// Pairs of a left and a right object that belong together, by looking at every two: in the order of the left ones, and of each one's
    /// partners the nearest first where there is a distance, else in the order of the right ones.
    Join {
        /// The left objects.
        left: Box<Node>,
        /// The right objects.
        right: Box<Node>,
        /// What they have in common, and what comes out.
        by: Pairing,
    },

    /// The objects of an indexed set whose slots are candidates.
    Fetch {
        /// The set.
        source: SourceId,
        /// How to get the candidates.
        candidates: Candidates,
    },
    /// The nearest of the input's objects, through an index that is given the accepted slots.
    NearestScan {
        /// A [`Node::Fetch`], or a [`Node::Where`] over one.
        input: Box<Node>,
        /// To what, and how many.
        nearest: Nearest,
        /// The index.
        index: IndexId,
    },
    /// The first `k` of the sorted input.
    TopK {
        /// The input.
        input: Box<Node>,
        /// The order.
        keys: Vec<OrderKey>,
        /// How many.
        k: u64,
        /// Only what comes after this place in the order.
        after: Option<Cursor>,
    },
    /// The input in the order that an index keeps: nothing is sorted, and whoever stops early stops the scan.
    OrderedScan {
        /// A [`Node::Fetch`], or a [`Node::Where`] over one.
        input: Box<Node>,
        /// The order.
        order: IndexOrder,
    },
    /// The number of candidates, from indexes alone.
    CountSlots {
        /// The set.
        source: SourceId,
        /// How to get the candidates.
        candidates: Candidates,
    },
    /// Pairs as those of [`Node::Join`], through an index that each left object asks for its partners.
    IndexJoin {
        /// The left objects.
        left: Box<Node>,
        /// A [`Node::Fetch`], or a [`Node::Where`] over one.
        right: Box<Node>,
        /// What they have in common, and what comes out.
        by: Pairing,
        /// The index on the right; `None` for where the right set keeps an object, or an owner's, by offset.
        index: Option<IndexId>,
    },
    /// Pairs as those of [`Node::Join`], through a hash table of the right objects' values.
    HashJoin {
        /// The left objects.
        left: Box<Node>,
        /// The right objects.
        right: Box<Node>,
        /// What they have in common, an equal value, and what comes out.
        by: Pairing,
    },
}

/// A nearest search.
#[derive(Clone, Debug)]
pub struct Nearest {
    /// Near to what.
    pub target: Target,
    /// How many hits.
    pub k: usize,
    /// How hard to try.
    pub effort: SearchEffort,
    /// What becomes of objects without the field.
    pub missing: Missing,
    /// Nothing farther away than this is a hit.
    pub within: f64,
    /// Only what comes after this place, in the order of distance and offset.
    pub after: Option<Cursor>,
}

/// What a nearest search does with objects that have no distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// They are no hits.
    Dropped,
    /// They come last, as in an order by distance, when there are too few others.
    Last,
}

/// The order that an index gives.
#[derive(Clone, Debug)]
pub struct IndexOrder {
    /// The index.
    pub index: IndexId,
    /// The one key, a plain field.
    pub key: OrderKey,
    /// The field of the key.
    pub path: FieldPath,
}

impl Node {
    /// A filter over an input, about which nothing is known.
    #[must_use]
    pub fn filtered(input: Self, filter: Expr) -> Self {
        Self::Where { input: Box::new(input), filter, selectivity: cost::UNKNOWN_SELECTIVITY }
    }

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
            Self::Project { .. } => Kind::Project,
            Self::Aggregate { .. } => Kind::Aggregate,
            Self::Combine { .. } => Kind::Combine,
            Self::Join { .. } => Kind::Join,
            Self::Fetch { .. } => Kind::Fetch,
            Self::NearestScan { .. } => Kind::NearestScan,
            Self::TopK { .. } => Kind::TopK,
            Self::OrderedScan { .. } => Kind::OrderedScan,
            Self::CountSlots { .. } => Kind::CountSlots,
            Self::IndexJoin { .. } => Kind::IndexJoin,
            Self::HashJoin { .. } => Kind::HashJoin,
        }
    }

    /// The candidates and the residual of a subtree that stays in slot space: a fetch, or a filter over one.
    #[must_use]
    pub fn slot_space(&self) -> Option<(&Candidates, Option<&Expr>)> {
        match self {
            Self::Fetch { candidates, .. } => Some((candidates, None)),
            Self::Where { input, filter, .. } => match &**input {
                Self::Fetch { candidates, .. } => Some((candidates, Some(filter))),
                _ => None,
            },
            _ => None,
        }
    }
}
