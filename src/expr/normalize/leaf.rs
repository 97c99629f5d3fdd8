//! One leaf in normal form: a leaf, or a constant.

use std::{ops::Bound, sync::Arc};

use crate::{
    expr::{
        Expr, Predicate, Test,
        like::{Simple, simple},
    },
    object::{Value, order},
};

/// A leaf in normal form; `Expr::none()` where it can match nothing.
pub(super) fn normalize(predicate: Predicate, depth: usize) -> Expr {
    let Predicate { paths, test } = predicate;
    match self::test(test, depth) {
        Some(test) => Expr::Leaf(Predicate { paths, test }),
        None => Expr::none(),
    }
}

/// A test in normal form; `None` where it can match nothing.
fn test(test: Test, depth: usize) -> Option<Test> {
    match test {
        Test::Equals(Value::Null) => Some(Test::IsNull),
        Test::Equals(value) => equals_itself(&value).then_some(Test::Equals(value)),
        Test::Contains(value) => equals_itself(&value).then_some(Test::Contains(value)),
        Test::In(values) => one_of(values),
        Test::Range(low, high) => range(low, high),
        Test::Like(pattern) => Some(match simple(&pattern) {
            Some(Simple::Equal(text)) => Test::Equals(text.into()),
            Some(Simple::Prefix(prefix)) => Test::Prefix(prefix),
            None => Test::Like(pattern),
        }),
        Test::Fuzzy { text, edits: 0 } => Some(Test::Equals(text.into())),
        #[cfg(feature = "text")]
        Test::Match(words) => (!words.terms().is_empty()).then_some(Test::Match(words)),
        Test::Any(element) => {
            let element = super::within(Arc::unwrap_or_clone(element), depth + 1);
            (!super::is_none(&element)).then(|| Test::Any(Arc::new(element)))
        }
        Test::Box { low, high } => {
            let possible = low.iter().zip(&high).all(|(low, high)| low <= high);
            possible.then_some(Test::Box { low, high })
        }
        other => Some(other),
    }
}

fn equals_itself(value: &Value) -> bool {
    order::equals(value.as_ref(), value.as_ref())
}

/// Values ascending, each once; those that equal nothing left out.
fn one_of(mut values: Vec<Value>) -> Option<Test> {
    values.retain(equals_itself);
    values.sort_by(|a, b| order::compare(a.as_ref(), b.as_ref()));
    values.dedup_by(|a, b| order::compare(a.as_ref(), b.as_ref()).is_eq());
    match values.len() {
        0 => None,
        1 => test(Test::Equals(values.remove(0)), 0),
        _ => Some(Test::In(values)),
    }
}

fn range(low: Bound<Value>, high: Bound<Value>) -> Option<Test> {
    use Bound::{Excluded, Included, Unbounded};
    match (&low, &high) {
        (Unbounded, Unbounded) => Some(Test::Range(low, high)),
        (Included(bound) | Excluded(bound), Unbounded) | (Unbounded, Included(bound) | Excluded(bound)) => {
            let ordered = order::compare_within(bound.as_ref(), bound.as_ref()).is_some();
            ordered.then_some(Test::Range(low, high))
        }
        (Included(a) | Excluded(a), Included(b) | Excluded(b)) => {
            let order = order::compare_within(a.as_ref(), b.as_ref())?;
            if order.is_lt() {
                return Some(Test::Range(low, high));
            }
            match (low, high) {
                (Included(value), Included(_)) if order.is_eq() => Some(Test::Equals(value)),
                _ => None,
            }
        }
    }
}
