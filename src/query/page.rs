//! What is known of everything that comes after a cursor?
//!
//! Nodes leave out what a cursor has passed, object by object. What is said here of the rest is said as a condition, so that the compiler may
//! answer it from indexes, and few objects are left to be looked at.

use std::ops::Bound;

use crate::expr::{Expr, Predicate, Target, Test};

use super::{Cursor, Direction, OrderKey, QueryError};

/// Refuses a cursor where hits come in no order that has pages.
pub fn check_order(cursor: &Cursor, ordered: bool) -> Result<(), QueryError> {
    if ordered {
        return Ok(());
    }
    let expected = "an order to go on in: a nearest search or order_by, and neither groups nor diverse hits of it";
    Err(QueryError::value("*", format!("after the cursor {cursor}"), expected))
}

/// Of hits nearest first: it is no nearer than the last one.
pub fn beyond(target: &Target, cursor: &Cursor) -> Option<Expr> {
    let (distance, _) = cursor.nearness()?;
    let nearer = target.within(distance, false)?;
    // Nothing is nearer than no distance at all.
    nearer.check().is_ok().then(|| !Expr::from(nearer))
}

/// Of hits in an order: by its first field, it does not come before the last one.
pub fn not_before(keys: &[OrderKey], cursor: &Cursor) -> Option<Expr> {
    let (key, place) = (keys.first()?, cursor.place()?);
    let (path, value) = (key.field()?, place.keys.first()?.clone()?);
    let (low, high) = match key.direction {
        Direction::Ascending => (Bound::Unbounded, Bound::Excluded(value)),
        Direction::Descending => (Bound::Excluded(value), Bound::Unbounded),
    };
    Some(!Expr::from(Predicate::new(path.clone(), Test::Range(low, high))))
}
