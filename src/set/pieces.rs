//! Where are segments cut that are too large to become one?

use std::{ops::Range, sync::Arc};

use super::{SegmentView, SetError, merge::Merge, place::Place};

/// The runs of slots, one a segment, of each piece: in the family's order, each piece with at most `each` visible objects.
pub(super) fn pieces(segments: &[SegmentView], each: u32) -> Result<Vec<Vec<Range<u32>>>, SetError> {
    let visible: u64 = segments.iter().map(visible).sum();
    let count = visible.div_ceil(u64::from(each.max(1))).max(1);
    let cuts = cuts(segments, visible.div_ceil(count))?;
    let mut starts = vec![0; segments.len()];
    let mut pieces = Vec::with_capacity(cuts.len() + 1);
    for cut in cuts {
        let ends: Vec<u32> = segments.iter().map(|segment| first_at(segment, cut)).collect::<Result<_, _>>()?;
        pieces.push(starts.iter().zip(&ends).map(|(start, end)| *start..*end).collect());
        starts = ends;
    }
    pieces.push(starts.iter().zip(segments).map(|(start, segment)| *start..segment.slots()).collect());
    Ok(pieces)
}

/// Objects of a segment that are seen.
pub(super) fn visible(segment: &SegmentView) -> u64 {
    u64::from(segment.slots()).saturating_sub(segment.dead().len())
}

/// The place at which each piece but the first begins.
fn cuts(segments: &[SegmentView], each: u64) -> Result<Vec<Place>, SetError> {
    let visible: u64 = segments.iter().map(visible).sum();
    if visible <= each {
        return Ok(Vec::new());
    }
    let all = segments.iter().map(|segment| (segment.clone(), 0..segment.slots())).collect();
    let places = Merge::new(all, Arc::default()).places();
    let step = usize::try_from(each).unwrap_or(usize::MAX);
    places.step_by(step).skip(1).collect()
}

/// The first slot of a segment that does not stand before a place.
fn first_at(segment: &SegmentView, place: Place) -> Result<u32, SetError> {
    let (mut low, mut high) = (0, segment.slots());
    while low < high {
        let middle = u32::midpoint(low, high);
        if segment.place(middle)? < place { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}
