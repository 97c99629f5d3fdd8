//! The conditions of PostGIS that compare a field with a shape, and distances between the two.
//!
//! The field may stand on either side. The boundary counts as inside in all of them, so `ST_Contains` and `ST_Covers` are one, and so are
//! `ST_Within` and `ST_CoveredBy`.

use sqlparser::ast::Expr as Ast;

use crate::{
    expr::{Predicate, Target, Test},
    geometry::PreparedShape,
    object::{FieldPath, Value},
};

use super::{
    SqlError,
    function::numeric,
    operand::{self, Operand, Scope},
};

/// What may be said of a field and a shape, the field first.
#[derive(Clone, Copy)]
enum Compared {
    Intersects,
    CoveredBy,
    Covers,
}

impl Compared {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "ST_Intersects" => Self::Intersects,
            "ST_CoveredBy" | "ST_Within" => Self::CoveredBy,
            "ST_Contains" | "ST_Covers" => Self::Covers,
            _ => return None,
        })
    }

    /// The same with the shape first.
    const fn turned(self) -> Self {
        match self {
            Self::Intersects => Self::Intersects,
            Self::CoveredBy => Self::Covers,
            Self::Covers => Self::CoveredBy,
        }
    }

    fn test(self, shape: PreparedShape) -> Test {
        match self {
            Self::Intersects => Test::Intersects(shape.into()),
            Self::CoveredBy => Test::CoveredBy(shape.into()),
            Self::Covers => Test::Covers(shape.into()),
        }
    }
}

/// A function's name for errors, with the number of one of its arguments.
fn numbered(name: &str, argument: usize) -> String {
    format!("{name}, argument {argument}")
}

/// Compiles a comparison of two shapes, of which one is a field.
pub(super) fn compared(name: &str, args: [&Ast; 2], scope: Scope<'_>) -> Result<Predicate, SqlError> {
    let Some(compared) = Compared::of(name) else { return Err(SqlError::operand(name, args[0], "a comparison")) };
    match (operand::operand(args[0], scope)?, operand::operand(args[1], scope)?) {
        (Operand::Field(path), known) => {
            Ok(Predicate::new(path, compared.test(shape(&numbered(name, 2), args[1], known)?)))
        }
        (known, Operand::Field(path)) => {
            Ok(Predicate::new(path, compared.turned().test(shape(&numbered(name, 1), args[0], known)?)))
        }
        _ => Err(SqlError::operand(name, format!("({}, {})", args[0], args[1]), "a field in one of the arguments")),
    }
}

/// A constant to compare with.
fn shape(place: &str, ast: &Ast, known: Operand) -> Result<PreparedShape, SqlError> {
    let value = match known {
        Operand::Envelope(bounds) => return Ok(bounds.into()),
        Operand::Constant(value) => value,
        _ => return Err(SqlError::operand(place, ast, "a constant shape or ST_MakeEnvelope(..)")),
    };
    let shape = operand::shape(place, &value)?;
    PreparedShape::new(shape).map_err(|error| SqlError::invalid(place, ast, error))
}

/// `ST_Distance(a, b, use_spheroid)` and the like: a field and a constant point, in either order, measured on the sphere or the spheroid.
pub(super) fn distance(name: &str, args: &[&Ast], on_spheroid: bool, scope: Scope<'_>) -> Result<Target, SqlError> {
    let target = |path: FieldPath, argument: usize, value: &Value| {
        let place = operand::place(numbered(name, argument), value)?;
        Ok(if on_spheroid { Target::Geodesic { path, place } } else { Target::Place { path, place } })
    };
    match (operand::operand(args[0], scope)?, operand::operand(args[1], scope)?) {
        (Operand::Field(path), Operand::Constant(value)) => target(path, 2, &value),
        (Operand::Constant(value), Operand::Field(path)) => target(path, 1, &value),
        _ => Err(SqlError::operand(name, format!("({}, {})", args[0], args[1]), "a field and a constant point")),
    }
}

/// `ST_DWithin(a, b, metres, use_spheroid)`.
pub(super) fn within(name: &str, args: &[&Ast], scope: Scope<'_>) -> Result<Predicate, SqlError> {
    let target = distance(name, args, spheroid(name, args, 3, scope)?, scope)?;
    let metres = numeric(name, args[2], scope)?;
    if metres.is_nan() || metres < 0.0 {
        return Err(SqlError::operand(numbered(name, 3), metres, "metres, zero or more"));
    }
    target.within(metres, true).ok_or_else(|| SqlError::operand(name, args[0], "a field"))
}

/// Whether to measure on the spheroid, when that is said in an argument, counted from 0: else it is on the sphere.
pub(super) fn spheroid(name: &str, args: &[&Ast], argument: usize, scope: Scope<'_>) -> Result<bool, SqlError> {
    let Some(ast) = args.get(argument) else { return Ok(false) };
    match operand::constant(name, ast, scope)? {
        Value::Bool(on_spheroid) => Ok(on_spheroid),
        other => {
            let expected = "true to measure on the spheroid, false to measure on the sphere";
            Err(SqlError::operand(numbered(name, argument + 1), other, expected))
        }
    }
}
