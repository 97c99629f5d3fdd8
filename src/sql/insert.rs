//! INSERT: new objects, and what becomes of those whose unique key is taken.

use sqlparser::ast::{
    ConflictTarget, DoUpdate, Insert as InsertAst, ObjectName, OnConflict, OnConflictAction, OnInsert, SelectItem,
    TableObject,
};

use crate::{
    database::Transaction,
    expr::evaluate,
    object::{FieldPath, Fields, Kind, Object, Offset},
    set::{IndexableSet, SetView},
};

use super::{
    Answer, Parameters, SqlError,
    answer::Done,
    change::{Assigned, with_vectors},
    condition,
    given::Written,
    new_objects::{New, Source},
    returning::Returned,
    target::{Target, vector_fields},
    tree::Tree,
};

const FORM: &str = "write INSERT INTO set (field, ..) VALUES (value, ..), .. [ON CONFLICT (key) DO ..] [RETURNING ..], \
                    INSERT INTO set VALUES ('{\"field\": ..}'), .., or INSERT INTO set [(field, ..)] SELECT ..";

/// One INSERT, as written.
#[derive(Debug)]
pub(super) struct Insert {
    target: Target,
    columns: Vec<ObjectName>,
    source: Source,
    conflict: Option<OnKey>,
    returning: Option<Vec<SelectItem>>,
}

/// What is done with an object whose unique key is taken.
#[derive(Debug)]
struct OnKey {
    /// The key as named.
    key: Option<String>,
    /// The change of the object that has the key, if any.
    update: Option<(Vec<sqlparser::ast::Assignment>, Option<Tree>)>,
}

impl Insert {
    /// Takes the parsed statement apart.
    pub fn new(mut statement: InsertAst) -> Result<Self, SqlError> {
        // First of all: even to be dropped, a long chain must be flat.
        let conflict = statement.on.take().map(OnKey::new);
        let source = statement.source.take().map(|source| Source::new(*source, FORM));
        let refused = [
            ("OR", statement.or.is_some() || statement.ignore),
            ("OVERWRITE or PARTITION", statement.overwrite || statement.partitioned.is_some()),
            ("BY NAME", statement.by_name),
            ("SET", !statement.assignments.is_empty()),
            ("OVERRIDING", statement.overriding.is_some()),
            ("REPLACE", statement.replace_into),
            ("a priority or an alias of the values", statement.priority.is_some() || statement.insert_alias.is_some()),
            ("OUTPUT", statement.output.is_some()),
            ("SETTINGS or FORMAT", statement.settings.is_some() || statement.format_clause.is_some()),
            ("columns after PARTITION", !statement.after_columns.is_empty()),
        ];
        if let Some((clause, _)) = refused.iter().find(|(_, present)| *present) {
            return Err(SqlError::unsupported(format!("{clause} in INSERT"), FORM));
        }
        let InsertAst { table, table_alias, columns, returning, .. } = statement;
        let TableObject::TableName(name) = table else {
            return Err(SqlError::unsupported(format!("INSERT INTO {table}"), FORM));
        };
        let Some(source) = source else { return Err(SqlError::unsupported("INSERT without VALUES", FORM)) };
        Ok(Self {
            target: Target::new(&name, table_alias.map(|alias| alias.alias))?,
            columns,
            source: source?,
            conflict: conflict.transpose()?,
            returning,
        })
    }

    /// Stages the new objects.
    pub fn run(&self, transaction: &mut Transaction, parameters: &Parameters) -> Result<Answer, SqlError> {
        let set = self.target.within(transaction)?;
        let view = transaction.view(&set)?.unnoted();
        let vectors = vector_fields(&view);
        let taken = self.conflict.as_ref().map(|on| on.compile(&self.target, &view, parameters)).transpose()?;
        drop(view);
        let mut returned = Returned::new(self.returning.as_deref(), self.target.scope(parameters))?;
        let mut offsets = Vec::new();
        for New { owner, object } in self.source.objects(&self.target, &self.columns, transaction, parameters)? {
            let object = with_vectors(object, &vectors)?;
            let set: IndexableSet<Object> = IndexableSet::new(set.engine().clone(), set.family(), owner);
            let written = match taken.as_ref().map(|taken| taken.holder(transaction, &set, &object)).transpose()? {
                Some(Some(holder)) => match &taken {
                    Some(taken) => taken.change(transaction, &set, holder, &object, &vectors)?,
                    None => None,
                },
                _ => Some(transaction.insert(&set, &object)?),
            };
            let Some(offset) = written else { continue };
            offsets.push(offset);
            if returned.is_wanted()
                && let Some(stored) = transaction.view(&set)?.unnoted().get(offset)?
            {
                returned.add(&stored);
            }
        }
        let count = offsets.len() as u64;
        Ok(returned.answer(offsets, Done::Inserted(count)))
    }
}

impl OnKey {
    fn new(on: OnInsert) -> Result<Self, SqlError> {
        let OnInsert::OnConflict(OnConflict { conflict_target, action }) = on else {
            return Err(SqlError::unsupported("ON DUPLICATE KEY UPDATE", "write ON CONFLICT (key) DO UPDATE SET .."));
        };
        // First of all: even to be dropped, a long chain must be flat.
        let update = match action {
            OnConflictAction::DoNothing => None,
            OnConflictAction::DoUpdate(DoUpdate { assignments, selection }) => {
                Some((assignments, selection.map(Tree::of)))
            }
        };
        let key = match conflict_target {
            None if update.is_none() => None,
            Some(ConflictTarget::Columns { columns, predicate: None }) => {
                let names: Vec<String> = columns.into_iter().map(|name| name.value).collect();
                Some(names.join(", "))
            }
            None => {
                return Err(SqlError::unsupported("ON CONFLICT DO UPDATE without a key", "name it: ON CONFLICT (key)"));
            }
            Some(other) => return Err(SqlError::unsupported(format!("ON CONFLICT{other}"), "write ON CONFLICT (key)")),
        };
        Ok(Self { key, update })
    }

    fn compile<'a>(
        &'a self,
        target: &'a Target,
        view: &SetView,
        parameters: &Parameters,
    ) -> Result<Taken<'a>, SqlError> {
        let declaration = view.declaration();
        let Some(key) = declaration
            .unique
            .clone()
            .filter(|unique| self.key.as_ref().is_none_or(|named| *named == unique.to_string()))
        else {
            let named = self.key.as_deref().unwrap_or("..");
            let expected = match &declaration.unique {
                Some(unique) => format!("the unique key of set '{}', which is {unique}", declaration.name),
                None => format!(
                    "a unique key, and set '{0}' has none: ALTER SET {0} ADD UNIQUE (field) declares one",
                    declaration.name
                ),
            };
            return Err(SqlError::operand("ON CONFLICT", format!("({named})"), expected));
        };
        let update = match &self.update {
            None => None,
            Some((assignments, condition)) => {
                let scope = target.scope(parameters);
                let assigned = Assigned::new(target, assignments, true, parameters)?;
                Some((assigned, condition.as_ref().map(|tree| condition::compile(tree, scope)).transpose()?))
            }
        };
        Ok(Taken { set: &target.set, key, update })
    }
}

/// ON CONFLICT, compiled.
struct Taken<'a> {
    set: &'a str,
    key: FieldPath,
    update: Option<(Assigned, Option<crate::expr::Expr>)>,
}

impl Taken<'_> {
    /// The object that has the key of a new one.
    fn holder(
        &self,
        transaction: &Transaction,
        set: &IndexableSet<Object>,
        object: &Object,
    ) -> Result<Option<Offset>, SqlError> {
        match object.field(&self.key).filter(|key| key.kind() != Kind::Null) {
            Some(key) => Ok(transaction.lookup(set, &key.to_value())?),
            None => Ok(None),
        }
    }

    /// Changes the object that has the key, if that is asked and its condition is true.
    fn change(
        &self,
        transaction: &mut Transaction,
        set: &IndexableSet<Object>,
        holder: Offset,
        excluded: &Object,
        vectors: &[FieldPath],
    ) -> Result<Option<Offset>, SqlError> {
        let Some((assigned, condition)) = &self.update else { return Ok(None) };
        let Some(stored) = transaction.view(set)?.get(holder)? else { return Ok(None) };
        if condition.as_ref().is_some_and(|condition| !evaluate(condition, &stored)) {
            return Ok(None);
        }
        let written = Written { offset: holder, old: &stored, excluded: Some(excluded) };
        let changed = assigned.apply(self.set, stored.to_object(), written, vectors)?;
        transaction.update(set, holder, &changed)?;
        Ok(Some(holder))
    }
}
