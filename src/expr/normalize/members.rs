//! The members of one AND or OR, each once.

use std::collections::HashMap;

use crate::expr::{Expr, same};

/// Distinct members in the order of their first appearance, found again by their text.
pub(super) struct Members {
    kept: Vec<Expr>,
    by_text: HashMap<String, Vec<usize>>,
}

impl Members {
    pub fn distinct(members: impl IntoIterator<Item = Expr>) -> Self {
        let mut distinct = Self { kept: Vec::new(), by_text: HashMap::new() };
        for member in members {
            if !distinct.holds(&member) {
                distinct.by_text.entry(member.to_string()).or_default().push(distinct.kept.len());
                distinct.kept.push(member);
            }
        }
        distinct
    }

    /// Whether a member is the same. (The text is shortened, so it only leads to those that might be.)
    fn holds(&self, member: &Expr) -> bool {
        self.by_text.get(&member.to_string()).is_some_and(|at| at.iter().any(|at| same(&self.kept[*at], member)))
    }

    /// Whether some member is the complement of another.
    pub fn has_complements(&self) -> bool {
        self.any(|member| matches!(member, Expr::Not(inner) if self.holds(inner)))
    }

    pub fn any(&self, condition: impl Fn(&Expr) -> bool) -> bool {
        self.kept.iter().any(condition)
    }

    /// The only member, or all of them together.
    pub fn into_expr(mut self, together: fn(Vec<Expr>) -> Expr) -> Expr {
        match (self.kept.pop(), self.kept.is_empty()) {
            (Some(one), true) => one,
            (last, _) => {
                self.kept.extend(last);
                together(self.kept)
            }
        }
    }
}
