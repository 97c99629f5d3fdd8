//! Which nodes look at the objects of slots?

use crate::{
    expr::Expr,
    query::{Candidates, Node},
};

use super::Runner;

/// The nodes that look at a slot's object: the one that fetches, which evaluates what indexes left open, and the residual filter over it.
#[derive(Clone, Copy)]
pub struct Tested<'n> {
    /// What the candidates' objects come out of.
    pub fetch: &'n Node,
    /// A filter that stands over the fetch.
    pub residual: Option<(&'n Node, &'n Expr)>,
}

impl<'n> Tested<'n> {
    /// A subtree that stays in slot space: see [`Node::slot_space`].
    pub fn new(input: &'n Node, filter: Option<&'n Expr>) -> Self {
        match filter {
            Some(filter) => Self { fetch: input.input().unwrap_or(input), residual: Some((input, filter)) },
            None => Self { fetch: input, residual: None },
        }
    }

    /// Notes how many objects came out of the fetch and how many of those out of the residual.
    pub fn note(self, runner: &Runner<'_>, fetched: u64, kept: u64) {
        runner.note(self.fetch, |stats| stats.output += fetched);
        if let Some((node, _)) = self.residual {
            runner.note(node, |stats| {
                stats.input += fetched;
                stats.output += kept;
            });
        }
    }

    /// The node that reads the objects of slots of which so much is open.
    pub fn reader(self, unsettled: &[&Candidates]) -> &'n Node {
        match self.residual {
            Some((node, _)) if unsettled.is_empty() => node,
            _ => self.fetch,
        }
    }
}
