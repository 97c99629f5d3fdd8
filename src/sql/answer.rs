//! What a statement answers with.

use std::fmt;

use crate::object::{Object, Offset, Sequence};

/// Named columns and one object for each hit; for EXPLAIN one column, `plan`, and one object a line. What writes says what it did.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The selected names in the order of the statement; for `SELECT *` all fields in the order they are met.
    pub columns: Vec<String>,
    /// The hits in order, each with the selected fields that it has; of a write with RETURNING the objects written.
    pub objects: Vec<Object>,
    /// Whether `*` was selected: then an object that lacks a column simply has no such field. Else a selected value that is missing is null in
    /// formats that name every column.
    pub all: bool,
    /// Where each hit came from, in parallel to `objects`; empty for counts and plans. Of a write, with RETURNING or without, the offsets of the
    /// objects written, in the order of writing.
    pub offsets: Vec<Offset>,
    /// Whether the objects are the lines of a plan.
    pub is_plan: bool,
    /// What was done, beside answering.
    pub done: Done,
}

/// What a statement did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Done {
    /// It answered a question, and changed nothing.
    #[default]
    Answered,
    /// It added so many objects, or, by ON CONFLICT, changed those that were there.
    Inserted(u64),
    /// It changed so many objects.
    Updated(u64),
    /// It removed so many objects, and what was nested in them.
    Deleted(u64),
    /// It declared a set or an index, or the end of one; or found it so.
    Declared(String),
    /// It began a transaction.
    Began,
    /// It committed a transaction, whose writes are visible from this sequence on.
    Committed(Sequence),
    /// It ended a transaction of which nothing is left.
    RolledBack,
}

impl Done {
    /// The number of objects written, of a statement that writes objects.
    #[must_use]
    pub const fn written(&self) -> Option<u64> {
        match self {
            Self::Inserted(count) | Self::Updated(count) | Self::Deleted(count) => Some(*count),
            _ => None,
        }
    }
}

/// In a sentence: `3 objects inserted`.
impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut objects = |count: u64, done: &str| {
            let noun = if count == 1 { "object" } else { "objects" };
            write!(f, "{count} {noun} {done}")
        };
        match self {
            Self::Answered => f.write_str("answered"),
            Self::Inserted(count) => objects(*count, "inserted"),
            Self::Updated(count) => objects(*count, "updated"),
            Self::Deleted(count) => objects(*count, "deleted"),
            Self::Declared(what) => f.write_str(what),
            Self::Began => f.write_str("transaction begun"),
            Self::Committed(sequence) => write!(f, "committed at sequence {sequence}"),
            Self::RolledBack => f.write_str("rolled back"),
        }
    }
}

impl Answer {
    pub(super) fn count(name: &str, count: u64) -> Self {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Self { columns: vec![name.to_owned()], objects: vec![Object::new().with(name, count)], ..Self::default() }
    }

    pub(super) fn no_count(name: &str) -> Self {
        Self { columns: vec![name.to_owned()], ..Self::default() }
    }

    /// Nothing but what was done.
    pub(super) fn done(done: Done) -> Self {
        Self { done, ..Self::default() }
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

    /// The number of objects written, of a statement that writes objects.
    #[must_use]
    pub const fn written(&self) -> Option<u64> {
        self.done.written()
    }
}
