//! What must be declared so that an index, or a set, is no more?

use crate::{index::Registry, object::FamilyId};

use super::{IndexId, SetDeclaration, SetError, Snapshot};

impl SetDeclaration {
    /// The same set without one of its indexes, whose number is not given again. Refuses the index by which objects are found by the unique
    /// key.
    pub fn without_index(&self, id: IndexId, registry: &Registry) -> Result<Self, SetError> {
        let refused = |what: String, expected: &str| SetError::Declaration {
            set: self.name.clone(),
            what,
            expected: expected.to_owned(),
        };
        let Some(index) = self.index(id) else {
            return Err(refused(format!("index {}", id.0), "the number of a declared index"));
        };
        let mut rest = self.clone();
        rest.indexes.retain(|index| index.id != id);
        let finds_key = |declaration: &Self| {
            let unique = declaration.unique.as_slice();
            declaration
                .indexes
                .iter()
                .any(|index| index.fields == unique && registry.find(&index.kind).is_some_and(|kind| kind.finds_keys()))
        };
        if finds_key(self) && !finds_key(&rest) {
            let what = format!("dropping the index {}", self.index_name(index));
            return Err(refused(
                what,
                "an index that the unique key can do without: objects are found by their key in this one",
            ));
        }
        Ok(rest)
    }
}

impl Snapshot {
    /// A family and all that are nested in it, at any depth, the innermost first.
    #[must_use]
    pub fn with_descendants(&self, family: FamilyId) -> Vec<FamilyId> {
        let mut families = vec![family];
        let mut at = 0;
        while let Some(parent) = families.get(at) {
            families.extend(self.children(*parent));
            at += 1;
        }
        families.reverse();
        families
    }
}
