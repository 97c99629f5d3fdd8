//! Protobase: an embedded object database that searches by meaning, by place and by attribute in one query.
//!
//! A program opens a [`Database`], keeps collections of objects in it ([`IndexableSet`]), declares indexes on their fields
//! ([`SetSchema`]), and asks questions that one plan answers, which can be read.

#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]

// The layers, in import order: a module imports only from modules above it.

pub mod codec;

pub mod metric;

pub mod geometry;

pub mod object;

pub mod expr;

pub mod storage;

pub mod index;

pub mod set;

pub mod query;

pub mod database;

#[cfg(feature = "sql")]
pub mod sql;

#[cfg(feature = "import")]
pub mod import;

#[cfg(feature = "cli")]
pub mod cli;

// What most programs need, by its own name.

pub use database::{Database, DatabaseOptions, Error, Transaction};
pub use expr::{Expr, field};
pub use geometry::{GeoBox, LonLat, Region};
pub use index::{IndexKind, Options, SearchEffort};
pub use metric::Metric;
pub use object::{
    FamilyId, FieldPath, Fields, Geometry, Nested, Object, Offset, Point, Reference, Resolve, Sequence, Timestamp,
    Value, Vector,
};
pub use query::{Ascending, Descending, Direction, Hit, Hits, Item, Query, QueryError, Source};
pub use set::{IndexableSet, ResultSet, SetSchema, SetView, Snapshot, StoredObject};
#[cfg(feature = "sql")]
pub use sql::{Answer, Parameters, SqlError};
