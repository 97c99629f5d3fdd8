//! What is to be done about an error?
//!
//! The layers say what is wrong; only up here is known what a program or a person can do about it: which files can be made anew, and
//! which commands there are.

use std::io;

use crate::{codec::CodecError, index::IndexError, query::QueryError, set::SetError, storage::StorageError};

use super::Error;

const DAMAGED: &str = "restore a backup, or let `protobase salvage DB DEST` (Database::salvage) recover what is intact into a new \
                       database; `protobase check DB` (Database::check) names the fault";
const REBUILT: &str = "an index part is made of the objects and no object is concerned: it is answered without, and built anew while a \
                       program has the database open for writing, or by `protobase compact DB`";
const NEWER: &str = "open it with the version of protobase that wrote it, or a newer one; nothing is damaged";
const FORBIDDEN: &str = "give this user the right to read the directory and its files, and to write them if it is to write; a database \
                         in a directory that may only be read is opened for reading only (DatabaseOptions::read_only), as \
                         `protobase query`, `info` and `check` do";
const FOR_READING: &str = "open the database without DatabaseOptions::read_only to write";

impl Error {
    /// What to do about it, where the store is damaged or out of reach: in words for whoever runs the program. `None` where the error says
    /// all there is to say.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Fault { rebuilt, .. } => Some(if *rebuilt { REBUILT } else { DAMAGED }),
            Self::ReadOnly => Some(FOR_READING),
            Self::Storage(error) => of_storage(error),
            Self::Set(error) => of_set(error),
            Self::Query(error) => of_query(error),
            Self::Commit(error) => error.advice(),
            Self::Above(error) => error.downcast_ref::<Self>().and_then(Self::advice),
            _ => None,
        }
    }
}

fn of_storage(error: &StorageError) -> Option<&'static str> {
    match error {
        StorageError::Codec(error) => Some(of_codec(error)),
        StorageError::Missing { .. } => Some(DAMAGED),
        StorageError::Io { source, .. } => match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof => Some(DAMAGED),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Some(FORBIDDEN),
            _ => None,
        },
        _ => None,
    }
}

const fn of_codec(error: &CodecError) -> &'static str {
    match error {
        CodecError::Damaged { .. } => DAMAGED,
        CodecError::NewerFormat { .. } => NEWER,
    }
}

fn of_set(error: &SetError) -> Option<&'static str> {
    match error {
        SetError::Codec(error) => Some(of_codec(error)),
        SetError::Storage(error) => of_storage(error),
        SetError::Index { source, .. } => of_index(source),
        _ => None,
    }
}

fn of_query(error: &QueryError) -> Option<&'static str> {
    match error {
        QueryError::Set(error) => of_set(error),
        QueryError::Index(error) => of_index(error),
        _ => None,
    }
}

fn of_index(error: &IndexError) -> Option<&'static str> {
    match error {
        IndexError::Codec(error @ CodecError::NewerFormat { .. }) => Some(of_codec(error)),
        error if error.is_damage() => Some(REBUILT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: io::ErrorKind) -> StorageError {
        StorageError::Io { what: "opening head".to_owned(), source: kind.into() }
    }

    #[test]
    fn what_the_system_refuses_has_its_own_advice() {
        let advice = |kind| Error::from(failed(kind)).advice();
        assert_eq!(advice(io::ErrorKind::NotFound), Some(DAMAGED));
        assert_eq!(advice(io::ErrorKind::PermissionDenied), Some(FORBIDDEN));
        assert_eq!(advice(io::ErrorKind::StorageFull), None);
    }

    #[test]
    fn advice_is_found_however_deep_the_error_is_wrapped() {
        let damage = || CodecError::Damaged { file: "blobs/1".to_owned(), position: 7, what: "checksum".to_owned() };
        let queried = QueryError::from(SetError::Storage(StorageError::Codec(damage())));
        let wrapped = Error::above(Error::Commit(std::sync::Arc::new(queried.into())));
        assert_eq!(wrapped.advice(), Some(DAMAGED));
        assert_eq!(Error::from(QueryError::from(IndexError::Codec(damage()))).advice(), Some(REBUILT));
        assert_eq!(Error::above("a program's own").advice(), None);
    }
}
