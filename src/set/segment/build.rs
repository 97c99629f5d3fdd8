//! Making segments: the object file first, then one part for each index, from the finished object file.

use std::{
    cell::Cell,
    io::Write,
    ops::ControlFlow,
    sync::{Arc, atomic::AtomicBool},
};

use crate::{
    codec::{Container, ContainerWriter},
    index::{BuildEffort, IndexKind, Options, Registry, Slot},
    object::{FamilyId, FieldPath, Fields, Sequence, Value, VectorType},
    storage::{PartEntry, SegmentEntry, SegmentId, Storage},
};

use super::{
    About, Origin, Part, Segment, SegmentObjects,
    mark::mark,
    names::{objects_file, part_file},
    objects::IN_MEMORY,
    plan::{Planned, in_rounds, inherit, planned},
    put::{discard, put, write_to_memory},
    write::{Layout, ObjectSource, WriteError, write_objects},
};
use crate::set::{
    BuildMemory, BuildThreads, IndexDeclaration, SetDeclaration, SetError, Spend, Step, Steps, Watch,
    memory::most_slots,
};

/// Examples of what an index is asked.
pub(in crate::set) type Examples<'a> =
    dyn Fn(&IndexDeclaration, &dyn IndexKind) -> Result<Vec<Value>, SetError> + Sync + 'a;

/// What a part file says it is.
pub(in crate::set) const PART_FILE: [u8; 8] = *b"PBINDEX\0";

/// Builds segments of one family.
#[derive(Clone, Copy)]
pub(in crate::set) struct SegmentBuilder<'a> {
    pub family: FamilyId,
    pub declaration: &'a Arc<SetDeclaration>,
    pub registry: &'a Registry,
    pub effort: BuildEffort,
    /// Gives the examples of what is asked that an index names.
    pub examples: &'a Examples<'a>,
    /// Told how far it is.
    pub watch: &'a Watch<'a>,
    /// Told of bytes before they are written.
    pub spend: &'a Spend<'a>,
    /// What building indexes may hold.
    pub memory: &'a BuildMemory,
    /// The threads that build.
    pub threads: BuildThreads,
}

impl SegmentBuilder<'_> {
    /// Builds a segment in storage and returns its entry; `None` when the source is empty. Indexes of kinds that this binary lacks get no part.
    pub fn build(
        &self,
        source: &dyn ObjectSource,
        id: SegmentId,
        sequence: Sequence,
        storage: &dyn Storage,
    ) -> Result<Option<SegmentEntry>, SetError> {
        let (layout, about) = (self.layout(), self.about(id, sequence));
        let name = objects_file(id);
        let mut slots = 0;
        let mut write = |out: &mut dyn Write| {
            slots = write_objects(source, &layout, &about, out, &self.steps(Step::WriteObjects, source.len()))?;
            Ok(())
        };
        self.threads.run(|| put(storage, &name, self.spend, &mut write))?;
        if slots == 0 {
            storage.remove(&name)?;
            return Ok(None);
        }
        let built = || {
            let objects = Arc::new(SegmentObjects::open(&name, storage.open(&name)?, slots)?);
            let indexes: Vec<_> = self.declaration.indexes.iter().collect();
            self.build_parts(&objects, &indexes, &source.origins(), (id, id), storage)
        };
        match built() {
            Ok(parts) => Ok(Some(SegmentEntry { id, family: self.family, sequence, slots, objects: name, parts })),
            Err(error) => {
                discard([name.as_str()], storage);
                Err(error)
            }
        }
    }

    /// Builds parts of a segment from its object file, all or none. `origins` are the segments that it is merged from; `unique` is a number
    /// that no other build has used.
    pub fn build_parts(
        &self,
        objects: &Arc<SegmentObjects>,
        indexes: &[&IndexDeclaration],
        origins: &[Origin],
        (segment, unique): (SegmentId, SegmentId),
        storage: &dyn Storage,
    ) -> Result<Vec<PartEntry>, SetError> {
        let planned = self.planned(indexes, objects.slots());
        let steps = self.building(&planned, objects);
        let build = |planned: &Planned<'_>| {
            let Planned { index, kind, effort, .. } = *planned;
            let file = part_file(segment, index.id, unique);
            put(storage, &file, self.spend, &mut |out| {
                self.write_part(objects, planned, origins, Some(&file), out, &steps)
            })?;
            let settled = effort == BuildEffort::Settled || !deserves_settling(kind, &index.options);
            Ok(PartEntry { index: index.id.0, file, settled })
        };
        let built = in_rounds(&planned, self.effort, (self.memory, self.threads), &steps, build);
        built.inspect_err(|_| {
            let files: Vec<String> = planned.iter().map(|part| part_file(segment, part.index.id, unique)).collect();
            discard(files.iter().map(String::as_str), storage);
        })
    }

    /// The most slots of a segment over which every index can be built.
    pub fn most_slots(&self) -> u32 {
        let indexes: Vec<_> = self.declaration.indexes.iter().collect();
        let bytes = |(index, kind): (&IndexDeclaration, &Arc<dyn IndexKind>)| {
            kind.build_bytes(&index.options, BuildEffort::Settled)
        };
        most_slots(self.known(&indexes).map(bytes).max().unwrap_or(0), self.memory.limit())
    }

    fn planned<'i>(&'i self, indexes: &'i [&'i IndexDeclaration], slots: u32) -> Vec<Planned<'i>> {
        planned(self.known(indexes), &self.declaration.name, self.effort, slots, self.memory)
    }

    /// Builds a segment into memory. `born` says when each slot's version was committed, in slot order.
    pub fn build_in_memory(
        &self,
        source: &dyn ObjectSource,
        id: SegmentId,
        sequence: Sequence,
        born: Vec<Sequence>,
    ) -> Result<Segment, SetError> {
        let mut slots = 0;
        // Memory that is about to be flushed is not worth the work of compressing it.
        let (layout, about) = (Layout { compressed: false, ..self.layout() }, self.about(id, sequence));
        let mut write = |out: &mut dyn Write| {
            slots = write_objects(source, &layout, &about, out, &self.steps(Step::WriteObjects, source.len()))?;
            Ok(())
        };
        let bytes = self.threads.run(|| write_to_memory(&mut write))?;
        let mut total = bytes.len() as u64;
        let objects = Arc::new(SegmentObjects::open(IN_MEMORY, bytes, slots)?);
        let indexes: Vec<_> = self.declaration.indexes.iter().collect();
        let planned = self.planned(&indexes, slots);
        let steps = self.building(&planned, &objects);
        let build = |planned: &Planned<'_>| self.part_in_memory(&objects, planned, &steps);
        let mut parts = Vec::new();
        for (part, bytes) in in_rounds(&planned, self.effort, (self.memory, self.threads), &steps, build)? {
            total += bytes;
            parts.push(part);
        }
        let objects_name = format!("memory {id}");
        let entry = SegmentEntry { id, family: self.family, sequence, slots, objects: objects_name, parts: Vec::new() };
        Ok(Segment { entry, objects, parts, bytes: total, born: Some(born) })
    }

    fn part_in_memory(
        &self,
        objects: &Arc<SegmentObjects>,
        planned: &Planned<'_>,
        steps: &Steps<'_>,
    ) -> Result<(Part, u64), SetError> {
        let Planned { index, kind, .. } = *planned;
        let bytes = write_to_memory(&mut |out| self.write_part(objects, planned, &[], None, out, steps))?;
        let length = bytes.len() as u64;
        let container = Container::open(IN_MEMORY, PART_FILE, bytes)?;
        let part = kind
            .open(&index.fields, &index.options, container, objects.columns(), objects.slots())
            .map_err(|source| SetError::index(self.declaration, index, source))?;
        let (settled, distrusted) = (false, AtomicBool::new(false));
        Ok((Part { index: index.clone(), settled, part, container: None, distrusted }, length))
    }

    fn write_part(
        &self,
        objects: &Arc<SegmentObjects>,
        planned: &Planned<'_>,
        origins: &[Origin],
        file: Option<&str>,
        out: &mut dyn Write,
        steps: &Steps<'_>,
    ) -> Result<(), WriteError> {
        let Planned { index, kind, effort, .. } = *planned;
        let failed = |source| WriteError::Set(SetError::index(self.declaration, index, source));
        let mut builder = kind.builder(&index.fields, &index.options, effort).map_err(failed)?;
        builder.examples((self.examples)(index, kind)?);
        for slot in 0..objects.slots() {
            let add = |object: &dyn Fields| {
                let values: Vec<_> = index.fields.iter().map(|path| object.field(path)).collect();
                builder.add(Slot(slot), &values)
            };
            objects.read(slot, add).map_err(SetError::from)?.map_err(failed)?;
            steps.advance(1)?;
        }
        inherit(builder.as_mut(), index, origins, objects);
        let mut out = ContainerWriter::new(out, PART_FILE)?;
        let slots = u64::from(objects.slots());
        let told = Cell::new(0);
        let tell = |share: f64| {
            let now = ((share * slots as f64) as u64).clamp(told.get(), slots);
            let outcome = match now - told.replace(now) {
                0 => steps.ask(),
                more => steps.advance(more),
            };
            outcome.map_or(ControlFlow::Break(()), ControlFlow::Continue)
        };
        builder.finish_told(&objects.columns(), objects.slots(), &mut out, &tell).map_err(failed)?;
        file.map_or(Ok(()), |file| mark(&mut out, file))?;
        out.finish()?;
        Ok(steps.advance(slots - told.get())?)
    }

    fn steps(&self, step: Step, total: u64) -> Steps<'_> {
        Steps::new(self.watch, &self.declaration.name, step, total)
    }

    /// Building parts: each reads every object and builds it in.
    fn building(&self, parts: &[Planned<'_>], objects: &SegmentObjects) -> Steps<'_> {
        self.steps(Step::BuildIndexes, 2 * parts.len() as u64 * u64::from(objects.slots()))
    }

    fn layout(&self) -> Layout {
        let (columns, compressed) = (vector_columns(self.declaration, self.registry), self.declaration.compressed);
        Layout { declaration: self.declaration.clone(), columns, compressed }
    }

    fn about(&self, id: SegmentId, sequence: Sequence) -> About {
        About { id, family: self.family, sequence, declaration: self.declaration.encode() }
    }

    /// The indexes whose kinds this binary knows.
    fn known<'i>(
        &'i self,
        indexes: &'i [&'i IndexDeclaration],
    ) -> impl Iterator<Item = (&'i IndexDeclaration, &'i Arc<dyn IndexKind>)> {
        indexes.iter().filter_map(|index| Some((*index, self.registry.find(&index.kind)?)))
    }
}

/// The vector fields that segments of this declaration store as columns.
pub(in crate::set) fn vector_columns(
    declaration: &SetDeclaration,
    registry: &Registry,
) -> Vec<(FieldPath, VectorType)> {
    let mut columns: Vec<(FieldPath, VectorType)> = Vec::new();
    for index in &declaration.indexes {
        let of = registry.find(&index.kind).and_then(|kind| kind.vector_column(&index.options));
        let (Some(of), Some(path)) = (of, index.fields.first()) else { continue };
        if columns.iter().all(|(known, _)| known != path) {
            columns.push((path.clone(), of));
        }
    }
    columns
}

/// Whether a part of this kind gets better by being built as settled: kinds over vectors build graphs.
pub(in crate::set) fn deserves_settling(kind: &dyn IndexKind, options: &Options) -> bool {
    kind.vector_column(options).is_some()
}
