//! What are the files of segments called?

use crate::{set::IndexId, storage::SegmentId};

/// The object file of a segment.
pub(super) fn objects_file(segment: SegmentId) -> String {
    format!("objects-{segment}")
}

/// A part of a segment. `unique` is a number that no other build has used.
pub(super) fn part_file(segment: SegmentId, index: IndexId, unique: SegmentId) -> String {
    format!("part-{segment}-{}-{unique}", index.0)
}

/// Whether a file has a name that a segment's file can have. All others were put there by somebody else.
#[must_use]
pub fn is_segment_file(name: &str) -> bool {
    let read = |words: &str| -> Option<String> {
        if let Some(segment) = words.strip_prefix("objects-") {
            return Some(objects_file(SegmentId(segment.parse().ok()?)));
        }
        let mut numbers = words.strip_prefix("part-")?.splitn(3, '-');
        let segment = numbers.next()?.parse().ok()?;
        let index = numbers.next()?.parse().ok()?;
        let unique = numbers.next()?.parse().ok()?;
        Some(part_file(SegmentId(segment), IndexId(index), SegmentId(unique)))
    };
    // Numbers are written in one way only: `+7` and `007` are not ours.
    read(name).is_some_and(|canonical| canonical == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_are_written_are_recognized() {
        let (segment, unique) = (SegmentId(7), SegmentId(u64::MAX));
        assert!(is_segment_file(&objects_file(segment)) && is_segment_file(&objects_file(unique)));
        assert!(is_segment_file(&part_file(segment, IndexId(0), unique)));
        for name in [
            "objects-zz",
            "objects-",
            "objects-007",
            "objects-+7",
            "objects-7 ",
            "objects-7.bak",
            "my-objects-7",
            "objects",
            "objects-18446744073709551616",
            "part-7-0",
            "part-7-0-",
            "part-7-0-x",
            "part-7-00-9",
            "part-7-0-9-1",
            "part--7-0-9",
            "",
        ] {
            assert!(!is_segment_file(name), "{name}");
        }
    }
}
