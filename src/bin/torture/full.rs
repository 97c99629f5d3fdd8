//! A real disk that is full: two megabytes of memory as a file system, in a name space of its own.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use protobase::Database;

use super::{
    folder::Folder,
    lanes::{Lane, check, declare},
    model::text,
};

/// What was tried.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How often the disk was full.
    pub full: u64,
    /// Commits that were acknowledged on it.
    pub commits: u64,
    /// Why nothing was tried.
    pub skipped: Option<String>,
}

/// Runs this program again where it may mount a file system, if that is allowed here.
pub fn run(program: &Path, parent: &Path, until: Instant) -> Result<Tally, String> {
    let folder = Folder::new(parent, "full").map_err(text)?;
    let seconds = until.saturating_duration_since(Instant::now()).as_secs().max(2);
    let script = "mount -t tmpfs -o size=2m tmpfs \"$1\" || exit 77; exec \"$0\" full \"$1\" \"$2\"";
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-c", script]).arg(program).arg(folder.path()).arg(seconds.to_string());
    let output = match command.stderr(Stdio::piped()).output() {
        Ok(output) => output,
        Err(error) => return Ok(Tally { skipped: Some(format!("unshare: {error}")), ..Tally::default() }),
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    match (output.status.code(), said.trim().split_once(' ')) {
        (Some(0), Some((full, commits))) => {
            Ok(Tally { full: full.parse().unwrap_or(0), commits: commits.parse().unwrap_or(0), skipped: None })
        }
        (Some(1), _) if said.contains("torture:") => Err(said),
        _ => Ok(Tally {
            skipped: Some(format!("no file system can be mounted: {}", complaint.trim())),
            ..Tally::default()
        }),
    }
}

/// Fills the disk and gives room again, over and over.
pub fn fill(folder: &Path, until: Instant) -> Result<(u64, u64), String> {
    let (mut full, mut commits, mut rounds) = (0, 0, 0);
    while full == 0 || Instant::now() < until {
        let store = folder.join(format!("store-{rounds}"));
        let ballast = folder.join("ballast");
        fs::write(&ballast, vec![1; 1_400 << 10]).map_err(text)?;
        let filled = one(&store, &ballast);
        let _ = fs::remove_file(&ballast);
        let (times, committed) = filled?;
        fs::remove_dir_all(&store).map_err(text)?;
        (full, commits, rounds) = (full + times, commits + committed, rounds + 1);
    }
    Ok((full, commits))
}

fn one(store: &Path, ballast: &Path) -> Result<(u64, u64), String> {
    let options = protobase::storage::FileOptions { log_step: 16 << 10, log_length: 128 << 10, ..Default::default() };
    let storage = protobase::storage::FileStorage::open(store, &options).map_err(text)?;
    let database = Database::options().background(false).with_storage(std::sync::Arc::new(storage)).map_err(text)?;
    let set = declare(&database).map_err(text)?;
    let mut lane = Lane::new(&database, 1).map_err(text)?;
    let mut full = 0;
    while full < 2 && lane.last < 40_000 {
        let Err(error) = lane.commit() else { continue };
        check(&set, 1, lane.last).map_err(|lost| format!("after {error}: {lost}"))?;
        if !format!("{error:?}").contains("StorageFull") {
            return Err(format!("a full disk is told as: {error}"));
        }
        // Maintenance finds the disk full as well, and must leave everything as it is, or makes room.
        let _full_or_done = database.flush().and_then(|()| database.compact());
        check(&set, 1, lane.last).map_err(|lost| format!("after maintenance of a full disk: {lost}"))?;
        if full == 0 {
            fs::remove_file(ballast).map_err(text)?;
            lane.commit().map_err(|error| format!("there is room again: {error}"))?;
        }
        full += 1;
    }
    drop((set, database));
    let database = Database::options().background(false).open(store).map_err(text)?;
    let set = declare(&database).map_err(text)?;
    check(&set, 1, lane.last)?;
    database.check().map_err(text)?;
    Ok((full, lane.last as u64))
}
