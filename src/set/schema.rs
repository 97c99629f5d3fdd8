//! Saying what a set looks like: `SetSchema::new("places").unique("id").index("country", "hash")`.

use crate::{index::Options, object::FieldPath};

/// What a program asks for when it declares a set. Declaring again with more indexes adds them.
#[derive(Clone, Debug)]
pub struct SetSchema {
    pub(super) name: String,
    pub(super) unique: Option<FieldPath>,
    pub(super) indexes: Vec<IndexSchema>,
    pub(super) nested: Vec<(FieldPath, Self)>,
    pub(super) compressed: bool,
}

/// One index that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexSchema {
    /// The kind's name in the registry.
    pub kind: String,
    /// The fields it covers: one, or one a dimension.
    pub fields: Vec<FieldPath>,
    /// The kind's options.
    pub options: Options,
    /// What it is called, if not `set_field_kind`.
    pub name: Option<String>,
}

impl SetSchema {
    /// A set without indexes. The name of a nested set's schema does not matter: its family is `parent.field`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), unique: None, indexes: Vec::new(), nested: Vec::new(), compressed: false }
    }

    /// The field whose value no two objects of one set share; null and missing are not checked. It gets a `hash` index.
    #[must_use]
    pub fn unique(mut self, field: impl Into<FieldPath>) -> Self {
        self.unique = Some(field.into());
        self
    }

    /// An index on one field, with the kind's default options.
    #[must_use]
    pub fn index(self, field: impl Into<FieldPath>, kind: &str) -> Self {
        self.index_with(field, kind, Options::new())
    }

    /// An index on one field.
    #[must_use]
    pub fn index_with(self, field: impl Into<FieldPath>, kind: &str, options: Options) -> Self {
        self.index_on([field.into()], kind, options)
    }

    /// An index on several fields taken together.
    #[must_use]
    pub fn index_on<F: Into<FieldPath>>(
        mut self,
        fields: impl IntoIterator<Item = F>,
        kind: &str,
        options: Options,
    ) -> Self {
        let fields = fields.into_iter().map(Into::into).collect();
        self.indexes.push(IndexSchema { kind: kind.to_owned(), fields, options, name: None });
        self
    }

    /// Names the index that was asked for last. An index that is there already keeps the name it has.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        if let Some(index) = self.indexes.last_mut() {
            index.name = Some(name.into());
        }
        self
    }

    /// Nested sets at a field of this set's objects.
    #[must_use]
    pub fn nested(mut self, field: impl Into<FieldPath>, schema: Self) -> Self {
        self.nested.push((field.into(), schema));
        self
    }

    /// Objects on disk are compressed by LZ4, in blocks of about 16 KiB. A set stays compressed once it was declared so; segments that were
    /// written before stay as they are until they are rewritten. Vectors that are indexed are not compressed. Worth it for large texts
    /// that are read rarely: reading one object unpacks its block. Default: not compressed.
    #[must_use]
    pub fn compressed(mut self) -> Self {
        self.compressed = true;
        self
    }

    /// The set's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
