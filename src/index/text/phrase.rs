//! The slots in which words stand at the right distances.

use crate::{
    expr::Words,
    index::{IndexError, SlotSet, Work},
};

use super::terms::Terms;

/// The slots of a phrase: those that have all its terms, one after the other looked at where they stand.
pub(super) fn phrase(terms: &Terms, words: &Words, work: &mut Work) -> Result<SlotSet, IndexError> {
    let mut distinct: Vec<&str> = words.terms().iter().map(|term| &*term.text).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let mut entries = Vec::with_capacity(distinct.len());
    for term in &distinct {
        let Some(entry) = terms.find(term)? else { return Ok(SlotSet::empty()) };
        entries.push(entry);
    }
    let sets = entries.iter().map(|entry| terms.slots_of(entry)).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = words.terms().first() else { return Ok(SlotSet::empty()) };
    let together = SlotSet::and_all(&sets.iter().collect::<Vec<_>>(), work).unwrap_or_default();
    if words.terms().len() == 1 {
        return Ok(together);
    }
    // Each word of the phrase: its term's number, and how far it stands behind the first.
    let wanted: Vec<(usize, u32)> = words
        .terms()
        .iter()
        .filter_map(|term| Some((distinct.binary_search(&&*term.text).ok()?, term.position - first.position)))
        .collect();
    let mut readers = Vec::with_capacity(sets.len());
    for (entry, slots) in entries.iter().zip(&sets) {
        readers.push(terms.positions_of(entry, slots)?);
        work.visited += u64::from(entry.count);
    }
    let mut positions = vec![Vec::new(); readers.len()];
    let mut found = Vec::new();
    for slot in &together {
        for (reader, positions) in readers.iter_mut().zip(&mut positions) {
            reader.of(slot, positions)?;
            work.visited += positions.len() as u64;
        }
        if stands(&wanted, &positions) {
            found.push(slot.0);
        }
    }
    Ok(SlotSet::from_ascending(found))
}

/// Whether from some position on every word stands where it should.
fn stands(wanted: &[(usize, u32)], positions: &[Vec<u32>]) -> bool {
    let Some((first, _)) = wanted.first() else { return false };
    positions[*first].iter().any(|start| {
        wanted.iter().all(|(term, behind)| {
            start.checked_add(*behind).is_some_and(|position| positions[*term].binary_search(&position).is_ok())
        })
    })
}
