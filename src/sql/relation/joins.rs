//! Joins: what two sides have in common becomes the join's own question, the rest a condition.

use sqlparser::ast::{
    BinaryOperator, Expr as Ast, GroupByExpr, InTarget, Join as SqlJoin, JoinConstraint, JoinOperator,
    Query as SqlQuery, SetExpr, TableWithJoins,
};

use crate::{
    expr::Expr,
    object::{FieldPath, Standing, ValueRef},
    query::{JoinKind, On, Query},
    set::Held,
};

use super::{
    super::{condition, selection, times, tree::Tree},
    SqlError, World, aggregate,
    from::{Source, source},
    select,
    sides::{Joined, Side, Sides},
};

/// What FROM and WHERE give: a question over joined objects.
pub struct Joining<'w> {
    world: &'w World<'w>,
    query: Option<Query<'static>>,
    pub sides: Sides,
    /// What must hold, of WHERE, and is in no join yet.
    open: Vec<Tree>,
    /// Whether objects are joined somewhere that come out alone on the right: then WHERE is asked of what comes out of that, and not before.
    keeps_right: bool,
}

impl<'w> Joining<'w> {
    /// Joins all that FROM names.
    pub fn new(from: &[TableWithJoins], filter: Option<&Tree>, world: &'w World<'w>) -> Result<Self, SqlError> {
        let mut joins = from.iter().flat_map(|table| &table.joins);
        let keeps_right = joins.any(|join| kind(join).is_ok_and(|(kind, _)| kind.keeps_right()));
        if keeps_right && from.len() > 1 {
            let instead = "write CROSS JOIN instead of the comma";
            return Err(SqlError::unsupported("a comma in FROM beside a RIGHT or FULL JOIN", instead));
        }
        let open = filter.map(conjuncts).unwrap_or_default();
        let mut joining = Self { world, query: None, sides: Sides::default(), open, keeps_right };
        for table in from {
            let source = source(&table.relation, &joining.sides, world)?;
            joining.add(source, JoinKind::Inner, Vec::new())?;
            table.joins.iter().try_for_each(|join| joining.join(join))?;
        }
        Ok(joining)
    }

    /// The joined objects for which all holds that was asked.
    pub fn finish(mut self) -> Result<(Query<'static>, Sides), SqlError> {
        let asked = std::mem::take(&mut self.open);
        let (about_others, asked): (Vec<Tree>, Vec<Tree>) = asked.into_iter().partition(is_about_others);
        for asked in about_others {
            self.semi(&asked)?;
        }
        let mut query = self.query.ok_or_else(|| SqlError::unsupported("SELECT without FROM", "name a set"))?;
        let joined = Joined { sides: &self.sides, world: self.world };
        let mut conditions = Vec::with_capacity(asked.len());
        for asked in asked {
            let condition = condition::compile(&asked, joined.scope())?;
            check_times(&condition, &self.sides)?;
            conditions.push(condition);
        }
        if !conditions.is_empty() {
            query = query.filter(Expr::And(conditions));
        }
        Ok((query, self.sides))
    }

    fn join(&mut self, join: &SqlJoin) -> Result<(), SqlError> {
        let (kind, constraint) = kind(join)?;
        let source = source(&join.relation, &self.sides, self.world)?;
        let mut asked = Vec::new();
        match constraint {
            JoinConstraint::On(on) => asked = conjuncts(&Tree::of(on.clone())),
            JoinConstraint::None => {}
            JoinConstraint::Using(_) if self.keeps_right => {
                return Err(SqlError::unsupported(
                    "USING beside a RIGHT or FULL JOIN",
                    "write ON, and say whose column is meant",
                ));
            }
            JoinConstraint::Using(columns) => {
                for column in columns {
                    let name = column.0.first().and_then(|part| part.as_ident()).cloned();
                    let name = name.ok_or_else(|| SqlError::operand("USING", column, "a field"))?;
                    let (at, path) = self.sides.resolve(std::slice::from_ref(&name))?;
                    let left = &self.sides.all[at].alias;
                    let names = path.names().iter().map(|name| sqlparser::ast::Ident::with_quote('"', &**name));
                    let left = std::iter::once(sqlparser::ast::Ident::new(left)).chain(names).collect();
                    let right = vec![sqlparser::ast::Ident::new(&source.side.alias), name.clone()];
                    asked.push(Tree::of(Ast::BinaryOp {
                        left: Box::new(Ast::CompoundIdentifier(left)),
                        op: BinaryOperator::Eq,
                        right: Box::new(Ast::CompoundIdentifier(right)),
                    }));
                    self.sides.merged.push(name.value);
                }
            }
            _ => return Err(SqlError::unsupported(join, "write ON or USING")),
        }
        self.add(source, kind, asked)
    }

    /// Joins one more source to those before it.
    fn add(&mut self, source: Source, kind: JoinKind, mut asked: Vec<Tree>) -> Result<(), SqlError> {
        let Source { query: right, side, owner } = source;
        let Some(left) = self.query.take() else {
            self.query = Some(right);
            self.sides.all.push(side);
            return Ok(());
        };
        let mut on = owner.map(|at| self.on(At { side: at, path: FieldPath::offset() }, FieldPath::owner(), &side));
        if on.is_none() {
            on = self.taken(&mut asked, &side, false);
        }
        if on.is_none() && kind == JoinKind::Inner && !self.keeps_right {
            let mut open = std::mem::take(&mut self.open);
            on = self.taken(&mut open, &side, false);
            self.open = open;
        }
        let mut join = left.join(right, on.unwrap_or_else(On::anything)).kind(kind);
        self.sides.all.push(side);
        self.sides.joined = true;
        let joined = Joined { sides: &self.sides, world: self.world };
        for asked in asked {
            let condition = condition::compile(&asked, joined.scope())?;
            check_times(&condition, &self.sides)?;
            join = join.also(condition);
        }
        self.query = Some(join.query());
        if kind.is_left_only() {
            self.sides.all.pop();
        }
        Ok(())
    }

    /// Takes the first condition that a join can be made by: one about places before others, which need no join of their own.
    fn taken(&self, asked: &mut Vec<Tree>, right: &Side, inner: bool) -> Option<On> {
        let found = |places: bool| {
            asked.iter().enumerate().find_map(|(at, tree)| match tree {
                Tree::Leaf(ast) if places == matches!(**ast, Ast::Function(_)) => {
                    Some((at, self.equal(ast, right, inner)?))
                }
                _ => None,
            })
        };
        let (at, on) = found(true).or_else(|| found(false))?;
        asked.remove(at);
        Some(on)
    }

    /// Equal values, or places near each other or in each other, of one of the sides and a new one.
    fn equal(&self, ast: &Ast, right: &Side, inner: bool) -> Option<On> {
        let new = self.sides.all.len();
        let all = self.sides.all.iter().chain([right]).cloned().collect();
        let both = Sides { all, inner: inner.then_some(new), ..self.sides.clone() };
        let parted = |one: &Ast, other: &Ast| {
            let (one, other) = (both.resolve(Sides::names(one)?).ok()?, both.resolve(Sides::names(other)?).ok()?);
            match (one.0 == new, other.0 == new) {
                (false, true) => Some((At { side: one.0, path: one.1 }, other.1, false)),
                (true, false) => Some((At { side: other.0, path: other.1 }, one.1, true)),
                _ => None,
            }
        };
        match ast {
            Ast::Nested(nested) => self.equal(nested, right, inner),
            Ast::BinaryOp { left, op: BinaryOperator::Eq, right: other } => {
                let (at, path, _) = parted(left, other)?;
                Some(self.on(at, path, right))
            }
            Ast::Function(call) => {
                let arguments = super::super::function::arguments(call).ok()?;
                let (one, other) = (arguments.first()?, arguments.get(1)?);
                let (at, right, swapped) = parted(one, other)?;
                let left = self.sides.path((at.side, at.path));
                match (call.name.to_string().to_ascii_lowercase().as_str(), arguments.get(2)) {
                    ("st_dwithin", Some(metres)) => {
                        let joined = Joined { sides: &both, world: self.world };
                        let metres = super::super::operand::constant("ST_DWithin", metres, joined.scope()).ok()?;
                        Some(On::Within { left, right, metres: super::super::operand::number(&metres)? })
                    }
                    ("st_intersects", None) => Some(On::Intersects { left, right }),
                    ("st_contains" | "st_covers", None) if swapped => Some(On::Inside { left, right }),
                    ("st_contains" | "st_covers", None) => Some(On::Contains { left, right }),
                    ("st_within" | "st_coveredby", None) if swapped => Some(On::Contains { left, right }),
                    ("st_within" | "st_coveredby", None) => Some(On::Inside { left, right }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Equal values of a field of a side and one of a new side; a reference equals the offset of what it refers to.
    fn on(&self, left: At, right: FieldPath, new: &Side) -> On {
        let family = self.sides.all[left.side].view.as_ref().map(|view| view.family());
        let of_offset = left.path.standing() == Some(Standing::Offset) && right.standing().is_none();
        let path = self.sides.path((left.side, left.path));
        let refers = |value: ValueRef<'_>| matches!(value, ValueRef::Reference(..));
        match (family, &new.view) {
            (Some(family), Some(view)) if of_offset && matches!(view.held(&right, refers), Ok(Held::Fitting)) => {
                On::Referring { left: path, family, right }
            }
            _ => On::Equal { left: path, right },
        }
    }

    /// `EXISTS (SELECT ..)`, which may speak of the objects here, and `x IN (SELECT ..)`.
    fn semi(&mut self, asked: &Tree) -> Result<(), SqlError> {
        let (asked, not) = match asked {
            Tree::Leaf(asked) => (&**asked, false),
            Tree::Not(inner) => match &**inner {
                Tree::Leaf(asked) => (&**asked, true),
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        match asked {
            Ast::Exists { subquery, negated } if not => self.exists(subquery, !negated),
            Ast::Exists { subquery, negated } => self.exists(subquery, *negated),
            Ast::In { expr, target: InTarget::Subquery(query), .. } => {
                let found = select::query(query, None, self.world)?;
                let column = found.column("IN")?;
                let names = Sides::names(expr).unwrap_or_default();
                let left = self.sides.path(self.sides.resolve(names)?);
                self.kept(
                    found.query.named("(SELECT ..)"),
                    On::equal(left, FieldPath::of(&[&column])),
                    JoinKind::Semi,
                    None,
                )
            }
            _ => Ok(()),
        }
    }

    fn exists(&mut self, query: &SqlQuery, negated: bool) -> Result<(), SqlError> {
        let kind = if negated { JoinKind::Anti } else { JoinKind::Semi };
        let (SetExpr::Select(select), Some(table)) = (&*query.body, plain(query)) else {
            return Err(SqlError::unsupported(query, "write EXISTS over one set"));
        };
        let Source { query: right, side, owner } = source(&table.relation, &self.sides, self.world)?;
        let filter = select.selection.clone().map(Tree::of);
        let mut asked = filter.as_ref().map(conjuncts).unwrap_or_default();
        let mut on = owner.map(|at| self.on(At { side: at, path: FieldPath::offset() }, FieldPath::owner(), &side));
        if on.is_none() {
            on = self.taken(&mut asked, &side, true);
        }
        let mut sides = self.sides.clone();
        // Inside, an unqualified name is the inner set's first of all.
        sides.inner = Some(sides.all.len());
        sides.all.push(side);
        sides.joined = true;
        let joined = Joined { sides: &sides, world: self.world };
        // Nobody sees what is selected, but it must be there.
        for item in select.projection.iter().filter_map(select::expression) {
            selection::scalar(item, joined.scope())?;
        }
        let also = asked.into_iter().map(|asked| condition::compile(&asked, joined.scope()));
        let also = also.collect::<Result<Vec<_>, _>>()?.into_iter().reduce(Expr::and);
        self.kept(right, on.unwrap_or_else(On::anything), kind, also)
    }

    /// Keeps the objects that have a partner, or have none.
    fn kept(&mut self, right: Query<'static>, on: On, kind: JoinKind, also: Option<Expr>) -> Result<(), SqlError> {
        let left = self.query.take().ok_or_else(|| SqlError::unsupported("SELECT without FROM", "name a set"))?;
        let join = left.join(right, on).kind(kind);
        self.query = Some(also.into_iter().fold(join, |join, also| join.also(also)).query());
        self.sides.joined = true;
        Ok(())
    }
}

/// What comes out of a join, and what it is by.
fn kind(join: &SqlJoin) -> Result<(JoinKind, &JoinConstraint), SqlError> {
    Ok(match &join.join_operator {
        JoinOperator::Join(on) | JoinOperator::Inner(on) | JoinOperator::CrossJoin(on) => (JoinKind::Inner, on),
        JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (JoinKind::Left, on),
        JoinOperator::Right(on) | JoinOperator::RightOuter(on) => (JoinKind::Right, on),
        JoinOperator::FullOuter(on) => (JoinKind::Full, on),
        JoinOperator::Semi(on) | JoinOperator::LeftSemi(on) => (JoinKind::Semi, on),
        JoinOperator::Anti(on) | JoinOperator::LeftAnti(on) => (JoinKind::Anti, on),
        _ => return Err(SqlError::unsupported(join, "write JOIN, LEFT, RIGHT, FULL, CROSS, SEMI or ANTI JOIN")),
    })
}

/// Refuses times beside text, in what is about one side.
fn check_times(condition: &Expr, sides: &Sides) -> Result<(), SqlError> {
    sides.all.iter().try_for_each(|side| {
        let Some(view) = &side.view else { return Ok(()) };
        let below = |path: &FieldPath| if sides.joined { path.below(&side.alias) } else { Some(path.clone()) };
        times::check(condition.rerouted(&below).as_ref(), view)
    })
}

/// A field of one of the sides.
struct At {
    side: usize,
    path: FieldPath,
}

/// Whether a condition is a join with what another statement finds.
fn is_about_others(asked: &Tree) -> bool {
    let exists = |leaf: &Ast| matches!(leaf, Ast::Exists { subquery, .. } if plain(subquery).is_some());
    match asked {
        Tree::Leaf(leaf) => match &**leaf {
            Ast::In { expr, target: InTarget::Subquery(_), negated: false, .. } => Sides::names(expr).is_some(),
            other => exists(other),
        },
        Tree::Not(inner) => matches!(&**inner, Tree::Leaf(leaf) if exists(leaf)),
        _ => false,
    }
}

/// The one thing that a statement is over which is a condition on it and nothing more: such may speak of the objects around it.
fn plain(query: &SqlQuery) -> Option<&TableWithJoins> {
    let SetExpr::Select(select) = &*query.body else { return None };
    let [table] = select.from.as_slice() else { return None };
    let keys = matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let aggregates = select.projection.iter().filter_map(select::expression).any(aggregate::mentions);
    let alone = query.with.is_none() && query.limit_clause.is_none() && query.fetch.is_none();
    let plain = keys && select.having.is_none() && table.joins.is_empty() && !aggregates;
    (alone && plain).then_some(table)
}

/// The members of a top-level AND, to be taken one by one.
fn conjuncts(asked: &Tree) -> Vec<Tree> {
    asked.conjuncts().into_iter().cloned().collect()
}
