//! Which way to the slots in a shape is the cheapest?

use crate::index::{Cardinality, IndexError};

use super::{
    blocks::Blocks,
    cost,
    estimate::Estimate,
    part::PlanePart,
    shape::Shape,
    slabs::{Slab, most_selective_first},
};

/// How a shape is answered.
pub(super) enum Way<'a> {
    /// No slot can be inside.
    Nothing,
    /// Look at the coordinates of every slot in the narrowest slab.
    Narrow(Slab),
    /// Intersect the slabs, from the most selective on, until looking at what is left is cheaper.
    Merge(Vec<Slab>),
    /// Go through the blocks that reach into the shape.
    Blocks(&'a Blocks),
}

pub(super) struct Plan<'a> {
    pub way: Way<'a>,
    pub cardinality: Cardinality,
    pub cost: f64,
}

impl PlanePart {
    /// Compares the ways. What blocks answer sooner than slabs are found is answered by blocks.
    pub(super) fn plan(&self, shape: &Shape<'_>) -> Result<Plan<'_>, IndexError> {
        let estimate = match &self.blocks {
            // One slab is all there is to a box in one dimension.
            Some(blocks) if shape.dimensions.len() > 1 || !shape.is_box() => {
                Some((blocks, Estimate::new(blocks, &shape.question())?))
            }
            _ => None,
        };
        let finding = cost::slabs(shape.dimensions.len());
        if let Some((blocks, estimate)) = estimate {
            let cost = cost::blocks(&estimate, self.planes[0].slots(), shape.dimensions.len(), !shape.is_box());
            if cost < finding || estimate.max == 0 {
                return Ok(Plan::blocks(blocks, &estimate, estimate.max, cost));
            }
        }
        let mut slabs = Vec::with_capacity(shape.dimensions.len());
        for (at, dimension) in shape.dimensions.iter().enumerate() {
            let (low, high) = shape.edges(at);
            slabs.push(Slab { dimension: *dimension, run: self.planes[*dimension].slab(low, high)? });
        }
        most_selective_first(&mut slabs);
        Ok(self.compare(shape, slabs, estimate, finding))
    }

    fn compare<'a>(
        &'a self,
        shape: &Shape<'_>,
        mut slabs: Vec<Slab>,
        estimate: Option<(&'a Blocks, Estimate)>,
        finding: f64,
    ) -> Plan<'a> {
        let most = slabs.first().map_or(0, Slab::len);
        if most == 0 {
            return Plan { way: Way::Nothing, cardinality: Cardinality::exact(0), cost: finding };
        }
        // As if the dimensions had nothing to do with each other; with one slab this is exact.
        let slots = f64::from(self.planes[0].slots()).max(1.0);
        let product = slabs.iter().map(|slab| slab.len() as f64 / slots).product::<f64>() * slots;
        let residual = if shape.is_box() { 0.0 } else { cost::points(product) };
        let (narrow, merge) = (cost::points(most as f64), self.slab_costs(&slabs) + residual);
        if let Some((blocks, estimate)) = estimate {
            let cost = cost::blocks(&estimate, self.planes[0].slots(), shape.dimensions.len(), !shape.is_box());
            if cost <= narrow.min(merge) {
                return Plan::blocks(blocks, &estimate, most, finding + cost);
            }
        }
        let cardinality = match estimate {
            Some((_, estimate)) => estimate.cardinality(most),
            None if slabs.len() == 1 && shape.is_box() => Cardinality::exact(most),
            None => Cardinality::at_most(most, product.ceil() as u64),
        };
        let cost = finding + narrow.min(merge);
        let way = if narrow <= merge { Way::Narrow(slabs.swap_remove(0)) } else { Way::Merge(slabs) };
        Plan { way, cardinality, cost }
    }
}

impl<'a> Plan<'a> {
    /// By blocks, when there are at most so many.
    fn blocks(blocks: &'a Blocks, estimate: &Estimate, most: u64, cost: f64) -> Self {
        let way = if estimate.max == 0 { Way::Nothing } else { Way::Blocks(blocks) };
        Self { way, cardinality: estimate.cardinality(most), cost }
    }
}

impl Estimate {
    fn cardinality(&self, most: u64) -> Cardinality {
        let max = self.max.min(most);
        // Only of a damaged part is more sure than may be.
        let min = self.min.min(max);
        Cardinality { min, expected: (self.expected.round() as u64).clamp(min, max), max }
    }
}
