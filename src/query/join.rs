//! Asking for pairs.

use crate::object::FieldPath;

use super::{
    Analysis, Explain, Facts, Goal, Node, On, Pairs, Query, QueryError, SourceId, builder::without_damage, check,
    execute::Runner, optimize, source::Input, trace,
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
    left: Query<'a>,
    right: Query<'a>,
    on: On,
    limit: Option<u64>,
}

/// The sources of the two sides.
const LEFT: SourceId = SourceId(0);
const RIGHT: SourceId = SourceId(1);

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
        Join { left: self, right, on, limit: None }
    }
}

impl Join<'_> {
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
        let rights = runner.of_source(RIGHT, rights, self.right.items.as_deref());
        Ok(Pairs::new(lefts, rights, ends))
    }

    fn inputs(&self) -> Result<Vec<Input<'_>>, QueryError> {
        Ok(vec![Input::new(&*self.left.source)?, Input::new(&*self.right.source)?])
    }

    fn facts<'f>(&self, inputs: &'f [Input<'f>]) -> Facts<'f> {
        Facts::new(inputs, [self.left.effort, self.right.effort])
    }

    fn rules(&self) -> Vec<std::sync::Arc<dyn super::Rule>> {
        self.left.rules.iter().chain(&self.right.rules).cloned().collect()
    }

    fn optimized(&self, inputs: &[Input<'_>], goal: Goal) -> Result<Node, QueryError> {
        optimize::optimize(self.written(inputs, goal)?, &self.facts(inputs), &self.rules())
    }

    /// The question as a tree.
    fn written(&self, inputs: &[Input<'_>], goal: Goal) -> Result<Node, QueryError> {
        check::on(&self.on, inputs[LEFT.0].view(), inputs[RIGHT.0].view())?;
        let side = |query: &Query<'_>, source: SourceId| {
            query.check_items(inputs[source.0].view())?;
            query.staged(source, inputs).map(Box::new)
        };
        let (left, right) = (side(&self.left, LEFT)?, side(&self.right, RIGHT)?);
        let mut plan = Node::Join { left, right, on: self.on.clone() };
        if let Some(count) = self.limit {
            plan = Node::Limit { input: Box::new(plan), offset: 0, count: Some(count) };
        }
        Ok(match goal {
            Goal::Objects => plan,
            Goal::Count => Node::Count { input: Box::new(plan) },
        })
    }

    fn note_reads(&self, inputs: &[Input<'_>]) {
        self.left.note_reads(&inputs[LEFT.0..], None);
        self.right.note_reads(&inputs[RIGHT.0..], None);
    }
}
