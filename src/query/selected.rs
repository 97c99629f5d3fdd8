//! What is selected of each hit, and which of it is known before the hit is read?

use crate::{
    expr::Target,
    object::{Fields, MapRef, Object, Offset, Value, ValueRef},
};

use super::{Item, Scalar, joined::Route};

/// The items that a query selects.
pub struct Selected {
    items: Vec<Item>,
    /// Which of them are the distance that hits come with, in parallel to the items.
    measured: Vec<bool>,
    /// How the fields that they are made from are found in joined objects.
    routes: Vec<Route>,
}

/// What a hit says of itself.
#[derive(Clone, Copy)]
pub struct Known {
    pub offset: Offset,
    pub distance: Option<f64>,
}

impl Selected {
    pub fn new(items: &[Item]) -> Self {
        let paths = items.iter().filter_map(Item::scalar).flat_map(Scalar::paths);
        Self {
            items: items.to_vec(),
            measured: vec![false; items.len()],
            routes: paths.filter_map(Route::of).collect(),
        }
    }

    /// The hits come with their distance from this target: it is not measured again.
    pub fn known(&mut self, from: &Target) {
        for (item, measured) in self.items.iter().zip(&mut self.measured) {
            *measured = matches!(item, Item::Named { scalar: Scalar::Distance(target), .. } if target.is_same(from));
        }
    }

    /// Whether all of each object is selected.
    pub fn is_whole(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::All | Item::Below(_)))
    }

    /// How the fields that it is made from are found in joined objects.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The projected object of a hit that need not be read for it.
    pub fn of_known(&self, known: Known) -> Option<Object> {
        let mut projected = Object::new();
        for (name, value) in self.named(known) {
            projected.set(name?, value?);
        }
        Some(projected)
    }

    /// The projected object: the items in order, later ones replacing earlier ones of the same name; what is missing stays missing.
    pub fn project(&self, known: Known, fields: &dyn Fields) -> Object {
        let mut projected = Object::new();
        for (item, (_, value)) in self.items.iter().zip(self.named(known)) {
            match item {
                Item::All => {
                    for (name, value) in fields.to_object().iter() {
                        projected.set(name, value.clone());
                    }
                }
                Item::Below(path) => {
                    if let Some(ValueRef::Map(MapRef::Owned(map))) = fields.to_object().field(path) {
                        map.iter().for_each(|(name, value)| {
                            projected.set(name, value.clone());
                        });
                    }
                }
                Item::Named { name, scalar } => {
                    if let Some(value) = value.or_else(|| scalar.evaluate(known.offset, fields)) {
                        projected.set(name.as_str(), value);
                    }
                }
            }
        }
        projected
    }

    /// The items' names, and their values as far as they are known; what is taken as a whole has neither.
    fn named(&self, known: Known) -> impl Iterator<Item = (Option<&str>, Option<Value>)> {
        self.items.iter().zip(&self.measured).map(move |(item, measured)| match item {
            Item::All | Item::Below(_) => (None, None),
            Item::Named { name, scalar: Scalar::Offset } => {
                (Some(name.as_str()), i64::try_from(known.offset.0).ok().map(Value::Int))
            }
            Item::Named { name, scalar: Scalar::Constant(value) } => (Some(name.as_str()), Some(value.clone())),
            Item::Named { name, .. } => {
                let distance = known.distance.filter(|_| *measured);
                (Some(name.as_str()), distance.map(Value::Float))
            }
        })
    }
}
