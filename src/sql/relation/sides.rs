//! Which of several joined objects does a name belong to?

use sqlparser::ast::{Expr as Ast, Ident, Query as SqlQuery};

use crate::{
    object::{FieldPath, Value},
    set::SetView,
};

use super::{
    super::operand::{Names, Operand, Scope},
    SqlError, World, select,
};

/// One of the joined objects.
#[derive(Clone)]
pub struct Side {
    /// The name before its fields.
    pub alias: String,
    /// The set's full name, which may stand there, too.
    pub full: Vec<String>,
    /// The set; `None` for what another statement finds.
    pub view: Option<SetView>,
    /// The fields of what another statement finds, where they are known.
    pub columns: Option<Vec<String>>,
}

impl Side {
    /// Whether it has a field of this name; `None` where any may be.
    fn has(&self, name: &str) -> Option<bool> {
        match (&self.view, &self.columns) {
            (Some(view), _) => {
                let indexed = view.declaration().indexes.iter().flat_map(|index| &index.fields);
                let mut known = indexed.chain(&view.declaration().unique);
                let is_known = known.any(|path| *path.names()[0] == *name) || view.has_field(&FieldPath::of(&[name]));
                if !is_known && view.is_empty().unwrap_or(false) { None } else { Some(is_known) }
            }
            (None, Some(columns)) => Some(columns.iter().any(|column| column == name)),
            (None, None) => None,
        }
    }

    fn is_nested(&self) -> bool {
        self.view.as_ref().is_some_and(|view| view.declaration().parent.is_some())
    }

    /// The path that some names mean in one of its objects.
    fn path(&self, names: &[Ident]) -> FieldPath {
        if let [name] = names
            && name.quote_style.is_none()
            && self.view.is_some()
        {
            match name.value.as_str() {
                "_offset" => return FieldPath::offset(),
                "_owner" => return FieldPath::owner(),
                "owner" if self.is_nested() => return FieldPath::owner(),
                _ => {}
            }
        }
        FieldPath::of(&names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>())
    }
}

/// The joined objects, in order.
#[derive(Clone, Default)]
pub struct Sides {
    pub all: Vec<Side>,
    /// Whether objects have their fields under the aliases, as joined ones do.
    pub joined: bool,
    /// Columns that two sides have in common by USING: the first one's is meant.
    pub merged: Vec<String>,
    /// The side of a statement inside of another, whose fields an unqualified name means before all others.
    pub inner: Option<usize>,
}

impl Sides {
    /// The side that a name belongs to, and its path there.
    pub fn resolve(&self, names: &[Ident]) -> Result<(usize, FieldPath), SqlError> {
        let written = || names.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
        for (at, side) in self.all.iter().enumerate() {
            match names {
                [first, rest @ ..] if !rest.is_empty() && first.value == side.alias => {
                    return self.checked(at, rest, written);
                }
                _ if names.len() > side.full.len()
                    && side.full.len() > 1
                    && side.full.iter().zip(names).all(|(full, name)| *full == name.value) =>
                {
                    return self.checked(at, &names[side.full.len()..], written);
                }
                _ => {}
            }
        }
        let Some(first) = names.first() else { return Err(SqlError::operand("name", written(), "a field")) };
        if let Some(at) = self.inner.filter(|at| self.all[*at].has(&first.value) == Some(true)) {
            return Ok((at, self.all[at].path(names)));
        }
        let standing = matches!(first.value.as_str(), "_offset" | "_owner") && first.quote_style.is_none();
        let claims = |sure: bool| {
            let has = move |side: &Side| match side.has(&first.value) {
                Some(has) => has,
                None => !sure,
            };
            let owns = first.value == "owner" && first.quote_style.is_none();
            let claimed = self.all.iter().enumerate();
            claimed.filter(move |(_, side)| standing || has(side) || owns && side.is_nested()).map(|(at, _)| at)
        };
        let mut found: Vec<usize> = claims(true).collect();
        if found.is_empty() {
            found = claims(false).collect();
        }
        match found.as_slice() {
            [at] => Ok((*at, self.all[*at].path(names))),
            [at, ..] if self.merged.contains(&first.value) => Ok((*at, self.all[*at].path(names))),
            [] => Err(SqlError::UnknownField { field: written(), set: self.text() }),
            several => {
                let of: Vec<&str> = several.iter().map(|at| self.all[*at].alias.as_str()).collect();
                let expected = format!("a name with its set in front: it is a field of {}", of.join(" and of "));
                Err(SqlError::operand("name", written(), expected))
            }
        }
    }

    /// A field of a side, if it has one of that name.
    fn checked(
        &self,
        at: usize,
        names: &[Ident],
        written: impl Fn() -> String,
    ) -> Result<(usize, FieldPath), SqlError> {
        let side = &self.all[at];
        let path = side.path(names);
        let is_known =
            path.standing().is_some() || names.first().is_none_or(|name| side.has(&name.value) != Some(false));
        if is_known {
            Ok((at, path))
        } else {
            Err(SqlError::UnknownField { field: written(), set: side.alias.clone() })
        }
    }

    fn text(&self) -> String {
        self.all.iter().map(|side| side.alias.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The path in the objects as they are joined.
    pub fn path(&self, (at, path): (usize, FieldPath)) -> FieldPath {
        if self.joined { path.under(&self.all[at].alias) } else { path }
    }

    /// The names of a field, if that is what is written.
    pub fn names(ast: &Ast) -> Option<&[Ident]> {
        match ast {
            Ast::Identifier(name) => Some(std::slice::from_ref(name)),
            Ast::CompoundIdentifier(names) => Some(names),
            Ast::Nested(inner) => Self::names(inner),
            _ => None,
        }
    }
}

/// What names mean over joined objects.
pub struct Joined<'w> {
    pub sides: &'w Sides,
    pub world: &'w World<'w>,
}

impl Joined<'_> {
    /// The scope of a clause that is about joined objects.
    pub fn scope(&self) -> Scope<'_> {
        scope(self, self.world)
    }
}

/// A scope in which these say what names mean.
pub fn scope<'s>(names: &'s dyn Names, world: &'s World<'_>) -> Scope<'s> {
    Scope { parameters: world.parameters, prefixes: &[], set: "", names: Some(names) }
}

impl Names for Joined<'_> {
    fn operand(&self, ast: &Ast) -> Option<Result<Operand, SqlError>> {
        let names = match ast {
            Ast::Identifier(_) | Ast::CompoundIdentifier(_) => Sides::names(ast)?,
            _ => return None,
        };
        Some(self.sides.resolve(names).map(|found| Operand::Field(self.sides.path(found))))
    }

    fn values(&self, query: &SqlQuery) -> Result<Vec<Value>, SqlError> {
        select::query(query, None, self.world)?.values()
    }

    fn any(&self, query: &SqlQuery) -> Result<bool, SqlError> {
        Ok(select::query(query, None, self.world)?.query.exists()?)
    }
}
