//! The fields of several objects that stand beside each other, each under a name.

use crate::object::{FieldPath, Fields, Object, Value, ValueRef};

use super::{
    QueryError, SourceId,
    found::{Found, Tuple},
};

/// What objects of a plan are read from.
pub trait Sources {
    /// Reads the fields of an object of one source.
    fn read_in(&self, source: SourceId, found: &Found<'_>, read: &mut dyn FnMut(&dyn Fields))
    -> Result<(), QueryError>;
}

/// A path that starts with the name of a side, taken apart once.
pub struct Route {
    path: FieldPath,
    rest: FieldPath,
}

impl Route {
    /// `None` for a path that leads into no side.
    pub fn of(path: &FieldPath) -> Option<Self> {
        let rest = path.below(path.names().first()?)?;
        Some(Self { path: path.clone(), rest })
    }

    /// The side that it leads into.
    fn side(&self) -> &str {
        &self.path.names()[0]
    }
}

/// Reads a tuple's fields by some known routes. Sides that no route leads to are read too when all is wanted.
pub fn read<T>(
    sources: &dyn Sources,
    tuple: &Tuple<'_>,
    routes: &[Route],
    whole: bool,
    read: impl FnOnce(&dyn Fields) -> T,
) -> Result<T, QueryError> {
    let (mut read, mut out) = (Some(read), None);
    let mut take = |fields: &dyn Fields| {
        if let Some(read) = read.take() {
            out = Some(read(fields));
        }
    };
    Opening { sources, tuple, routes, whole }.open(0, None, &mut take)?;
    out.ok_or_else(|| QueryError::value("*", "an object that could not be read", "one that its source gives"))
}

/// Opens side after side.
struct Opening<'o> {
    sources: &'o dyn Sources,
    tuple: &'o Tuple<'o>,
    routes: &'o [Route],
    whole: bool,
}

impl Opening<'_> {
    fn open(
        &self,
        at: usize,
        before: Option<&Opened<'_>>,
        take: &mut dyn FnMut(&dyn Fields),
    ) -> Result<(), QueryError> {
        let Some(side) = self.tuple.sides.all().get(at) else {
            take(&JoinedFields { last: before, routes: self.routes });
            return Ok(());
        };
        let wanted = self.whole || self.routes.iter().any(|route| route.side() == &*side.name);
        let found = self.tuple.objects.get(at).and_then(Option::as_ref).filter(|_| wanted);
        let Some(found) = found else {
            return self.open(at + 1, Some(&Opened { name: &side.name, fields: None, before }), take);
        };
        let mut opened = Ok(());
        self.sources.read_in(side.source, found, &mut |fields| {
            opened = self.open(at + 1, Some(&Opened { name: &side.name, fields: Some(fields), before }), take);
        })?;
        opened
    }
}

/// A side whose fields can be read, and those before it.
struct Opened<'o> {
    name: &'o str,
    fields: Option<&'o dyn Fields>,
    before: Option<&'o Opened<'o>>,
}

/// The fields of all sides.
struct JoinedFields<'o> {
    last: Option<&'o Opened<'o>>,
    routes: &'o [Route],
}

impl<'o> JoinedFields<'o> {
    fn sides(&self) -> impl Iterator<Item = &'o Opened<'o>> + use<'o> {
        std::iter::successors(self.last, |opened| opened.before)
    }
}

impl Fields for JoinedFields<'_> {
    fn field(&self, path: &FieldPath) -> Option<ValueRef<'_>> {
        let known = self.routes.iter().find(|route| route.path == *path)?;
        self.sides().find(|side| side.name == known.side())?.fields?.field(&known.rest)
    }

    fn to_object(&self) -> Object {
        let mut sides: Vec<_> = self.sides().collect();
        sides.reverse();
        let mut joined = Object::new();
        for side in sides {
            if let Some(fields) = side.fields {
                joined.set(side.name, Value::Map(fields.to_object()));
            }
        }
        joined
    }
}

/// A tuple's fields where a path is not known before it is asked for: what a hit is read by.
pub fn whole(sources: &dyn Sources, tuple: &Tuple<'_>) -> Result<Object, QueryError> {
    read(sources, tuple, &[], true, |fields| fields.to_object())
}

/// The place of an object that has no address of its own: where it comes among those that a node made.
pub const fn made(number: u64) -> (u64, u64) {
    (0, number)
}
