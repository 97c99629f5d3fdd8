//! How deep may an expression be nested?
//!
//! Nobody's stack must depend on what a question looks like. What drops, copies or measures a tree goes through it with a list of its own;
//! what evaluates, normalizes or prints it recurses, but no deeper than a constant here says; and what compiles it sees only trees that
//! [`Expr::check`] has let through.

use std::{mem, sync::Arc};

use super::{Expr, Predicate, Test};

/// How deep an expression of a question may be nested: parentheses, negations, tests of list elements. A chain of ANDs, or of ORs, is one
/// level whatever its length.
pub const MAX_NESTING: usize = 100;

/// How deep normalizing and printing recurse; what is deeper is left as it is, or left out.
pub(super) const RECURSION: usize = MAX_NESTING;

/// How deep evaluating recurses; what is deeper is evaluated with a list of its own. (An element of a list starts anew, so these add up.)
pub(super) const EVALUATED: usize = 32;

impl Expr {
    /// How deep this is nested: 1 for a single test.
    #[must_use]
    pub fn nesting(&self) -> usize {
        let mut deepest = 0;
        let mut open = vec![(self, 1)];
        while let Some((expr, depth)) = open.pop() {
            deepest = deepest.max(depth);
            match expr {
                Self::And(members) | Self::Or(members) => open.extend(members.iter().map(|member| (member, depth + 1))),
                Self::Not(inner) => open.push((inner, depth + 1)),
                Self::Leaf(Predicate { test: Test::Any(element), .. }) => open.push((element, depth + 1)),
                Self::Leaf(_) => {}
            }
        }
        deepest
    }

    /// Whether it has no members whose drop could go deep.
    fn is_shallow(&self) -> bool {
        match self {
            Self::And(members) | Self::Or(members) => members.is_empty(),
            Self::Not(_) => false,
            Self::Leaf(predicate) => !matches!(predicate.test, Test::Any(_)),
        }
    }

    /// Moves what is below this into a list.
    fn dismantle(&mut self, open: &mut Vec<Self>) {
        match self {
            Self::And(members) | Self::Or(members) => open.append(members),
            Self::Not(inner) => open.push(mem::replace(inner, Self::all())),
            Self::Leaf(predicate) => {
                if let Test::Any(_) = &predicate.test
                    && let Test::Any(element) = mem::replace(&mut predicate.test, Test::IsMissing)
                {
                    open.extend(Arc::into_inner(element));
                }
            }
        }
    }
}

impl Drop for Expr {
    fn drop(&mut self) {
        if self.is_shallow() {
            return;
        }
        let mut open = Vec::new();
        self.dismantle(&mut open);
        while let Some(mut expr) = open.pop() {
            expr.dismantle(&mut open);
        }
    }
}

/// What is left to do for a copy: visit a part, or put so many finished parts together.
enum Step<'a> {
    Visit(&'a Expr),
    And(usize),
    Or(usize),
    Not,
}

impl Clone for Expr {
    fn clone(&self) -> Self {
        if let Self::Leaf(predicate) = self {
            return Self::Leaf(predicate.clone());
        }
        let mut steps = vec![Step::Visit(self)];
        let mut made: Vec<Self> = Vec::new();
        let last = |made: &mut Vec<Self>, count: usize| made.split_off(made.len().saturating_sub(count));
        while let Some(step) = steps.pop() {
            let part = match step {
                Step::Visit(Self::And(members)) => {
                    steps.push(Step::And(members.len()));
                    steps.extend(members.iter().rev().map(Step::Visit));
                    continue;
                }
                Step::Visit(Self::Or(members)) => {
                    steps.push(Step::Or(members.len()));
                    steps.extend(members.iter().rev().map(Step::Visit));
                    continue;
                }
                Step::Visit(Self::Not(inner)) => {
                    steps.extend([Step::Not, Step::Visit(inner)]);
                    continue;
                }
                Step::Visit(Self::Leaf(predicate)) => Self::Leaf(predicate.clone()),
                Step::And(count) => Self::And(last(&mut made, count)),
                Step::Or(count) => Self::Or(last(&mut made, count)),
                Step::Not => Self::Not(Box::new(made.pop().unwrap_or_else(Self::all))),
            };
            made.push(part);
        }
        // One part is left when all steps are done: the whole.
        made.pop().unwrap_or_else(Self::all)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{
        expr::{Expr, evaluate, field, normalize, same, tests::any_expr},
        object::{Object, Value},
    };

    /// The depth that all these survive, on the stack of a test's thread, in a build without optimization.
    const DEEP: usize = 100_000;

    fn negated(expr: Expr) -> Expr {
        (0..DEEP).fold(expr, |expr, _| !expr)
    }

    /// `((a > 1 AND b = 2) OR b = 2) AND b = 2 ..`
    fn alternating() -> Expr {
        let b = || field("b").eq(2);
        (0..DEEP).fold(field("a").gt(1), |expr, at| if at % 2 == 0 { expr.and(b()) } else { expr.or(b()) })
    }

    fn elements() -> Expr {
        (0..DEEP).fold(field("a").gt(1), |expr, _| field("list").any(expr))
    }

    #[test]
    fn deep_expressions_are_evaluated_printed_copied_and_refused() {
        let object = Object::new().with("a", 5).with("b", 2).with("list", Value::List(vec![1.into()]));
        for (expr, holds) in [(negated(field("a").gt(1)), true), (alternating(), true), (elements(), false)] {
            assert!(expr.nesting() > DEEP);
            assert_eq!(evaluate(&expr, &object), holds);
            assert_eq!(evaluate(&expr.clone(), &object), holds);
            assert_eq!(evaluate(&normalize(expr.clone()), &object), holds);
            assert!(expr.to_string().contains("..."), "what is too deep is left out of the text");
            assert!(!format!("{:?}", expr.check()).is_empty());
            let error = expr.check().expect_err("too deep").to_string();
            assert!(error.contains("nested") && error.contains("at most 100"), "{error}");
            let mut leaves = 0;
            expr.for_each_leaf(&mut |_| leaves += 1);
            assert!(leaves > 0);
            let _ = same(&expr, &expr.clone());
        }
    }

    #[test]
    fn wide_expressions_are_nothing_special() {
        let terms = 10_000;
        let wide = (0..terms).fold(Expr::none(), |expr, n| expr.or(field("a").eq(n).and(field("b").gt(n))));
        let object = Object::new().with("a", terms - 1).with("b", terms);
        assert!(wide.check().is_ok());
        assert_eq!(wide.nesting(), 3);
        assert!(evaluate(&wide, &object) && evaluate(&normalize(wide.clone()), &object));
        assert!(!evaluate(&!wide, &object));
    }

    #[test]
    fn what_is_just_not_too_deep_is_answered() {
        let deep = (1..super::MAX_NESTING).fold(field("a").gt(1), |expr, _| !expr);
        assert!(deep.check().is_ok());
        assert!((!deep).check().is_err());
    }

    proptest! {
        #[test]
        fn a_copy_is_the_same(expr in any_expr()) {
            prop_assert!(same(&expr, &expr.clone()));
            prop_assert_eq!(expr.to_string(), expr.clone().to_string());
        }
    }
}
