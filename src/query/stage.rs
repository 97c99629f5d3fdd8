//! What a query does between two limits.

use crate::{
    expr::{Expr, Target},
    index::SearchEffort,
    metric::Metric,
    object::{FieldPath, VectorBuf},
};

use super::{Missing, Nearest, Node, OrderKey, QueryError, check, source::Input};

/// What happens between two limits.
#[derive(Clone, Default)]
pub(super) struct Stage {
    pub filters: Vec<Expr>,
    pub nearest: Option<(Wanted, usize)>,
    pub order: Vec<OrderKey>,
    pub offset: u64,
    pub limit: Option<u64>,
}

impl Stage {
    /// Whether what comes next works on what this stage lets through.
    pub fn is_closed(&self) -> bool {
        self.limit.is_some() || self.offset > 0
    }

    /// The stage as a tree over its input.
    pub fn written(&self, mut plan: Node, input: &Input<'_>, effort: SearchEffort) -> Result<Node, QueryError> {
        for filter in &self.filters {
            check::filter(filter, input.view())?;
            plan = Node::filtered(plan, filter.clone());
        }
        if let Some((wanted, k)) = &self.nearest {
            let target = wanted.target(input);
            check::target(&target, input.view())?;
            let nearest = Nearest { target, k: *k, effort, missing: Missing::Dropped };
            plan = Node::Nearest { input: Box::new(plan), nearest };
        }
        if !self.order.is_empty() {
            self.order.iter().try_for_each(|key| check::scalar(&key.scalar, input.view()))?;
            plan = Node::OrderBy { input: Box::new(plan), keys: self.order.clone() };
        }
        if self.is_closed() {
            plan = Node::Limit { input: Box::new(plan), offset: self.offset, count: self.limit };
        }
        Ok(plan)
    }
}

/// A target whose metric may still have to be looked up.
#[derive(Clone)]
pub(super) enum Wanted {
    Target(Target),
    Vector { path: FieldPath, vector: VectorBuf },
}

impl Wanted {
    pub fn target(&self, input: &Input<'_>) -> Target {
        match self {
            Self::Target(target) => target.clone(),
            Self::Vector { path, vector } => Target::Vector {
                path: path.clone(),
                vector: vector.clone(),
                metric: input
                    .view()
                    .and_then(|view| check::declared_metric(view, path))
                    .unwrap_or(Metric::of(vector.element())[0]),
            },
        }
    }
}
