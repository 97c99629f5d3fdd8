//! What does a constant become under `CAST(.. AS type)`, `..::type` and `TYPE '..'`?
//!
//! Stored values are never cast: an index knows them as they are, and a condition on a field that was silently taken as it is would find what nobody asked for.

use sqlparser::ast::{CastFormat, CastKind, DataType, Expr as Ast, TypedString};

use crate::{
    geometry::Edges,
    object::{JsonText, Kind, Value, coerce},
};

use super::{
    SqlError,
    operand::{self, Operand, Scope},
    places,
};

/// The types that constants can be given.
const TYPES: &str = "text, integer, float, boolean, timestamp, vector, geometry, geography or json";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Integer,
    Float,
    /// A shape whose edges are great circles.
    Geography,
    /// What a text says as JSON: a map, a list or any other value.
    Json,
    /// Text, boolean, timestamp, vector, geometry.
    Of(Kind),
}

impl Type {
    fn of(written: &DataType) -> Result<Self, SqlError> {
        let text = written.to_string().to_ascii_uppercase();
        // `VARCHAR(20)` and `TIMESTAMP(3)` would have to cut values.
        Ok(match text.as_str() {
            "TEXT" | "VARCHAR" | "STRING" | "CHARACTER VARYING" => Self::Of(Kind::String),
            "INT" | "INTEGER" | "BIGINT" | "SMALLINT" | "INT4" | "INT8" | "INT64" => Self::Integer,
            "FLOAT" | "DOUBLE" | "DOUBLE PRECISION" | "REAL" | "FLOAT4" | "FLOAT8" | "FLOAT64" => Self::Float,
            "BOOL" | "BOOLEAN" => Self::Of(Kind::Bool),
            "TIMESTAMP" | "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE" | "TIMESTAMP WITHOUT TIME ZONE" | "DATE" => {
                Self::Of(Kind::Timestamp)
            }
            "VECTOR" => Self::Of(Kind::Vector),
            "GEOMETRY" => Self::Of(Kind::Geometry),
            "GEOGRAPHY" => Self::Geography,
            "JSON" | "JSONB" => Self::Json,
            _ => return Err(SqlError::unsupported(format!("the type {written}"), format!("write {TYPES}"))),
        })
    }

    /// The constant as one of this type. A point has no edges, and is one as geography, too.
    fn given(self, value: Value, place: &str) -> Result<Operand, SqlError> {
        let value = self.convert(value, place)?;
        let has_edges = matches!(&value, Value::Geometry(shape) if !matches!(**shape, geo::Geometry::Point(_)));
        if self == Self::Geography && has_edges {
            return places::geography(place, &value).map(Operand::Shape);
        }
        Ok(Operand::Constant(value))
    }

    fn convert(self, value: Value, place: &str) -> Result<Value, SqlError> {
        let shown = value.to_string();
        let invalid = |why: String| SqlError::invalid(place, &shown, why);
        let kind = match self {
            Self::Integer | Self::Float => Kind::Number,
            // Searches take vectors in any form, also pgvector's text, and say what is wrong with them.
            Self::Of(Kind::Vector) => return Ok(value),
            Self::Json => return json(value, place),
            Self::Geography => Kind::Geometry,
            Self::Of(kind) => kind,
        };
        match (self, coerce(value, kind).map_err(|error| invalid(error.to_string()))?) {
            #[expect(clippy::cast_possible_truncation, reason = "whole and in range, as the guard says")]
            (Self::Integer, Value::Float(number)) if number.fract() == 0.0 && number.abs() < 9.0e15 => {
                Ok(Value::Int(number as i64))
            }
            (Self::Integer, Value::Float(_)) => Err(invalid("expected a whole number".into())),
            #[expect(clippy::cast_precision_loss, reason = "a float was asked for")]
            (Self::Float, Value::Int(number)) => Ok(Value::Float(number as f64)),
            (_, converted) => Ok(converted),
        }
    }
}

/// What a text says as JSON; other values are values already.
fn json(value: Value, place: &str) -> Result<Value, SqlError> {
    let Value::String(text) = &value else { return Ok(value) };
    let invalid = |why: String| SqlError::invalid(place, text, why);
    let read = JsonText::read(text).map_err(|error| invalid(format!("no JSON: {error}")))?;
    read.single().map_err(|error| invalid(error.to_string()))
}

/// `CAST(expr AS type)` and `expr::type`.
pub(super) fn cast(
    kind: &CastKind,
    expr: &Ast,
    written: &DataType,
    format: Option<&CastFormat>,
    scope: Scope<'_>,
) -> Result<Operand, SqlError> {
    if format.is_some() || !matches!(kind, CastKind::Cast | CastKind::DoubleColon) {
        return Err(SqlError::unsupported("TRY_CAST, SAFE_CAST or a FORMAT", "write CAST(.. AS type) or ..::type"));
    }
    let wanted = Type::of(written)?;
    match operand::operand(expr, scope)? {
        Operand::Constant(value) => wanted.given(value, &format!("CAST to {written}")),
        // PostGIS and pgvector are written with such casts; here the field is one already, or has no place and no distance.
        field @ Operand::Field(_) if matches!(wanted, Type::Geography | Type::Of(Kind::Vector | Kind::Geometry)) => {
            Ok(field)
        }
        Operand::Shape(shape) if wanted == Type::Geography && shape.edges() != Edges::Straight => {
            Ok(Operand::Shape(shape))
        }
        _ => Err(SqlError::unsupported(
            format!("a cast of {expr} to {written}"),
            "cast the constant that it is compared with; stored values stay as they are",
        )),
    }
}

/// `TIMESTAMP '2024-05-01T00:00:00Z'` and the like.
pub(super) fn typed(string: &TypedString, scope: Scope<'_>) -> Result<Operand, SqlError> {
    let TypedString { data_type, value, uses_odbc_syntax: _ } = string;
    let value = operand::literal_value(&value.value, scope)?;
    Type::of(data_type)?.given(value, &data_type.to_string())
}
