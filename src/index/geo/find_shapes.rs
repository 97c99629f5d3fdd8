//! Lines and areas: which are within some metres of a place, which are nearest, which cover it?
//!
//! Cells know what covers the place, which is at distance zero; the edge tree finds the rest. Parts without them look at shapes one by
//! one.

use crate::{
    geometry::LonLat,
    index::{IndexError, NearestRequest, SearchPath, SlotSet, Work, search::slot_set},
};

use super::{
    cells::Cells,
    cost,
    edges::{Edges, Wanted},
    flat,
    nearest::Hits,
    shapes::{Known, Shapes, ascending},
    tree::{NOWHERE, Tree},
};

impl Shapes {
    /// Those within some metres of a place. Of unknown ones, all slots without a point.
    pub(super) fn within(
        &self,
        tree: &Tree,
        place: LonLat,
        metres: f64,
        work: &mut Work,
    ) -> Result<SlotSet, IndexError> {
        let known = match self {
            Self::None => return Ok(SlotSet::from_sorted(Vec::new())),
            Self::Unknown(_) => return without_point(tree),
            Self::Known(known) => known,
        };
        let slots = match known.index() {
            Some((cells, edges)) if metres >= 0.0 => {
                let mut shapes = covering(cells, place, work)?;
                edges.within(place, metres, &mut shapes, work)?;
                known.slots_of(shapes, tree)?
            }
            _ => known.within_flat(tree, place, metres, work)?,
        };
        Ok(slot_set(slots, work))
    }

    /// Whether [`Shapes::covering`] knows them all.
    pub(super) fn say_what_covers(&self) -> bool {
        self.len() == 0 || self.cells().is_some()
    }

    fn cells(&self) -> Option<(&Known, &Cells)> {
        match self {
            Self::Known(known) => known.cells.as_ref().map(|cells| (&**known, cells)),
            Self::None | Self::Unknown(_) => None,
        }
    }

    /// The slots of those that cover a place, ascending, as cells say: exactly what evaluation does.
    pub(super) fn covering(&self, tree: &Tree, place: LonLat, work: &mut Work) -> Result<Vec<u32>, IndexError> {
        let Some((known, cells)) = self.cells() else { return Ok(Vec::new()) };
        let slots = known.slots_of(covering(cells, place, work)?, tree)?;
        ascending(&slots)?;
        Ok(slots)
    }

    /// What it costs to find about so many within a radius.
    pub(super) fn cost(&self, found: u64) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Known(known) if known.index().is_some() => cost::indexed_shapes(found),
            _ => cost::shapes(self.len(), found),
        }
    }

    /// Edges and pieces of edges in the edge tree.
    pub(super) fn edges(&self) -> usize {
        let Self::Known(known) = self else { return 0 };
        known.edges.as_ref().map_or(0, Edges::len)
    }

    /// Puts the nearest shapes among the nearest points.
    pub(super) fn add_nearest(
        &self,
        tree: &Tree,
        points: (Hits, SearchPath),
        place: LonLat,
        request: &NearestRequest<'_>,
        work: &mut Work,
    ) -> Result<(Hits, SearchPath), IndexError> {
        let (mut hits, path) = points;
        let Self::Known(known) = self else { return Ok((hits, path)) };
        if request.k == 0 || request.accept.is_empty() {
            return Ok((hits, path));
        }
        if let Some(index) = known.index()
            && known.add_nearest(index, tree, &mut hits, place, request, work)?
        {
            return Ok((hits, SearchPath::Tree));
        }
        known.add_nearest_flat(&mut hits, place, request, work)?;
        Ok((hits, if path == SearchPath::Empty { SearchPath::Flat } else { path }))
    }
}

impl Known {
    fn index(&self) -> Option<(&Cells, &Edges)> {
        self.cells.as_ref().zip(self.edges.as_ref())
    }

    fn slots_of(&self, mut shapes: Vec<u32>, tree: &Tree) -> Result<Vec<u32>, IndexError> {
        for shape in &mut shapes {
            *shape = self.slot(*shape as usize, tree)?.0;
        }
        Ok(shapes)
    }

    /// Puts the nearest accepted shapes among other hits by means of the index; false when it is better to look at the accepted ones
    /// one by one, and nothing was added.
    fn add_nearest(
        &self,
        (cells, edges): (&Cells, &Edges),
        tree: &Tree,
        hits: &mut Hits,
        place: LonLat,
        request: &NearestRequest<'_>,
        work: &mut Work,
    ) -> Result<bool, IndexError> {
        let edges_each = edges.len() as f64 / self.count as f64;
        let accepted = request.accept.len().min(self.count as u64);
        let all = request.accept.len() >= u64::from(tree.header.slots);
        let budget = if all { u64::MAX } else { cost::edge_budget(accepted, request.k, edges_each) };
        let accepts = |shape: u32| -> Result<bool, IndexError> {
            Ok(all || request.accept.contains(self.slot(shape as usize, tree)?))
        };
        let mut inside = Vec::new();
        for shape in covering(cells, place, work)? {
            if accepts(shape)? {
                inside.push(shape);
            }
        }
        let left = request.k - inside.len().min(request.k);
        let others = |shape: u32| Ok(inside.binary_search(&shape).is_err() && accepts(shape)?);
        let bound = if hits.len() < request.k { request.bound } else { hits.last().map_or(0.0, |last| last.1) };
        let wanted = Wanted { place, k: left, bound: bound.min(request.bound), budget, accepts: &others };
        let near = if left == 0 { Some(Vec::new()) } else { edges.nearest(&wanted, work)? };
        let Some(near) = near else { return Ok(false) };
        for (shape, metres) in inside.iter().map(|shape| (*shape, 0.0)).chain(near) {
            flat::add(hits, (self.slot(shape as usize, tree)?, metres), request);
        }
        Ok(true)
    }
}

fn covering(cells: &Cells, place: LonLat, work: &mut Work) -> Result<Vec<u32>, IndexError> {
    let (shapes, edges) = cells.covering(place)?;
    work.visited += 1 + edges;
    Ok(shapes)
}

pub(super) fn without_point(tree: &Tree) -> Result<SlotSet, IndexError> {
    let positions = tree.all_positions()?.iter().zip(0..);
    let slots = positions.filter(|(position, _)| **position == NOWHERE).map(|(_, slot): (_, u32)| slot);
    Ok(SlotSet::from_sorted(slots.collect::<Vec<u32>>()))
}
