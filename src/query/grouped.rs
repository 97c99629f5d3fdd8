//! Hits apart by their groups.

use crate::object::{Fields, Value, order};

use super::{Hit, Query, QueryError};

/// One group of [`Query::group_by`].
#[derive(Clone, Debug)]
pub struct Group {
    /// What its objects have in common.
    pub value: Value,
    /// Its best, in order.
    pub hits: Vec<Hit>,
}

impl Query<'_> {
    /// [`Query::run`], its hits apart by their groups. Refuses a question whose last stage has none.
    pub fn run_grouped(&self) -> Result<Vec<Group>, QueryError> {
        let by = self.stages.last().and_then(|stage| stage.group.as_ref());
        let Some(by) = by else {
            return Err(QueryError::value("*", "a question without groups", "group_by before it is run for groups"));
        };
        let mut groups: Vec<Group> = Vec::new();
        for hit in self.run()? {
            let fields = hit.fields()?;
            let Some(value) = fields.field(&by.path) else { continue };
            let same = |group: &&mut Group| order::compare(group.value.as_ref(), value).is_eq();
            match groups.iter_mut().find(same) {
                Some(group) => group.hits.push(hit),
                None => groups.push(Group { value: value.to_value(), hits: vec![hit] }),
            }
        }
        Ok(groups)
    }
}
