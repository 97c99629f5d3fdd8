//! Asking for pairs.

use std::{rc::Rc, sync::Arc};

use crate::{expr::Expr, object::FieldPath};

use super::{
    Analysis, Explain, Facts, Goal, JoinKind, Node, On, Pairing, Pairs, Query, QueryError, Sides, SourceId, body::Body,
    builder::without_damage, check, execute::Runner, optimize, source::Input, trace,
};

/// A question for pairs of objects of two sources. Each side is a question of its own, with filters, orders and limits, that says which of
/// its objects may be in a pair; made by [`Query::join_within`],
/// [`Query::join_containing`], [`Query::join_inside`] or [`Query::join`].
///
/// A join runs through an index of the right side's set, when one answers what the left objects ask; so give the side with the index,
/// or the larger one, as the right one. Without one every two objects are looked at.
///
/// A set gives each side a snapshot of its own: for one moment of both, ask two views of one snapshot.
#[derive(Clone)]
pub struct Join<'a> {
    pub(super) left: Query<'a>,
    pub(super) right: Query<'a>,
    pub(super) on: On,
    pub(super) also: Option<Expr>,
    pub(super) kind: JoinKind,
    limit: Option<u64>,
}

impl<'a> Query<'a> {
    /// Each object with a point, line or area in `path` with all objects of another question whose point, line or area, in `right_path`, is at most
    /// so many metres from it, nearest first. An object with itself, where both sides have it, is a pair, too.
    ///
    /// ```
    /// use protobase::{Object, Query};
    ///
    /// let at = |name: &str, lon: f64| Object::new().with("name", name).with("place", geo::Point::new(lon, 0.0));
    /// let (schools, stops) = (vec![at("school", 0.0)], vec![at("far", 0.02), at("near", 0.01), at("away", 3.0)]);
    /// let pairs = Query::over(&schools).join_within("place", Query::over(&stops), "place", 5_000.0).run()?;
    /// let names: Vec<_> = pairs.iter().map(|pair| Ok(pair.right.object()?.to_string())).collect::<Result<_, protobase::QueryError>>()?;
    /// assert!(names[0].contains("near") && names[1].contains("far") && names.len() == 2);
    /// # Ok::<(), protobase::QueryError>(())
    /// ```
    #[must_use]
    pub fn join_within(
        self,
        path: impl Into<FieldPath>,
        right: Query<'a>,
        right_path: impl Into<FieldPath>,
        metres: f64,
    ) -> Join<'a> {
        self.join(right, On::Within { left: path.into(), right: right_path.into(), metres })
    }

    /// Each object with a shape in `path` with all objects of another question whose shape, in `right_path`, is in it or on its boundary: areas with
    /// the places in them.
    #[must_use]
    pub fn join_containing(
        self,
        path: impl Into<FieldPath>,
        right: Query<'a>,
        right_path: impl Into<FieldPath>,
    ) -> Join<'a> {
        self.join(right, On::Contains { left: path.into(), right: right_path.into() })
    }

    /// Each object with a shape in `path` with all objects of another question whose shape, in `right_path`, has it inside or on its boundary:
    /// places with the areas that they are in.
    ///
    /// ```
    /// use protobase::{Object, Query, geometry::from_wkt};
    ///
    /// let towns = vec![Object::new().with("place", geo::Point::new(1.0, 1.0)), Object::new().with("place", geo::Point::new(9.0, 9.0))];
    /// let area = from_wkt("POLYGON((0 0, 5 0, 5 5, 0 5, 0 0))")?;
    /// let parks = vec![Object::new().with("name", "park").with("area", area)];
    /// let pairs = Query::over(&towns).join_inside("place", Query::over(&parks), "area").run()?;
    /// assert_eq!(pairs.iter().map(|pair| (pair.left.offset.0, pair.right.offset.0)).collect::<Vec<_>>(), [(0, 0)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn join_inside(
        self,
        path: impl Into<FieldPath>,
        right: Query<'a>,
        right_path: impl Into<FieldPath>,
    ) -> Join<'a> {
        self.join(right, On::Inside { left: path.into(), right: right_path.into() })
    }

    /// The pairs of an object of this question and one of another for which a condition holds.
    #[must_use]
    pub fn join(self, right: Query<'a>, on: On) -> Join<'a> {
        Join { left: self, right, on, also: None, kind: JoinKind::Inner, limit: None }
    }
}

impl<'a> Join<'a> {
    /// Which objects come out: not only pairs. Only [`Join::query`] gives what is alone.
    #[must_use]
    pub fn kind(mut self, kind: JoinKind) -> Self {
        self.kind = kind;
        self
    }

    /// What else must hold of a pair, whose fields stand under the names of the two sides; for [`Join::query`].
    #[must_use]
    pub fn also(mut self, condition: impl Into<Expr>) -> Self {
        let condition = condition.into();
        self.also = Some(match self.also {
            Some(known) => known.and(condition),
            None => condition,
        });
        self
    }

    /// A question over the joined objects, each with the two as fields under the names of the sides ([`Query::named`]; `left` and `right` without):
    /// to be filtered, sorted, grouped, and joined again. Joined objects are joined to others by paths that begin with the names
    /// they have, and come out beside those.
    ///
    /// ```
    /// use protobase::{expr::field, object::Object, query::{Aggregate, JoinKind, On, Query}};
    ///
    /// let customers: Vec<Object> = ["Nino", "Ola"].iter().zip(1..).map(|(name, id)| Object::new().with("id", id).with("name", *name)).collect();
    /// let orders: Vec<Object> = [(1, 20), (1, 30)].map(|(of, total)| Object::new().with("customer", of).with("total", total)).into();
    /// let sums = Query::over(&customers).named("c")
    ///     .join(Query::over(&orders).named("o"), On::equal("id", "customer"))
    ///     .kind(JoinKind::Left)
    ///     .query()
    ///     .aggregate(["c.name"], [("sum", Aggregate::sum("o.total"))])
    ///     .run()?;
    /// assert_eq!(sums.objects()?[0], Object::new().with("c.name", "Nino").with("sum", 50));
    /// assert_eq!(sums.objects()?[1], Object::new().with("c.name", "Ola"));
    /// # Ok::<(), protobase::query::QueryError>(())
    /// ```
    #[must_use]
    pub fn query(self) -> Query<'a> {
        let limit = self.limit;
        let query = Query::of(Body::Joined(Rc::new(self)));
        match limit {
            Some(count) => query.limit(count),
            None => query,
        }
    }

    /// No more than so many pairs.
    #[must_use]
    pub fn limit(mut self, count: u64) -> Self {
        self.limit = Some(self.limit.map_or(count, |known| known.min(count)));
        self
    }

    /// Answers. Objects are read when a hit is asked for its object.
    pub fn run(&self) -> Result<Pairs, QueryError> {
        without_damage(|| {
            let inputs = self.inputs()?;
            let plan = self.optimized(&inputs, Goal::Objects)?;
            self.pairs(&plan, &inputs)
        })
    }

    /// The number of pairs that [`Join::run`] would find.
    pub fn count(&self) -> Result<u64, QueryError> {
        without_damage(|| {
            let inputs = self.inputs()?;
            let plan = self.optimized(&inputs, Goal::Count)?;
            self.note_reads(&inputs);
            Runner::new(&inputs, None).count(&plan)
        })
    }

    /// The answer of the plan as written, without any rule: every two objects are looked at.
    pub fn run_unoptimized(&self) -> Result<Pairs, QueryError> {
        let inputs = self.inputs()?;
        self.pairs(&self.written(&inputs, Goal::Objects)?, &inputs)
    }

    /// The plan, with estimates.
    pub fn explain(&self) -> Result<Explain, QueryError> {
        let inputs = self.inputs()?;
        let plan = self.optimized(&inputs, Goal::Objects)?;
        Ok(Explain::new(&plan, &self.facts(&inputs), None))
    }

    /// Counts the pairs, and tells what each node of the plan did.
    pub fn analyze(&self) -> Result<Analysis, QueryError> {
        without_damage(|| {
            let inputs = self.inputs()?;
            let plan = self.optimized(&inputs, Goal::Count)?;
            self.note_reads(&inputs);
            Analysis::run(&plan, &inputs, &self.facts(&inputs))
        })
    }

    /// The trees that the rules make one after the other, each under the name of its rule; those that a rule leaves as they were are
    /// left out.
    pub fn trace(&self) -> Result<Vec<(&'static str, String)>, QueryError> {
        let inputs = self.inputs()?;
        let written = self.written(&inputs, Goal::Objects)?;
        trace::steps(written, &self.facts(&inputs), &self.rules())
    }

    fn pairs(&self, plan: &Node, inputs: &[Input<'_>]) -> Result<Pairs, QueryError> {
        self.note_reads(inputs);
        let runner = Runner::new(inputs, None);
        let (mut lefts, mut rights, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for joined in runner.joined(plan)? {
            let joined = joined?;
            lefts.push(joined.left.into_owned());
            rights.extend(joined.partners.into_iter().map(|partner| partner.into_owned()));
            ends.push(rights.len());
        }
        let lefts = runner.of_source(LEFT, lefts, self.left.items.as_deref());
        let rights = runner.of_source(self.right_source(LEFT), rights, self.right.items.as_deref());
        Ok(Pairs::new(lefts, rights, ends))
    }

    fn inputs(&self) -> Result<Vec<Input<'_>>, QueryError> {
        Ok([self.left.inputs()?, self.right.inputs()?].into_iter().flatten().collect())
    }

    fn facts<'f>(&self, inputs: &'f [Input<'f>]) -> Facts<'f> {
        Facts::new(inputs, [self.left.efforts(), self.right.efforts()].concat())
    }

    fn rules(&self) -> Vec<Arc<dyn super::Rule>> {
        [self.left.all_rules(), self.right.all_rules()].concat()
    }

    fn optimized(&self, inputs: &[Input<'_>], goal: Goal) -> Result<Node, QueryError> {
        optimize::optimize(self.written(inputs, goal)?, &self.facts(inputs), &self.rules())
    }

    /// The question for pairs as a tree.
    fn written(&self, inputs: &[Input<'_>], goal: Goal) -> Result<Node, QueryError> {
        if self.kind != JoinKind::Inner || self.also.is_some() {
            let expected = "Join::query, whose objects are pairs and what is alone";
            return Err(QueryError::value(
                "*",
                format!("pairs of a {} join with conditions", self.kind.name()),
                expected,
            ));
        }
        let mut plan = self.node(LEFT, inputs, None)?;
        if let Some(count) = self.limit {
            plan = Node::Limit { input: Box::new(plan), offset: 0, count: Some(count) };
        }
        Ok(match goal {
            Goal::Objects => plan,
            Goal::Count => Node::Count { input: Box::new(plan) },
        })
    }

    /// The join as a node whose sources are numbered from `first`; with sides, what its sides select is made before.
    pub(super) fn node(
        &self,
        first: SourceId,
        inputs: &[Input<'_>],
        sides: Option<(Sides, Sides)>,
    ) -> Result<Node, QueryError> {
        let side = |query: &Query<'_>, source: SourceId| {
            let view = query.view(source, inputs);
            query.check_items(view)?;
            let node = if sides.is_some() { query.whole(source, inputs)? } else { query.staged(source, inputs)? };
            let view = view.filter(|_| sides.is_none() || query.items.is_none());
            Ok::<_, QueryError>((Box::new(node), view))
        };
        let (left, left_view) = side(&self.left, first)?;
        let (right, right_view) = side(&self.right, self.right_source(first))?;
        check::on(&self.on, left_view, right_view)?;
        if let Some(also) = &self.also {
            check::filter(also, None)?;
        }
        let by = Pairing { on: self.on.clone(), also: self.also.clone(), kind: self.kind, sides };
        Ok(Node::Join { left, right, by })
    }

    fn right_source(&self, first: SourceId) -> SourceId {
        SourceId(first.0 + self.left.sources())
    }

    /// What stands beside each other in what comes out.
    pub(super) fn sides(&self, first: SourceId) -> Result<(Sides, Sides), QueryError> {
        let of = |query: &Query<'_>, source: SourceId, otherwise: &str| {
            let one = || Sides::one(query.name.as_deref().unwrap_or(otherwise), source);
            Ok::<_, QueryError>(query.sides(source)?.unwrap_or_else(one))
        };
        let left = of(&self.left, first, "left")?;
        let right = of(&self.right, self.right_source(first), "right")?;
        match right.all().iter().find(|side| left.contains(&side.name)) {
            Some(side) => Err(QueryError::value(&side.name, "a name of both sides of a join", "a name for each side")),
            None => Ok((left, right)),
        }
    }

    fn note_reads(&self, inputs: &[Input<'_>]) {
        self.left.note_reads(inputs, None);
        self.right.note_reads(&inputs[self.left.sources()..], None);
    }
}

/// The first source of the left side.
const LEFT: SourceId = SourceId(0);
