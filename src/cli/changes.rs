//! `protobase changes`.

use std::{
    io::{self, Write},
    path::Path,
    time::Duration,
};

use serde_json::json;

use crate::{
    database::{Change, Changes, Commit, Database, Error},
    object::Sequence,
};

use super::CliError;

/// A feed that follows looks at least this often whether anybody still listens.
const WAIT: Duration = Duration::from_secs(1);

pub fn run(db: &Path, from: Option<u64>, follow: bool, old: bool) -> Result<(), CliError> {
    let database = Database::options().read_only(true).open(db)?;
    let mut feed = open(&database, from, old)?;
    let mut out = io::stdout().lock();
    loop {
        match if follow { feed.next_timeout(WAIT)? } else { feed.try_next()? } {
            Some(commit) => print(&commit, old, &mut out)?,
            None if follow => out.flush()?,
            None => return Ok(()),
        }
    }
}

/// The feed from a commit on, or from the oldest that is there.
fn open(database: &Database, from: Option<u64>, old: bool) -> Result<Changes, Error> {
    let feed = |from| {
        let feed = database.changes(from);
        if old { feed.with_old() } else { Ok(feed) }
    };
    match from {
        Some(from) => feed(Sequence(from)),
        // What a feed starts from must be there as a state, too, when old objects are wanted.
        None => match feed(Sequence(0)).and_then(|mut feed| feed.try_next()) {
            Err(Error::Trimmed { oldest, .. }) => feed(oldest),
            Err(error) => Err(error),
            Ok(_) => feed(Sequence(0)),
        },
    }
}

fn print(commit: &Commit, old: bool, out: &mut dyn Write) -> io::Result<()> {
    for (transaction, changes) in commit.transactions.iter().enumerate() {
        for Change { set, offset, owner, old: before, new } in changes {
            let mut line = json!({
                "sequence": commit.sequence.0, "transaction": transaction, "set": set, "offset": offset.0,
            });
            if let Some(owner) = owner {
                line["owner"] = owner.0.into();
            }
            if old {
                line["old"] = json!(before);
            }
            line["new"] = json!(new);
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()
}
