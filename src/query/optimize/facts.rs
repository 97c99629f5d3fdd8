//! What rules may know: the sources' indexes, how many objects there are, what an index would answer.

use crate::{
    expr::{Expr, Predicate, Target},
    index::{Access, Cardinality, Exactness, SearchEffort},
    object::FieldPath,
    query::{Candidates, SourceId, cardinality, cost, source::Input},
    set::{IndexDeclaration, IndexId, SetView},
};

use super::size::Size;

/// Facts about the sources of one plan, as of the snapshot it will read.
pub struct Facts<'a> {
    inputs: &'a [Input<'a>],
    sizes: Vec<Size>,
    efforts: Vec<SearchEffort>,
}

impl<'a> Facts<'a> {
    /// Of sources, each with the effort that is asked of nearest searches in it.
    pub(crate) fn new(inputs: &'a [Input<'a>], efforts: impl Into<Vec<SearchEffort>>) -> Self {
        Self { inputs, sizes: inputs.iter().map(Size::of).collect(), efforts: efforts.into() }
    }

    /// The effort that the question asks of nearest searches in a source.
    #[must_use]
    pub fn effort(&self, source: SourceId) -> SearchEffort {
        self.efforts.get(source.0).copied().unwrap_or(SearchEffort::Default)
    }

    /// The set behind a source; `None` for lists.
    #[must_use]
    pub fn view(&self, source: SourceId) -> Option<&SetView> {
        self.inputs.get(source.0).and_then(Input::view)
    }

    /// How many objects a source has.
    #[must_use]
    pub fn cardinality(&self, source: SourceId) -> Cardinality {
        self.size(source).objects
    }

    /// The expected number of a source's objects.
    #[must_use]
    pub fn total(&self, source: SourceId) -> u64 {
        self.size(source).objects.expected
    }

    /// How many of them are in no segment.
    #[must_use]
    pub fn loose(&self, source: SourceId) -> u64 {
        self.size(source).loose
    }

    fn size(&self, source: SourceId) -> Size {
        self.sizes.get(source.0).copied().unwrap_or_default()
    }

    /// The best way to get candidates for an expression from indexes; `None` when they cannot narrow it.
    #[must_use]
    pub fn candidates(&self, source: SourceId, expr: &Expr) -> Option<Candidates> {
        match expr {
            Expr::Leaf(predicate) => self.index_scan(source, predicate),
            Expr::And(members) => self.intersection(source, members),
            Expr::Or(members) => members
                .iter()
                .map(|member| self.candidates(source, member))
                .collect::<Option<Vec<_>>>()
                .map(Candidates::OrMerge),
            Expr::Not(inner) => self
                .candidates(source, inner)
                .filter(Candidates::is_exact)
                .map(|except| Candidates::AndNot(Box::new(Candidates::Scan), Box::new(except))),
        }
    }

    fn intersection(&self, source: SourceId, members: &[Expr]) -> Option<Candidates> {
        let merged: Vec<_> = members
            .iter()
            .map(|member| self.candidates(source, member).unwrap_or_else(|| Candidates::Evaluate(member.clone())))
            .collect();
        merged.iter().any(Candidates::uses_index).then_some(Candidates::AndMerge(merged))
    }

    /// The index that answers a predicate at the least cost.
    fn index_scan(&self, source: SourceId, predicate: &Predicate) -> Option<Candidates> {
        let view = self.view(source)?;
        view.declaration()
            .indexes
            .iter()
            .filter(|index| covers(index, &predicate.paths))
            .filter_map(|index| Some((index.id, access(view, index.id, predicate)?)))
            .min_by(|(_, one), (_, other)| offer_cost(one).total_cmp(&offer_cost(other)))
            .map(|(index, access)| Candidates::IndexScan { index, predicate: predicate.clone(), access })
    }

    /// How many objects a candidate tree gives.
    #[must_use]
    pub fn cardinality_of(&self, source: SourceId, candidates: &Candidates) -> Cardinality {
        let total = self.total(source);
        let of = |member: &Candidates| self.cardinality_of(source, member);
        match candidates {
            Candidates::Scan => self.cardinality(source),
            Candidates::IndexScan { access, .. } => self.size(source).of_objects(access.cardinality),
            Candidates::AndMerge(members) => cardinality::and(members.iter().map(of), total),
            Candidates::OrMerge(members) => cardinality::or(members.iter().map(of), total),
            Candidates::AndNot(from, except) => {
                cardinality::and([of(from), cardinality::not(of(except), total)], total)
            }
            Candidates::Evaluate(_) => cardinality::unknown(total, cost::UNKNOWN_SELECTIVITY),
        }
    }

    /// What it costs to make a candidate tree's slots, intersect them with `left` others, and evaluate what is not settled.
    #[must_use]
    #[allow(clippy::self_only_used_in_recursion, reason = "rules ask the facts for costs, whatever these come from")]
    pub fn cost_of(&self, candidates: &Candidates, left: f64) -> f64 {
        match candidates {
            Candidates::Scan => 0.0,
            Candidates::IndexScan { access, .. } => {
                let slots = access.cardinality.expected as f64;
                let unsettled = if access.exactness == Exactness::Superset { slots.min(left) } else { 0.0 };
                access.cost + cost::MERGE * slots.min(left) + cost::residual(unsettled, 1)
            }
            Candidates::AndMerge(members) | Candidates::OrMerge(members) => {
                members.iter().map(|member| self.cost_of(member, left)).sum()
            }
            Candidates::AndNot(from, except) => {
                self.cost_of(from, left) + self.cost_of(except, left) + cost::MERGE * left
            }
            Candidates::Evaluate(_) => cost::residual(left, 1),
        }
    }

    /// The index that can search for the nearest of a target, in at least one segment.
    #[must_use]
    pub fn nearest_index(&self, source: SourceId, target: &Target) -> Option<IndexId> {
        let view = self.view(source)?;
        let probes = target.probes();
        if probes.is_empty() {
            return None;
        }
        let searches = |id: IndexId| {
            let mut parts = view.segments().iter().filter_map(|segment| segment.part(id));
            parts.any(|part| probes.iter().all(|probe| part.can_nearest(probe)))
        };
        let mut indexes = view.declaration().indexes.iter().filter(|index| covers(index, target.paths()));
        indexes.find(|index| searches(index.id)).map(|index| index.id)
    }

    /// The index that keeps the order of a field, in at least one segment.
    #[must_use]
    pub fn order_index(&self, source: SourceId, path: &FieldPath) -> Option<IndexId> {
        let view = self.view(source)?;
        let keeps_order = |id: IndexId| {
            let mut parts = view.segments().iter().filter_map(|segment| segment.part(id));
            parts.any(|part| part.ordered(path, false).is_some())
        };
        let mut indexes = view.declaration().indexes.iter().filter(|index| index.fields.contains(path));
        indexes.find(|index| keeps_order(index.id)).map(|index| index.id)
    }

    /// The slots that an index order walks through, of all owners and dead ones too.
    #[must_use]
    pub fn slots(&self, source: SourceId) -> u64 {
        self.size(source).slots
    }
}

fn covers(index: &IndexDeclaration, paths: &[FieldPath]) -> bool {
    paths.iter().all(|path| index.fields.contains(path))
}

/// What an index offers over all segments: those that lack its part are answered for by evaluation.
fn access(view: &SetView, index: IndexId, predicate: &Predicate) -> Option<Access> {
    let mut total: Option<Access> = None;
    let mut lacking = 0;
    for segment in view.segments() {
        match segment.part(index).and_then(|part| part.access(predicate)) {
            Some(access) => total = Some(total.map_or(access, |sum| cardinality::sum(sum, access))),
            None => lacking += u64::from(segment.slots()),
        }
    }
    let total = total?;
    if lacking == 0 {
        return Some(total);
    }
    let evaluated = Access {
        exactness: Exactness::Superset,
        cardinality: cardinality::unknown(lacking, cost::UNKNOWN_SELECTIVITY),
        cost: cost::residual(lacking as f64, 1),
    };
    Some(cardinality::sum(total, evaluated))
}

/// An offer's cost, with what its candidates still cost afterwards when they are only a superset.
fn offer_cost(access: &Access) -> f64 {
    let slots = access.cardinality.expected as f64;
    let unsettled = if access.exactness == Exactness::Superset { slots } else { 0.0 };
    access.cost + cost::MERGE * slots + cost::residual(unsettled, 1)
}
