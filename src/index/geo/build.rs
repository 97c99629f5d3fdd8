//! Packing points into leaves and leaves into nodes.

use std::io::Write;

use zerocopy::IntoBytes;

use crate::{
    codec::ContainerWriter,
    geometry::{LonLat, Surroundings, to_wkb},
    index::{Columns, IndexBuilder, IndexError, Slot},
    object::{GeometryRef, ValueRef},
};

use super::{
    grid::{Point, quantize},
    lattice::{Turns, is_decimal, turns},
    shapes::{self, Disc},
    tree::{FANOUT, Header, Leaf, NOWHERE, Node, Shape},
};

/// A part under construction: the points so far.
#[derive(Debug, Default)]
pub(super) struct Builder {
    slots: Vec<u32>,
    places: Vec<LonLat>,
    shapes: Vec<(u32, Disc, Vec<u8>)>,
}

/// A point on its way to its leaf.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub at: Point,
    /// Where it stands in the builder.
    pub from: u32,
}

/// Below so many points, splitting is not worth a second thread.
const PARALLEL_FROM: usize = 16_384;

impl IndexBuilder for Builder {
    fn add(&mut self, slot: Slot, values: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        let value = values.first().copied().flatten();
        if let Some(place) = super::point(value) {
            self.slots.push(slot.0);
            self.places.push(place);
        } else if let Some(ValueRef::Geometry(shape)) = value {
            self.shape(slot, shape)?;
        }
        Ok(())
    }

    fn finish(
        self: Box<Self>,
        _columns: &Columns,
        slots: u32,
        out: &mut ContainerWriter<'_>,
    ) -> Result<(), IndexError> {
        let mut items: Vec<Item> =
            self.places.iter().zip(0..).map(|(place, from)| Item { at: quantize(*place), from }).collect();
        split(&mut items);
        let places: Vec<LonLat> = items.iter().map(|item| self.places[item.from as usize]).collect();
        let leaves: Vec<Leaf> = places.chunks(FANOUT).map(leaf).collect();
        let full = in_full(&places);
        let others = self.shapes.len() as u32;
        out.put("header", Header::new(slots, items.len() as u32, others, full.len() as u32).as_bytes())?;
        out.put("leaves", leaves.as_bytes())?;
        out.put("nodes", nodes(items.chunks(FANOUT).map(around)).as_bytes())?;
        out.section("slots")?;
        let mut positions = vec![NOWHERE; slots as usize];
        for (item, position) in items.iter().zip(0_u32..) {
            let slot = self.slots[item.from as usize];
            out.write_all(&slot.to_le_bytes())?;
            match positions.get_mut(slot as usize) {
                Some(free) => *free = position,
                None => return Err(IndexError::Invariant(format!("geo: slot {slot} of {slots}"))),
            }
        }
        out.put("positions", positions.as_bytes())?;
        out.put("full positions", if full.len() < places.len() { full.as_bytes() } else { &[] })?;
        out.section("full places")?;
        for position in &full {
            let LonLat { lon, lat, .. } = places[*position as usize];
            out.write_all([lon, lat].as_bytes())?;
        }
        shapes::write(&self.shapes, out)
    }
}

impl Builder {
    /// Takes a shape that is no point. One without coordinates is nowhere.
    fn shape(&mut self, slot: Slot, shape: GeometryRef<'_>) -> Result<(), IndexError> {
        let geometry = shape.to_geometry().map_err(|error| IndexError::Invariant(format!("geo: {slot:?}: {error}")))?;
        if let Some(around) = Surroundings::of(&geometry) {
            let bytes = match shape {
                GeometryRef::Wkb(bytes) => bytes.to_vec(),
                GeometryRef::Owned(shape) => to_wkb(shape),
            };
            self.shapes.push((slot.0, around.into(), bytes));
        }
        Ok(())
    }
}

/// Sorts points so that every leaf, and every node of every level, is one box of near points.
///
/// Halves along the longest side, again and again, always at a multiple of a leaf times a power of two: four halvings
/// are one level of the tree, and only the last leaf and the last node of a level are not full.
pub(super) fn split(items: &mut [Item]) {
    let Some(middle) = Shape::cut(items.len()) else { return };
    let along = longest_side(items);
    items.select_nth_unstable_by_key(middle, |item| item.at[along]);
    let (left, right) = items.split_at_mut(middle);
    if left.len() > PARALLEL_FROM {
        rayon::join(|| split(left), || split(right));
    } else {
        split(left);
        split(right);
    }
}

fn longest_side(items: &[Item]) -> usize {
    let (low, high) = around(items);
    let side = |d: usize| i64::from(high[d]) - i64::from(low[d]);
    (0..3).max_by_key(|&d| side(d)).unwrap_or(0)
}

fn leaf(places: &[LonLat]) -> Leaf {
    let turns: [Turns; FANOUT] = std::array::from_fn(|point| turns(places[point.min(places.len() - 1)]));
    Leaf { lon: turns.map(|[lon, _]| lon), lat: turns.map(|[_, lat]| lat) }
}

/// The positions whose places the lattice does not give back; all, when they are so many that one by one they would take as much room.
fn in_full(places: &[LonLat]) -> Vec<u32> {
    let rest: Vec<u32> = (0..).zip(places).filter(|(_, place)| !is_decimal(**place)).map(|(at, _)| at).collect();
    if rest.len() > places.len() / 8 { (0..places.len() as u32).collect() } else { rest }
}

/// The box around points.
fn around(items: &[Item]) -> (Point, Point) {
    around_points(items.iter().map(|item| item.at))
}

/// The box around points on the grid.
pub(super) fn around_points(points: impl Iterator<Item = Point>) -> (Point, Point) {
    let mut ends = ([i32::MAX; 3], [i32::MIN; 3]);
    for point in points {
        for (along, at) in point.into_iter().enumerate() {
            ends.0[along] = ends.0[along].min(at);
            ends.1[along] = ends.1[along].max(at);
        }
    }
    ends
}

/// All nodes over leaves' boxes, the lowest level first.
pub(super) fn nodes(leaves: impl ExactSizeIterator<Item = (Point, Point)>) -> Vec<Node> {
    let shape = Shape::new(leaves.len() * FANOUT);
    let mut boxes: Vec<(Point, Point)> = leaves.collect();
    let mut nodes = Vec::with_capacity(shape.nodes());
    while boxes.len() > 1 || (nodes.is_empty() && !boxes.is_empty()) {
        let first = nodes.len();
        nodes.extend(boxes.chunks(FANOUT).map(node));
        boxes = nodes[first..].iter().map(node_box).collect();
    }
    nodes
}

fn node_box(node: &Node) -> (Point, Point) {
    let low = node.low.map(|along| along.into_iter().min().unwrap_or(0));
    let high = node.high.map(|along| along.into_iter().max().unwrap_or(0));
    (low, high)
}

fn node(children: &[(Point, Point)]) -> Node {
    let mut node = Node { low: [[0; FANOUT]; 3], high: [[0; FANOUT]; 3] };
    for child in 0..FANOUT {
        let (low, high) = children[child.min(children.len() - 1)];
        for d in 0..3 {
            node.low[d][child] = low[d];
            node.high[d][child] = high[d];
        }
    }
    node
}
