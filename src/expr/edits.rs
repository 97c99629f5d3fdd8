//! How many edits make one text of another?

/// More edits than this are refused: an index walks with a band of distances on either side, and texts so unlike are no misspellings.
pub const MAX_EDITS: u32 = 4;

/// Whether the Levenshtein distance of two texts is at most so much: the least number of characters (Unicode scalar values) to insert,
/// delete or replace that makes one of the other.
///
/// One row of distances at a time, between the text so far and each beginning of the other: given up when none is small enough.
#[must_use]
pub fn within_edits(text: &str, other: &str, edits: u32) -> bool {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<u32> = (0..=other.len() as u32).collect();
    for (read, char) in (1..).zip(text.chars()) {
        let mut diagonal = row[0];
        row[0] = read;
        for (at, wanted) in other.iter().enumerate() {
            let replaced = diagonal + u32::from(*wanted != char);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
        if row.iter().all(|distance| *distance > edits) {
            return false;
        }
    }
    row[other.len()] <= edits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition.
    fn distance(a: &[char], b: &[char]) -> u32 {
        match (a, b) {
            ([], rest) | (rest, []) => rest.len() as u32,
            ([x, a @ ..], [y, b @ ..]) if x == y => distance(a, b),
            ([_, c @ ..], [_, d @ ..]) => 1 + distance(c, d).min(distance(c, b)).min(distance(a, d)),
        }
    }

    proptest! {
        #[test]
        fn edits_are_counted_as_defined(a in "[abá]{0,6}", b in "[abá]{0,6}", edits in 0..5u32) {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            prop_assert_eq!(within_edits(&a, &b, edits), distance(&chars(&a), &chars(&b)) <= edits);
        }
    }

    #[test]
    fn characters_count_and_not_bytes() {
        assert!(within_edits("Tbilsi", "Tbilisi", 1) && !within_edits("Tbilsi", "Tbilisi", 0));
        assert!(within_edits("Malmö", "Malmo", 1) && within_edits("", "abcd", 4) && !within_edits("", "abcd", 3));
    }
}
