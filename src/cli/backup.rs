//! `protobase backup` and `protobase restore`.

use std::{path::Path, sync::Arc};

use crate::{
    database::{BackupOptions, Database},
    storage::OsFileSystem,
};

use super::{CliError, progress::Bar};

pub fn run(db: &Path, folder: &Path, link: bool) -> Result<(), CliError> {
    let database = Database::options().read_only(true).open(db)?;
    let bar = Bar::new();
    let watch = bar.copying("backing up");
    let backup = database.backup_with(Arc::new(OsFileSystem::new(folder)), BackupOptions { link }, &watch)?;
    drop(bar);
    for part in &backup.left_out {
        eprintln!("protobase: {part} is damaged or gone and was left out; a restored database builds it again");
    }
    println!(
        "{}: everything up to commit {} in {} files of {} bytes; copied {} files of {} bytes, linked {}",
        folder.display(),
        backup.sequence,
        backup.files,
        backup.bytes,
        backup.copied_files,
        backup.copied_bytes,
        backup.linked_files
    );
    Ok(())
}

pub fn restore(backup: &Path, db: &Path) -> Result<(), CliError> {
    let bar = Bar::new();
    let watch = bar.copying("restoring");
    let [from, to] = [backup, db].map(|folder| Arc::new(OsFileSystem::new(folder)));
    let restored = Database::restore_with(from, to, &watch)?;
    drop(bar);
    println!(
        "{}: everything up to commit {}, from {} files of {} bytes",
        db.display(),
        restored.sequence,
        restored.files,
        restored.bytes
    );
    Ok(())
}
