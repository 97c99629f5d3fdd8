//! `protobase info`.

use std::{
    io::{self, Write},
    path::Path,
};

use crate::database::{Database, DatabaseInfo, IndexInfo, SetInfo};

use super::CliError;

pub fn run(db: &Path, json: bool) -> Result<(), CliError> {
    let info = Database::options().read_only(true).open(db)?.info()?;
    let mut out = io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, &info).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write_info(&info, &mut out)?;
    }
    Ok(())
}

fn write_info(info: &DatabaseInfo, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "sequence {} (checkpoint {}), {} bytes in segments, {} of them reclaimable",
        info.sequence, info.checkpoint, info.bytes, info.reclaimable_bytes
    )?;
    for damage in &info.scrub.damaged {
        writeln!(out, "damaged: {damage}")?;
    }
    info.sets.iter().try_for_each(|set| write_set(set, out))
}

fn write_set(set: &SetInfo, out: &mut dyn Write) -> io::Result<()> {
    let unique = set.unique.as_ref().map(|key| format!(", unique {key}")).unwrap_or_default();
    writeln!(
        out,
        "\n{}: {} objects{unique}, {} bytes, {} reclaimable",
        set.name, set.objects, set.bytes, set.reclaimable_bytes
    )?;
    if set.delta_objects > 0 {
        writeln!(out, "  in memory and the log: {} objects, {} bytes", set.delta_objects, set.delta_bytes)?;
    }
    for segment in &set.segments {
        write!(
            out,
            "  segment {}: {} slots, {} dead, {} bytes",
            segment.id, segment.slots, segment.dead, segment.bytes
        )?;
        if segment.stored_bytes != segment.object_bytes {
            write!(out, ", objects {} bytes, compressed from {}", segment.stored_bytes, segment.object_bytes)?;
        }
        writeln!(out)?;
    }
    set.indexes.iter().try_for_each(|index| write_index(index, out))
}

fn write_index(index: &IndexInfo, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "  index {} {}", index.fields.join(","), index.kind)?;
    for (name, value) in &index.options {
        write!(out, " {name}={value}")?;
    }
    if !index.known {
        write!(out, " (this program does not know the kind: answered by evaluation)")?;
    }
    if index.missing > 0 {
        write!(out, " (not built yet in {} of {} segments)", index.missing, index.missing + index.parts)?;
    }
    if index.unaffordable > 0 {
        write!(out, " (in {} segments not as good as it gets: building it takes too much memory)", index.unaffordable)?;
    }
    writeln!(out)?;
    for (segment, facts) in &index.facts {
        let facts: Vec<String> = facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
        writeln!(out, "    {segment}: {}", facts.join(", "))?;
    }
    Ok(())
}
