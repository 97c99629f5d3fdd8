//! What names mean over groups: keys, aggregates, and nothing else.

use std::cell::RefCell;

use sqlparser::ast::{Expr as Ast, Query as SqlQuery};

use crate::{
    object::{FieldPath, Value},
    query::{Aggregate, Aggregation, Scalar},
};

use super::{
    super::{
        operand::{self, Names, Operand, Scope},
        selection,
    },
    SqlError, aggregate,
    sides::{Joined, scope},
};

/// Groups of joined objects, with what has been asked of them so far.
pub struct Grouped<'w> {
    joined: &'w Joined<'w>,
    keys: Vec<(String, Scalar)>,
    values: RefCell<Vec<(String, Aggregate)>>,
}

impl<'w> Grouped<'w> {
    pub fn new(joined: &'w Joined<'w>, keys: Vec<Scalar>) -> Self {
        let mut named: Vec<(String, Scalar)> = Vec::new();
        for key in keys {
            if !named.iter().any(|(_, known)| known.is_same(&key)) {
                named.push((format!("{key} #{}", named.len()), key));
            }
        }
        Self { joined, keys: named, values: RefCell::default() }
    }

    /// The scope of a clause that is about groups.
    pub fn scope(&self) -> Scope<'_> {
        scope(self, self.joined.world)
    }

    /// The groups, with all that clauses have asked for.
    pub fn finish(self) -> Aggregation {
        Aggregation { keys: self.keys, values: self.values.into_inner() }
    }

    /// The field of the groups' objects that an aggregate is, added when it is new.
    fn value(&self, aggregate: Aggregate) -> Operand {
        let mut values = self.values.borrow_mut();
        let text = aggregate.to_string();
        // What reads alike is computed once, if that is all there is to it.
        let plain = aggregate.filter.is_none() && matches!(aggregate.of, None | Some(Scalar::Field(_)));
        let known = values.iter().find(|(_, known)| plain && known.filter.is_none() && known.to_string() == text);
        let name = match known {
            Some((name, _)) => name.clone(),
            None => {
                let name = format!("{text} ${}", values.len());
                values.push((name.clone(), aggregate));
                name
            }
        };
        Operand::Field(FieldPath::of(&[&name]))
    }

    fn key(&self, scalar: &Scalar) -> Option<Operand> {
        let (name, _) = self.keys.iter().find(|(_, key)| key.is_same(scalar))?;
        Some(Operand::Field(FieldPath::of(&[name])))
    }
}

impl Names for Grouped<'_> {
    fn operand(&self, ast: &Ast) -> Option<Result<Operand, SqlError>> {
        if let Ast::Function(call) = ast {
            match aggregate::compile(call, self.joined.scope()) {
                Ok(None) => {}
                Ok(Some(aggregate)) => return Some(Ok(self.value(aggregate))),
                Err(error) => return Some(Err(error)),
            }
        }
        if aggregate::mentions(ast) || matches!(ast, Ast::Value(_) | Ast::Subquery(_)) {
            return None;
        }
        let scope = self.joined.scope();
        let scalar = match operand::operand(ast, scope).and_then(|operand| selection::to_scalar(ast, operand)) {
            Ok(Scalar::Constant(_)) => return None,
            Ok(scalar) => scalar,
            Err(error) => return Some(Err(error)),
        };
        match (self.key(&scalar), scalar) {
            (Some(key), _) => Some(Ok(key)),
            (None, Scalar::Field(_) | Scalar::Offset) => {
                let instead = "group by it, or put it into an aggregate";
                Some(Err(SqlError::unsupported(format!("{ast}, which is not one value of a group,"), instead)))
            }
            (None, _) => None,
        }
    }

    fn values(&self, query: &SqlQuery) -> Result<Vec<Value>, SqlError> {
        self.joined.values(query)
    }

    fn any(&self, query: &SqlQuery) -> Result<bool, SqlError> {
        self.joined.any(query)
    }
}
