//! `protobase compact`.

use std::path::Path;

use crate::database::Database;

use super::{CliError, progress};

pub fn run(db: &Path) -> Result<(), CliError> {
    let working = progress::spinner("compacting");
    let database = Database::options().create(false).open(db)?;
    let before = database.info()?.bytes;
    let compacted = database.compact();
    working.finish_and_clear();
    compacted?;
    let after = database.info()?.bytes;
    println!("{}: {before} bytes before, {after} after", db.display());
    Ok(())
}
