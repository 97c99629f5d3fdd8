//! What a query does between two limits.

use crate::{
    expr::{Expr, Target, Targets},
    index::SearchEffort,
    metric::Metric,
    object::{FieldPath, VectorBuf},
    set::SetView,
};

use super::{
    Aggregation, Cursor, Direction, Diversity, Grouping, Missing, Nearest, Node, OrderKey, QueryError, Scalar, check,
    page,
};

/// What happens between two limits.
#[derive(Clone, Default)]
pub(super) struct Stage {
    pub filters: Vec<Expr>,
    pub nearest: Option<(Wanted, usize)>,
    pub within: Option<f64>,
    pub diverse: Option<Diversity>,
    pub group: Option<Grouping>,
    pub order: Vec<OrderKey>,
    pub after: Option<Cursor>,
    pub offset: u64,
    pub limit: Option<u64>,
    /// What is made of what the stage lets through.
    pub aggregation: Option<Aggregation>,
}

impl Stage {
    /// Whether what comes next works on what this stage lets through.
    pub fn is_closed(&self) -> bool {
        self.limit.is_some() || self.offset > 0 || self.aggregation.is_some()
    }

    /// The stage as a tree over its input.
    pub fn written(&self, mut plan: Node, view: Option<&SetView>, effort: SearchEffort) -> Result<Node, QueryError> {
        for filter in &self.filters {
            check::filter(filter, view)?;
            plan = Node::filtered(plan, check::analysed(filter.clone(), view));
        }
        self.check(effort)?;
        if let Some((wanted, k)) = &self.nearest {
            plan = self.searched(plan, wanted.target(view)?, *k, view, effort)?;
            plan = self.grouped(plan);
        }
        if !self.order.is_empty() {
            plan = self.sorted(plan, view)?;
        }
        if self.nearest.is_none() {
            plan = self.grouped(plan);
        }
        if self.limit.is_some() || self.offset > 0 {
            plan = Node::Limit { input: Box::new(plan), offset: self.offset, count: self.limit };
        }
        match &self.aggregation {
            Some(by) => {
                check::aggregation(by, view)?;
                Ok(Node::Aggregate { input: Box::new(plan), by: by.clone() })
            }
            None => Ok(plan),
        }
    }

    /// The order that the stage's hits come in, by which there are pages of them; `None` where there is none.
    pub fn order(&self, view: Option<&SetView>) -> Result<Option<Vec<OrderKey>>, QueryError> {
        if !self.order.is_empty() {
            return Ok((self.group.is_none() || self.nearest.is_some()).then(|| self.order.clone()));
        }
        match &self.nearest {
            Some((wanted, _)) if self.diverse.is_none() && self.group.is_none() => {
                Ok(Some(vec![OrderKey::new(Scalar::Distance(wanted.target(view)?), Direction::Ascending)]))
            }
            _ => Ok(None),
        }
    }

    /// Refuses numbers out of range, and what needs a nearest search or an order and has none.
    fn check(&self, effort: SearchEffort) -> Result<(), QueryError> {
        check::effort(effort)?;
        let nearest = self.nearest.is_some();
        if let (Some(distance), false) = (self.within, nearest) {
            return Err(QueryError::value("*", format!("within {distance}"), "a nearest search that it is a limit of"));
        }
        if let (Some(by), false) = (self.diverse, nearest) {
            let value = format!("diverse hits among {}", by.fetch);
            return Err(QueryError::value("*", value, "a nearest search to choose from"));
        }
        if let Some(by) = &self.group {
            check::grouping(by, nearest || !self.order.is_empty())?;
        }
        match &self.after {
            Some(cursor) if self.order.is_empty() => {
                let plain = nearest && self.diverse.is_none() && self.group.is_none();
                cursor.check(1, plain)?;
                page::check_order(cursor, plain)
            }
            Some(cursor) => {
                cursor.check(self.order.len(), false)?;
                page::check_order(cursor, nearest || self.group.is_none())
            }
            None => Ok(()),
        }
    }

    /// The nearest of the input, and the different ones of those.
    fn searched(
        &self,
        input: Node,
        target: Target,
        k: usize,
        view: Option<&SetView>,
        effort: SearchEffort,
    ) -> Result<Node, QueryError> {
        check::target(&target, view)?;
        let within = self.within.unwrap_or(f64::INFINITY);
        check::within(&target, self.within)?;
        let after = self.after.clone().filter(|_| self.order.is_empty());
        let input = match after.as_ref().and_then(|cursor| page::beyond(&target, cursor)) {
            Some(beyond) => Node::filtered(input, beyond),
            None => input,
        };
        let fetch = match (&self.diverse, &self.group) {
            (Some(by), _) => by.fetch,
            (None, Some(_)) => usize::MAX,
            (None, None) => k,
        };
        // Pages are pieces of one order, which only an exact search is sure of.
        let effort = if after.is_some() { SearchEffort::Exact } else { effort };
        let nearest = Nearest { target: target.clone(), k: fetch, effort, missing: Missing::Dropped, within, after };
        let found = Node::Nearest { input: Box::new(input), nearest };
        let Some(by) = self.diverse else { return Ok(found) };
        check::diversity(&target, k, by)?;
        Ok(Node::Diverse { input: Box::new(found), target, k, by })
    }

    fn sorted(&self, input: Node, view: Option<&SetView>) -> Result<Node, QueryError> {
        self.order.iter().try_for_each(|key| check::scalar(&key.scalar, view))?;
        let after = self.after.clone();
        let input = match after.as_ref().and_then(|cursor| page::not_before(&self.order, cursor)) {
            Some(rest) => Node::filtered(input, rest),
            None => input,
        };
        Ok(Node::OrderBy { input: Box::new(input), keys: self.order.clone(), after })
    }

    fn grouped(&self, input: Node) -> Node {
        match &self.group {
            Some(by) => Node::Group { input: Box::new(input), by: by.clone() },
            None => input,
        }
    }
}

/// A target whose metric may still have to be looked up.
#[derive(Clone)]
pub(super) enum Wanted {
    Target(Target),
    Vector { path: FieldPath, vector: VectorBuf },
    Like { path: FieldPath, targets: Targets },
}

impl Wanted {
    pub fn target(&self, view: Option<&SetView>) -> Result<Target, QueryError> {
        let metric = |path: &FieldPath| view.and_then(|view| check::declared_metric(view, path)).unwrap_or(Metric::L2);
        Ok(match self {
            Self::Target(target) => target.clone(),
            Self::Vector { path, vector } => {
                let of = || Metric::of(vector.element())[0];
                let metric = view.and_then(|view| check::declared_metric(view, path)).unwrap_or_else(of);
                Target::Vector { path: path.clone(), vector: vector.clone(), metric }
            }
            Self::Like { path, targets } => targets.target(path.clone(), metric(path))?,
        })
    }
}
