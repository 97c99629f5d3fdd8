//! Where does the log end when neither slot of the head can be read?
//!
//! Between two syncs both slots are written over and over; power that goes just then may tear both. Nothing acknowledged is lost with
//! them: a frame is synced before its commit is acknowledged, so the end of the log is the end of its valid frames, from the start of
//! the newest log file on. Slots that do not look torn are damage, and refused: then only a salvage goes on.

use crate::{codec::CodecError, storage::StorageError};

use super::{
    FileStorage,
    head::{Head, HeadError, HeadFound, State},
    log::LOG_HEADER,
    tail::Tail,
};

impl FileStorage {
    /// The head, or one that stands in for two torn slots and says where to look from; true then.
    pub(super) fn read_head_or_start(&self) -> Result<(HeadFound, bool), StorageError> {
        match self.head.read() {
            Err(HeadError::Torn(damage)) => Ok((HeadFound { head: self.log_start()?, damage: Some(damage) }, true)),
            found => Ok((found.map_err(|error| self.head_failed(error))?, false)),
        }
    }

    /// The start of the log file whose frames lead farthest; of several, of the newest: what a failed sync left past the head of an
    /// older one is void.
    pub(super) fn log_start(&self) -> Result<Head, StorageError> {
        let mut best = None;
        for number in self.logs.numbers()? {
            let log = match self.logs.open(number) {
                Err(StorageError::Codec(CodecError::Damaged { .. })) => continue,
                log => log?,
            };
            let (position, sequence) = (LOG_HEADER, log.header.after);
            let head = Head { state: State::Open, log: number, position, sequence, count: 0 };
            let (tail, _) = Tail::valid(&log, &head)?;
            if best.is_none_or(|(farthest, _)| farthest <= tail.sequence) {
                best = Some((tail.sequence, head));
            }
        }
        best.map(|(_, head)| head).ok_or_else(|| StorageError::Missing {
            file: format!("a readable log file in {}", self.files.describe("")),
            beside: "beside a damaged head".to_owned(),
        })
    }
}
