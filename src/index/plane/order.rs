//! Putting points that are near each other side by side.

use crate::{
    codec::scrambled,
    index::{IndexError, search::damaged},
};

use super::{NAME, blocks::Shelves};

/// Below so many points, splitting is not worth a second thread.
const PARALLEL_FROM: usize = 16_384;
/// So many of a group's points say how wide it is.
const SAMPLE: usize = 256;
/// The place of what is no number.
const NOWHERE: u32 = u32::MAX;

/// The places of all slots in the order of each dimension: equal numbers have the same place. By slot, one for each dimension.
///
/// Groups are cut by place, not by coordinate: so dimensions of different units count alike, and a few odd numbers do not matter.
pub(super) struct Places {
    places: Vec<u32>,
    dimensions: usize,
}

impl Places {
    pub fn new(slots: u32, dimensions: usize) -> Self {
        Self { places: vec![NOWHERE; slots as usize * dimensions], dimensions }
    }

    /// Takes one dimension: the slots by rank, and the coordinates by slot, one for each dimension.
    pub fn rank(&mut self, dimension: usize, by_rank: &[u32], points: &[f64]) -> Result<(), IndexError> {
        let (mut place, mut last) = (0, f64::NAN);
        for (rank, slot) in (0..).zip(by_rank) {
            let at = *slot as usize * self.dimensions + dimension;
            let (Some(number), Some(taken)) = (points.get(at), self.places.get_mut(at)) else {
                return Err(damaged(NAME, format!("a coordinate for slot {slot} that does not exist")));
            };
            if number.is_nan() {
                continue;
            }
            if *number != last {
                (place, last) = (rank, *number);
            }
            *taken = place;
        }
        Ok(())
    }

    /// All slots that have a number somewhere, so that each block, and each node of each level, is a group of near points.
    pub fn order(&self) -> Vec<u32> {
        let somewhere = |slot: &u32| self.of(*slot).iter().any(|place| *place != NOWHERE);
        let slots = self.places.len() / self.dimensions.max(1);
        let mut order: Vec<u32> = (0..slots as u32).filter(somewhere).collect();
        let mut keys = vec![0; order.len()];
        self.split(&mut order, &mut keys);
        order
    }

    fn of(&self, slot: u32) -> &[u32] {
        let at = slot as usize * self.dimensions;
        &self.places[at..at + self.dimensions]
    }

    /// Halves a group along its widest side, again and again, down to blocks, whose slots ascend.
    fn split(&self, slots: &mut [u32], keys: &mut [u64]) {
        let Some(middle) = Shelves::cut(slots.len()) else { return slots.sort_unstable() };
        let along = self.widest(slots);
        for (key, slot) in keys.iter_mut().zip(&*slots) {
            *key = u64::from(self.of(*slot)[along]) << 32 | u64::from(*slot);
        }
        keys.select_nth_unstable(middle);
        for (slot, key) in slots.iter_mut().zip(&*keys) {
            *slot = *key as u32;
        }
        let ((left, right), (lower, upper)) = (slots.split_at_mut(middle), keys.split_at_mut(middle));
        if left.len() > PARALLEL_FROM {
            rayon::join(|| self.split(left, lower), || self.split(right, upper));
        } else {
            self.split(left, lower);
            self.split(right, upper);
        }
    }

    /// The dimension in which some of the points are farthest apart.
    fn widest(&self, slots: &[u32]) -> usize {
        let (mut low, mut high) = ([u32::MAX; 16], [0; 16]);
        // Not every so many, which values that come round and round would fool.
        let any = |number: usize| slots[(scrambled(number as u64) % slots.len() as u64) as usize];
        let pick = |number: usize| if slots.len() <= SAMPLE { slots[number] } else { any(number) };
        for slot in (0..slots.len().min(SAMPLE)).map(pick) {
            for (dimension, place) in self.of(slot).iter().enumerate().take(16) {
                low[dimension] = low[dimension].min(*place);
                high[dimension] = high[dimension].max(*place);
            }
        }
        (0..self.dimensions).rev().max_by_key(|dimension| high[*dimension].saturating_sub(low[*dimension])).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::plane::blocks::FANOUT;

    /// Coordinates by slot as they would be ranked.
    fn places(points: &[[f64; 2]]) -> Places {
        let mut places = Places::new(points.len() as u32, 2);
        for dimension in 0..2 {
            let mut by_rank: Vec<u32> = (0..points.len() as u32).collect();
            by_rank.sort_by(|a, b| points[*a as usize][dimension].total_cmp(&points[*b as usize][dimension]));
            places.rank(dimension, &by_rank, points.as_flattened()).unwrap();
        }
        places
    }

    #[test]
    fn groups_are_cut_where_they_are_wide() {
        // A line of 4,096 points, in a shuffled order, all with the same second coordinate: blocks are its pieces.
        let points: Vec<[f64; 2]> = (0..4096_u32).map(|i| [f64::from(i * 2_531 % 4096), 7.0]).collect();
        let order = places(&points).order();
        for (block, slots) in order.chunks(FANOUT).enumerate() {
            assert!(slots.is_sorted());
            for slot in slots {
                assert_eq!(points[*slot as usize][0] as usize / FANOUT, block, "slot {slot}");
            }
        }
    }

    #[test]
    fn what_has_no_number_is_left_out_or_stands_apart() {
        let point = |i: u32| match i % 4 {
            0 => [f64::NAN, f64::NAN],
            1 => [f64::NAN, f64::from(i)],
            _ => [f64::from(i), f64::from(i % 7)],
        };
        let points: Vec<[f64; 2]> = (0..1024).map(point).collect();
        let order = places(&points).order();
        assert_eq!(order.len(), 768);
        let mut all = order.clone();
        all.sort_unstable();
        all.dedup();
        assert!(all.len() == 768 && all.iter().all(|slot| slot % 4 != 0));
        let mixed = order.chunks(FANOUT).filter(|slots| {
            let missing = slots.iter().filter(|slot| **slot % 4 == 1).count();
            missing > 0 && missing < slots.len()
        });
        assert!(mixed.count() <= 1);
    }
}
