//! Two filters, one above the other, are one filter.

use crate::{
    expr::Expr,
    query::{Facts, Kind, Kinds, Node, Rule},
};

/// Makes a filter over a filter their conjunction.
pub struct FuseWheres;

impl Rule for FuseWheres {
    fn name(&self) -> &'static str {
        "fuse_wheres"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::Where])
    }

    fn apply(&self, node: Node, _facts: &Facts<'_>) -> Node {
        match node {
            Node::Where { input, filter, selectivity } => match *input {
                Node::Where { input, filter: inner, selectivity: other } => {
                    Node::Where { input, filter: Expr::And(vec![inner, filter]), selectivity: selectivity * other }
                }
                input => Node::Where { input: Box::new(input), filter, selectivity },
            },
            other => other,
        }
    }
}
