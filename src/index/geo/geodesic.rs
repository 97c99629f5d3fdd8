//! Near on the ellipsoid: the tree knows the sphere, on which a way is longer or shorter by less than a part in a hundred.
//!
//! What is near enough either way is certain, what is on neither is not looked at, and the rest is measured.

use crate::{
    expr::{Predicate, Test},
    geometry::{GEODESIC_SHARE, LonLat, Surroundings, geodesic_distance, geodesic_to_shape},
    index::{IndexError, NearestRequest, SearchPath, Slot, Work},
};

use super::{
    area::{Area, Sorted},
    nearest::Hits,
    radius::Radius,
    shapes::{Shapes, broken},
    tree::{Leaf, Node, Tree},
};

/// A disc on the ellipsoid, its edge included.
#[derive(Debug)]
pub(super) struct GeodesicRadius {
    place: LonLat,
    metres: f64,
    /// All of it is within.
    inner: Radius,
    /// Nothing beyond it is within.
    outer: Radius,
}

/// So many metres on the ellipsoid are at most so many on the sphere.
pub(super) fn at_most_on_sphere(metres: f64) -> f64 {
    metres / GEODESIC_SHARE.start()
}

impl GeodesicRadius {
    pub(super) fn new(place: LonLat, metres: f64) -> Self {
        let (inner, outer) =
            (Radius::new(place, metres / GEODESIC_SHARE.end()), Radius::new(place, at_most_on_sphere(metres)));
        Self { place, metres, inner, outer }
    }

    /// What all of it is in, on the sphere.
    pub(super) fn surroundings(&self) -> Surroundings {
        Surroundings { center: self.place, metres: at_most_on_sphere(self.metres) }
    }

    /// Of a condition of being within it.
    pub(super) fn of(predicate: &Predicate) -> Option<Self> {
        match predicate.test {
            Test::WithinGeodesic(place, metres) => Some(Self::new(place, metres)),
            _ => None,
        }
    }

    #[inline(always)]
    fn sort(inner: Sorted, outer: Sorted) -> Sorted {
        Sorted { inside: inner.inside, unsure: (outer.inside | outer.unsure) & !inner.inside }
    }
}

impl Area for GeodesicRadius {
    #[inline(always)]
    fn boxes(&self, node: &Node) -> Sorted {
        Self::sort(self.inner.boxes(node), self.outer.boxes(node))
    }

    #[inline(always)]
    fn points(&self, leaf: &Leaf) -> Sorted {
        Self::sort(self.inner.points(leaf), self.outer.points(leaf))
    }

    fn contains(&self, place: LonLat) -> bool {
        geodesic_distance(self.place, place) <= self.metres
    }
}

/// The nearest on the ellipsoid, given what finds so many of the nearest on the sphere within some metres.
pub(super) fn nearest(
    request: &NearestRequest<'_>,
    work: &mut Work,
    on_sphere: impl Fn(usize, f64, &mut Work) -> Result<(Hits, SearchPath), IndexError>,
    measure: impl Fn(Slot) -> Result<f64, IndexError>,
) -> Result<(Hits, SearchPath), IndexError> {
    let bound = at_most_on_sphere(request.bound);
    let mut wanted = request.k.saturating_add(request.k / 8 + 8);
    loop {
        let (found, path) = on_sphere(wanted, bound, work)?;
        work.distances += found.len() as u64;
        let mut hits = Hits::with_capacity(found.len());
        for (slot, _) in &found {
            hits.push((*slot, measure(*slot)?));
        }
        hits.retain(|(_, metres)| *metres <= request.bound);
        hits.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        hits.truncate(request.k);
        let limit = if hits.len() < request.k { request.bound } else { hits.last().map_or(0.0, |last| last.1) };
        // What was not found is at least as far on the sphere as the last that was.
        let is_beyond = found.last().is_none_or(|last| last.1 * GEODESIC_SHARE.start() > limit);
        if is_beyond || found.len() < wanted {
            return Ok((hits, path));
        }
        wanted = wanted.saturating_mul(2);
    }
}

/// How far what is in a slot is from a place.
pub(super) fn measure(tree: &Tree, shapes: &Shapes, slot: Slot, place: LonLat) -> Result<f64, IndexError> {
    let position = tree.all_positions()?.get(slot.0 as usize).map_or(usize::MAX, |position| *position as usize);
    if position < tree.shape.points {
        return Ok(geodesic_distance(place, tree.place(position)?));
    }
    let shape = shapes.in_slot(slot)?;
    geodesic_to_shape(place, &shape).ok_or_else(|| broken(format!("the shape in {slot:?} is nowhere")))
}
