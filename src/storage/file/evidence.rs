//! What can still be read of a store that may be damaged anywhere? Only reads; takes no lock; stops at nothing.

use std::{collections::BTreeMap, io, sync::Arc};

use bytes::Bytes;

use crate::{
    codec::CodecError,
    object::Sequence,
    storage::{
        Checkpoint, Frame, StorageError,
        files::{FileAccess, FileSystem, Listed},
    },
};

use super::{
    blobs::{self, BLOBS},
    checkpoints::{covered_by, read_checkpoint},
    frame_bytes::{CheckedFrame, FRAME_MAGIC, FrameHeader},
    head::{HEAD, Head, HeadError, HeadFile, HeadFound, State},
    log::{LOG_HEADER, LogFile, LogHeader, Place, log_name, log_number},
    marker::{MARKER, Marker},
    unfinished::{INTERRUPTED, NOTE},
};

/// Everything that is readable, and what is not.
#[derive(Debug)]
pub struct Evidence {
    /// The newest readable checkpoint; the default one where there is none.
    pub checkpoint: Checkpoint,
    /// Intact frames that were committed, by sequence.
    pub frames: BTreeMap<Sequence, Frame>,
    /// Sequences after the checkpoint whose frames cannot be read: from, to.
    pub lost: Vec<(Sequence, Sequence)>,
    /// Whether a newer checkpoint was there: what it listed is not all known.
    pub lost_checkpoint: bool,
    /// What is damaged, in log, head, checkpoints and marker.
    pub faults: Vec<CodecError>,
    /// The names of all blobs.
    pub blobs: Vec<String>,
    /// Runs of consecutive frames: first, last.
    runs: BTreeMap<Sequence, Sequence>,
    files: Arc<dyn FileSystem>,
}

/// The frames of one log file.
struct Found {
    header: Option<LogHeader>,
    number: u64,
    /// Frames with the positions where they end.
    frames: Vec<(u64, Frame)>,
    /// Damaged places, each with where the next frame starts.
    damage: Vec<CodecError>,
}

impl Evidence {
    /// Reads whatever can be read.
    pub fn gather(files: Arc<dyn FileSystem>) -> Result<Self, StorageError> {
        let failed = |error| StorageError::io(format!("listing {}", files.describe("")), error);
        let listed = files.list("").map_err(failed)?;
        let numbers: Vec<u64> = listed.iter().filter_map(|listed| log_number(&listed.name)).collect();
        if numbers.is_empty() && !listed.iter().any(|listed| listed.name == MARKER || listed.name == BLOBS) {
            let path = files.describe("");
            return Err(StorageError::NoDatabase { path, why: "it holds no log, no blobs and no marker".to_owned() });
        }
        let is_there = |name: &str| listed.iter().any(|listed| listed.name == name);
        if is_there(NOTE) && !is_there(MARKER) {
            return Err(StorageError::NoDatabase { path: files.describe(""), why: INTERRUPTED.to_owned() });
        }
        let blobs = files.list(BLOBS).unwrap_or_default().into_iter().map(|listed| listed.name).collect();
        let mut evidence = Self {
            checkpoint: Checkpoint::default(),
            frames: BTreeMap::new(),
            lost: Vec::new(),
            lost_checkpoint: false,
            faults: Vec::new(),
            blobs,
            runs: BTreeMap::new(),
            files,
        };
        evidence.read_marker()?;
        evidence.read_checkpoints(&listed)?;
        let head = evidence.read_head();
        evidence.read_logs(numbers, head.as_ref())?;
        evidence.find_gaps(head.as_ref());
        Ok(evidence)
    }

    /// A blob's bytes.
    pub fn open(&self, name: &str) -> Result<Bytes, StorageError> {
        let path = blobs::path(name)?;
        self.files
            .map(&path)
            .map_err(|error| StorageError::io(format!("opening {}", self.files.describe(&path)), error))
    }

    /// Whether every frame after `after` up to `until` is there.
    #[must_use]
    pub fn is_gapless(&self, after: Sequence, until: Sequence) -> bool {
        if until <= after {
            return true;
        }
        // The first frame of the run of consecutive ones that `until` is in.
        let run = self.runs.range(..=until).next_back();
        run.is_some_and(|(first, last)| *first <= after.next() && until <= *last)
    }

    /// Whether something is unknown that could tell which files belong to the store.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.lost_checkpoint || !self.lost.is_empty()
    }

    fn fault(&mut self, file: &str, what: impl ToString) {
        self.faults.push(CodecError::Damaged { file: file.to_owned(), position: 0, what: what.to_string() });
    }

    fn note(&mut self, file: &str, error: StorageError) -> Result<(), StorageError> {
        match error {
            StorageError::Codec(damage @ CodecError::Damaged { .. }) => self.faults.push(damage),
            // What a newer version wrote is not damaged, and not to be understood by this one.
            newer @ StorageError::Codec(_) => return Err(newer),
            error if error.is_not_found() => self.fault(file, "it is missing"),
            error => self.fault(file, error),
        }
        Ok(())
    }

    fn read_marker(&mut self) -> Result<(), StorageError> {
        let read = self.files.map(MARKER).map_err(|error| StorageError::io("opening", error));
        match read.and_then(|bytes| Marker::decode(&bytes)) {
            Ok(_) => Ok(()),
            Err(error) => self.note(MARKER, error),
        }
    }

    fn read_head(&mut self) -> Option<Head> {
        let head = self.files.open(HEAD, FileAccess::Read).map(|file| HeadFile::new(file).read());
        match head {
            Ok(Ok(HeadFound { head, damage })) => {
                self.faults.extend(damage);
                return Some(head);
            }
            Ok(Err(HeadError::Codec(damage) | HeadError::Torn(damage))) => self.faults.push(damage),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.fault(HEAD, "it is missing"),
            Ok(Err(HeadError::Io(error))) | Err(error) => self.fault(HEAD, error),
        }
        None
    }

    fn read_checkpoints(&mut self, listed: &[Listed]) -> Result<(), StorageError> {
        let mut found = false;
        for covered in covered_by(listed) {
            match read_checkpoint(&*self.files, covered) {
                Ok((checkpoint, _)) if !found => {
                    found = true;
                    self.checkpoint = checkpoint;
                }
                Ok(_) => {}
                Err(error) => {
                    self.lost_checkpoint |= !found;
                    self.note(&covered.file(), error)?;
                }
            }
        }
        Ok(())
    }

    fn read_logs(&mut self, mut numbers: Vec<u64>, head: Option<&Head>) -> Result<(), StorageError> {
        numbers.sort_unstable();
        let mut found = Vec::new();
        for number in numbers {
            found.push(Found::read(&*self.files, number)?);
        }
        if let Some(gone) = head.filter(|head| found.iter().all(|log| log.number != head.log)) {
            self.fault(&log_name(gone.log), "it is missing");
        }
        // From the newest file back along the links. Files that no link leads to are garbage.
        let mut at = newest(&found, head);
        let mut end = head.filter(|head| head.state == State::Failed).map(|head| head.position);
        let mut until = Sequence(u64::MAX);
        while let Some(log) = at.and_then(|number| found.iter().find(|log| log.number == number)) {
            let published = match head {
                Some(head) if head.log == log.number => head.position,
                _ => end.unwrap_or(u64::MAX),
            };
            let is_torn = |damage: &&CodecError| matches!(damage, CodecError::Damaged { position, .. } if *position >= published && head.is_some());
            // Bytes past the head that are no frame are a torn one, which nobody was told of.
            self.faults.extend(log.damage.iter().filter(|damage| !is_torn(damage)).cloned());
            let mut first = until;
            for (position, frame) in &log.frames {
                if end.is_none_or(|end| *position <= end) && frame.sequence < until {
                    first = first.min(frame.sequence);
                    self.frames.insert(frame.sequence, frame.clone());
                }
            }
            let previous = log.header.map(|header| header.previous);
            until = log.header.map_or(first, |header| header.after.next()).min(until);
            end = previous.map(|place| place.position);
            at = match previous {
                Some(Place { log: 0, .. }) => None,
                Some(place) => Some(place.log),
                None => found.iter().map(|other| other.number).filter(|number| *number < log.number).max(),
            };
            let trimmed = until <= self.checkpoint.sequence.next();
            let gone = at.filter(|number| !trimmed && found.iter().all(|log| log.number != *number));
            if let Some(gone) = gone {
                self.fault(&log_name(gone), "it is missing");
            }
        }
        Ok(())
    }

    fn find_gaps(&mut self, head: Option<&Head>) {
        let newest = self.frames.last_key_value().map_or(Sequence(0), |(sequence, _)| *sequence);
        let newest = newest.max(head.map_or(Sequence(0), |head| head.sequence)).max(self.checkpoint.listed);
        let mut next = self.checkpoint.sequence.next();
        let mut first = Sequence(0);
        for sequence in self.frames.keys() {
            if self.runs.get(&first).is_none_or(|last| last.next() != *sequence) {
                first = *sequence;
            }
            self.runs.insert(first, *sequence);
        }
        let after: Vec<Sequence> = self.frames.range(next..).map(|(sequence, _)| *sequence).collect();
        for sequence in after.into_iter().chain([newest.next()]) {
            if next < sequence {
                self.lost.push((next, Sequence(sequence.0 - 1)));
            }
            next = sequence.next();
        }
    }
}

/// The file that the newest frames are in.
fn newest(found: &[Found], head: Option<&Head>) -> Option<u64> {
    let named = head.filter(|head| found.iter().any(|log| log.number == head.log)).map(|head| head.log);
    let farthest = || {
        let last = |log: &Found| log.frames.last().map(|(_, frame)| frame.sequence);
        found.iter().filter(|log| last(log).is_some()).max_by_key(|log| (last(log), log.number)).map(|log| log.number)
    };
    named.or_else(farthest).or_else(|| found.last().map(|log| log.number))
}

impl Found {
    fn read(files: &dyn FileSystem, number: u64) -> Result<Self, StorageError> {
        let mut found = Self { header: None, number, frames: Vec::new(), damage: Vec::new() };
        let mut log = match LogFile::open(files, number, FileAccess::Read) {
            Ok(log) => {
                found.header = Some(log.header);
                log
            }
            Err(StorageError::Codec(damage @ CodecError::Damaged { .. })) => {
                found.damage.push(damage);
                LogFile::open_blindly(files, number)?
            }
            Err(error) => return Err(error),
        };
        let length = log.file.len().map_err(|error| StorageError::io(format!("reading {}", log.name), error))?;
        let bytes = log.bytes(0, length)?;
        let mut position = LOG_HEADER;
        while let Some(rest) = bytes.get(position as usize..).filter(|rest| rest.iter().any(|byte| *byte != 0)) {
            let start = position;
            match frame_at(&mut log, found.header.is_some(), position, &bytes) {
                Ok((end, frame)) => {
                    position = end;
                    found.frames.push((end, frame));
                }
                Err(newer @ CodecError::NewerFormat { .. }) => return Err(newer.into()),
                Err(damage) => {
                    found.damage.push(damage);
                    let next = rest.windows(FRAME_MAGIC.len()).enumerate().skip(1);
                    let next = next.filter(|(_, window)| *window == FRAME_MAGIC).map(|(at, _)| start + at as u64);
                    let next =
                        next.into_iter().find(|at| frame_at(&mut log, found.header.is_some(), *at, &bytes).is_ok());
                    match next {
                        Some(next) => position = next,
                        None => break,
                    }
                }
            }
        }
        Ok(found)
    }
}

/// The frame at a position, whatever its sequence. Without the file's header, frames say themselves which log they belong to.
fn frame_at(log: &mut LogFile, known: bool, position: u64, bytes: &Bytes) -> Result<(u64, Frame), CodecError> {
    let rest = bytes.slice(bytes.len().min(position as usize)..);
    if !known && let Some(id) = rest.get(16..24).and_then(|id| id.try_into().ok()) {
        log.header.id = u64::from_le_bytes(id);
    }
    let header = FrameHeader::read(log, position, &rest)?;
    let frame = CheckedFrame::read(log, position, header.sequence, &rest)?;
    let end = frame.end();
    Ok((end, frame.decode(log)?))
}
