//! What a statement answers with.

use crate::object::{Object, Offset};

/// Named columns and one object for each hit; for EXPLAIN one column, `plan`, and one object a line.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The selected names in the order of the statement; for `SELECT *` all fields in the order they are met.
    pub columns: Vec<String>,
    /// The hits in order, each with the selected fields that it has.
    pub objects: Vec<Object>,
    /// Whether `*` was selected: then an object that lacks a column simply has no such field. Else a selected value that is missing is null in
    /// formats that name every column.
    pub all: bool,
    /// Where each hit came from, in parallel to `objects`; empty for counts and plans.
    pub offsets: Vec<Offset>,
    /// Whether the objects are the lines of a plan.
    pub is_plan: bool,
}

impl Answer {
    pub(super) fn count(name: &str, count: u64) -> Self {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Self { columns: vec![name.to_owned()], objects: vec![Object::new().with(name, count)], ..Self::default() }
    }

    pub(super) fn no_count(name: &str) -> Self {
        Self { columns: vec![name.to_owned()], ..Self::default() }
    }

    /// A plan as an answer: one column, `plan`, and one object a line.
    #[must_use]
    pub fn plan(text: &str) -> Self {
        let objects = text.lines().map(|line| Object::new().with("plan", line)).collect();
        Self { columns: vec!["plan".to_owned()], objects, is_plan: true, ..Self::default() }
    }

    /// The first object's first column, for counts and other single answers.
    #[must_use]
    pub fn first(&self) -> Option<&crate::object::Value> {
        self.objects.first()?.get(self.columns.first()?)
    }
}
