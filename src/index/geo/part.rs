//! An opened part: which predicates and targets it answers.

use crate::{
    expr::{Predicate, Target, Test},
    geometry::LonLat,
    index::{Access, Cardinality, Exactness, IndexError, IndexPart, NearestRequest, SearchPath, Slot, SlotSet, Work},
    object::FieldPath,
};

use super::{
    against::Against,
    area::{self, Area},
    area_box::BoxArea,
    area_region::{RegionArea, count_region},
    cost,
    covering::Covering,
    geodesic,
    masks::Masks,
    near_shape::NearShape,
    nearest::{Hits, Nearest},
    nearest_to_shape::NearestToShape,
    radius::Radius,
    shapes::{Shapes, broken},
    tree::Tree,
    verify,
};

/// One field's points and other shapes in one segment.
#[derive(Debug)]
pub(super) struct Part {
    field: FieldPath,
    tree: Tree,
    shapes: Shapes,
    masks: Masks,
}

impl Part {
    pub(super) fn new(field: FieldPath, tree: Tree, shapes: Shapes) -> Self {
        Self { field, tree, shapes, masks: Masks::default() }
    }

    fn covers(&self, predicate: &Predicate) -> bool {
        matches!(predicate.paths.as_slice(), [path] if *path == self.field)
    }

    fn nearest_place(
        &self,
        place: LonLat,
        request: &NearestRequest<'_>,
        work: &mut Work,
    ) -> Result<(Hits, SearchPath), IndexError> {
        let NearestRequest { k, accept, bound, .. } = *request;
        let points = Nearest { tree: &self.tree, masks: &self.masks, place, k, accept, bound }.run(work)?;
        let (hits, path) = self.shapes.add_nearest(&self.tree, points, place, request, work)?;
        // Damaged positions or slots may name one slot more than once.
        if hits.len() > self.tree.header.slots as usize {
            return Err(broken(format!("{} hits in {} slots", hits.len(), self.tree.header.slots)));
        }
        Ok((hits, path))
    }

    fn estimate(&self, test: &Test) -> Result<Option<(Cardinality, usize)>, IndexError> {
        match test {
            Test::WithinRadius(place, metres) => {
                let (points, border) = self.count(&Radius::new(*place, *metres))?;
                let shapes = self.shapes.count(*place, *metres)?;
                let sum = Cardinality {
                    min: points.min + shapes.min,
                    expected: points.expected + shapes.expected,
                    max: points.max + shapes.max,
                };
                Ok(Some((sum, border)))
            }
            Test::WithinBox(area) => self.count(&BoxArea::new(*area)).map(Some),
            Test::WithinRegion(region) => count_region(&self.tree, region).map(Some),
            _ => Ok(None),
        }
    }

    fn count(&self, area: &impl Area) -> Result<(Cardinality, usize), IndexError> {
        area::estimate(&self.tree, area)
    }
}

impl IndexPart for Part {
    fn access(&self, predicate: &Predicate) -> Option<Access> {
        if !self.covers(predicate) {
            return None;
        }
        if let Some(covering) = Covering::of(predicate, &self.shapes) {
            return Some(covering.access(&self.tree, &self.shapes));
        }
        if let Some(against) = Against::of(predicate) {
            return Some(against.access(&self.tree, &self.shapes));
        }
        let (cardinality, border) = match self.estimate(&predicate.test) {
            Ok(estimate) => estimate?,
            Err(_) => area::unknown(&self.tree),
        };
        let mut cost = cost::candidates(border, cardinality.expected);
        let mut exactness = Exactness::Exact;
        if let Test::WithinRadius(..) = predicate.test {
            cost += self.shapes.cost(cardinality.expected);
            exactness = self.shapes.exactness();
        }
        Some(Access { exactness, cardinality, cost })
    }

    fn candidates(&self, predicate: &Predicate, work: &mut Work) -> Result<(SlotSet, Exactness), IndexError> {
        let tree = &self.tree;
        if let Some(covering) = Covering::of(predicate, &self.shapes).filter(|_| self.covers(predicate)) {
            return covering.candidates(tree, &self.shapes, work);
        }
        if let Some(against) = Against::of(predicate).filter(|_| self.covers(predicate)) {
            return against.candidates(tree, &self.shapes, work);
        }
        let slots = match &predicate.test {
            Test::WithinRadius(place, metres) if self.covers(predicate) => {
                let points = area::inside(tree, &Radius::new(*place, *metres), work)?;
                let shapes = self.shapes.within(tree, *place, *metres, work)?;
                return Ok((points.or(&shapes, work), self.shapes.exactness()));
            }
            Test::WithinBox(area) if self.covers(predicate) => area::inside(tree, &BoxArea::new(*area), work),
            Test::WithinRegion(region) if self.covers(predicate) => area::inside(tree, &RegionArea(region), work),
            // Nobody who heeds `access` asks this; all slots are still a right answer.
            _ => return Ok((SlotSet::all(tree.header.slots), Exactness::Superset)),
        };
        Ok((slots?, Exactness::Exact))
    }

    fn nearest(
        &self,
        request: &NearestRequest<'_>,
        work: &mut Work,
    ) -> Result<Option<(Vec<(Slot, f64)>, SearchPath)>, IndexError> {
        if !self.can_nearest(request.target) {
            return Ok(None);
        }
        match request.target {
            Target::Place { place, .. } => self.nearest_place(*place, request, work).map(Some),
            Target::Geodesic { place, .. } => {
                let on_sphere = |k: usize, bound: f64, work: &mut Work| {
                    self.nearest_place(*place, &NearestRequest { k, bound, ..*request }, work)
                };
                let measure = |slot: Slot| geodesic::measure(&self.tree, &self.shapes, slot, *place);
                geodesic::nearest(request, work, on_sphere, measure).map(Some)
            }
            Target::Shape { shape, globe, .. } => {
                let near = NearShape::new(shape, request.bound, *globe);
                NearestToShape { tree: &self.tree, shapes: &self.shapes, near: &near, request }.run(work).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn can_nearest(&self, target: &Target) -> bool {
        let (Target::Place { path, .. } | Target::Geodesic { path, .. } | Target::Shape { path, .. }) = target else {
            return false;
        };
        *path == self.field && self.shapes.are_known()
    }

    fn verify(&self) -> Result<(), IndexError> {
        verify::verify(&self.tree)?;
        self.shapes.verify(&self.tree)
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let header = &self.tree.header;
        let leaves = self.tree.shape.leaves();
        vec![
            ("points", header.points.to_string()),
            ("other shapes", header.shapes.to_string()),
            ("edges of shapes", self.shapes.edges().to_string()),
            ("of more than seven decimals", header.in_full.to_string()),
            ("leaves", leaves.to_string()),
            ("levels", self.tree.shape.counts.len().to_string()),
        ]
    }
}
