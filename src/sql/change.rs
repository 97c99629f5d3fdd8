//! UPDATE: the objects that a condition finds, with other values in some fields.

use sqlparser::ast::{Assignment, AssignmentTarget, SelectItem, Update as Ast};

use crate::{
    database::Transaction,
    object::{FieldPath, Fields, Object, Update, Value},
};

use super::{
    Answer, Parameters, SqlError,
    answer::Done,
    given::{Given, Written},
    operand::{self, Scope},
    returning::Returned,
    statement::Statement,
    target::{Target, found, vector_fields},
    tree::Tree,
};

/// One UPDATE, as written.
#[derive(Debug)]
pub(super) struct Change {
    target: Target,
    assignments: Vec<Assignment>,
    finding: Statement,
    returning: Option<Vec<SelectItem>>,
}

impl Change {
    /// Takes the parsed statement apart.
    pub fn new(statement: Ast) -> Result<Self, SqlError> {
        let Ast {
            update_token: _,
            optimizer_hints: _,
            table,
            on_cluster,
            assignments,
            from,
            selection,
            returning,
            output,
            or,
            order_by,
            limit,
            settings,
        } = statement;
        // First of all: even to be dropped, a long chain must be flat.
        let condition = selection.map(Tree::of);
        let refused = [
            ("FROM", from.is_some()),
            ("OUTPUT", output.is_some()),
            ("UPDATE OR", or.is_some()),
            ("ORDER BY", !order_by.is_empty()),
            ("LIMIT", limit.is_some()),
            ("ON CLUSTER or SETTINGS", on_cluster.is_some() || settings.is_some()),
        ];
        if let Some((clause, _)) = refused.iter().find(|(_, present)| *present) {
            let instead = "write UPDATE set SET field = value, .. [WHERE ..] [RETURNING ..]";
            return Err(SqlError::unsupported(format!("{clause} in UPDATE"), instead));
        }
        let target = Target::of_table("UPDATE", table)?;
        let finding = target.finding(condition)?;
        Ok(Self { target, assignments, finding, returning })
    }

    /// Stages the changes.
    pub fn run(&self, transaction: &mut Transaction, parameters: &Parameters) -> Result<Answer, SqlError> {
        let set = self.target.within(transaction)?;
        let scope = self.target.scope(parameters);
        let assigned = Assigned::new(&self.target, &self.assignments, false, parameters)?;
        let mut returned = Returned::new(self.returning.as_deref(), scope)?;
        let offsets = found(&self.finding, transaction, parameters)?;
        let vectors = vector_fields(&transaction.view(&set)?.unnoted());
        for offset in &offsets {
            // What is read here was found by the condition, and is written: both are known to whoever validates the transaction.
            let Some(stored) = transaction.view(&set)?.unnoted().get(*offset)? else { continue };
            let written = Written { offset: *offset, old: &stored, excluded: None };
            let changed = assigned.apply(&self.target.set, stored.to_object(), written, &vectors)?;
            transaction.update(&set, *offset, &changed)?;
            if returned.is_wanted()
                && let Some(stored) = transaction.view(&set)?.unnoted().get(*offset)?
            {
                returned.add(&stored);
            }
        }
        let count = offsets.len() as u64;
        Ok(returned.answer(offsets, Done::Updated(count)))
    }
}

/// `SET a = .., b.c = ..`, compiled.
#[derive(Debug)]
pub(super) struct Assigned(Vec<(FieldPath, Given)>);

impl Assigned {
    /// Compiles assignments. `excluded` says whether the values of an object that could not be added may be named.
    pub fn new(
        target: &Target,
        assignments: &[Assignment],
        excluded: bool,
        parameters: &Parameters,
    ) -> Result<Self, SqlError> {
        let scope: Scope<'_> = target.scope(parameters);
        let assigned = assignments.iter().map(|Assignment { target: field, value }| {
            let AssignmentTarget::ColumnName(name) = field else {
                return Err(SqlError::unsupported(format!("{field} on the left of ="), "assign fields one by one"));
            };
            let path = target.field("SET", name, parameters)?;
            if path.standing().is_some() {
                let place = "where an object stands, which never changes; a stored field of this name is written in double quotes";
                return Err(SqlError::unsupported(format!("SET {name}: {place}"), "assign fields only"));
            }
            Ok((path, Given::of(value, excluded, scope)?))
        });
        Ok(Self(assigned.collect::<Result<_, _>>()?))
    }

    /// The object with the values assigned, all of them computed of the object as it was.
    pub fn apply(
        &self,
        set: &str,
        object: Object,
        written: Written<'_>,
        vectors: &[FieldPath],
    ) -> Result<Object, SqlError> {
        let mut update = Update::new();
        for (path, given) in &self.0 {
            update = match given.value(Some(written))? {
                Some(value) => update.set(path.clone(), value),
                None => update.unset(path.clone()),
            };
        }
        let place = || format!("UPDATE {set}, object at offset {}", written.offset);
        let object = update.apply(object).map_err(|source| SqlError::object(place(), source))?;
        with_vectors(object, vectors)
    }
}

/// The object with vectors where lists or text say one.
pub(super) fn with_vectors(mut object: Object, vectors: &[FieldPath]) -> Result<Object, SqlError> {
    for path in vectors {
        if let Some(value) = object.value_mut(path)
            && matches!(value, Value::List(_) | Value::String(_))
        {
            *value = Value::Vector(operand::vector(path, value)?);
        }
    }
    Ok(object)
}
