//! Examples of what is asked: objects of another set, which an index that is being built is given.

use crate::{
    index::IndexKind,
    object::{FieldPath, Fields, Value},
};

use super::{IndexDeclaration, SetError, Snapshot};

/// So many examples are given at most, from all over the set.
const MOST: u64 = 1_000;

/// The examples that an index names: the values of its first field in the objects of that set, as a snapshot sees them. None where the
/// set is not there (any more): an index is built without, too.
pub(super) fn examples(
    snapshot: &Snapshot,
    index: &IndexDeclaration,
    kind: &dyn IndexKind,
) -> Result<Vec<Value>, SetError> {
    match (kind.examples(&index.options), index.fields.first()) {
        (Some(set), Some(path)) => values(snapshot, set, path),
        _ => Ok(Vec::new()),
    }
}

fn values(snapshot: &Snapshot, set: &str, path: &FieldPath) -> Result<Vec<Value>, SetError> {
    let Some(family) = snapshot.family(set) else { return Ok(Vec::new()) };
    let view = snapshot.view(family, None)?;
    let gap = view.len()?.div_ceil(MOST).max(1);
    let (mut values, mut at) = (Vec::new(), 0);
    view.read_while(|object: &dyn Fields| {
        if at % gap == 0 {
            values.extend(object.field(path).map(|value| value.to_value()));
        }
        at += 1;
        true
    })?;
    Ok(values)
}
