//! Numbers that look random and that a seed repeats everywhere (SplitMix64): for simulated disks, seeded graphs, checks and tests.

/// What the state grows by from one number to the next.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A number scrambled: the first one that [`Random`] gives from this seed.
#[must_use]
pub const fn scrambled(number: u64) -> u64 {
    let z = number.wrapping_add(STEP);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Numbers that look random and are the same for the same seed.
#[derive(Clone, Debug, Default)]
pub struct Random(u64);

impl Random {
    /// The generator of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub const fn next(&mut self) -> u64 {
        let number = scrambled(self.0);
        self.0 = self.0.wrapping_add(STEP);
        number
    }

    /// A number below `bound`; zero when that is zero.
    pub const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    /// A place among so many; zero when there is none.
    pub const fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// Yes or no.
    pub const fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }

    /// True once in `times`.
    pub const fn once_in(&mut self, times: usize) -> bool {
        self.index(times) == 0
    }

    /// A fraction of at least 0 and less than 1.
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number between two.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.fraction() * (high - low)
    }

    /// One of some things.
    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        things.get(self.index(things.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that the algorithm's authors publish for this seed: graphs, fixtures and recorded seeds depend on them.
    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut random = Random::new(1_234_567);
        let numbers = [0; 3].map(|_| random.next());
        assert_eq!(numbers, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
        assert_eq!(scrambled(1_234_567), numbers[0]);
    }

    #[test]
    fn nothing_to_choose_from_is_zero_or_nothing() {
        let mut random = Random::new(1);
        assert_eq!((random.below(0), random.index(0)), (0, 0));
        assert_eq!(random.pick::<u8>(&[]), None);
    }
}
