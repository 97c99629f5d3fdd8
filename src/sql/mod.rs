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
//! Pages are `LIMIT n OFFSET m`, each a search of its own for the first `m + n`: those by an order of fields never repeat or skip over one snapshot,
//! and neither do those by a distance that no approximate index answers. What walks to the end by distance asks from Rust, with
//! [`Query::after`](crate::query::Query::after). `WHERE embedding <=> $q <= 0.4` is complete by any effort.

mod answer;
mod asked;
mod cast;
mod condition;
mod dialect;
mod edits;
mod error;
mod fields;
mod function;
mod operand;
mod parameters;
mod places;
mod prepared;
mod runs;
mod selection;
mod statement;
mod texts;
mod times;
mod tree;
#[cfg(feature = "text")]
mod words;

pub use answer::Answer;
pub use error::SqlError;
pub use parameters::{Parameters, parameter_names};
pub use prepared::Prepared;
pub use statement::Statement;

use crate::{database::Database, set::Snapshot};

impl Database {
    /// Answers one SQL statement over the newest snapshot. What is asked again and again is parsed once as a [`Statement`].
    ///
    /// ```
    /// use protobase::{Database, Object, Parameters, SetSchema};
    ///
    /// let database = Database::in_memory();
    /// let cities = database.declare::<Object>(SetSchema::new("cities").index("country", "hash"))?;
    /// cities.insert(&Object::new().with("name", "Tbilisi").with("country", "GE"))?;
    /// let answer = database.sql("SELECT name FROM cities WHERE country = $c", &Parameters::new().with("c", "GE"))?;
    /// assert_eq!(answer.objects[0].get("name").unwrap().to_string(), "Tbilisi");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sql(&self, text: &str, parameters: &Parameters) -> Result<Answer, SqlError> {
        sql(&self.snapshot(), text, parameters)
    }
}

/// Answers one SQL statement over one snapshot.
pub fn sql(snapshot: &Snapshot, text: &str, parameters: &Parameters) -> Result<Answer, SqlError> {
    let prepared = Prepared::new(text, parameters)?;
    let view = prepared.view(snapshot)?;
    prepared.run(&view)
}
