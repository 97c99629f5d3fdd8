//! An index kind that lists the keys of its values: slow and obviously right. With `dimension`, it wants a vector column.

use std::io::Write;

use crate::{
    codec::{Container, ContainerWriter},
    expr::{Predicate, Test},
    index::{
        Access, BuildEffort, Cardinality, Columns, Exactness, IndexBuilder, IndexError, IndexKind, IndexPart, Options,
        Slot, SlotSet, Work,
    },
    object::{Element, FieldPath, ValueRef, VectorType, key_bytes},
};

/// The kind itself.
pub struct Listing;

fn dimension(options: &Options) -> Option<usize> {
    options.get("dimension")?.parse().ok()
}

impl IndexKind for Listing {
    fn name(&self) -> &'static str {
        "hash"
    }

    fn summary(&self) -> &'static str {
        "lists keys, for tests"
    }

    fn check(&self, _: &[FieldPath], options: &Options) -> Result<(), IndexError> {
        match options.get("wrong") {
            None => Ok(()),
            Some(value) => Err(IndexError::Option {
                kind: "hash",
                option: "wrong".into(),
                value: value.into(),
                expected: "nothing".into(),
            }),
        }
    }

    fn check_values(
        &self,
        fields: &[FieldPath],
        options: &Options,
        values: &[Option<ValueRef<'_>>],
    ) -> Result<(), IndexError> {
        match (dimension(options), values[0]) {
            (Some(expected), Some(ValueRef::Vector(vector))) if vector.len() != expected => Err(IndexError::Value {
                field: fields[0].to_string(),
                value: format!("{} components", vector.len()),
                expected: format!("{expected} components"),
            }),
            _ => Ok(()),
        }
    }

    fn vector_column(&self, options: &Options) -> Option<VectorType> {
        dimension(options).map(|dimension| VectorType { element: Element::F32, dimension })
    }

    fn finds_keys(&self) -> bool {
        true
    }

    fn builder(
        &self,
        fields: &[FieldPath],
        options: &Options,
        _: BuildEffort,
    ) -> Result<Box<dyn IndexBuilder>, IndexError> {
        let column = dimension(options).map(|_| fields[0].clone());
        Ok(Box::new(Builder { column, keys: Vec::new() }))
    }

    fn open(
        &self,
        fields: &[FieldPath],
        options: &Options,
        part: Container,
        columns: Columns,
        slots: u32,
    ) -> Result<Box<dyn IndexPart>, IndexError> {
        if dimension(options).is_some() {
            let column = columns.get(&fields[0]).ok_or_else(|| IndexError::Invariant("no column".into()))?;
            assert_eq!(column.len(), slots as usize);
        }
        let keys: Vec<Option<Vec<u8>>> = serde_json::from_slice(part.section("keys")?.all()?)
            .map_err(|error| IndexError::Invariant(error.to_string()))?;
        assert_eq!(keys.len(), slots as usize);
        Ok(Box::new(Part(keys)))
    }
}

struct Builder {
    column: Option<FieldPath>,
    keys: Vec<Option<Vec<u8>>>,
}

impl IndexBuilder for Builder {
    fn add(&mut self, slot: Slot, values: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        assert_eq!(slot.0 as usize, self.keys.len());
        self.keys.push(values[0].map(key_bytes));
        Ok(())
    }

    fn finish(self: Box<Self>, columns: &Columns, slots: u32, out: &mut ContainerWriter<'_>) -> Result<(), IndexError> {
        assert_eq!(self.keys.len(), slots as usize);
        if let Some(path) = &self.column {
            let column = columns.get(path).ok_or_else(|| IndexError::Invariant("no column".into()))?;
            for (slot, key) in (0..).zip(&self.keys) {
                let stored = column.vector(Slot(slot))?.map(|vector| key_bytes(ValueRef::Vector(vector)));
                assert_eq!(&stored, key, "the column holds the vector of slot {slot}");
            }
        }
        out.section("keys")?;
        out.write_all(serde_json::to_string(&self.keys).map_err(std::io::Error::other)?.as_bytes())?;
        Ok(())
    }
}

#[derive(Debug)]
struct Part(Vec<Option<Vec<u8>>>);

impl IndexPart for Part {
    fn access(&self, predicate: &Predicate) -> Option<Access> {
        matches!(predicate.test, Test::Equals(_)).then_some(Access {
            exactness: Exactness::Exact,
            cardinality: Cardinality::exact(0),
            cost: 0.0,
        })
    }

    fn candidates(&self, predicate: &Predicate, _: &mut Work) -> Result<(SlotSet, Exactness), IndexError> {
        let Test::Equals(value) = &predicate.test else {
            return Err(IndexError::Invariant("asked for what was not offered".into()));
        };
        let key = Some(key_bytes(value.as_ref()));
        let slots = (0..).zip(&self.0).filter(|(_, known)| **known == key).map(|(slot, _)| Slot(slot));
        Ok((SlotSet::collect(slots), Exactness::Exact))
    }

    fn verify(&self) -> Result<(), IndexError> {
        Ok(())
    }
}
