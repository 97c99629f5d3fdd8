//! An index that keeps the order saves the sort, and stops early.

use crate::{
    index::Cardinality,
    query::{Facts, IndexOrder, Kind, Kinds, Node, OrderKey, Rule, cost, estimate},
};

/// Reads candidates in the order of an index on the sort key where that costs less than sorting them.
pub struct OrderFromIndex;

impl Rule for OrderFromIndex {
    fn name(&self) -> &'static str {
        "order_from_index"
    }

    fn about(&self) -> Kinds {
        Kinds::of(&[Kind::OrderBy, Kind::TopK])
    }

    fn apply(&self, node: Node, facts: &Facts<'_>) -> Node {
        match node {
            Node::OrderBy { input, keys, after: None } => match index_order(&input, &keys, None, facts) {
                Some(order) => Node::OrderedScan { input, order },
                None => Node::OrderBy { input, keys, after: None },
            },
            // The first key's order is the index's; only ties are sorted, and behind the last tie of the k-th object nothing is read. Of
            // what a cursor has passed, only ties are left in the input: see `page::not_before`.
            Node::TopK { input, keys, k, after } if keys.len() > 1 || after.is_some() => {
                match keys.get(..1).and_then(|first| index_order(&input, first, Some(k), facts)) {
                    Some(order) => Node::TopK { input: Box::new(Node::OrderedScan { input, order }), keys, k, after },
                    None => Node::TopK { input, keys, k, after },
                }
            }
            Node::TopK { input, keys, k, after } => match index_order(&input, &keys, Some(k), facts) {
                Some(order) => {
                    let scan = Node::OrderedScan { input, order };
                    Node::Limit { input: Box::new(scan), offset: 0, count: Some(k) }
                }
                None => Node::TopK { input, keys, k, after },
            },
            other => other,
        }
    }
}

fn index_order(input: &Node, keys: &[OrderKey], k: Option<u64>, facts: &Facts<'_>) -> Option<IndexOrder> {
    let (_, residual) = input.slot_space()?;
    let [key] = keys else { return None };
    let path = key.field()?;
    let index = facts.order_index(input.source(), path)?;
    let total = facts.slots(input.source());
    let matching = estimate(input, facts);
    let looked_at = if residual.is_some() { input.input().map(|fetch| estimate(fetch, facts)) } else { None };
    (ordered_cost(total, matching, looked_at, k) < sorted_cost(matching, looked_at)).then(|| IndexOrder {
        index,
        key: key.clone(),
        path: path.clone(),
    })
}

/// Visiting slots in order until `k` have matched: the matches are taken to be spread evenly over the order.
fn ordered_cost(total: u64, matching: Cardinality, looked_at: Option<Cardinality>, k: Option<u64>) -> f64 {
    let wanted = k.map_or(1.0, |k| (k as f64 / (matching.expected as f64).max(1.0)).min(1.0));
    let evaluated = looked_at.map_or(0.0, |input| cost::residual(input.expected as f64, 1));
    wanted * (total as f64 * cost::ORDERED_VISIT + evaluated)
}

/// Fetching every match for its key.
fn sorted_cost(matching: Cardinality, looked_at: Option<Cardinality>) -> f64 {
    let evaluated = looked_at.map_or(0.0, |input| cost::residual(input.expected as f64, 1));
    evaluated + matching.expected as f64 * (cost::FETCH + cost::SORT_KEY)
}
