//! Where in its block's box is a point? One byte a dimension says it.

/// What stands for a coordinate that is no number.
pub(super) const ABSENT: u8 = u8::MAX;

/// The last of the 255 cells.
pub(super) const LAST: u8 = 254;

/// The 255 cells of equal width between a block's ends in one dimension.
///
/// [`Grid::code`] never descends where coordinates ascend, whatever the ends: so what has another code than an edge is surely on the same
/// side of it. This alone is what boxes rely on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    base: f64,
    width: f64,
    per_unit: f64,
}

impl Grid {
    /// The cells between two ends; infinite ones are taken for the greatest finite numbers.
    #[inline]
    pub fn new(low: f64, high: f64) -> Self {
        let base = low.max(f64::MIN);
        let width = high.min(f64::MAX) - base;
        Self { base, width, per_unit: 255.0 / width }
    }

    /// The cell of a number, the nearest one for numbers past the ends.
    #[inline]
    pub fn code(self, number: f64) -> u8 {
        // What overflows saturates, NaN becomes 0.
        (((number - self.base) * self.per_unit) as u8).min(LAST)
    }

    /// The middle of the first cell, and the width of each: not for infinite ends.
    #[inline]
    pub fn cells(self) -> (f64, f64) {
        let step = self.width / 255.0;
        (self.base + step / 2.0, step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Random;

    #[test]
    fn codes_ascend_whatever_the_ends() {
        const ODD: [f64; 14] = [
            f64::NEG_INFINITY,
            f64::MIN,
            -1e200,
            -1.0,
            -5e-324,
            -0.0,
            0.0,
            5e-324,
            1e-310,
            1.0,
            1.0 + f64::EPSILON,
            9.007_199_254_740_992e15,
            f64::MAX,
            f64::INFINITY,
        ];
        let mut random = Random::new(5);
        let mut checked = 0;
        for (at, low) in ODD.iter().enumerate() {
            for high in &ODD[at..] {
                let grid = Grid::new(*low, *high);
                let mut numbers: Vec<f64> = (0..200).map(|_| random.between(-2.0, 2.0)).chain(ODD).collect();
                numbers.sort_by(f64::total_cmp);
                let codes: Vec<u8> = numbers.iter().map(|number| grid.code(*number)).collect();
                assert!(codes.is_sorted(), "{low} to {high}: {codes:?}");
                assert!(codes.iter().all(|code| *code <= LAST));
                checked += 1;
            }
        }
        assert_eq!(checked, 105);
    }

    #[test]
    fn a_number_is_within_half_a_cell_of_its_cell() {
        let mut random = Random::new(6);
        for _ in 0..5_000 {
            let low = random.between(-1e3, 1e3);
            let high = low + 10f64.powf(random.between(-9.0, 9.0));
            let (grid, number) = (Grid::new(low, high), random.between(low, high));
            let (first, step) = grid.cells();
            let middle = first + step * f64::from(grid.code(number));
            assert!((number - middle).abs() <= step * 0.500_001, "{number} from {low} to {high}");
        }
    }
}
