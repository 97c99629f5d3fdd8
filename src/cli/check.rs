//! `protobase check`.

use std::path::Path;

use crate::database::Database;

use super::{CliError, progress::Bar};

pub fn run(db: &Path) -> Result<(), CliError> {
    let database = Database::options().read_only(true).open(db)?;
    let bar = Bar::new();
    database.check_with(&|progress| bar.watch(progress))?;
    drop(bar);
    println!("{}: sound", db.display());
    Ok(())
}
