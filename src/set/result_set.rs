//! What a query found, as a set: objects of one family, by offset.

use std::ops;

use crate::object::{FamilyId, Offset};

/// Offsets of one family in ascending order, with the algebra of sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultSet {
    family: FamilyId,
    offsets: Vec<Offset>,
}

impl ResultSet {
    /// A set of these objects, in whatever order and however often they come.
    #[must_use]
    pub fn new(family: FamilyId, offsets: impl IntoIterator<Item = Offset>) -> Self {
        let mut offsets: Vec<_> = offsets.into_iter().collect();
        offsets.sort_unstable();
        offsets.dedup();
        Self { family, offsets }
    }

    /// The family of all members.
    #[must_use]
    pub fn family(&self) -> FamilyId {
        self.family
    }

    /// The number of members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Whether there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// Whether an object is a member.
    #[must_use]
    pub fn contains(&self, offset: Offset) -> bool {
        self.offsets.binary_search(&offset).is_ok()
    }

    /// The members in offset order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Offset> + '_ {
        self.offsets.iter().copied()
    }

    /// One linear merge: keeps what `keep` says of (is on the left, is on the right). Sets of different families have no common members.
    fn merge(&self, other: &Self, keep: impl Fn(bool, bool) -> bool) -> Self {
        let right: &[Offset] = if self.family == other.family { &other.offsets } else { &[] };
        let (mut i, mut j) = (0, 0);
        let mut offsets = Vec::new();
        loop {
            let (left, right) = (self.offsets.get(i), right.get(j));
            let next = match (left, right) {
                (Some(left), Some(right)) => *left.min(right),
                (Some(one), None) | (None, Some(one)) => *one,
                (None, None) => break,
            };
            let (on_left, on_right) = (left == Some(&next), right == Some(&next));
            if keep(on_left, on_right) {
                offsets.push(next);
            }
            i += usize::from(on_left);
            j += usize::from(on_right);
        }
        Self { family: self.family, offsets }
    }
}

impl ops::BitAnd for &ResultSet {
    type Output = ResultSet;
    fn bitand(self, other: Self) -> ResultSet {
        self.merge(other, |left, right| left && right)
    }
}

impl ops::BitOr for &ResultSet {
    type Output = ResultSet;
    fn bitor(self, other: Self) -> ResultSet {
        self.merge(other, |left, right| left || right)
    }
}

impl ops::Sub for &ResultSet {
    type Output = ResultSet;
    fn sub(self, other: Self) -> ResultSet {
        self.merge(other, |left, right| left && !right)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(offsets: &BTreeSet<u64>) -> ResultSet {
        ResultSet::new(FamilyId(1), offsets.iter().rev().map(|offset| Offset(*offset)))
    }

    proptest! {
        #[test]
        fn the_algebra_is_that_of_sets_52(
            left in prop::collection::btree_set(0..40_u64, 0..30),
            right in prop::collection::btree_set(0..40_u64, 0..30),
        ) {
            let (a, b) = (set(&left), set(&right));
            prop_assert_eq!(&a & &b, set(&(&left & &right)));
            prop_assert_eq!(&a | &b, set(&(&left | &right)));
            prop_assert_eq!(&a - &b, set(&(&left - &right)));
            prop_assert_eq!(a.len(), left.len());
            prop_assert!((0..40).all(|offset| a.contains(Offset(offset)) == left.contains(&offset)));
        }
    }

    #[test]
    fn sets_of_different_families_have_nothing_in_common() {
        let [a, b] = [1, 2].map(|family| ResultSet::new(FamilyId(family), [Offset(7), Offset(7)]));
        assert!((&a & &b).is_empty());
        assert_eq!(&a - &b, a);
        assert_eq!((&a | &b).iter().collect::<Vec<_>>(), [Offset(7)]);
    }
}
