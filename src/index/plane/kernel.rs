//! Loops over 64 points or 64 boxes at once, written so that the compiler makes vector instructions of them:
//! the widest that there are where [`widest`](crate::index::widest) runs them. All give the same.

use super::blocks::{Codes, FANOUT, Side};

/// Sixty-four boxes or points, as bits. What is in neither set is outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted {
    /// Wholly inside.
    pub inside: u64,
    /// To be looked at more closely.
    pub unsure: u64,
}

impl Sorted {
    /// What may be inside, and of it what surely is.
    #[inline(always)]
    pub fn new(touched: u64, inside: u64) -> Self {
        Self { inside: touched & inside, unsure: touched & !inside }
    }

    /// Only the first so many, at most 64.
    #[inline(always)]
    pub fn first(self, count: usize) -> Self {
        let existing = existing(count);
        Self { inside: self.inside & existing, unsure: self.unsure & existing }
    }
}

/// The first so many of 64, as bits.
#[inline(always)]
pub(super) fn existing(count: usize) -> u64 {
    if count >= FANOUT { u64::MAX } else { (1 << count) - 1 }
}

/// The numbers of the set bits.
#[inline(always)]
pub(super) fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let next = (bits != 0).then_some(bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(next)
    })
}

/// Sixty-four ones and zeros as bits: a product gathers the lowest bits of eight bytes in its highest byte.
#[inline(always)]
pub(super) fn bits(flags: &[u8; FANOUT]) -> u64 {
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (eights, _) = flags.as_chunks::<8>();
    let gathered = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56;
    eights.iter().rev().fold(0, |bits, eight| bits << 8 | gathered(eight))
}

/// The children that reach into `low..=high`, and those that lie in it wholly.
#[inline(always)]
pub(super) fn between(side: &Side, low: f64, high: f64) -> (u64, u64) {
    let (mut touched, mut inside) = ([0; FANOUT], [0; FANOUT]);
    for i in 0..FANOUT {
        touched[i] = u8::from(side.low[i] <= high) & u8::from(side.high[i] >= low);
        inside[i] = u8::from(side.low[i] >= low) & u8::from(side.high[i] <= high);
    }
    (bits(&touched), bits(&inside) & side.complete)
}

/// Adds the square of how far a coordinate is from each child at least; NaN where a child has no number.
#[inline(always)]
pub(super) fn add_nearest(squares: &mut [f64; FANOUT], side: &Side, at: f64) {
    for (square, (low, high)) in squares.iter_mut().zip(side.low.iter().zip(&side.high)) {
        let (below, above) = (low - at, at - high);
        let out = if below > above { below } else { above };
        let out = if out < 0.0 { 0.0 } else { out };
        *square += out * out;
    }
}

/// Adds the square of how far a coordinate is from each child at most; NaN where a child has no number.
#[inline(always)]
pub(super) fn add_farthest(squares: &mut [f64; FANOUT], side: &Side, at: f64) {
    for (square, (low, high)) in squares.iter_mut().zip(side.low.iter().zip(&side.high)) {
        let (up, down) = (high - at, at - low);
        let most = if up > down { up } else { down };
        *square += most * most;
    }
}

/// Which of 64 numbers are at most so much; NaN is not.
#[inline(always)]
pub(super) fn at_most(numbers: &[f64; FANOUT], most: f64) -> u64 {
    let mut flags = [0; FANOUT];
    for i in 0..FANOUT {
        flags[i] = u8::from(numbers[i] <= most);
    }
    bits(&flags)
}

/// Codes that may be of coordinates between two edges, and those that surely are: each as the first one and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub maybe: (u8, u8),
    pub sure: (u8, u8),
}

/// Lowers the state of each point to what a window says: 2 surely inside, 1 perhaps, 0 outside.
#[inline(always)]
pub(super) fn narrow(states: &mut [u8; FANOUT], codes: &Codes, window: Window) {
    for (state, code) in states.iter_mut().zip(codes) {
        let maybe = u8::from(code.wrapping_sub(window.maybe.0) < window.maybe.1);
        let sure = u8::from(code.wrapping_sub(window.sure.0) < window.sure.1);
        *state = (*state).min(maybe + sure);
    }
}

/// The states of points, sorted.
#[inline(always)]
pub(super) fn sorted(states: &[u8; FANOUT]) -> Sorted {
    Sorted { inside: bits(&states.map(|state| state >> 1)), unsure: bits(&states.map(|state| state & 1)) }
}

/// Adds the squares of how far the middles of the points' cells are from a coordinate, given how far the first cell's is, and the cells' width.
#[inline(always)]
pub(super) fn add_squares(squares: &mut [f32; FANOUT], codes: &Codes, first: f32, step: f32) {
    for (square, code) in squares.iter_mut().zip(codes) {
        let out = first + step * f32::from(*code);
        *square += out * out;
    }
}

/// Sorts squares of distances: at most `inner` is inside, more than `outer` outside.
#[inline(always)]
pub(super) fn sorted_squares(squares: &[f32; FANOUT], inner: f32, outer: f32) -> Sorted {
    let (mut outside, mut inside) = ([0; FANOUT], [0; FANOUT]);
    for i in 0..FANOUT {
        outside[i] = u8::from(squares[i] > outer);
        inside[i] = u8::from(squares[i] <= inner);
    }
    // NaN is neither.
    Sorted::new(!bits(&outside), bits(&inside))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Random;

    #[test]
    fn flags_become_bits() {
        let mut random = Random::new(1);
        for round in 0..200 {
            let wanted = if round == 0 { u64::MAX } else { random.next() };
            let flags = std::array::from_fn(|i| (wanted >> i & 1) as u8);
            assert_eq!(bits(&flags), wanted);
            assert_eq!(ones(wanted).fold(0, |bits, one| bits | 1 << one), wanted);
        }
        assert_eq!((existing(0), existing(3), existing(64)), (0, 7, u64::MAX));
    }

    #[test]
    fn windows_sort_every_code() {
        let window = Window { maybe: (10, 21), sure: (11, 19) };
        for start in [0, 64, 128, 192] {
            let codes: Codes = std::array::from_fn(|i| start + i as u8);
            let mut states = [2; FANOUT];
            narrow(&mut states, &codes, window);
            let found = sorted(&states);
            for (i, code) in codes.into_iter().enumerate() {
                let (inside, unsure) = ((11..30).contains(&code), code == 10 || code == 30);
                assert_eq!((found.inside >> i & 1 == 1, found.unsure >> i & 1 == 1), (inside, unsure), "{code}");
            }
        }
        // A window without sure codes, and one without any.
        let mut states = [2; FANOUT];
        narrow(&mut states, &[7; FANOUT], Window { maybe: (7, 1), sure: (8, 0) });
        assert_eq!(sorted(&states), Sorted { inside: 0, unsure: u64::MAX });
        narrow(&mut states, &[7; FANOUT], Window { maybe: (0, 0), sure: (0, 0) });
        assert_eq!(sorted(&states), Sorted::default());
    }

    #[test]
    fn a_child_without_numbers_is_nowhere() {
        let mut side = Side { low: [1.0; FANOUT], high: [3.0; FANOUT], complete: u64::MAX };
        (side.low[5], side.high[5]) = (f64::NAN, f64::NAN);
        side.complete = !(1 << 5 | 1 << 6);
        let all = f64::NEG_INFINITY..f64::INFINITY;
        assert_eq!(between(&side, all.start, all.end), (!(1 << 5), !(1 << 5 | 1 << 6)));
        assert_eq!(between(&side, 3.0, 4.0), (!(1 << 5), 0));
        let (mut near, mut far) = ([0.0; FANOUT], [0.0; FANOUT]);
        add_nearest(&mut near, &side, 5.0);
        add_farthest(&mut far, &side, 5.0);
        assert_eq!((near[0], far[0], at_most(&near, 4.0)), (4.0, 16.0, !(1 << 5)));
        assert!(near[5].is_nan() && far[5].is_nan());
    }
}
