//! Which indexes can answer what?

use crate::{
    expr::Expr,
    query::{Candidates, Facts, Kind, Kinds, Node, Rule, cost},
};

/// Gives every conjunct that an index answers its access path; the others stay as residual filter. What is worth using is decided
/// later, when all offers are known.
pub struct ChooseAccess;

impl Rule for ChooseAccess {
    fn name(&self) -> &'static str {
        "choose_access"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::From])
    }

    fn apply(&self, node: Node, facts: &Facts<'_>) -> Node {
        let Node::From { source, filter } = node else { return node };
        let mut answered = Vec::new();
        let mut residual = Vec::new();
        for conjunct in conjuncts(filter) {
            match facts.candidates(source, &conjunct) {
                Some(candidates) => answered.push(candidates),
                None => residual.push(conjunct),
            }
        }
        let candidates = match answered.len() {
            0 => Candidates::Scan,
            1 => answered.remove(0),
            _ => Candidates::AndMerge(answered),
        };
        let fetch = Node::Fetch { source, candidates };
        filtered(fetch, residual)
    }
}

fn conjuncts(mut filter: Expr) -> Vec<Expr> {
    match &mut filter {
        Expr::And(members) => std::mem::take(members),
        _ => vec![filter],
    }
}

fn filtered(input: Node, mut residual: Vec<Expr>) -> Node {
    let selectivity = cost::UNKNOWN_SELECTIVITY.powi(i32::try_from(residual.len()).unwrap_or(i32::MAX));
    let filter = match residual.len() {
        0 => return input,
        1 => residual.remove(0),
        _ => Expr::And(residual),
    };
    Node::Where { input: Box::new(input), filter, selectivity }
}
