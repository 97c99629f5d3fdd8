//! For whom is it worth to hold a group back a moment?
//!
//! While one group is written and synced, others come: with many threads there are two groups that take turns, each of half of them. Those
//! of the first come back so soon that the second had better wait for them: half as many syncs for the same transactions. (PostgreSQL's
//! `commit_delay` and `commit_siblings` do this by settings; here it is learned.) Where they don't come back soon, it is tried less and less.

/// A leader that waits for others lets other threads run so often at most, which takes about a tenth of a millisecond.
pub(super) const PATIENCE: u32 = if cfg!(shuttle) { 2 } else { 256 };

/// After so many doublings, tries in vain don't get rarer.
const RAREST: u32 = 6;

/// What was learned from the last groups.
#[derive(Debug, Default)]
pub(super) struct Siblings {
    /// The members of the last group, and who waited when it was through.
    expected: usize,
    /// How often, lately, they did not come.
    in_vain: u32,
    /// So many groups are not held back.
    skip: u32,
}

impl Siblings {
    /// A group is through, of so many members, and so many others wait.
    pub fn through(&mut self, members: usize, waiting: usize) {
        self.expected = members + waiting;
    }

    /// How many the next group should wait for.
    pub fn wanted(&mut self) -> usize {
        match self.skip.checked_sub(1) {
            None => self.expected,
            Some(rest) => {
                self.skip = rest;
                0
            }
        }
    }

    /// Whether they came.
    pub fn came(&mut self, all: bool) {
        if all {
            self.in_vain = 0;
        } else {
            self.in_vain = (self.in_vain + 1).min(RAREST);
            self.skip = (1 << self.in_vain) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_come_is_waited_for_less_and_less() {
        let mut siblings = Siblings::default();
        assert_eq!(siblings.wanted(), 0, "nobody is known yet");
        siblings.through(3, 2);
        assert_eq!(siblings.wanted(), 5);
        let mut waits = Vec::new();
        for group in 0..1_000 {
            if siblings.wanted() > 0 {
                siblings.came(false);
                waits.push(group);
            }
        }
        assert_eq!(waits[..5], [0, 2, 6, 14, 30], "twice as rarely each time");
        assert_eq!(waits[waits.len() - 1] - waits[waits.len() - 2], 1 << RAREST, "but never for good");
        siblings.skip = 0;
        siblings.came(true);
        assert_eq!((siblings.wanted(), siblings.wanted()), (5, 5), "who comes is waited for each time");
    }
}
