//! Intersect with one more index, or look at the objects that are left?

use crate::{
    expr::Expr,
    query::{Candidates, Facts, Kind, Kinds, Node, Rule, SourceId, cardinality, cost},
};

/// Takes access paths out of a conjunction, and makes them a residual filter, where evaluating the objects left by the
/// others costs less than making one more candidate set.
pub struct ResidualOrIntersect;

impl Rule for ResidualOrIntersect {
    fn name(&self) -> &'static str {
        "residual_or_intersect"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Fetch, Kind::Where])
    }

    fn apply(&self, node: Node, facts: &Facts<'_>) -> Node {
        match node {
            Node::Fetch { source, candidates } => weigh(source, candidates, None, facts),
            Node::Where { input, filter, selectivity } => match *input {
                Node::Fetch { source, candidates } => weigh(source, candidates, Some((filter, selectivity)), facts),
                // The fetch gained a filter when it was weighed for itself: now for both.
                Node::Where { input, filter: inner, selectivity: other } => {
                    let both = (inner.and(filter), selectivity * other);
                    match *input {
                        Node::Fetch { source, candidates } => weigh(source, candidates, Some(both), facts),
                        input => Node::Where { input: Box::new(input), filter: both.0, selectivity: both.1 },
                    }
                }
                input => Node::Where { input: Box::new(input), filter, selectivity },
            },
            other => other,
        }
    }
}

fn weigh(source: SourceId, candidates: Candidates, residual: Option<(Expr, f64)>, facts: &Facts<'_>) -> Node {
    let total = facts.total(source);
    let mut kept: Vec<Candidates> = Vec::new();
    let mut left = total as f64;
    let (mut evaluated, mut selectivity) = match residual {
        Some((filter, selectivity)) => (vec![filter], selectivity),
        None => (Vec::new(), 1.0),
    };
    let members = match candidates {
        Candidates::AndMerge(members) => members,
        single => vec![single],
    };
    for member in members {
        let passes = cardinality::fraction(facts.cardinality_of(source, &member).expected, total);
        if is_cheaper_evaluated(&member, left, !evaluated.is_empty(), facts) {
            evaluated.push(member.into_expr());
            selectivity *= passes;
        } else {
            left *= passes;
            kept.push(member);
        }
    }
    let candidates = match kept.len() {
        0 => Candidates::Scan,
        1 => kept.remove(0),
        _ => Candidates::AndMerge(kept),
    };
    let fetch = Node::Fetch { source, candidates };
    let filter = match evaluated.len() {
        0 => return fetch,
        1 => evaluated.remove(0),
        _ => Expr::And(evaluated),
    };
    Node::Where { input: Box::new(fetch), filter, selectivity }
}

/// Whether looking at `left` objects beats making the member's candidate set. Objects that are looked at anyway cost no second fetch.
fn is_cheaper_evaluated(member: &Candidates, left: f64, looked_at: bool, facts: &Facts<'_>) -> bool {
    if matches!(member, Candidates::Scan) {
        return false;
    }
    let fetch = if looked_at { 0.0 } else { cost::FETCH };
    let evaluating = left * (fetch + cost::EVALUATE);
    evaluating < facts.cost_of(member, left)
}
