//! What must be declared so that a schema holds, and may it be?

use std::collections::HashMap;

use crate::{
    index::{Options, Registry},
    object::{FamilyId, FieldPath, Fields, Offset},
};

use super::{
    IndexDeclaration, IndexId, IndexSchema, SetDeclaration, SetError, SetSchema, SetView, Snapshot, batch::taken,
    validate::validate,
};

impl SetSchema {
    /// What must be logged so that this schema holds: the declarations of families that are new or get more indexes, each parent
    /// before its nested families. Empty when all is declared already. Refuses kinds that the registry lacks, options that a kind
    /// does not take, and indexes that objects already stored do not fit.
    pub fn declare(
        &self,
        snapshot: &Snapshot,
        registry: &Registry,
    ) -> Result<Vec<(FamilyId, SetDeclaration)>, SetError> {
        Plan::new(snapshot, registry).of(self)
    }
}

/// A schema compared with what is declared.
struct Plan<'a> {
    snapshot: &'a Snapshot,
    registry: &'a Registry,
    /// The next number of a family.
    next: FamilyId,
    declarations: Vec<(FamilyId, SetDeclaration)>,
}

impl<'a> Plan<'a> {
    pub fn new(snapshot: &'a Snapshot, registry: &'a Registry) -> Self {
        let next = snapshot.every_family().map(|(family, _)| family.0 + 1).max().unwrap_or(1);
        Self { snapshot, registry, next: FamilyId(next), declarations: Vec::new() }
    }

    /// The declarations of families that are new or change, parents first.
    pub fn of(mut self, schema: &SetSchema) -> Result<Vec<(FamilyId, SetDeclaration)>, SetError> {
        if schema.name.is_empty() || schema.name.contains('.') {
            return Err(SetError::Declaration {
                set: schema.name.clone(),
                what: "the set's name".to_owned(),
                expected: "a name that is not empty and has no dots; nested sets are declared by `nested`".to_owned(),
            });
        }
        self.family(schema, schema.name.clone(), None)?;
        Ok(self.declarations)
    }

    fn family(
        &mut self,
        schema: &SetSchema,
        name: String,
        parent: Option<(FamilyId, FieldPath)>,
    ) -> Result<(), SetError> {
        let known = self.snapshot.family(&name);
        let (family, old) = match known {
            Some(family) => (family, Some(self.snapshot.declaration(family)?.as_ref())),
            None => (self.next, None),
        };
        let mut declaration = match old {
            Some(old) => old.clone(),
            None => SetDeclaration { name, parent, ..SetDeclaration::default() },
        };
        declaration.compressed |= schema.compressed;
        self.add_indexes(schema, &mut declaration)?;
        if old.is_none() {
            self.next.0 += 1;
        }
        if let Some(old) = old {
            let is_new = |path: &&FieldPath| self.snapshot.nested(family, path).is_err();
            let nested: Vec<FieldPath> = schema.nested.iter().map(|(path, _)| path).filter(is_new).cloned().collect();
            if *old != declaration || !nested.is_empty() {
                self.check_stored(&self.snapshot.view(family, None)?, old, &declaration, &nested)?;
            }
        }
        if old != Some(&declaration) {
            self.declarations.push((family, declaration.clone()));
        }
        for (path, schema) in &schema.nested {
            self.family(schema, format!("{}.{path}", declaration.name), Some((family, path.clone())))?;
        }
        Ok(())
    }

    fn add_indexes(&self, schema: &SetSchema, declaration: &mut SetDeclaration) -> Result<(), SetError> {
        if let Some(unique) = &schema.unique {
            add_key(unique, declaration)?;
            if let Some(kind) = self.registry.key_kind().filter(|_| !self.finds_key(unique, schema, declaration)) {
                let (kind, fields, options) = (kind.name().to_owned(), vec![unique.clone()], Options::new());
                self.add_index(&IndexSchema { kind, fields, options, name: None }, declaration)?;
            }
        }
        schema.indexes.iter().try_for_each(|index| self.add_index(index, declaration))
    }

    /// Whether an index by which a unique key is found is asked for or declared already.
    fn finds_key(&self, unique: &FieldPath, schema: &SetSchema, declaration: &SetDeclaration) -> bool {
        let finds = |kind: &str, fields: &[FieldPath]| {
            fields == std::slice::from_ref(unique) && self.registry.find(kind).is_some_and(|kind| kind.finds_keys())
        };
        schema.indexes.iter().any(|index| finds(&index.kind, &index.fields))
            || declaration.indexes.iter().any(|index| finds(&index.kind, &index.fields))
    }

    fn add_index(&self, index: &IndexSchema, declaration: &mut SetDeclaration) -> Result<(), SetError> {
        let IndexSchema { kind, fields, options, name } = index;
        let known = declaration.indexes.iter().find(|known| known.kind == *kind && known.fields == *fields);
        match known {
            Some(known) if known.options == *options => return Ok(()),
            Some(known) => return Err(other_options(declaration, known)),
            None => {}
        }
        let (kind, fields, options, name) = (kind.clone(), fields.clone(), options.clone(), name.clone());
        let index = IndexDeclaration { id: IndexId(declaration.next_index), kind, fields, options, name };
        self.check(&index, declaration)?;
        declaration.next_index += 1;
        declaration.indexes.push(index);
        Ok(())
    }

    /// Refuses an index that its kind does not take, or that wants another column of a field than an index before.
    fn check(&self, index: &IndexDeclaration, declaration: &SetDeclaration) -> Result<(), SetError> {
        let Some(kind) = self.registry.find(&index.kind) else {
            let known: Vec<_> = self.registry.kinds().map(|kind| kind.name()).collect();
            return Err(SetError::Declaration {
                set: declaration.name.clone(),
                what: format!("index kind '{}' on '{}'", index.kind, names(&index.fields)),
                expected: format!("one of: {}", known.join(", ")),
            });
        };
        kind.check(&index.fields, &index.options).map_err(|source| SetError::index(declaration, index, source))?;
        let of = kind.vector_column(&index.options);
        for other in declaration.indexes.iter().filter(|other| other.fields.first() == index.fields.first()) {
            let known = self.registry.find(&other.kind).and_then(|kind| kind.vector_column(&other.options));
            if let (Some(of), Some(known)) = (of, known)
                && of != known
            {
                return Err(SetError::Declaration {
                    set: declaration.name.clone(),
                    what: format!("{of} of the index on '{}'", names(&index.fields)),
                    expected: format!("{known}, as the field's other index has"),
                });
            }
        }
        Ok(())
    }

    /// Refuses indexes, keys and nested sets that objects already stored do not fit.
    fn check_stored(
        &self,
        view: &SetView,
        old: &SetDeclaration,
        new: &SetDeclaration,
        nested: &[FieldPath],
    ) -> Result<(), SetError> {
        let added = SetDeclaration {
            indexes: new.indexes.iter().filter(|index| old.index(index.id).is_none()).cloned().collect(),
            ..new.clone()
        };
        let new_key = new.unique.as_ref().filter(|_| old.unique.is_none());
        let mut keys: HashMap<Box<[u8]>, Offset> = HashMap::new();
        for object in view.iter() {
            let object = object?;
            validate(&added, nested, self.registry, &object, &|| format!("at offset {}", object.offset()))?;
            let Some(value) = new_key.and_then(|path| object.field(path)) else { continue };
            let Some(key) = new.key_of(object.owner(), value) else { continue };
            if let Some(by) = keys.insert(key, object.offset()) {
                return Err(taken(new, &value.to_value(), by));
            }
        }
        Ok(())
    }
}

/// A set that has a unique key keeps it.
fn add_key(unique: &FieldPath, declaration: &mut SetDeclaration) -> Result<(), SetError> {
    match &declaration.unique {
        Some(known) if known != unique => Err(SetError::Declaration {
            set: declaration.name.clone(),
            what: format!("unique key '{unique}'"),
            expected: format!("'{known}', which is the set's unique key already"),
        }),
        _ => {
            declaration.unique = Some(unique.clone());
            Ok(())
        }
    }
}

fn other_options(declaration: &SetDeclaration, known: &IndexDeclaration) -> SetError {
    let options: Vec<_> = known.options.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let options = if options.is_empty() { "no options".to_owned() } else { options.join(", ") };
    SetError::Declaration {
        set: declaration.name.clone(),
        what: format!("other options for the {} index on '{}'", known.kind, names(&known.fields)),
        expected: format!("those it was declared with: {options}"),
    }
}

fn names(fields: &[FieldPath]) -> String {
    fields.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
