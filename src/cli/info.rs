//! `protobase info`.

use std::path::Path;

use crate::database::Database;

use super::CliError;

pub fn run(db: &Path, json: bool) -> Result<(), CliError> {
    let info = Database::options().read_only(true).open(db)?.info()?;
    if json {
        serde_json::to_writer_pretty(std::io::stdout().lock(), &info).map_err(std::io::Error::from)?;
        println!();
    } else {
        println!("{info}");
    }
    Ok(())
}
