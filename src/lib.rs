//! Protobase: an embedded object database that searches by meaning, by place and by attribute in one query.
//!
//! A program opens a [`Database`], keeps collections of objects in it ([`IndexableSet`]), declares indexes on their fields
//! ([`SetSchema`]), and asks questions ([`Query`]) that one plan answers, which can be read.
//!
//! ```
//! use protobase::{Database, IndexableSet, LonLat, Options, Point, SetSchema, Vector, field};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Place {
//!     name: String,
//!     country: String,
//!     location: Point,
//!     meaning: Vector,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let database = Database::in_memory(); // or Database::open("directory")?
//! let places: IndexableSet<Place> = database.declare(
//!     SetSchema::new("places")
//!         .unique("name")
//!         .index("country", "hash")
//!         .index("location", "geo")
//!         .index_with("meaning", "vector", Options::new().with("dimension", 2).with("metric", "cosine")),
//! )?;
//! for (name, country, lon, lat, meaning) in [
//!     ("Vardzia", "GE", 43.28, 41.38, [0.9, 0.1]),
//!     ("Gergeti", "GE", 44.62, 42.66, [0.6, 0.7]),
//!     ("Meteora", "GR", 21.63, 39.72, [0.5, 0.8]),
//! ] {
//!     let (location, meaning) = (Point::new(lon, lat)?, Vector::from(meaning.to_vec()));
//!     places.insert(&Place { name: name.into(), country: country.into(), location, meaning })?;
//! }
//! let near_tbilisi = field("location").within_radius(LonLat::new(44.79, 41.72)?, 200_000.0);
//! let query = places.query().filter(near_tbilisi.and(field("country").eq("GE"))).nearest("meaning", &[0.5, 0.8], 1);
//! let hit = query.run()?.get(0).expect("two places match");
//! assert_eq!(hit.get::<Place>()?.name, "Gergeti");
//! println!("{}", query.explain()?);
//!
//! // Several changes at once, tried again when another transaction was faster.
//! database.write(|tx| {
//!     let mut place = tx.get(&places, hit.offset)?.expect("it is still there");
//!     place.name = "Gergeti Trinity Church".into();
//!     tx.update(&places, hit.offset, &place)
//! })?;
//! # Ok(())
//! # }
//! ```

// What input, disk or network cause is an error, never a panic.
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented
    )
)]

// The layers, in import order: a module imports only from modules above it.

pub mod codec;

pub mod metric;

pub mod geometry;

#[cfg(feature = "text")]
pub mod text;

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

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;

// What most programs need, by its own name.

pub use database::{
    Change, Changes, Commit, Database, DatabaseInfo, DatabaseOptions, Error, Isolation, Retention, Transaction,
};
pub use expr::{Expr, Targets, field};
pub use geometry::{GeoBox, LonLat, Region};
pub use index::{IndexKind, Options, SearchEffort};
pub use metric::Metric;
pub use object::{
    FamilyId, FieldPath, Fields, Geometry, Nested, Object, Offset, Point, Reference, Resolve, Sequence, Timestamp,
    Update, Value, Vector,
};
pub use query::{Ascending, Cursor, Descending, Direction, Hit, Hits, Item, Query, QueryError, Source};
pub use set::{Conflict, IndexableSet, Progress, ResultSet, SetSchema, SetView, Snapshot, Step, StoredObject, Watch};
#[cfg(feature = "sql")]
pub use sql::{Answer, Parameters, SqlError};
