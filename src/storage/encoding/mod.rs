//! How are operations and checkpoints written as MessagePack?
//!
//! Every structure is an array of known length, so that its elements need no names; the layouts are in `docs/format.md`. Numbers
//! read back are never trusted: lengths are checked against the bytes that are left before memory is asked for.

mod checkpoint;
mod operations;
mod unpack;

pub(super) use checkpoint::{decode_checkpoint, encode_checkpoint};
pub(super) use operations::{count, decode_transactions, encode_transactions};
pub(super) use unpack::Unpacker;
