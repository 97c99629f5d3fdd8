//! Asking a question in Rust.

use std::sync::Arc;

use crate::{expr::Expr, index::SearchEffort, set::SetView};

use super::{
    Analysis, Direction, Explain, Facts, Goal, Hits, Item, Node, OrderKey, QueryError, Rule, Scalar, Source, SourceId,
    body::Body, check, execute::Runner, optimize, source::Input, stage::Stage, trace,
};

/// A question over a source.
///
/// Calls may come in any order: what is nearest is looked for among what the filters let through, then chosen from or grouped, then sorted, then
/// limited. A limit closes a stage: a filter, nearest search or order that is added after a limit works on the limited objects.
///
/// ```
/// use protobase::{expr::field, object::Object, query::{Ascending, Query}};
///
/// let cities = vec![
///     Object::new().with("name", "Oslo").with("people", 709_000),
///     Object::new().with("name", "Bergen").with("people", 289_000),
/// ];
/// let hits = Query::over(&cities).filter(field("people").gt(100_000)).order_by("name", Ascending).run()?;
/// assert_eq!(hits.len(), 2);
/// # Ok::<(), protobase::query::QueryError>(())
/// ```
#[derive(Clone)]
pub struct Query<'a> {
    pub(super) body: Body<'a>,
    /// What its objects are called as sides of a join.
    pub(super) name: Option<Arc<str>>,
    pub(super) stages: Vec<Stage>,
    pub(super) items: Option<Vec<Item>>,
    pub(super) effort: SearchEffort,
    pub(super) rules: Vec<Arc<dyn Rule>>,
}

impl<'a> Query<'a> {
    /// A question over any source: a set, a view of one, a list of objects, the members of a result.
    #[must_use]
    pub fn over(source: impl Source + 'a) -> Self {
        Self::of(Body::Source(Arc::new(source)))
    }

    pub(super) fn of(body: Body<'a>) -> Self {
        Self {
            body,
            name: None,
            stages: vec![Stage::default()],
            items: None,
            effort: SearchEffort::Default,
            rules: Vec::new(),
        }
    }

    /// Lets through what satisfies the condition, and all conditions given before.
    #[must_use]
    pub fn filter(mut self, condition: impl Into<Expr>) -> Self {
        self.open_stage().filters.push(condition.into());
        self
    }

    /// How hard nearest searches try. What the default promises, and what it does not, [`SearchEffort::Default`] says.
    #[must_use]
    pub fn effort(mut self, effort: SearchEffort) -> Self {
        self.effort = effort;
        self
    }

    /// What comes back of each object, instead of all of it.
    #[must_use]
    pub fn select<I: Into<Item>>(mut self, items: impl IntoIterator<Item = I>) -> Self {
        self.items = Some(items.into_iter().map(Into::into).collect());
        self
    }

    /// Sorts; a second call adds a less significant key. Objects without a value come last when ascending, first when descending.
    #[must_use]
    pub fn order_by(self, scalar: impl Into<Scalar>, direction: Direction) -> Self {
        self.order_by_key(OrderKey::new(scalar, direction))
    }

    /// [`Query::order_by`] with all settings of a key.
    #[must_use]
    pub fn order_by_key(mut self, key: OrderKey) -> Self {
        self.open_stage().order.push(key);
        self
    }

    /// Lets through at most so many, after the offset.
    #[must_use]
    pub fn limit(mut self, count: u64) -> Self {
        if self.stage().limit.is_some() {
            self.stages.push(Stage::default());
        }
        self.unmade_stage().limit = Some(count);
        self
    }

    /// Leaves out the first so many, before the limit.
    #[must_use]
    pub fn offset(mut self, count: u64) -> Self {
        self.unmade_stage().offset += count;
        self
    }

    /// Adds a rewrite rule from outside the crate, applied after the built-in ones.
    #[must_use]
    pub fn with_rule(mut self, rule: Arc<dyn Rule>) -> Self {
        self.rules.push(rule);
        self
    }

    /// Answers. Objects are read when a hit is asked for its object.
    pub fn run(&self) -> Result<Hits, QueryError> {
        without_damage(|| {
            let inputs = self.inputs()?;
            let hits = self.answered(&inputs)?;
            self.note_reads(&inputs, Some(&hits));
            Ok(hits)
        })
    }

    pub(super) fn answered(&self, inputs: &[Input<'_>]) -> Result<Hits, QueryError> {
        let plan = self.optimized(inputs, Goal::Objects)?;
        let hits = Runner::new(inputs, None).hits(&plan, self.items.as_deref())?;
        Ok(hits.in_order(self.order(inputs)?))
    }

    /// The number of objects that [`Query::run`] would find.
    pub fn count(&self) -> Result<u64, QueryError> {
        without_damage(|| {
            let inputs = self.inputs()?;
            let plan = self.optimized(&inputs, Goal::Count)?;
            self.note_reads(&inputs, None);
            Runner::new(&inputs, None).count(&plan)
        })
    }

    /// Whether there is any.
    pub fn exists(&self) -> Result<bool, QueryError> {
        Ok(!self.clone().limited_to_one().run()?.is_empty())
    }

    /// The plan, with estimates.
    pub fn explain(&self) -> Result<Explain, QueryError> {
        self.explain_for(Goal::Objects)
    }

    /// The plan for the hits or for their number.
    pub fn explain_for(&self, goal: Goal) -> Result<Explain, QueryError> {
        let inputs = self.inputs()?;
        let plan = self.optimized(&inputs, goal)?;
        Ok(Explain::new(&plan, &self.facts(&inputs), None))
    }

    /// Answers, reads every hit's object, and tells what each node of the plan did.
    pub fn analyze(&self) -> Result<Analysis, QueryError> {
        self.analyze_for(Goal::Objects)
    }

    /// [`Query::analyze`] for the hits or for their number.
    pub fn analyze_for(&self, goal: Goal) -> Result<Analysis, QueryError> {
        without_damage(|| {
            let inputs = self.inputs()?;
            let plan = self.optimized(&inputs, goal)?;
            self.note_reads(&inputs, None);
            Analysis::run(&plan, &inputs, &self.facts(&inputs))
        })
    }

    /// The answer of the plan as written, without any rule: every object is read and every condition evaluated. What every optimized plan is
    /// checked against, and how long a full scan takes.
    pub fn run_unoptimized(&self) -> Result<Hits, QueryError> {
        let inputs = self.inputs()?;
        let plan = self.written(&inputs, Goal::Objects)?;
        self.note_reads(&inputs, None);
        let hits = Runner::new(&inputs, None).hits(&plan, self.items.as_deref())?;
        Ok(hits.in_order(self.order(&inputs)?))
    }

    /// The trees that the rules make one after the other, each under the name of its rule; those that a rule leaves as they were are
    /// left out.
    pub fn trace(&self, goal: Goal) -> Result<Vec<(&'static str, String)>, QueryError> {
        let inputs = self.inputs()?;
        let facts = self.facts(&inputs);
        trace::steps(self.written(&inputs, goal)?, &facts, &self.all_rules())
    }

    fn limited_to_one(mut self) -> Self {
        self.items = None;
        let stage = self.stage();
        if !stage.is_closed() && stage.after.is_none() && stage.group.is_none() {
            stage.order.clear();
        }
        self.limit(1)
    }

    pub(super) fn stage(&mut self) -> &mut Stage {
        if self.stages.is_empty() {
            self.stages.push(Stage::default());
        }
        let last = self.stages.len() - 1;
        &mut self.stages[last]
    }

    pub(super) fn open_stage(&mut self) -> &mut Stage {
        if self.stage().is_closed() {
            self.stages.push(Stage::default());
        }
        self.stage()
    }

    /// A stage that makes no new objects yet of what it lets through.
    pub(super) fn unmade_stage(&mut self) -> &mut Stage {
        if self.stage().aggregation.is_some() {
            self.stages.push(Stage::default());
        }
        self.stage()
    }

    /// The order that hits come in: the last stage's.
    pub(super) fn order(&self, inputs: &[Input<'_>]) -> Result<Option<Vec<OrderKey>>, QueryError> {
        match self.stages.last() {
            Some(stage) if stage.aggregation.is_none() => stage.order(self.view(SourceId(0), inputs)),
            _ => Ok(None),
        }
    }

    pub(super) fn optimized(&self, inputs: &[Input<'_>], goal: Goal) -> Result<Node, QueryError> {
        let plan = self.written(inputs, goal)?;
        optimize::optimize(plan, &self.facts(inputs), &self.all_rules())
    }

    fn facts<'i>(&self, inputs: &'i [Input<'i>]) -> Facts<'i> {
        Facts::new(inputs, self.efforts())
    }

    /// The question as a tree.
    pub(super) fn written(&self, inputs: &[Input<'_>], goal: Goal) -> Result<Node, QueryError> {
        let source = SourceId(0);
        let mut plan = self.staged(source, inputs)?;
        if let (Some(items), Goal::Objects) = (&self.items, goal) {
            self.check_items(self.view(source, inputs))?;
            plan = Node::Select { input: Box::new(plan), items: items.clone() };
        }
        Ok(match goal {
            Goal::Objects => plan,
            Goal::Count => Node::Count { input: Box::new(plan) },
        })
    }

    /// The stages as a tree over one of the sources.
    pub(super) fn staged(&self, source: SourceId, inputs: &[Input<'_>]) -> Result<Node, QueryError> {
        let from = self.base(source, inputs)?;
        let mut view = match &self.body {
            Body::Source(_) => inputs[source.0].view(),
            _ => None,
        };
        self.stages.iter().try_fold(from, |plan, stage| {
            let written = stage.written(plan, view, self.effort);
            // What is made new is in no set.
            view = view.filter(|_| stage.aggregation.is_none());
            written
        })
    }

    /// Refuses selected items that cannot be computed.
    pub(super) fn check_items(&self, view: Option<&SetView>) -> Result<(), QueryError> {
        self.items.iter().flatten().try_for_each(|item| check::item(item, view))
    }
}

/// A damaged part is left out of the answer where it is asked for slots; one that fails in the middle of its order is left out of the
/// next answer, which is this one's second try.
pub(super) fn without_damage<R>(answer: impl Fn() -> Result<R, QueryError>) -> Result<R, QueryError> {
    match answer() {
        Err(QueryError::Index(error)) if error.is_damage() => answer(),
        answered => answered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        database::Database,
        expr::field,
        object::Object,
        query::Ascending,
        set::{IndexableSet, SetSchema},
    };

    fn things() -> IndexableSet<Object> {
        let database = Database::options().background(false).in_memory();
        let schema = SetSchema::new("things").index("a", "hash").index("b", "hash").index("place", "geo");
        let things = database.declare::<Object>(schema).expect("declared");
        let all: Vec<Object> = (0..3_000)
            .map(|id| Object::new().with("id", id).with("a", id % 10).with("b", id % 700).with("c", id % 3))
            .collect();
        things.insert_many(&all).expect("inserted");
        database.flush().expect("flushed");
        things
    }

    #[test]
    fn optimizing_twice_changes_nothing_33() {
        let things = things();
        let a = || field("a").eq(3);
        let conditions = [
            a().and(field("b").eq(33)),
            a().and(field("c").eq(1)).and(field("b").is_in([1, 3, 5])),
            a().or(field("b").eq(1)).and(!field("a").eq(4)),
            !(a().or(field("c").eq(1))),
        ];
        for condition in conditions {
            let query = things.query().filter(condition).filter(field("a").ge(0)).order_by("b", Ascending).limit(5);
            let inputs = query.inputs().expect("inputs");
            let facts = Facts::new(&inputs, [query.effort]);
            for goal in [Goal::Objects, Goal::Count] {
                let once = query.optimized(&inputs, goal).expect("optimized");
                let text = Explain::new(&once, &facts, None).to_string();
                let twice = optimize::optimize(once, &facts, &[]).expect("optimized again");
                assert_eq!(Explain::new(&twice, &facts, None).to_string(), text);
            }
        }
    }

    /// A faulty rule.
    struct LosesLimits;

    impl Rule for LosesLimits {
        fn name(&self) -> &'static str {
            "loses_limits"
        }

        fn apply(&self, node: Node, _facts: &Facts<'_>) -> Node {
            match node {
                Node::Limit { input, .. } => *input,
                other => other,
            }
        }
    }

    #[test]
    fn a_rule_that_breaks_a_promise_is_named() {
        let things = things();
        let error = things.query().limit(3).with_rule(Arc::new(LosesLimits)).run().expect_err("broken");
        assert!(error.to_string().starts_with("rule 'loses_limits' broke the plan"), "{error}");
    }

    #[test]
    fn a_stage_ends_at_its_limit() {
        let numbers: Vec<Object> = (0..10).map(|n| Object::new().with("n", n)).collect();
        let even = || field("n").is_in([0, 2, 4, 6, 8]);
        let count = |query: Query<'_>| query.count().expect("counted");
        assert_eq!(count(Query::over(&numbers).limit(3).filter(even())), 2);
        assert_eq!(count(Query::over(&numbers).filter(even()).limit(3)), 3);
        assert_eq!(count(Query::over(&numbers).limit(7).limit(3).offset(1)), 3);
        assert_eq!(count(Query::over(&numbers).limit(7).offset(5).filter(even())), 2);
        assert_eq!(count(Query::over(&numbers).limit(u64::MAX).offset(5)), 5);
    }
}
