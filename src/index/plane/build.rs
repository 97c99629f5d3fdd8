//! Gathering the planes, the points, and the blocks of near points.

use zerocopy::IntoBytes;

use crate::{
    codec::ContainerWriter,
    index::{BuildEffort, Columns, IndexBuilder, IndexError, Slot, search::damaged, sorted::SortedFieldBuilder},
    object::ValueRef,
};

use super::{
    NAME,
    blocks::{BOXES, CODES, Codes, FANOUT, HEADER, Header, SLOTS, Shelves, Side},
    grid::{ABSENT, Grid},
    order::Places,
};

pub(super) struct PlaneBuilder {
    planes: Vec<SortedFieldBuilder>,
    points: Vec<f64>,
    effort: BuildEffort,
}

impl PlaneBuilder {
    pub fn new(dimensions: usize, effort: BuildEffort) -> Self {
        let planes = (0..dimensions).map(|_| SortedFieldBuilder::default()).collect();
        Self { planes, points: Vec::new(), effort }
    }
}

impl IndexBuilder for PlaneBuilder {
    fn add(&mut self, slot: Slot, values: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        if values.len() != self.planes.len() {
            return Err(damaged(NAME, format!("{} values for {} fields", values.len(), self.planes.len())));
        }
        // Slots that were left out have no coordinates.
        self.points.resize(slot.0 as usize * self.planes.len(), f64::NAN);
        for (plane, value) in self.planes.iter_mut().zip(values) {
            plane.add(slot, *value)?;
            self.points.push(value.and_then(|value| value.as_f64()).unwrap_or(f64::NAN));
        }
        Ok(())
    }

    fn finish(
        mut self: Box<Self>,
        _columns: &Columns,
        slots: u32,
        out: &mut ContainerWriter<'_>,
    ) -> Result<(), IndexError> {
        let dimensions = self.planes.len();
        self.points.resize(slots as usize * dimensions, f64::NAN);
        let mut places = Places::new(slots, dimensions);
        for (dimension, plane) in self.planes.into_iter().enumerate() {
            let by_rank = plane.finish(&format!("{dimension}."), slots, self.effort, out)?;
            places.rank(dimension, &by_rank, &self.points)?;
        }
        out.put("points", self.points.as_bytes())?;
        let order = places.order();
        drop(places);
        let made = Made::new(&order, &self.points, dimensions);
        out.put(HEADER, Header::new(slots, order.len(), dimensions).as_bytes())?;
        out.put(SLOTS, order.as_bytes())?;
        out.put(CODES, made.codes.as_bytes())?;
        Ok(out.put(BOXES, made.boxes.as_bytes())?)
    }
}

/// Codes and boxes, as they follow from the order and the points.
pub(super) struct Made {
    /// By block, by dimension.
    pub codes: Vec<Codes>,
    /// By level from the lowest, by node, by dimension.
    pub boxes: Vec<Side>,
}

/// The numbers of a group in one dimension: least, greatest, whether all are there. NaN where there is none.
type Ends = (f64, f64, bool);

impl Made {
    /// Of slots that exist.
    pub fn new(order: &[u32], points: &[f64], dimensions: usize) -> Self {
        let at = |slot: u32, dimension: usize| points[slot as usize * dimensions + dimension];
        let shelves = Shelves::new(order.len());
        let mut codes = Vec::with_capacity(shelves.leaves() * dimensions);
        // By block, by dimension.
        let mut ends: Vec<Ends> = Vec::with_capacity(codes.capacity());
        for slots in order.chunks(FANOUT) {
            for dimension in 0..dimensions {
                let of_block =
                    slots.iter().map(|slot| at(*slot, dimension)).map(|x| (x, x, !x.is_nan())).fold(NONE, union);
                let grid = Grid::new(of_block.0, of_block.1);
                let mut row = [ABSENT; FANOUT];
                for (code, number) in row.iter_mut().zip(slots.iter().map(|slot| at(*slot, dimension))) {
                    *code = if number.is_nan() { ABSENT } else { grid.code(number) };
                }
                ends.push(of_block);
                codes.push(row);
            }
        }
        Self { codes, boxes: boxes(&shelves, ends, dimensions) }
    }
}

/// The ends of no points.
const NONE: Ends = (f64::NAN, f64::NAN, true);

fn union(a: Ends, b: Ends) -> Ends {
    // The minimum of a number and NaN is the number. Adding 0.0 makes one zero of two.
    (a.0.min(b.0) + 0.0, a.1.max(b.1) + 0.0, a.2 && b.2)
}

/// The number, NaN always with the same bits.
fn one_nan(number: f64) -> f64 {
    if number.is_nan() { f64::NAN } else { number }
}

/// All nodes, the lowest level first, from the ends of the blocks.
fn boxes(shelves: &Shelves, mut ends: Vec<Ends>, dimensions: usize) -> Vec<Side> {
    let mut boxes = Vec::with_capacity(shelves.nodes() * dimensions);
    for _ in 1..shelves.counts.len() {
        let mut above = Vec::with_capacity(ends.len() / FANOUT + dimensions);
        for children in ends.chunks(FANOUT * dimensions) {
            for dimension in 0..dimensions {
                let mut side = Side { low: [f64::NAN; FANOUT], high: [f64::NAN; FANOUT], complete: 0 };
                let mut all = NONE;
                for (child, ends) in children.chunks(dimensions).map(|child| child[dimension]).enumerate() {
                    (side.low[child], side.high[child]) = (one_nan(ends.0), one_nan(ends.1));
                    side.complete |= u64::from(ends.2) << child;
                    all = union(all, ends);
                }
                boxes.push(side);
                above.push(all);
            }
        }
        ends = above;
    }
    boxes
}
