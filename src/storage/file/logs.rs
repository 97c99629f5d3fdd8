//! Reading and trimming the log files.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;

use crate::{
    codec::{CodecError, sync::Mutex},
    object::Sequence,
    storage::{
        Frame, StorageError,
        files::{FileAccess, FileSystem},
        locked::Lockable,
    },
};

use super::{
    frame_bytes::{CheckedFrame, FRAME_HEADER, FrameHeader},
    head::Head,
    log::{LOG_HEADER, LogFile, Place, log_name, log_number},
    places::Places,
};

/// All log files of a store.
#[derive(Debug)]
pub(super) struct Logs {
    files: Arc<dyn FileSystem>,
    access: FileAccess,
    opened: Mutex<BTreeMap<u64, LogFile>>,
    places: Mutex<Places>,
}

/// How far the log can be read.
pub(super) struct Readable {
    /// The last readable frame.
    pub sequence: Sequence,
    /// Where it ends.
    pub end: Place,
    /// The first offset that no readable frame leased.
    pub next_offset: u64,
    /// What follows it, when that is not the head.
    pub damage: Option<CodecError>,
}

/// A run of whole frames in one log file.
struct Piece {
    log: LogFile,
    /// The sequence before the first frame.
    after: Sequence,
    start: u64,
    end: u64,
}

impl Logs {
    pub(super) fn new(files: Arc<dyn FileSystem>, access: FileAccess) -> Self {
        Self { files, access, opened: Mutex::default(), places: Mutex::default() }
    }

    /// The log file of this number.
    pub(super) fn open(&self, number: u64) -> Result<LogFile, StorageError> {
        if let Some(log) = self.opened.locked().get(&number) {
            return Ok(log.clone());
        }
        let log = LogFile::open(&*self.files, number, self.access)?;
        self.opened.locked().insert(number, log.clone());
        Ok(log)
    }

    /// A number that no log file has had.
    pub(super) fn next_number(&self) -> Result<u64, StorageError> {
        Ok(self.numbers()?.last().copied().unwrap_or(0) + 1)
    }

    /// The numbers of all log files, ascending.
    pub(super) fn numbers(&self) -> Result<Vec<u64>, StorageError> {
        let listed = self.files.list("");
        let listed = listed.map_err(|error| StorageError::io(format!("listing {}", self.files.describe("")), error))?;
        let mut numbers: Vec<u64> = listed.iter().filter_map(|listed| log_number(&listed.name)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Takes note of where the frame after `sequence` starts.
    pub(super) fn note(&self, sequence: Sequence, place: Place) {
        self.places.locked().note(sequence, place);
    }

    /// All frames after `after` up to the head.
    pub(super) fn read(
        &self,
        after: Sequence,
        head: impl Fn() -> Result<Head, StorageError>,
    ) -> Result<Vec<Frame>, StorageError> {
        read_settled(&head, |head| {
            let frames = self.read_to(after, u64::MAX, head)?;
            check_complete(&frames, after, head)?;
            Ok(frames)
        })
    }

    /// The first frames after `after`, until they have about so many bytes.
    pub(super) fn read_some(
        &self,
        after: Sequence,
        bytes: u64,
        head: impl Fn() -> Result<Head, StorageError>,
    ) -> Result<Vec<Frame>, StorageError> {
        read_settled(&head, |head| self.read_to(after, bytes.max(1), head))
    }

    fn read_to(&self, after: Sequence, most: u64, head: &Head) -> Result<Vec<Frame>, StorageError> {
        let mut frames = Vec::new();
        if after >= head.sequence {
            return Ok(frames);
        }
        let pieces = self.pieces(after, head)?;
        let mut left = most;
        for whole in &pieces {
            let mut start = (whole.after, whole.start);
            // Invariant: frames before `start` have been read.
            while start.1 < whole.end && (left > 0 || frames.is_empty()) {
                let piece = Piece { log: whole.log.clone(), after: start.0, start: start.1, end: whole.end };
                let (piece, bytes) = piece.begin(left)?;
                for frame in piece.frames(&bytes) {
                    let frame = frame?;
                    start = (frame.header.sequence, frame.end());
                    let place = Place { log: piece.log.header.number, position: frame.end() };
                    self.note(frame.header.sequence, place);
                    if frame.header.sequence > after {
                        left = left.saturating_sub(frame.header.length());
                        frames.push(frame.decode(&piece.log)?);
                    }
                }
            }
        }
        if let Some(first) = pieces.first() {
            let keep = first.log.header.number;
            self.opened.locked().retain(|number, _| *number >= keep);
        }
        Ok(frames)
    }

    /// The runs of frames that hold everything after `after`, oldest first; the first may begin earlier.
    fn pieces(&self, after: Sequence, head: &Head) -> Result<Vec<Piece>, StorageError> {
        let known = self.places.locked().before(after);
        let mut pieces: Vec<Piece> = Vec::new();
        let mut place = Place { log: head.log, position: head.position };
        loop {
            let log = match self.open(place.log) {
                Err(error) if error.is_not_found() => return Err(trimmed(pieces.last(), error)),
                result => result?,
            };
            let end = place.position;
            let known = known.filter(|(_, known)| known.log == place.log && known.position <= end);
            let (first, start) =
                known.map_or((log.header.after, LOG_HEADER), |(sequence, known)| (sequence, known.position));
            place = log.header.previous;
            pieces.push(Piece { log, after: first, start, end });
            if first <= after {
                break;
            }
        }
        pieces.reverse();
        Ok(pieces)
    }

    /// Where the frame after `sequence` starts, or will start.
    pub(super) fn place_after(&self, sequence: Sequence, head: &Head) -> Result<Option<Place>, StorageError> {
        let pieces = self.pieces(sequence, head)?;
        let Some(piece) = pieces.first() else { return Ok(None) };
        let (mut found, mut position) = (piece.after, piece.start);
        while found < sequence && position < piece.end {
            let bytes = piece.log.bytes(position, position + FRAME_HEADER as u64)?;
            let frame = FrameHeader::read(&piece.log, position, &bytes)?;
            (found, position) = (frame.sequence, position + frame.length());
        }
        Ok((found == sequence).then_some(Place { log: piece.log.header.number, position }))
    }

    /// Whether all frames after `after` are still there.
    pub(super) fn reaches(&self, after: Sequence, head: &Head) -> Result<bool, StorageError> {
        match self.pieces(after, head) {
            Ok(_) => Ok(true),
            Err(StorageError::Trimmed { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The oldest sequence that can be read after.
    pub(super) fn oldest(&self, head: &Head) -> Result<Sequence, StorageError> {
        match self.pieces(Sequence(0), head) {
            Err(StorageError::Trimmed { oldest }) => Ok(oldest),
            result => result.map(|_| Sequence(0)),
        }
    }

    /// Reads on from `after` to the head, or to the first damage.
    pub(super) fn readable(&self, after: Sequence, head: &Head) -> Result<Readable, StorageError> {
        let end = Place { log: head.log, position: head.position };
        let mut readable = Readable { sequence: after, end, next_offset: 0, damage: None };
        for piece in self.pieces(after, head)? {
            readable.sequence = piece.after;
            readable.end = Place { log: piece.log.header.number, position: piece.start };
            let bytes = piece.log.bytes(piece.start, piece.end)?;
            for frame in piece.frames(&bytes) {
                let position = readable.end.position;
                match frame.and_then(|frame| Ok((frame.end(), frame.decode(&piece.log)?))) {
                    Ok((end, frame)) => {
                        readable.end.position = end;
                        readable.sequence = frame.sequence;
                        let leased = frame.lease.map_or(0, |lease| lease.first.saturating_add(lease.count));
                        readable.next_offset = readable.next_offset.max(leased);
                    }
                    Err(newer @ CodecError::NewerFormat { .. }) => return Err(newer.into()),
                    Err(damage) => {
                        readable.end.position = position;
                        readable.damage = Some(damage);
                        return Ok(readable);
                    }
                }
            }
        }
        Ok(readable)
    }

    /// Removes log files whose frames are all before `before`, oldest first.
    pub(super) fn trim(&self, before: Sequence, head: &Head) -> Result<(), StorageError> {
        let wanted = Sequence(before.0.saturating_sub(1)).min(head.sequence);
        let keep = match self.pieces(wanted, head) {
            Ok(pieces) => pieces.first().map_or(head.log, |piece| piece.log.header.number),
            Err(StorageError::Trimmed { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        for number in self.numbers()?.into_iter().filter(|number| *number < keep) {
            match self.files.remove(&log_name(number)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StorageError::io(
                        format!("removing {}", self.files.describe(&log_name(number))),
                        error,
                    ));
                }
                _ => {}
            }
        }
        self.opened.locked().retain(|number, _| *number >= keep);
        self.places.locked().forget_before(keep);
        Ok(())
    }
}

impl Piece {
    /// The first whole frames of this piece that have about `most` bytes together, one at least, and their bytes.
    fn begin(self, most: u64) -> Result<(Self, Bytes), StorageError> {
        let length = self.end - self.start;
        let wanted = length.min(most.max(FRAME_HEADER as u64));
        let bytes = self.log.bytes(self.start, self.start + wanted)?;
        // A file that ends too early is a fault that reading the frames finds.
        if wanted == length || (bytes.len() as u64) < wanted {
            return Ok((self, bytes));
        }
        let mut end = self.start;
        while let Some(header) = bytes.get((end - self.start) as usize..).filter(|rest| rest.len() >= FRAME_HEADER) {
            let next = end + FrameHeader::read(&self.log, end, header)?.length();
            if next - self.start > bytes.len() as u64 {
                if end == self.start {
                    end = next.min(self.end);
                }
                break;
            }
            end = next;
        }
        let bytes = self.log.bytes(self.start, end)?;
        Ok((Self { end, ..self }, bytes))
    }

    /// The verified frames in the piece's bytes; they must fill it.
    fn frames<'a>(&'a self, bytes: &'a Bytes) -> impl Iterator<Item = Result<CheckedFrame, CodecError>> + 'a {
        let (mut position, mut sequence, mut failed) = (self.start, self.after, false);
        std::iter::from_fn(move || {
            if failed || position >= self.end {
                return None;
            }
            sequence = sequence.next();
            let rest = bytes.slice(bytes.len().min((position - self.start) as usize)..);
            let frame = CheckedFrame::read(&self.log, position, sequence, &rest);
            match &frame {
                Ok(frame) => position = frame.end(),
                Err(_) => failed = true,
            }
            Some(frame)
        })
    }
}

/// Reads up to the head. A log file that vanished after the head was read has been trimmed away; then there is a newer head.
fn read_settled(
    head: &impl Fn() -> Result<Head, StorageError>,
    read: impl Fn(&Head) -> Result<Vec<Frame>, StorageError>,
) -> Result<Vec<Frame>, StorageError> {
    let before = head()?;
    match read(&before) {
        Err(error) if error.is_not_found() => {
            let now = head()?;
            if now == before { Err(error) } else { read(&now) }
        }
        result => result,
    }
}

/// What was read must be exactly what the head says is there.
fn check_complete(frames: &[Frame], after: Sequence, head: &Head) -> Result<(), StorageError> {
    let expected = head.sequence.0.saturating_sub(after.0);
    let ends = frames.last().map_or(expected == 0, |last| last.sequence == head.sequence);
    if frames.len() as u64 == expected && ends {
        return Ok(());
    }
    let what = format!("{} of the {expected} frames after {after} were found", frames.len());
    Err(CodecError::Damaged { file: log_name(head.log), position: head.position, what }.into())
}

/// A log file before `next` is gone: either it was trimmed, or the newest itself is missing.
fn trimmed(next: Option<&Piece>, error: StorageError) -> StorageError {
    next.map_or(error, |next| StorageError::Trimmed { oldest: next.log.header.after })
}
