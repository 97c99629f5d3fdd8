//! Which call of the operating system fails, and how?

use std::io;

use crate::codec::Random;

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// The device failed (EIO). Of a write, a part may be there; after a failed sync, any part may be missing for ever, though
    /// the next sync succeeds.
    Device,
    /// The disk is full (ENOSPC).
    Full,
    /// No more files can be opened (EMFILE).
    TooManyFiles,
    /// Fewer bytes were read or written than asked for. No error: whoever calls must go on.
    Short,
    /// A signal came first (EINTR). No error: whoever calls must try again.
    Interrupted,
}

/// A call that will go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How.
    pub kind: FaultKind,
    /// Which call, counted from zero among those that can go wrong in this way, from now on.
    pub call: u64,
    /// Whether all such calls after it go wrong as well.
    pub lasting: bool,
}

/// What is asked of the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Create,
    Open,
    Map,
    Rename,
    Remove,
    List,
    CreateFolder,
    SyncFolder,
    Lock,
    Read,
    Write,
    Sync,
    Length,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Device, Self::Full, Self::TooManyFiles, Self::Short, Self::Interrupted];

    fn applies_to(self, call: Call) -> bool {
        match self {
            Self::Device => true,
            Self::Full => {
                use Call::{Create, CreateFolder, Lock, Rename, Sync, SyncFolder, Write};
                matches!(call, Create | CreateFolder | Lock | Rename | Sync | SyncFolder | Write)
            }
            Self::TooManyFiles => {
                matches!(call, Call::Create | Call::Open | Call::Map | Call::List | Call::Lock | Call::SyncFolder)
            }
            // Locks wait again by themselves.
            Self::Short | Self::Interrupted => matches!(call, Call::Read | Call::Write),
        }
    }

    pub(super) fn error(self) -> io::Error {
        match self {
            Self::Device => io::Error::other("input/output error"),
            Self::Full => io::ErrorKind::StorageFull.into(),
            Self::TooManyFiles => io::Error::other("too many open files"),
            Self::Short => io::ErrorKind::WriteZero.into(),
            Self::Interrupted => io::ErrorKind::Interrupted.into(),
        }
    }
}

/// The planned fault, the calls so far, and what decides the rest.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    planned: Option<Fault>,
    /// The sync of this number fails.
    sync: Option<u64>,
    pub(super) fired: u64,
    pub(super) random: Random,
}

impl Faults {
    pub(super) fn decided_by(random: Random) -> Self {
        Self { random, ..Self::default() }
    }

    pub(super) fn plan(&mut self, fault: Option<Fault>) {
        (self.planned, self.fired) = (fault, 0);
    }

    pub(super) fn plan_sync(&mut self, which: Option<u64>) {
        self.sync = which;
    }

    /// Counts a call; tells how it goes wrong, if it does.
    pub(super) fn call(&mut self, call: Call) -> Option<FaultKind> {
        if call == Call::Sync && next(&mut self.sync) {
            self.sync = None;
            return Some(FaultKind::Device);
        }
        let fault = self.planned.as_mut().filter(|fault| fault.kind.applies_to(call))?;
        if fault.call > 0 {
            fault.call -= 1;
            return None;
        }
        let kind = fault.kind;
        if !fault.lasting {
            self.planned = None;
        }
        self.fired += 1;
        Some(kind)
    }
}

/// Counts down; true at the end.
fn next(left: &mut Option<u64>) -> bool {
    match left {
        Some(0) => true,
        Some(left) => {
            *left -= 1;
            false
        }
        None => false,
    }
}
