//! `protobase check`.

use std::path::Path;

use crate::database::Database;

use super::{CliError, progress};

pub fn run(db: &Path) -> Result<(), CliError> {
    let working = progress::spinner("checking every checksum and every index");
    let database = Database::options().read_only(true).open(db)?;
    let checked = database.check();
    working.finish_and_clear();
    checked?;
    println!("{}: sound", db.display());
    Ok(())
}
