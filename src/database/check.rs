//! Is everything as it should be?
//!
//! Reads every byte that the live state refers to: checksums, the form of every object, every invariant of every index part, unique
//! keys, owners, and, on a sample of objects, whether the indexes answer as evaluation does. Stops at the first fault and names it.

use std::collections::HashMap;

use crate::{
    expr::{Expr, Predicate, Test, evaluate},
    index::{Exactness, Slot, Work},
    object::{FamilyId, FieldPath, Fields, Offset, Value, ValueRef},
    set::{
        IndexDeclaration, IndexId, SegmentView, SetDeclaration, SetView, Snapshot, Step, Steps, StoredObject, Watch,
        unwatched,
    },
    storage::PartEntry,
};

use super::{Database, Error, core::Core};

/// How many objects of a segment are looked up in its indexes.
const SAMPLE: u32 = 64;

impl Database {
    /// Verifies everything that is stored; the error names the first fault.
    pub fn check(&self) -> Result<(), Error> {
        self.check_with(&unwatched)
    }

    /// [`Database::check`] that says how far it is: for each set, files verified and objects verified.
    pub fn check_with(&self, watch: &Watch<'_>) -> Result<(), Error> {
        self.core.storage.verify()?;
        let snapshot = self.core.snapshot();
        let families: Vec<FamilyId> = snapshot.families().map(|(family, _)| family).collect();
        for family in families {
            check_family(&self.core, &snapshot, family, watch)?;
        }
        Ok(())
    }
}

fn check_family(core: &Core, snapshot: &Snapshot, family: FamilyId, watch: &Watch<'_>) -> Result<(), Error> {
    let declaration = snapshot.declaration(family)?.clone();
    let view = snapshot.view(family, None)?;
    let owners = declaration.parent.as_ref().map(|(parent, _)| snapshot.view(*parent, None)).transpose()?;
    let files = |segment: &SegmentView| 1 + segment.listed_parts().len() as u64 + segment.indexes().count() as u64;
    let steps = Steps::new(watch, &declaration.name, Step::VerifyFiles, view.segments().iter().map(files).sum());
    for segment in view.segments() {
        check_object_file(core, &declaration, family, segment)?;
        steps.advance(1)?;
        for part in segment.listed_parts() {
            check_part(core, &declaration, family, segment, part)?;
            steps.advance(1)?;
        }
        for (index, part) in segment.indexes() {
            if let Err(error) = part.verify() {
                segment.distrust(index.id, &error);
                return Err(index_fault(&declaration, segment, index, error));
            }
            check_answers(&declaration, segment, index)?;
            steps.advance(1)?;
        }
    }
    check_objects(&declaration, &view, owners.as_ref(), watch)
}

/// Reads an object file. One that is gone or damaged is a fault that nothing stored here makes good.
fn check_object_file(
    core: &Core,
    declaration: &SetDeclaration,
    family: FamilyId,
    segment: &SegmentView,
) -> Result<(), Error> {
    let Err(error) = segment.verify(core.storage.as_ref()) else { return Ok(()) };
    if !is_live(core, family, segment)? {
        return Ok(());
    }
    Err(fault(declaration, &format!("{}, object file {}", segment.name(), segment.object_file()), error))
}

/// Whether a segment still belongs to the live state.
fn is_live(core: &Core, family: FamilyId, segment: &SegmentView) -> Result<bool, Error> {
    core.refresh()?;
    let view = core.snapshot().view(family, None)?;
    Ok(view.segments().iter().any(|live| live.in_memory() == segment.in_memory() && live.id() == segment.id()))
}

/// Reads a part's file, whether the part is in use or was left out: what could not be opened is a fault, too.
fn check_part(
    core: &Core,
    declaration: &SetDeclaration,
    family: FamilyId,
    segment: &SegmentView,
    part: &PartEntry,
) -> Result<(), Error> {
    let Err(error) = segment.verify_part(part, core.storage.as_ref(), &core.registry) else { return Ok(()) };
    if !is_listed(core, family, segment, part)? {
        return Ok(());
    }
    segment.distrust(IndexId(part.index), &error);
    let name = match declaration.index(IndexId(part.index)) {
        Some(index) => index_name(segment, index),
        None => segment.name(),
    };
    Err(derived_fault(declaration, &format!("{name}, file {}", part.file), error))
}

/// Whether a part still belongs to the live state: maintenance, here or in another process, removes files that it has replaced.
fn is_listed(core: &Core, family: FamilyId, segment: &SegmentView, part: &PartEntry) -> Result<bool, Error> {
    core.refresh()?;
    let view = core.snapshot().view(family, None)?;
    Ok(view.segments().iter().any(|live| live.id() == segment.id() && live.listed_parts().contains(part)))
}

/// Counts, order, owners and unique keys over all visible objects.
fn check_objects(
    declaration: &SetDeclaration,
    view: &SetView,
    owners: Option<&SetView>,
    watch: &Watch<'_>,
) -> Result<(), Error> {
    let steps = Steps::new(watch, &declaration.name, Step::VerifyObjects, view.len()?);
    let mut count = 0;
    let mut last: Option<(Option<Offset>, Offset)> = None;
    let mut keys: HashMap<(Option<Offset>, Vec<u8>), Offset> = HashMap::new();
    for stored in view.iter() {
        let stored = stored?;
        let place = (stored.owner(), stored.offset());
        let name = format!("object {}", stored.offset());
        if last >= Some(place) {
            return Err(fault(declaration, &name, "it stands out of order"));
        }
        if let (Some(owners), Some(owner)) = (owners, stored.owner())
            && last.is_none_or(|(before, _)| before != Some(owner))
            && !owners.contains(owner)?
        {
            return Err(fault(declaration, &name, format!("its owner at offset {owner} does not exist")));
        }
        if let Some(key) = declaration.unique.as_ref().and_then(|path| unique_key(&stored, path))
            && let Some(other) = keys.insert((stored.owner(), key), stored.offset())
        {
            return Err(fault(
                declaration,
                &name,
                format!("it has the same unique key as the object at offset {other}"),
            ));
        }
        last = Some(place);
        count += 1;
        steps.advance(1)?;
    }
    match view.len()? {
        len if len == count => Ok(()),
        len => Err(fault(declaration, "the count", format!("{len} objects are counted and {count} are there"))),
    }
}

fn unique_key(stored: &StoredObject, path: &FieldPath) -> Option<Vec<u8>> {
    match stored.field(path)? {
        ValueRef::Null => None,
        value => Some(crate::object::key_bytes(value)),
    }
}

/// Asks an index for the values that some objects have, and for their absence, and compares with evaluation.
fn check_answers(declaration: &SetDeclaration, segment: &SegmentView, index: &IndexDeclaration) -> Result<(), Error> {
    let (Some(part), [path]) = (segment.part(index.id), index.fields.as_slice()) else { return Ok(()) };
    let step = (segment.slots() / SAMPLE).max(1);
    for slot in (0..segment.slots()).step_by(step as usize).map(Slot) {
        let stored = segment.object(slot)?;
        let value: Option<Value> = stored.field(path).map(|value| value.to_value());
        for test in [value.map(Test::Equals), Some(Test::IsMissing)].into_iter().flatten() {
            let predicate = Predicate::new(path.clone(), test);
            if part.access(&predicate).is_none() {
                continue;
            }
            let found = part.candidates(&predicate, &mut Work::default());
            let (slots, exactness) = found.map_err(|error| index_fault(declaration, segment, index, error))?;
            let matches = evaluate(&Expr::Leaf(predicate.clone()), &stored);
            let answered = slots.contains(slot);
            if matches && !answered || answered && !matches && exactness == Exactness::Exact {
                let what = format!("it answers {answered} for slot {} and {:?}", slot.0, predicate.test);
                return Err(index_fault(declaration, segment, index, what));
            }
        }
    }
    Ok(())
}

fn index_name(segment: &SegmentView, index: &IndexDeclaration) -> String {
    let fields: Vec<String> = index.fields.iter().map(ToString::to_string).collect();
    format!("{}, {} index on {}", segment.name(), index.kind, fields.join(", "))
}

/// What nothing stored here makes good.
fn fault(declaration: &SetDeclaration, place: &str, what: impl ToString) -> Error {
    Error::Fault { place: format!("set '{}', {place}", declaration.name), what: what.to_string(), rebuilt: false }
}

/// What is built anew from the objects.
fn derived_fault(declaration: &SetDeclaration, place: &str, what: impl ToString) -> Error {
    Error::Fault { place: format!("set '{}', {place}", declaration.name), what: what.to_string(), rebuilt: true }
}

fn index_fault(
    declaration: &SetDeclaration,
    segment: &SegmentView,
    index: &IndexDeclaration,
    what: impl ToString,
) -> Error {
    derived_fault(declaration, &index_name(segment, index), what)
}
