//! `protobase backup` and `protobase restore`.

use std::{path::Path, sync::Arc};

use crate::{
    database::{BackupOptions, Database},
    storage::OsFileSystem,
};

use super::{CliError, progress};

pub fn run(db: &Path, folder: &Path, link: bool) -> Result<(), CliError> {
    let working = progress::spinner("backing up");
    let database = Database::options().read_only(true).open(db)?;
    let backup = database.backup_over(Arc::new(OsFileSystem::new(folder)), BackupOptions { link });
    working.finish_and_clear();
    let backup = backup?;
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
    let working = progress::spinner("restoring");
    let restored = Database::restore(backup, db);
    working.finish_and_clear();
    let restored = restored?;
    println!(
        "{}: everything up to commit {}, from {} files of {} bytes",
        db.display(),
        restored.sequence,
        restored.files,
        restored.bytes
    );
    Ok(())
}
