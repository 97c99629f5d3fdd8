//! The rules, one a file, in the order they are applied.

mod choose_access;
mod count_from_indexes;
mod fuse_limits;
mod fuse_wheres;
mod join_from_index;
mod limit_into_top_k;
mod nearest_from_index;
mod nearest_from_order;
mod normalize_filters;
mod order_from_index;
mod order_intersections;
mod push_filters;
mod push_join_conditions;
mod residual_or_intersect;
mod subtract_negations;
mod unused_order;

use super::Rule;

/// All built-in rules. The order matters, for these reasons:
///
/// - filters are fused before they are normalized, so that ranges of different filters on one field become one range, and pushed to the set
///   after that (those of joins first, which may become filters of what is joined), so that access paths are chosen for the whole conjunction at once;
/// - orders by distance become nearest searches before limits become top-k, which would hide them;
/// - access paths are offered for every conjunct, then sorted by cardinality, and only then weighed against evaluation, since what an
///   intersection saves depends on what is left when its turn comes;
/// - what rests on candidates (counts, nearest searches, index orders, joins) is decided when the candidates are final.
#[must_use]
pub fn all() -> &'static [&'static dyn Rule] {
    &[
        &unused_order::UnusedOrder,
        &fuse_wheres::FuseWheres,
        &normalize_filters::NormalizeFilters,
        &nearest_from_order::NearestFromOrder,
        &limit_into_top_k::LimitIntoTopK,
        &push_join_conditions::PushJoinConditions,
        &push_filters::PushFilters,
        &choose_access::ChooseAccess,
        &order_intersections::OrderIntersections,
        &residual_or_intersect::ResidualOrIntersect,
        &subtract_negations::SubtractNegations,
        &nearest_from_index::NearestFromIndex,
        &order_from_index::OrderFromIndex,
        &join_from_index::JoinFromIndex,
        &fuse_limits::FuseLimits,
        &count_from_indexes::CountFromIndexes,
    ]
}
