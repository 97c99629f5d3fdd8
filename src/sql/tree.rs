//! A condition as written, with its AND and OR chains flat.
//!
//! The parser nests `a OR b OR c` to the left, one level a term. A statement with thousands of terms would overflow the stack of whoever walks, or
//! drops, such a tree; so it is taken apart along its left edge, in a loop, before anything else happens.

use sqlparser::ast::{BinaryOperator, Expr as Ast, UnaryOperator};

/// A condition: flat chains over leaves. Its depth is that of the parentheses, which the parser limits.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
    Leaf(Box<Ast>),
}

impl Tree {
    pub fn of(ast: Ast) -> Self {
        match ast {
            Ast::Nested(inner) => Self::of(*inner),
            Ast::UnaryOp { op: UnaryOperator::Not, expr } => Self::Not(Box::new(Self::of(*expr))),
            Ast::BinaryOp { op: BinaryOperator::And, .. } => Self::And(chain(ast, &BinaryOperator::And)),
            Ast::BinaryOp { op: BinaryOperator::Or, .. } => Self::Or(chain(ast, &BinaryOperator::Or)),
            leaf => Self::Leaf(Box::new(leaf)),
        }
    }

    /// The members of a top-level AND, those of ANDs within it too.
    pub fn conjuncts(&self) -> Vec<&Self> {
        match self {
            Self::And(terms) => terms.iter().flat_map(Self::conjuncts).collect(),
            single => vec![single],
        }
    }
}

/// The terms of a chain of one operator, in the order written.
fn chain(mut ast: Ast, operator: &BinaryOperator) -> Vec<Tree> {
    let mut terms = Vec::new();
    loop {
        match ast {
            Ast::BinaryOp { left, op, right } if op == *operator => {
                terms.push(Tree::of(*right));
                ast = *left;
            }
            first => {
                terms.push(Tree::of(first));
                break;
            }
        }
    }
    terms.reverse();
    terms
}
