//! What stands in a transaction's way, as it is found: families by number, keys as bytes. Whoever is told reads names and values.

use crate::{
    object::{FamilyId, Offset, Sequence},
    set::{Conflict, Snapshot, key_text},
};

/// A unique key in its family, in the set layer's canonical bytes.
pub(super) type Key = (FamilyId, Box<[u8]>);

/// Why a transaction must be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Clash {
    Object(Offset),
    Owner(Offset),
    Key(Key),
    /// Another process's bulk load, of which the keys are not known.
    Loaded(FamilyId),
    Declaration(FamilyId),
    Segment(FamilyId),
    Read(FamilyId),
    Forgotten(Sequence),
}

impl Clash {
    /// The conflict that is told, with the names of sets that a state knows.
    pub fn told(self, state: &Snapshot) -> Conflict {
        let name = |family: FamilyId| match state.declaration(family) {
            Ok(declaration) => declaration.name.as_str().into(),
            Err(_) => format!("number {family}").into(),
        };
        match self {
            Self::Object(offset) => Conflict::Object(offset),
            Self::Owner(offset) => Conflict::Owner(offset),
            Self::Key((family, key)) => {
                let declaration = state.declaration(family).ok();
                let field = declaration.and_then(|declaration| declaration.unique.as_ref());
                let value = declaration.and_then(|declaration| declaration.value_of_key(&key));
                Conflict::Key {
                    set: name(family),
                    key: field.map_or_else(String::new, ToString::to_string).into(),
                    value: value.map_or_else(|| format!("{key:02x?}").into(), |value| key_text(value.as_ref())),
                }
            }
            Self::Loaded(family) => Conflict::Loaded { set: name(family) },
            Self::Declaration(family) => Conflict::Declaration { set: name(family) },
            Self::Segment(family) => Conflict::Segment { set: name(family) },
            Self::Read(family) => Conflict::Read { set: name(family) },
            Self::Forgotten(sequence) => Conflict::Forgotten(sequence),
        }
    }
}
