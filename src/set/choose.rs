//! What would do a family good? A pure function of sizes.

use crate::storage::SegmentId;

use super::{FamilySizes, IndexId, SegmentSizes};

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
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { flush_bytes: 16 << 20, flush_objects: 64 << 10, tier: 4, dead_ratio: 0.25, max_slots: 16 << 20 }
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
    if let Some(segments) = tier(&sizes.segments, thresholds) {
        return Decision::Compact(segments);
    }
    let lacking = sizes.segments.iter().find(|segment| !segment.missing.is_empty());
    if let Some(segment) = lacking {
        return Decision::Build(segment.id, segment.missing.clone());
    }
    match sizes.segments.iter().find(|segment| !segment.unsettled.is_empty()) {
        Some(segment) => Decision::Build(segment.id, segment.unsettled.clone()),
        None => Decision::Rest,
    }
}

fn is_mostly_dead(segment: &SegmentSizes, thresholds: &Thresholds) -> bool {
    segment.dead > 0 && f64::from(segment.dead) >= thresholds.dead_ratio * f64::from(segment.slots)
}

/// The smallest size class that has enough segments; as many of them, oldest first, as make one segment that is not too large.
fn tier(segments: &[SegmentSizes], thresholds: &Thresholds) -> Option<Vec<SegmentId>> {
    let mut classes: Vec<u32> = segments.iter().map(|segment| class(segment.live())).collect();
    classes.sort_unstable();
    classes.dedup();
    for wanted in classes {
        let mut room = thresholds.max_slots;
        let mut chosen = Vec::new();
        for segment in segments.iter().filter(|segment| class(segment.live()) == wanted) {
            if let Some(left) = room.checked_sub(segment.live()) {
                room = left;
                chosen.push(segment.id);
            }
        }
        if chosen.len() >= thresholds.tier.max(2) {
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
