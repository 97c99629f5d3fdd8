//! What is asked? A source, or what other questions find, put together.
//!
//! Questions that are made of others are one plan over the sources of all of them, numbered from the left to the right.

use std::{rc::Rc, sync::Arc};

use crate::{expr::Expr, index::SearchEffort, set::SetView};

use super::{Combination, Join, Node, Query, QueryError, Sides, Source, SourceId, source::Input};

/// What a question is over.
#[derive(Clone)]
pub(super) enum Body<'a> {
    Source(Arc<dyn Source + 'a>),
    Joined(Rc<Join<'a>>),
    Combined(Rc<Combined<'a>>),
    /// What another question finds.
    Found(Rc<Query<'a>>),
}

/// Two questions whose answers are combined.
pub(super) struct Combined<'a> {
    left: Query<'a>,
    right: Query<'a>,
    by: Combination,
}

impl<'a> Combined<'a> {
    pub fn query(left: Query<'a>, right: Query<'a>, by: Combination) -> Query<'a> {
        Query::of(Body::Combined(Rc::new(Self { left, right, by })))
    }
}

impl<'a> Body<'a> {
    /// The questions that it is made of.
    fn parts(&self) -> Vec<&Query<'a>> {
        match self {
            Self::Source(_) => Vec::new(),
            Self::Joined(join) => vec![&join.left, &join.right],
            Self::Combined(combined) => vec![&combined.left, &combined.right],
            Self::Found(query) => vec![query],
        }
    }

    /// What is made of other questions depends on what they depend on.
    pub fn note_reads(&self, inputs: &[Input<'_>]) {
        let mut first = 0;
        for part in self.parts() {
            part.note_reads(&inputs[first..], None);
            first += part.sources();
        }
    }
}

impl Query<'_> {
    /// How many sources it reads.
    pub(super) fn sources(&self) -> usize {
        match &self.body {
            Body::Source(_) => 1,
            made => made.parts().into_iter().map(Query::sources).sum(),
        }
    }

    /// Its sources as a plan reads them.
    pub(super) fn inputs(&self) -> Result<Vec<Input<'_>>, QueryError> {
        let mut inputs = Vec::with_capacity(self.sources());
        self.collect(&mut inputs)?;
        Ok(inputs)
    }

    pub(super) fn collect<'q>(&'q self, inputs: &mut Vec<Input<'q>>) -> Result<(), QueryError> {
        if let Body::Source(source) = &self.body {
            inputs.push(Input::new(&**source)?);
        }
        self.body.parts().into_iter().try_for_each(|part| part.collect(inputs))
    }

    /// The effort that is asked of nearest searches in each source.
    pub(super) fn efforts(&self) -> Vec<SearchEffort> {
        match &self.body {
            Body::Source(_) => vec![self.effort],
            made => made.parts().into_iter().flat_map(Query::efforts).collect(),
        }
    }

    /// The rules from outside, of all questions that it is made of.
    pub(super) fn all_rules(&self) -> Vec<Arc<dyn super::Rule>> {
        let below = self.body.parts().into_iter().flat_map(Query::all_rules);
        below.chain(self.rules.iter().cloned()).collect()
    }

    /// What it is over, as a tree whose sources are numbered from `first`.
    pub(super) fn base(&self, first: SourceId, inputs: &[Input<'_>]) -> Result<Node, QueryError> {
        match &self.body {
            Body::Source(_) => Ok(match inputs[first.0].view() {
                Some(_) => Node::From { source: first, filter: Expr::all() },
                None => Node::List { source: first },
            }),
            Body::Joined(join) => join.node(first, inputs, Some(join.sides(first)?)),
            Body::Found(query) => query.whole(first, inputs),
            Body::Combined(combined) => {
                let Combined { left, right, by } = &**combined;
                let second = SourceId(first.0 + left.sources());
                let left = Box::new(left.made(first, inputs)?);
                Ok(Node::Combine { left, right: Box::new(right.made(second, inputs)?), by: *by })
            }
        }
    }

    /// Its answer as new objects.
    fn made(&self, first: SourceId, inputs: &[Input<'_>]) -> Result<Node, QueryError> {
        let plan = self.whole(first, inputs)?;
        Ok(match plan {
            made @ (Node::Project { .. } | Node::Aggregate { .. } | Node::Combine { .. }) => made,
            plan => Node::Project { input: Box::new(plan), items: vec![super::Item::All] },
        })
    }

    /// Its whole answer, what is selected of it included, as what a larger plan reads.
    pub(super) fn whole(&self, first: SourceId, inputs: &[Input<'_>]) -> Result<Node, QueryError> {
        let plan = self.staged(first, inputs)?;
        Ok(match &self.items {
            Some(items) => {
                self.check_items(self.view(first, inputs))?;
                Node::Project { input: Box::new(plan), items: items.clone() }
            }
            None => plan,
        })
    }

    /// Whether a stage makes new objects.
    fn makes(&self) -> bool {
        self.stages.iter().any(|stage| stage.aggregation.is_some())
    }

    /// The set whose objects its last stage gives; `None` where they are made, or joined.
    pub(super) fn view<'i>(&self, first: SourceId, inputs: &'i [Input<'_>]) -> Option<&'i SetView> {
        match &self.body {
            Body::Source(_) if !self.makes() => inputs.get(first.0)?.view(),
            _ => None,
        }
    }

    /// The fields of its objects that are objects themselves, where it joins and makes nothing new of that.
    pub(super) fn sides(&self, first: SourceId) -> Result<Option<Sides>, QueryError> {
        match &self.body {
            Body::Joined(join) if self.items.is_none() && !self.makes() => join
                .sides(first)
                .map(|(left, right)| Some(if join.kind.is_left_only() { left } else { left.and(&right) })),
            _ => Ok(None),
        }
    }
}
