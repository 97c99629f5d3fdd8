//! A compiled statement, ready to run over any source.

use sqlparser::ast::{BinaryOperator, Expr as Ast, InTarget};

use crate::{
    database::Transaction,
    expr::{Expr, Predicate, Test},
    object::{FamilyId, FieldPath, Object, Offset, Standing, Value},
    query::{Explain, Goal, Item, OrderKey, Query, Source},
    set::{IndexableSet, SetView, Snapshot},
};

use super::{
    Answer, Parameters, SqlError, condition,
    explained::Mode,
    fields::NamedFields,
    operand::{self, Operand, Scope},
    selection::{Selection, columns, order_key, selection},
    statement::Statement,
    times,
    tree::Tree,
};

/// A statement with its parameters in place. The same statement gives the same answer over a set and over a list of its objects.
#[derive(Debug)]
pub struct Prepared {
    mode: Mode,
    set: String,
    owner: Option<Offset>,
    filter: Option<Expr>,
    selection: Selection,
    order: Vec<OrderKey>,
    limit: Option<u64>,
    offset: Option<u64>,
}

impl Prepared {
    /// Compiles a statement that is asked once; a [`Statement`] is parsed once for many.
    pub fn new(text: &str, parameters: &Parameters) -> Result<Self, SqlError> {
        Self::of(&Statement::parse(text)?, parameters)
    }

    pub(super) fn of(statement: &Statement, parameters: &Parameters) -> Result<Self, SqlError> {
        if statement.relation.is_some() {
            let instead = "ask the statement itself, over a snapshot";
            return Err(SqlError::unsupported("one source for a statement over several sets or groups", instead));
        }
        let scope = Scope { parameters, prefixes: &statement.prefixes, set: &statement.set, names: None };
        let nested = statement.set.contains('.');
        let (owner, filter) = match &statement.filter {
            Some(filter) if nested => split_owner(filter, scope)?,
            Some(filter) => (None, Some(condition::compile(filter, scope)?)),
            None => (None, None),
        };
        let selection = selection(&statement.items, scope)?;
        let order_key = |key| order_key(key, &statement.items, &selection, scope);
        Ok(Self {
            mode: statement.mode,
            owner,
            filter,
            order: statement.order.iter().map(order_key).collect::<Result<_, _>>()?,
            selection,
            limit: limit("LIMIT", statement.limit.as_ref(), scope)?,
            offset: limit("OFFSET", statement.offset.as_ref(), scope)?,
            set: statement.set.clone(),
        })
    }

    /// The set named in FROM, as one snapshot sees it.
    pub fn view(&self, snapshot: &Snapshot) -> Result<SetView, SqlError> {
        self.checked(snapshot, self.family(snapshot)?, true)
    }

    pub(super) fn family(&self, snapshot: &Snapshot) -> Result<FamilyId, SqlError> {
        snapshot.family(&self.set).ok_or_else(|| SqlError::unknown_set(snapshot, &self.set))
    }

    /// The set, whose objects have values that may be compared with the statement's, and, where that is asked, the fields it names.
    pub(super) fn checked(&self, snapshot: &Snapshot, family: FamilyId, names: bool) -> Result<SetView, SqlError> {
        let whole = snapshot.view(family, None)?;
        self.check(&whole, names)?;
        Ok(match self.owner {
            None => whole,
            owner => snapshot.view(family, owner)?,
        })
    }

    /// Refuses what cannot be meant of the objects of a set: a time beside text, and, where that is asked, fields that none of them has.
    pub(super) fn check(&self, whole: &SetView, names: bool) -> Result<(), SqlError> {
        if names {
            let items = match &self.selection {
                Selection::Items(items) => items.as_slice(),
                Selection::Count(_) => &[],
            };
            NamedFields::of(self.filter.as_ref(), items, &self.order).check(whole)?;
        }
        times::check(self.filter.as_ref(), whole)
    }

    /// The set as a transaction sees it.
    pub(super) fn view_within(&self, transaction: &Transaction) -> Result<SetView, SqlError> {
        let family = self.family(transaction.snapshot())?;
        let set: IndexableSet = transaction.set(&self.set)?;
        let whole = transaction.view(&set)?;
        self.check(&whole.unnoted(), true)?;
        Ok(match self.owner {
            None => whole,
            owner => transaction.view(&IndexableSet::<Object>::new(set.engine().clone(), family, owner))?,
        })
    }

    /// Answers over a source: the statement's own set, or anything else that holds such objects.
    pub fn run(&self, source: &dyn Source) -> Result<Answer, SqlError> {
        let query = self.query(source);
        match (self.mode, &self.selection) {
            (Mode::Explain, _) => self.explain(source).map(|plan| Answer::plan(&plan)),
            (Mode::Analyze, _) => self.analyze(source).map(|plan| Answer::plan(&plan)),
            (Mode::Json { analyze }, _) => {
                let plan = self.plan(source, analyze)?.to_json();
                Ok(Answer::plan(&format!("{plan:#}")))
            }
            // LIMIT and OFFSET speak of the answer's one line, not of what is counted.
            (Mode::Run, Selection::Count(name)) if self.limit == Some(0) || self.offset > Some(0) => {
                Ok(Answer::no_count(name))
            }
            (Mode::Run, Selection::Count(name)) => Ok(Answer::count(name, query.count()?)),
            (Mode::Run, Selection::Items(items)) => select(items, &query),
        }
    }

    /// The plan with its estimates, as a readable tree.
    pub fn explain(&self, source: &dyn Source) -> Result<String, SqlError> {
        Ok(self.plan(source, false)?.to_string())
    }

    /// The plan with what each node did, as a readable tree.
    pub fn analyze(&self, source: &dyn Source) -> Result<String, SqlError> {
        let query = self.query(source);
        Ok(match self.selection {
            Selection::Count(_) => query.analyze_for(Goal::Count)?.to_string(),
            Selection::Items(_) => query.analyze()?.to_string(),
        })
    }

    /// The plan as data, with what each node did, if that is asked.
    fn plan(&self, source: &dyn Source, analyze: bool) -> Result<Explain, SqlError> {
        let query = self.query(source);
        Ok(match (&self.selection, analyze) {
            (Selection::Count(_), false) => query.explain_for(Goal::Count)?,
            (Selection::Count(_), true) => query.analyze_for(Goal::Count)?.plan,
            (Selection::Items(_), false) => query.explain()?,
            (Selection::Items(_), true) => query.analyze()?.plan,
        })
    }

    fn query<'s>(&self, source: &'s dyn Source) -> Query<'s> {
        let mut query = Query::over(source);
        if let Some(filter) = self.owner.and_then(|owner| owner_of_other(source, owner)) {
            query = query.filter(filter);
        }
        if let Some(filter) = &self.filter {
            query = query.filter(filter.clone());
        }
        let Selection::Items(items) = &self.selection else { return query };
        for key in &self.order {
            query = query.order_by_key(key.clone());
        }
        if let Some(offset) = self.offset {
            query = query.offset(offset);
        }
        if let Some(limit) = self.limit {
            query = query.limit(limit);
        }
        query.select(items.iter().cloned())
    }
}

/// The condition on the owner, where the source is not that owner's nested set alone.
fn owner_of_other(source: &dyn Source, owner: Offset) -> Option<Expr> {
    let is_cut = source.view().ok().flatten().is_some_and(|view| view.owner() == Some(owner));
    let number = i64::try_from(owner.0).unwrap_or(i64::MAX);
    (!is_cut).then(|| Predicate::new(FieldPath::owner(), Test::Equals(Value::Int(number))).into())
}

/// Answers with the selected items of each hit.
pub(super) fn select(items: &[Item], query: &Query<'_>) -> Result<Answer, SqlError> {
    let all = items.iter().any(|item| matches!(item, Item::All | Item::Below(_)));
    let mut answer = Answer { columns: columns(items), all, ..Answer::default() };
    for hit in query.run()? {
        answer.offsets.push(hit.offset);
        answer.objects.push(hit.object()?);
    }
    if answer.columns.is_empty() {
        answer.columns = met_fields(&answer.objects);
    }
    Ok(answer)
}

/// All fields of some objects, in the order they are met.
pub(super) fn met_fields(objects: &[Object]) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let fields = objects.iter().flat_map(Object::iter).map(|(name, _)| name);
    fields.filter(|name| seen.insert(*name)).map(str::to_owned).collect()
}

/// Takes `owner = constant` out of a top-level AND: then one owner's run is all that is looked at. Whatever else is said of owners is
/// evaluated as any condition.
fn split_owner(filter: &Tree, scope: Scope<'_>) -> Result<(Option<Offset>, Option<Expr>), SqlError> {
    let (mut found, mut rest) = (None, Vec::new());
    for term in filter.conjuncts() {
        match named_owner(term, scope)? {
            Some(owner) if found.is_none() => found = Some(owner),
            _ => rest.push(condition::compile(term, scope)?),
        }
    }
    Ok((found, (!rest.is_empty()).then_some(Expr::And(rest))))
}

/// The one owner that `owner = constant`, `constant = owner` or `owner IN (constant)` names.
fn named_owner(term: &Tree, scope: Scope<'_>) -> Result<Option<Offset>, SqlError> {
    let Tree::Leaf(ast) = term else { return Ok(None) };
    let value = match &**ast {
        Ast::BinaryOp { left, op: BinaryOperator::Eq, right } if is_owner(left, scope) => right,
        Ast::BinaryOp { left, op: BinaryOperator::Eq, right } if is_owner(right, scope) => left,
        Ast::In { expr, target: InTarget::List(list), negated: false, .. } if is_owner(expr, scope) => {
            let [value] = list.as_slice() else { return Ok(None) };
            value
        }
        _ => return Ok(None),
    };
    Ok(match operand::operand(value, scope)? {
        Operand::Constant(Value::Reference(_, offset)) => Some(offset),
        Operand::Constant(Value::Int(number)) => u64::try_from(number).ok().map(Offset),
        _ => None,
    })
}

fn is_owner(ast: &Ast, scope: Scope<'_>) -> bool {
    matches!(operand::operand(ast, scope), Ok(Operand::Field(path)) if path.standing() == Some(Standing::Owner))
}

pub(super) fn limit(clause: &str, ast: Option<&Ast>, scope: Scope<'_>) -> Result<Option<u64>, SqlError> {
    let Some(ast) = ast else { return Ok(None) };
    match operand::constant(clause, ast, scope)? {
        Value::Int(number) if number >= 0 => Ok(Some(number.unsigned_abs())),
        Value::Null => Ok(None),
        other => Err(SqlError::operand(clause, other, "a whole number, zero or more")),
    }
}
