//! `protobase compact`.

use std::path::Path;

use super::{CliError, progress::Bar, waiting::writing};

pub fn run(db: &Path) -> Result<(), CliError> {
    let database = writing().create(false).open(db)?;
    let before = database.info()?.bytes;
    let bar = Bar::new();
    database.compact_with(&|progress| bar.watch(progress))?;
    drop(bar);
    let after = database.info()?.bytes;
    println!("{}: {before} bytes before, {after} after", db.display());
    Ok(())
}
