//! What may intersect, cover, be covered by or near to a shape, or be near on the ellipsoid?
//!
//! Points are found by the tree: in the shape's box or region or near it, which is exact, or in the disc around it. Lines and areas are found by
//! their discs: where two discs have nothing in common, neither have the shapes in them. What is left is tested as evaluation tests it.

use crate::{
    expr::{Predicate, Test},
    geometry::{DistanceFrom, Surroundings},
    index::{Access, Cardinality, Exactness, IndexError, SlotSet, Work},
};

use super::{
    area,
    area_box::BoxArea,
    area_region::{RegionArea, count_region},
    cost,
    find_shapes::without_point,
    geodesic::GeodesicRadius,
    near_shape::NearShape,
    radius::Radius,
    shapes::{Shapes, ascending},
    tree::Tree,
};

/// A condition that compares a field with a shape, with what is near a shape, or with a disc on the ellipsoid.
#[derive(Debug)]
pub(super) struct Against<'a> {
    disc: Option<Surroundings>,
    points: Points<'a>,
}

/// Which points may match.
#[derive(Debug)]
enum Points<'a> {
    Box(BoxArea),
    Region(RegionArea<'a>),
    Geodesic(GeodesicRadius),
    Near(NearShape<'a>),
    /// Those in the disc around the shape.
    Disc,
}

impl<'a> Against<'a> {
    /// `None` for conditions about something else.
    pub(super) fn of(predicate: &'a Predicate) -> Option<Self> {
        if let Some(radius) = GeodesicRadius::of(predicate) {
            return Some(Self { disc: Some(radius.surroundings()), points: Points::Geodesic(radius) });
        }
        if let Test::WithinShape { shape, metres, globe } = &predicate.test {
            let near = NearShape::new(shape, *metres, *globe);
            return Some(Self { disc: near.surroundings(), points: Points::Near(near) });
        }
        let (shape, is_inside) = match &predicate.test {
            Test::Intersects(shape) | Test::CoveredBy(shape) => (&**shape, true),
            Test::Covers(shape) => (&**shape, false),
            _ => return None,
        };
        let points = match (shape.as_box(), shape.as_region()) {
            (Some(area), _) if is_inside => Points::Box(BoxArea::new(*area)),
            (_, Some(region)) if is_inside => Points::Region(RegionArea(region)),
            _ => Points::Disc,
        };
        Some(Self { disc: shape.surroundings(), points })
    }

    /// Whether the candidates are the matches: where all are points, and a box or a region says which.
    fn exactness(&self, shapes: &Shapes) -> Exactness {
        let is_exact = shapes.len() == 0 && !matches!(self.points, Points::Disc);
        if is_exact { Exactness::Exact } else { Exactness::Superset }
    }

    pub(super) fn access(&self, tree: &Tree, shapes: &Shapes) -> Access {
        let (cardinality, border) = self.estimate(tree, shapes).unwrap_or_else(|_| area::unknown(tree));
        let cost = cost::candidates(border, cardinality.expected) + cost::shapes(shapes.len(), 0);
        Access { exactness: self.exactness(shapes), cardinality, cost }
    }

    fn estimate(&self, tree: &Tree, shapes: &Shapes) -> Result<(Cardinality, usize), IndexError> {
        let (points, border) = match (&self.points, &self.disc) {
            (Points::Box(area), _) => area::estimate(tree, area)?,
            (Points::Region(RegionArea(region)), _) => count_region(tree, region)?,
            (Points::Geodesic(area), _) => area::estimate(tree, area)?,
            // To look at the shape itself would take longer than an estimate may.
            (Points::Disc | Points::Near(_), Some(disc)) => {
                area::estimate(tree, &Radius::new(disc.center, disc.metres))?
            }
            (Points::Disc | Points::Near(_), None) => (Cardinality::exact(0), 0),
        };
        let others = match &self.disc {
            Some(disc) => shapes.count(disc.center, disc.metres)?,
            None => Cardinality::exact(0),
        };
        let sum = Cardinality { min: 0, expected: points.expected + others.expected, max: points.max + others.max };
        Ok((sum, border))
    }

    pub(super) fn candidates(
        &self,
        tree: &Tree,
        shapes: &Shapes,
        work: &mut Work,
    ) -> Result<(SlotSet, Exactness), IndexError> {
        let Some(disc) = &self.disc else { return Ok((SlotSet::empty(), Exactness::Superset)) };
        let points = match &self.points {
            Points::Box(area) => area::inside(tree, area, work)?,
            Points::Region(area) => area::inside(tree, area, work)?,
            Points::Geodesic(area) => area::inside(tree, area, work)?,
            Points::Near(area) => area::inside(tree, area, work)?,
            Points::Disc => area::inside(tree, &Radius::new(disc.center, disc.metres), work)?,
        };
        let others = match &self.points {
            Points::Near(near) => may_match(shapes, tree, |around| near.may_reach(around), work)?,
            _ => {
                let from = DistanceFrom::new(disc.center);
                may_match(shapes, tree, |around| around.range_from(&from).0 <= disc.metres, work)?
            }
        };
        Ok((points.or(&others, work), self.exactness(shapes)))
    }
}

/// The lines and areas that may match by the discs around them. Of unknown ones, all slots without a point.
fn may_match(
    shapes: &Shapes,
    tree: &Tree,
    may: impl Fn(&Surroundings) -> bool,
    work: &mut Work,
) -> Result<SlotSet, IndexError> {
    let known = match shapes {
        Shapes::None => return Ok(SlotSet::empty()),
        Shapes::Unknown(_) => return without_point(tree),
        Shapes::Known(known) => known,
    };
    work.visited += shapes.len() as u64;
    let mut slots = Vec::new();
    for (shape, around) in known.surroundings()?.enumerate() {
        if may(&around?) {
            slots.push(known.slot(shape, tree)?.0);
        }
    }
    ascending(&slots)?;
    Ok(SlotSet::from_sorted(slots))
}
