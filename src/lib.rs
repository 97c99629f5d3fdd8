//! Protobase: an embedded object database that searches by meaning, by place and by attribute in one query.

// Layers, in import order: a module imports only from modules above it.
#[cfg(feature = "cli")]
pub mod cli;
pub mod codec;
pub mod database;
pub mod expr;
pub mod geometry;
#[cfg(feature = "import")]
pub mod import;
pub mod index;
pub mod metric;
pub mod object;
pub mod query;
pub mod set;
#[cfg(feature = "sql")]
pub mod sql;
pub mod storage;
