//! What would do a family good? A pure function of sizes.

use crate::storage::SegmentId;

use super::{FamilySizes, IndexId, SegmentSizes, memory::most_slots};

/// Segments smaller than this are of one size class.
const SMALLEST_CLASS: u32 = 4_096;

/// From one size class to the next.
const CLASS_FACTOR: u32 = 4;

/// What would do a family good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing.
    Rest,
    /// Write the delta as a segment.
    Flush,
    /// Rewrite these segments into one.
    Compact(Vec<SegmentId>),
    /// Build parts of one segment that it lacks, or that should be settled.
    Build(SegmentId, Vec<IndexId>),
}

/// When what is decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// Flush at this many bytes of delta.
    pub flush_bytes: u64,
    /// Flush at this many versions of delta.
    pub flush_objects: u64,
    /// Compact when this many segments are of similar size.
    pub tier: usize,
    /// Rewrite a segment when this part of its slots is dead.
    pub dead_ratio: f64,
    /// No segment grows beyond this many slots by compaction.
    pub max_slots: u32,
    /// Bytes that building indexes may hold in memory: no segment grows beyond what can be built within, and what has grown beyond it is
    /// rewritten as several when it is built.
    pub build_bytes: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            flush_bytes: 16 << 20,
            flush_objects: 64 << 10,
            tier: 4,
            dead_ratio: 0.25,
            max_slots: 16 << 20,
            build_bytes: 2 << 30,
        }
    }
}

/// Decides, from sizes alone. What is most urgent comes first; doing it and asking again ends at [`Decision::Rest`].
#[must_use]
pub fn choose(sizes: &FamilySizes, thresholds: &Thresholds) -> Decision {
    if sizes.delta_bytes >= thresholds.flush_bytes || sizes.delta_objects >= thresholds.flush_objects {
        return Decision::Flush;
    }
    let rewrite = |segment: &&SegmentSizes| segment.lacks_column || is_mostly_dead(segment, thresholds);
    if let Some(segment) = sizes.segments.iter().find(rewrite) {
        return Decision::Compact(vec![segment.id]);
    }
    let most = thresholds.max_slots.min(sizes.most_slots(thresholds.build_bytes));
    if let Some(segments) = tier(&sizes.segments, thresholds.tier, most) {
        return Decision::Compact(segments);
    }
    if let Some(segment) = sizes.segments.iter().find(|segment| outgrown(segment, sizes, thresholds)) {
        return Decision::Compact(vec![segment.id]);
    }
    let lacking = sizes.segments.iter().find(|segment| !segment.missing.is_empty());
    if let Some(segment) = lacking {
        return Decision::Build(segment.id, segment.missing.clone());
    }
    let settle = |segment: &SegmentSizes| {
        let indexes = sizes.to_settle(segment, thresholds.build_bytes);
        (!indexes.is_empty()).then_some(Decision::Build(segment.id, indexes))
    };
    sizes.segments.iter().find_map(settle).unwrap_or(Decision::Rest)
}

/// Whether something is to be built over a segment that is too large for it.
fn outgrown(segment: &SegmentSizes, sizes: &FamilySizes, thresholds: &Thresholds) -> bool {
    let wanted = segment.missing.iter().chain(&segment.unsettled);
    let bytes = wanted.filter_map(|index| sizes.build_bytes.get(index)).max().copied();
    bytes.is_some_and(|bytes| segment.slots > most_slots(bytes, thresholds.build_bytes))
}

fn is_mostly_dead(segment: &SegmentSizes, thresholds: &Thresholds) -> bool {
    segment.dead > 0 && f64::from(segment.dead) >= thresholds.dead_ratio * f64::from(segment.slots)
}

/// The smallest size class that has enough segments; as many of them, oldest first, as make one segment that is not too large.
fn tier(segments: &[SegmentSizes], least: usize, most: u32) -> Option<Vec<SegmentId>> {
    let mut classes: Vec<u32> = segments.iter().map(|segment| class(segment.live())).collect();
    classes.sort_unstable();
    classes.dedup();
    for wanted in classes {
        let mut room = most;
        let mut chosen = Vec::new();
        for segment in segments.iter().filter(|segment| class(segment.live()) == wanted) {
            if let Some(left) = room.checked_sub(segment.live()) {
                room = left;
                chosen.push(segment.id);
            }
        }
        if chosen.len() >= least.max(2) {
            return Some(chosen);
        }
    }
    None
}

fn class(live: u32) -> u32 {
    (live / SMALLEST_CLASS).max(1).ilog(CLASS_FACTOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(id: u64, slots: u32, dead: u32) -> SegmentSizes {
        SegmentSizes {
            id: SegmentId(id),
            slots,
            dead,
            bytes: u64::from(slots) * 100,
            stored_bytes: u64::from(slots) * 50,
            object_bytes: u64::from(slots) * 80,
            missing: Vec::new(),
            unsettled: Vec::new(),
            lacks_column: false,
        }
    }

    fn decide(segments: Vec<SegmentSizes>) -> Decision {
        choose(&FamilySizes { segments, ..FamilySizes::default() }, &Thresholds::default())
    }

    #[test]
    fn a_large_delta_is_flushed_first() {
        let thresholds = Thresholds::default();
        let segments = (0..9).map(|id| segment(id, 10, 9)).collect();
        let full = FamilySizes { delta_objects: 65_536, segments, ..FamilySizes::default() };
        assert_eq!(choose(&full, &thresholds), Decision::Flush);
        let heavy = FamilySizes { delta_bytes: 16 << 20, ..FamilySizes::default() };
        assert_eq!(choose(&heavy, &thresholds), Decision::Flush);
        assert_eq!(choose(&FamilySizes::default(), &thresholds), Decision::Rest);
    }

    #[test]
    fn segments_of_similar_size_are_merged_up_to_the_limit() {
        let like = |ids: std::ops::Range<u64>, slots| ids.map(move |id| segment(id, slots, 0)).collect::<Vec<_>>();
        assert_eq!(decide(like(0..3, 5_000)), Decision::Rest);
        assert_eq!(decide(like(0..4, 5_000)), Decision::Compact((0..4).map(SegmentId).collect()));
        let mixed = [like(0..3, 5_000), like(3..6, 100_000)].concat();
        assert_eq!(decide(mixed), Decision::Rest);
        assert_eq!(decide(like(0..4, 9 << 20)), Decision::Rest);
    }

    /// Of an index that takes 1,000 bytes a slot.
    fn decide_within(build_bytes: u64, segments: Vec<SegmentSizes>) -> Decision {
        let sizes = FamilySizes { segments, build_bytes: [(IndexId(3), 1_000)].into(), ..FamilySizes::default() };
        choose(&sizes, &Thresholds { build_bytes, ..Thresholds::default() })
    }

    #[test]
    fn segments_are_merged_as_far_as_indexes_over_them_can_be_built() {
        let four = || (0..4).map(|id| segment(id, 100_000, 0)).collect::<Vec<_>>();
        assert_eq!(decide_within(400_000_000, four()), Decision::Compact((0..4).map(SegmentId).collect()));
        assert_eq!(decide_within(399_000_000, four()), Decision::Rest);
    }

    #[test]
    fn what_has_outgrown_memory_is_rewritten_when_it_is_built_and_else_left_alone() {
        let mut large = segment(1, 100_000, 0);
        assert_eq!(decide_within(50_000_000, vec![large.clone()]), Decision::Rest);
        large.unsettled = vec![IndexId(3)];
        assert_eq!(decide_within(50_000_000, vec![large.clone()]), Decision::Compact(vec![SegmentId(1)]));
        assert_eq!(decide_within(100_000_000, vec![large.clone()]), Decision::Build(SegmentId(1), vec![IndexId(3)]));
        large.unsettled.clear();
        large.missing = vec![IndexId(3)];
        assert_eq!(decide_within(50_000_000, vec![large]), Decision::Compact(vec![SegmentId(1)]));
        // No segment is so small that it would be cut once more: it is built with less, once.
        let mut small = segment(2, 16_000, 0);
        small.missing = vec![IndexId(3)];
        assert_eq!(decide_within(1_000, vec![small.clone()]), Decision::Build(SegmentId(2), vec![IndexId(3)]));
        (small.missing, small.unsettled) = (Vec::new(), vec![IndexId(3)]);
        assert_eq!(decide_within(1_000, vec![small]), Decision::Rest);
    }

    #[test]
    fn dead_and_missing_and_unsettled_are_seen_to_in_this_order() {
        let mut lacking = segment(1, 100_000, 0);
        lacking.missing = vec![IndexId(2)];
        lacking.unsettled = vec![IndexId(3)];
        let dead = segment(2, 1_000, 250);
        assert_eq!(decide(vec![lacking.clone(), dead]), Decision::Compact(vec![SegmentId(2)]));
        assert_eq!(decide(vec![lacking.clone()]), Decision::Build(SegmentId(1), vec![IndexId(2)]));
        lacking.missing.clear();
        assert_eq!(decide(vec![lacking.clone()]), Decision::Build(SegmentId(1), vec![IndexId(3)]));
        lacking.lacks_column = true;
        assert_eq!(decide(vec![lacking]), Decision::Compact(vec![SegmentId(1)]));
    }
}
