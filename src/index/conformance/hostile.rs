//! Does a part of any content leave its reader standing?

use bytes::Bytes;

use crate::{
    codec::{Container, Random},
    index::{Columns, IndexKind, IndexPart, NearestRequest, Options, Registry, SearchEffort, SlotSet, Work},
    object::{FieldPath, Object},
};

use super::{Conformance, answers::random_set, objects::Generator};

/// Segments have at most this many slots here.
const SLOTS: u32 = 1024;
/// Predicates asked of each part.
const QUESTIONS: usize = 30;
/// Objects, for columns and for values to ask for, are made from this seed.
const SEED: u64 = 7;

/// Opens a container as a part of a kind and asks it everything. `number` modulo 1,024 is how many slots the segment has; the rest
/// chooses among declarations.
///
/// # Panics
/// When the part names a slot that its segment does not have, or more slots than there are.
pub fn part(kind: &str, file: Bytes, number: u32) {
    let registry = Registry::builtin();
    let (Some(kind), slots, choice) = (registry.find(kind), number % SLOTS, (number / SLOTS) as usize) else { return };
    let Some((fields, options)) = &trial(kind.as_ref(), choice) else { return };
    let (objects, columns) = objects(kind.as_ref(), fields, options, slots);
    let Ok(container) = Container::open("part under test", *b"PBINDEX\0", file) else { return };
    let Ok(part) = kind.open(fields, options, container, columns, slots) else { return };
    let _ = (part.verify(), part.facts());
    let mut generator = Generator::new(kind.as_ref(), fields, options, Random::new(SEED + 1));
    for _ in 0..QUESTIONS {
        ask(part.as_ref(), &mut generator, &objects);
    }
    for field in fields {
        for descending in [false, true] {
            let Some(order) = part.ordered(field, descending) else { continue };
            // What is wrong may go on; what never ends must not be asked for more than there is.
            let count = order.take(slots as usize + 1).take_while(Result::is_ok).count();
            assert!(count <= slots as usize, "an order of more slots than there are");
        }
    }
    for _ in 0..3 {
        search(part.as_ref(), &mut generator, &objects);
    }
}

/// How many declarations a kind is tried with.
#[must_use]
pub fn trials(kind: &str) -> usize {
    Registry::builtin().find(kind).map_or(0, |kind| kind.trials().len())
}

/// One of the declarations that a kind is tried with.
fn trial(kind: &dyn IndexKind, choice: usize) -> Option<(Vec<FieldPath>, Options)> {
    let mut trials = kind.trials();
    let chosen = choice.checked_rem(trials.len())?;
    Some(trials.swap_remove(chosen))
}

/// The objects of the segment and the columns of its object file.
fn objects(kind: &dyn IndexKind, fields: &[FieldPath], options: &Options, slots: u32) -> (Vec<Object>, Columns) {
    let mut generator = Generator::new(kind, fields, options, Random::new(SEED));
    let objects: Vec<Object> = (0..slots).map(|_| generator.object()).collect();
    let columns = Conformance::new(kind, fields, options).columns(&objects);
    (objects, columns)
}

fn ask(part: &dyn IndexPart, generator: &mut Generator<'_>, objects: &[Object]) {
    let predicate = generator.predicate(objects);
    if part.access(&predicate).is_none() {
        return;
    }
    let mut work = Work::default();
    if let Ok((found, _)) = part.candidates(&predicate, &mut work) {
        look_at(&found, objects.len(), &predicate.to_string());
    }
    let within = random_set(objects.len() + 3, generator.random());
    if let Ok(Some(found)) = part.candidates_within(&predicate, &within, &mut work) {
        look_at(&found, objects.len(), &predicate.to_string());
    }
}

/// What is inside a chunk of postings is only looked at when it is read, so damage there may name any slot of that chunk; never others.
const CHUNK: usize = 1 << 16;

/// The sets that come of damage are still sets of the segment's slots.
fn look_at(found: &SlotSet, slots: usize, asked: &str) {
    let mut work = Work::default();
    let all = SlotSet::all(slots as u32);
    let _ = (found.and(&all, &mut work), found.or(&all, &mut work), all.and_not(found, &mut work));
    let most = slots.next_multiple_of(CHUNK);
    let listed = found.iter().take(most + 1).count();
    assert!(listed <= most, "{asked}: more slots than there are");
    assert!(found.iter().all(|slot| (slot.0 as usize) < most), "{asked}: a slot that is not there: {found:?}");
}

fn search(part: &dyn IndexPart, generator: &mut Generator<'_>, objects: &[Object]) {
    let target = generator.target(objects);
    let efforts = [
        SearchEffort::Exact,
        SearchEffort::Default,
        SearchEffort::EfSearch(20),
        SearchEffort::EfSearch(usize::MAX),
        SearchEffort::Recall(0.9),
    ];
    for effort in efforts {
        // Some slots more: an accept set that comes of damage may hold slots that are not there.
        let accept = random_set(objects.len() + 3, generator.random());
        for (k, bound) in [(0, 1.0), (3, f64::INFINITY), (usize::MAX, f64::INFINITY), (5, 0.5)] {
            let request = NearestRequest { target: &target, k, accept: &accept, effort, bound };
            if let Ok(Some((hits, _))) = part.nearest(&request, &mut Work::default()) {
                assert!(hits.len() <= k.min(objects.len()), "nearest {target}: {hits:?} for {k}");
            }
        }
    }
}

/// A sound part in the form that [`part`] takes, for a corpus.
#[cfg(test)]
pub fn sound(kind: &str, slots: u32, choice: u32, effort: crate::index::BuildEffort) -> (u32, Container) {
    let registry = Registry::builtin();
    let kind = registry.get(kind).unwrap();
    let (fields, options) = &trial(kind.as_ref(), choice as usize).unwrap();
    let (objects, _) = objects(kind.as_ref(), fields, options, slots);
    let bytes = Conformance::new(kind.as_ref(), fields, options).written(&objects, effort, slots).unwrap();
    (slots + SLOTS * choice, Container::open_any("part", bytes).unwrap())
}

/// Whether a part opens and passes its own verification.
#[cfg(test)]
pub fn is_sound(kind: &str, file: Bytes, number: u32) -> bool {
    let registry = Registry::builtin();
    let kind = registry.get(kind).unwrap();
    let (fields, options) = &trial(kind.as_ref(), (number / SLOTS) as usize).unwrap();
    let (_, columns) = objects(kind.as_ref(), fields, options, number % SLOTS);
    let container = Container::open_any("part", file).unwrap();
    kind.open(fields, options, container, columns, number % SLOTS).is_ok_and(|part| part.verify().is_ok())
}
