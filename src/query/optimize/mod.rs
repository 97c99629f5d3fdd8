//! How does a question become a plan that is worth running?
//!
//! [`RULES`](rules::all) are applied one after the other, each over the whole tree bottom-up, and after each the plan's
//! invariants are checked. A rule is `Node -> Node`: it sees its own subtree and returns one that means the same. Rules from outside
//! the crate run after the built-in ones.

mod estimate;
mod facts;
mod invariants;
pub mod rules;
mod size;

use std::sync::Arc;

pub use estimate::estimate;
pub use facts::Facts;

use super::{Kinds, Node, QueryError};

/// A rewrite of plan nodes.
pub trait Rule: Send + Sync {
    /// The name in traces and errors.
    fn name(&self) -> &'static str;

    /// The kinds of nodes that it may rewrite. It is given no others, and not called at all for plans that have none of them.
    fn about(&self) -> Kinds {
        Kinds::ALL
    }

    /// Returns a node that gives the same hits in the same order; the node itself when there is nothing to improve. Inputs have been
    /// rewritten already.
    fn apply(&self, node: Node, facts: &Facts<'_>) -> Node;
}

/// Applies the built-in rules, then the given ones.
pub fn optimize(plan: Node, facts: &Facts<'_>, more: &[Arc<dyn Rule>]) -> Result<Node, QueryError> {
    optimize_traced(plan, facts, more, &mut |_, _| ())
}

/// [`optimize`], telling of the tree after every rule.
pub fn optimize_traced(
    plan: Node,
    facts: &Facts<'_>,
    more: &[Arc<dyn Rule>],
    trace: &mut dyn FnMut(&'static str, &Node),
) -> Result<Node, QueryError> {
    let before = invariants::promise(&plan);
    let mut plan = plan;
    let mut kinds = plan.kinds();
    for rule in rules::all().iter().copied().chain(more.iter().map(|rule| &**rule)) {
        if !rule.about().meets(kinds) {
            continue;
        }
        plan.rewrite(rule.about(), &mut |node| rule.apply(node, facts));
        kinds = plan.kinds();
        invariants::check(&before, &plan).map_err(|reason| QueryError::Rule { rule: rule.name(), reason })?;
        trace(rule.name(), &plan);
    }
    Ok(plan)
}
