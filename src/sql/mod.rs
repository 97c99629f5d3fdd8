//! How does SQL text become a plan?
//!
//! The text is parsed by `sqlparser`, every clause is understood or refused by name (`statement`), conditions become expressions with
//! SQL's meaning of unknown (`condition`), items and order become scalars, and the result is a [`Query`](crate::query::Query): the same builder, the
//! same compiler, the same plan as from Rust. This front end alone knows SQL's three-valued logic.
//!
//! The conventions are pgvector's (`<->` L2, `<=>` cosine, `<#>` negative inner product) and PostGIS's (`ST_Point(lon, lat)`, `ST_DWithin(field,
//! point, metres)`); `location <-> ST_Point(..)` on a geo field is metres on the sphere, `POINT(x, y) <-> POINT(1, 2)` is Euclidean over numeric
//! fields. Texts are searched by PostgreSQL's `~`, by regular expressions of the crate `regex`, by `levenshtein(name, 'Tbilsi') <= 1`, and
//! by their words: `body @@ plainto_tsquery('english', 'old monastery')`, `phraseto_tsquery`, `to_tsquery('old | new')`. `IS NULL` is true for null and missing, `IS MISSING` for missing only.
//!
//! What writes ([`Session`], [`Database::sql`]) goes the same way: the condition of an UPDATE or DELETE is that of a SELECT, asked inside of the
//! transaction, and VALUES take every kind of value (`command` says which statements there are, `define` how sets and indexes are declared).
//!
//! Pages are `LIMIT n OFFSET m`, each a search of its own for the first `m + n`: those by an order of fields never repeat or skip over one snapshot,
//! and neither do those by a distance that no approximate index answers. What walks to the end by distance asks from Rust, with
//! [`Query::after`](crate::query::Query::after). `WHERE embedding <=> $q <= 0.4` is complete by any effort.

mod answer;
mod asked;
mod cast;
mod change;
mod command;
mod comparison;
mod computed;
mod condition;
mod declared;
mod define;
mod dialect;
mod edits;
mod error;
mod explained;
mod fields;
mod function;
mod given;
mod grammar;
mod insert;
mod new_objects;
mod operand;
mod parameters;
mod places;
mod prepared;
mod relation;
mod remove;
mod returning;
mod runs;
mod script;
mod selection;
mod session;
mod statement;
mod target;
mod texts;
mod times;
mod tree;
#[cfg(feature = "text")]
mod words;

pub use answer::{Answer, Done};
pub use error::SqlError;
pub use parameters::{Parameters, parameter_names};
pub use prepared::Prepared;
pub use script::{Piece, pieces};
pub use session::Session;
pub use statement::Statement;

use crate::{database::Database, set::Snapshot};

impl Database {
    /// Runs one SQL statement: answers a SELECT over the newest snapshot, and commits what any other one writes or declares, as a transaction
    /// of its own that is tried again when another was faster. What is asked again and again is parsed once as a [`Statement`]; several
    /// statements in one transaction go through a [`Session`].
    ///
    /// ```
    /// use protobase::{Database, Object, Parameters, SetSchema};
    ///
    /// let database = Database::in_memory();
    /// let cities = database.declare::<Object>(SetSchema::new("cities").index("country", "hash"))?;
    /// cities.insert(&Object::new().with("name", "Tbilisi").with("country", "GE"))?;
    /// let answer = database.sql("SELECT name FROM cities WHERE country = $c", &Parameters::new().with("c", "GE"))?;
    /// assert_eq!(answer.objects[0].get("name").unwrap().to_string(), "Tbilisi");
    /// let changed = database.sql("UPDATE cities SET visits = 1 WHERE country = 'GE'", &Parameters::new())?;
    /// assert_eq!(changed.done.to_string(), "1 object updated");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sql(&self, text: &str, parameters: &Parameters) -> Result<Answer, SqlError> {
        session::alone(self, &command::Command::parse(text)?, parameters)
    }
}

/// Answers one SELECT over one snapshot.
pub fn sql(snapshot: &Snapshot, text: &str, parameters: &Parameters) -> Result<Answer, SqlError> {
    Statement::parse(text)?.answer(snapshot, parameters)
}
