//! Which shapes and points cover a place? Cells say of shapes; a point covers a place that it is at.

use crate::{
    expr::{Predicate, Test},
    geometry::{LonLat, PreparedShape},
    index::{Access, Cardinality, Exactness, IndexError, SlotSet, Work},
};

use super::{
    area::{self, Area, Sorted},
    cost,
    radius::Radius,
    shapes::Shapes,
    tree::{Leaf, Node, Tree},
};

/// A condition of covering one place.
#[derive(Debug)]
pub(super) struct Covering<'a> {
    place: LonLat,
    known: &'a PreparedShape,
}

impl<'a> Covering<'a> {
    /// `None` for conditions about something else, and where there are shapes without cells.
    pub(super) fn of(predicate: &'a Predicate, shapes: &Shapes) -> Option<Self> {
        let Test::Covers(known) = &predicate.test else { return None };
        let place = known.as_place().filter(|_| shapes.say_what_covers())?;
        Some(Self { place, known })
    }

    fn points(&self) -> SamePlace<'a> {
        SamePlace { known: self.known, near: Radius::new(self.place, NEAR) }
    }

    pub(super) fn access(&self, tree: &Tree, shapes: &Shapes) -> Access {
        let (cardinality, border) = self.estimate(tree, shapes).unwrap_or_else(|_| area::unknown(tree));
        let cost = cost::candidates(border, cardinality.expected) + cost::covering();
        Access { exactness: Exactness::Exact, cardinality, cost }
    }

    /// To look it up takes no longer than to guess.
    fn estimate(&self, tree: &Tree, shapes: &Shapes) -> Result<(Cardinality, usize), IndexError> {
        let (points, border) = area::estimate(tree, &self.points())?;
        let found = shapes.covering(tree, self.place, &mut Work::default())?.len() as u64;
        // Whole leaves lie on the border, of which a point or two are at the place.
        let expected = points.expected.min(border as u64);
        Ok((Cardinality { min: found, expected: found + expected, max: found + points.max }, border))
    }

    pub(super) fn candidates(
        &self,
        tree: &Tree,
        shapes: &Shapes,
        work: &mut Work,
    ) -> Result<(SlotSet, Exactness), IndexError> {
        let found = SlotSet::from_sorted(shapes.covering(tree, self.place, work)?);
        if tree.shape.points == 0 {
            return Ok((found, Exactness::Exact));
        }
        let points = area::inside(tree, &self.points(), work)?;
        Ok((points.or(&found, work), Exactness::Exact))
    }
}

/// Points farther away than so many metres are elsewhere.
const NEAR: f64 = 0.001;

/// One place under all its names.
#[derive(Debug)]
struct SamePlace<'a> {
    known: &'a PreparedShape,
    near: Radius,
}

impl Area for SamePlace<'_> {
    fn boxes(&self, node: &Node) -> Sorted {
        unsure(self.near.boxes(node))
    }

    fn points(&self, leaf: &Leaf) -> Sorted {
        unsure(self.near.points(leaf))
    }

    fn contains(&self, place: LonLat) -> bool {
        self.near.contains(place) && self.known.is_at(place)
    }
}

/// What is near is not yet there.
fn unsure(near: Sorted) -> Sorted {
    Sorted { inside: 0, unsure: near.inside | near.unsure }
}
