//! Every operation against `roaring`, in every pair of representations.

use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::{Slot, SlotSet};
use crate::{codec::Section, index::Work};

const SLOTS: u32 = 300_000;

/// Slots of one shape over one span: alone, every few, in runs, or nearly all.
fn piece() -> impl Strategy<Value = Vec<u32>> {
    let span = (0..SLOTS, 1..120_000u32).prop_map(|(low, length)| (low, (low + length).min(SLOTS)));
    (span, 0..5u8, 1..400u32, any::<u64>()).prop_map(|((low, high), shape, step, seed)| match shape {
        0 => (0..seed % 40).map(|i| low + (scatter(seed, i) % u64::from(high - low)) as u32).collect(),
        1 => (low..high).step_by(step as usize).collect(),
        2 => (low..high).filter(|slot| (slot / step).is_multiple_of(2)).collect(),
        3 => (low..high).filter(|slot| !scatter(seed, u64::from(*slot)).is_multiple_of(4)).collect(),
        _ => (low..high).collect(),
    })
}

fn scatter(seed: u64, i: u64) -> u64 {
    (seed ^ i).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 20
}

/// A set as the oracle sees it, and as one of our representations.
fn pair() -> impl Strategy<Value = (RoaringBitmap, SlotSet)> {
    (prop::collection::vec(piece(), 0..4), 0..4u8).prop_map(|(pieces, form)| {
        let oracle: RoaringBitmap = pieces.into_iter().flatten().collect();
        let set = in_form(&oracle, form);
        (oracle, set)
    })
}

fn in_form(oracle: &RoaringBitmap, form: u8) -> SlotSet {
    match form {
        0 => SlotSet::from_sorted(oracle.iter().collect()),
        1 => SlotSet::from_roaring(oracle),
        2 => reread(&SlotSet::from_roaring(oracle)),
        _ => {
            let mut words = vec![0u64; SLOTS.div_ceil(64) as usize];
            oracle.iter().for_each(|slot| words[(slot / 64) as usize] |= 1 << (slot % 64));
            SlotSet::from_bitmap(words)
        }
    }
}

fn reread(set: &SlotSet) -> SlotSet {
    let mut bytes = vec![7; 8];
    bytes.extend(set.to_postings());
    let (length, section) = (bytes.len() as u64 - 8, Section::in_memory(bytes));
    let read = SlotSet::from_postings(&section, 8, length, SLOTS).unwrap();
    read.verify().unwrap();
    read
}

fn assert_same(set: &SlotSet, oracle: &RoaringBitmap) {
    assert_eq!(set.len(), oracle.len());
    assert!(set.iter().map(|slot| slot.0).eq(oracle.iter()));
    assert_eq!(set.first().map(|slot| slot.0), oracle.min());
    assert_eq!(set.last().map(|slot| slot.0), oracle.max());
    assert_eq!(set.is_empty(), oracle.is_empty());
}

/// Runs an operation and checks that it visited at most the elements of its sides, and nothing for an empty side.
fn bounded<T>(left: &SlotSet, right: &SlotSet, operation: impl FnOnce(&mut Work) -> T) -> T {
    let mut work = Work::default();
    let result = operation(&mut work);
    assert!(work.visited <= left.len() + right.len(), "{} > {} + {}", work.visited, left.len(), right.len());
    if left.is_empty() || right.is_empty() {
        assert_eq!(work.visited, 0);
    }
    result
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn algebra_equals_roaring((a, left) in pair(), (b, right) in pair()) {
        assert_same(&left, &a);
        assert_same(&bounded(&left, &right, |work| left.and(&right, work)), &(&a & &b));
        assert_same(&bounded(&left, &right, |work| left.or(&right, work)), &(&a | &b));
        prop_assert_eq!(bounded(&left, &right, |work| left.and_len(&right, work)), a.intersection_len(&b));
        prop_assert_eq!(bounded(&left, &right, |work| left.or_len(&right, work)), a.union_len(&b));
        prop_assert_eq!(bounded(&left, &right, |work| left.and_not_len(&right, work)), a.difference_len(&b));
        assert_same(&bounded(&left, &right, |work| left.and_not(&right, work)), &(&a - &b));
    }

    #[test]
    fn sets_for_probing_combine_like_others((a, left) in pair(), (b, right) in pair()) {
        let (left, mut work) = (left.for_probing(), Work::default());
        assert_same(&left.and(&right, &mut work), &(&a & &b));
        assert_same(&right.and_not(&left, &mut work), &(&b - &a));
        assert_same(&left.or(&right, &mut work), &(&a | &b));
        prop_assert_eq!(left.and_len(&right.for_probing(), &mut work), a.intersection_len(&b));
    }

    #[test]
    fn probes_and_skips_equal_roaring((a, set) in pair(), probes in prop::collection::vec(0..SLOTS + 70_000, 50)) {
        let fast = set.for_probing();
        assert_same(&fast, &a);
        for probe in probes {
            prop_assert_eq!(set.contains(Slot(probe)), a.contains(probe));
            prop_assert_eq!(fast.contains(Slot(probe)), a.contains(probe));
            let mut slots = set.iter();
            slots.nth((probe % 97) as usize);
            let from = a.iter().nth((probe % 97) as usize + 1).unwrap_or(u32::MAX).max(probe);
            slots.skip_to(probe);
            prop_assert_eq!(slots.next().map(|slot| slot.0), a.range(from..).next());
        }
        for slot in a.iter().step_by(71) {
            prop_assert!(set.contains(Slot(slot)));
        }
    }

    #[test]
    fn slots_are_taken_in_any_portions((oracle, set) in pair(), portions in prop::collection::vec(0..3_000_usize, 1..9)) {
        let (mut slots, mut taken) = (set.iter(), Vec::new());
        for portion in portions.iter().cycle() {
            let before = taken.len();
            slots.take_into(*portion, &mut taken);
            prop_assert!(taken.len() - before <= *portion);
            let all = taken.len() - before == *portion;
            match slots.next() {
                Some(slot) => taken.push(slot),
                None => break,
            }
            prop_assert!(all, "fewer than {} where there are more", portion);
        }
        prop_assert!(taken.iter().map(|slot| slot.0).eq(oracle.iter()));
    }

    #[test]
    fn postings_come_back((oracle, set) in pair()) {
        assert_same(&reread(&set), &oracle);
        assert_same(&reread(&reread(&set)), &oracle);
    }

    #[test]
    fn many_sets_combine(sets in prop::collection::vec(pair(), 1..12)) {
        let refs: Vec<&SlotSet> = sets.iter().map(|(_, set)| set).collect();
        let mut work = Work::default();
        let all = sets.iter().skip(1).fold(sets[0].0.clone(), |all, (oracle, _)| all & oracle);
        assert_same(&SlotSet::and_all(&refs, &mut work).unwrap(), &all);
        prop_assert_eq!(SlotSet::and_all_len(&refs, &mut work), Some(all.len()));
        let any = sets.iter().fold(RoaringBitmap::new(), |any, (oracle, _)| any | oracle);
        assert_same(&SlotSet::or_all(&refs, &mut work), &any);
    }

    #[test]
    fn damaged_postings_are_errors_not_panics((_, set) in pair(), at in 0..200usize, value in any::<u8>(), cut in 0..64usize) {
        let mut bytes = set.to_postings();
        let at = at % bytes.len();
        bytes[at] = value;
        bytes.truncate(bytes.len() - cut.min(bytes.len()));
        let (length, section) = (bytes.len() as u64, Section::in_memory(bytes));
        if let Ok(read) = SlotSet::from_postings(&section, 0, length, SLOTS) {
            let sound = read.verify().is_ok();
            let work = &mut Work::default();
            let both = (read.and(&set, work).len(), set.and_len(&read, work));
            let either = (read.or(&set, work).len(), read.and_not(&set, work).len(), set.and_not(&read, work).len());
            prop_assert!(!sound || both.0 == both.1 && either.0 == either.1 + set.len());
            let _ = (read.for_probing().contains(Slot(77)), read.contains(Slot(77)), read.iter_range(50, 99).count());
        }
    }
}

#[test]
fn ends_of_the_space_are_safe() {
    let top = SlotSet::range(u32::MAX - 70_000, u32::MAX);
    assert_eq!(top.len(), 70_000);
    assert_eq!(top.iter().count(), 70_000);
    let thin = SlotSet::collect((u32::MAX - 1000..u32::MAX).step_by(3).map(Slot));
    assert_eq!(top.and_len(&thin.for_probing(), &mut Work::default()), thin.len());
    assert_eq!(SlotSet::range(5, 5).len() + SlotSet::range(7, 3).len(), 0);
    assert_eq!(SlotSet::default(), SlotSet::all(0));
    assert!(SlotSet::and_all(&[], &mut Work::default()).is_none());
}

#[test]
fn a_range_over_the_whole_segment_costs_nothing() {
    let some = SlotSet::collect((0..1000).step_by(3).map(Slot));
    let mut work = Work::default();
    assert_eq!(SlotSet::all(1000).and(&some, &mut work), some);
    assert_eq!(some.and_len(&SlotSet::all(1000), &mut work), some.len());
    assert_eq!(work.visited, 0);
}
