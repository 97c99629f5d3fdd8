//! The functions of PostGIS that are understood, and `POINT` for coordinates in plane fields.

use std::sync::Arc;

use sqlparser::ast::{Expr as Ast, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments};

use crate::{
    expr::{Predicate, Target},
    geometry::{self, GeoBox, Globe, PreparedShape},
    object::{FieldPath, Object, Offset, Value},
    query::Scalar,
};

use super::{
    SqlError,
    edits::Edits,
    operand::{self, Operand, Scope},
    places::{self, Compared},
};

/// Functions that give a value.
const VALUES: &[&str] = &[
    "POINT",
    "ST_Area",
    "ST_AsBinary",
    "ST_AsGeoJSON",
    "ST_AsText",
    "ST_Distance",
    "ST_GeogFromText",
    "ST_GeomFromGeoJSON",
    "ST_GeomFromText",
    "ST_GeomFromWKB",
    "ST_Length",
    "ST_MakeEnvelope",
    "ST_MakePoint",
    "ST_Point",
    "ST_SetSRID",
    "ST_X",
    "ST_Y",
    "levenshtein",
];
/// Functions that are a condition.
const CONDITIONS: &[&str] = &["ST_Contains", "ST_CoveredBy", "ST_Covers", "ST_DWithin", "ST_Intersects", "ST_Within"];

/// The arguments as written, of a call about which nothing else is said.
fn plain(call: &Function) -> Result<&[FunctionArg], SqlError> {
    let Function { name, uses_odbc_syntax, parameters, args, filter, null_treatment, over, within_group } = call;
    let more = [
        ("OVER", over.is_some()),
        ("FILTER", filter.is_some()),
        ("WITHIN GROUP", !within_group.is_empty()),
        ("IGNORE or RESPECT NULLS", null_treatment.is_some()),
        ("{fn ..}", *uses_odbc_syntax),
        ("two lists of arguments", !matches!(parameters, FunctionArguments::None)),
        ("a query as argument", matches!(args, FunctionArguments::Subquery(_))),
    ];
    if let Some((clause, _)) = more.iter().find(|(_, present)| *present) {
        return Err(SqlError::unsupported(format!("{clause} with {name}"), "give plain arguments"));
    }
    let FunctionArguments::List(list) = args else { return Ok(&[]) };
    let FunctionArgumentList { duplicate_treatment, args, clauses } = list;
    if let Some(treatment) = duplicate_treatment {
        return Err(SqlError::unsupported(format!("{treatment} in {name}(..)"), "give plain arguments"));
    }
    match clauses.first() {
        Some(clause) => Err(SqlError::unsupported(format!("{clause} in {name}(..)"), "give plain arguments")),
        None => Ok(args),
    }
}

/// The arguments, positional only.
pub(super) fn arguments(call: &Function) -> Result<Vec<&Ast>, SqlError> {
    plain(call)?
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr),
            other => Err(SqlError::unsupported(
                format!("{}({other}) here", call.name),
                "give plain arguments; COUNT(*) stands alone, as the only item",
            )),
        })
        .collect()
}

/// The name in the spelling of the lists above, or as written.
pub(super) fn name_of(call: &Function) -> String {
    let written = call.name.to_string();
    let known = VALUES.iter().chain(CONDITIONS).find(|known| known.eq_ignore_ascii_case(&written));
    known.map_or(written, |known| (*known).to_owned())
}

fn counted(arguments: usize) -> String {
    format!("{arguments} argument{}", if arguments == 1 { "" } else { "s" })
}

fn wrong_count(name: &str, found: usize, wanted: &[usize]) -> SqlError {
    let mut wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
    wanted.dedup();
    SqlError::operand(name, counted(found), wanted.join(" or "))
}

/// Compiles a function that gives a value.
pub(super) fn call(call: &Function, scope: Scope<'_>) -> Result<Operand, SqlError> {
    let (name, args) = (name_of(call), arguments(call)?);
    let count = |wanted: &[usize]| match wanted.contains(&args.len()) {
        true => Ok(()),
        false => Err(wrong_count(&name, args.len(), wanted)),
    };
    match name.as_str() {
        "ST_Point" | "ST_MakePoint" => {
            // The third of ST_MakePoint would be a height.
            count(if name == "ST_Point" { &[2, 3] } else { &[2] })?;
            system(&name, args.get(2), scope)?;
            point(&name, &args, scope)
        }
        "POINT" => coordinates(&name, &args, scope),
        "ST_SetSRID" => {
            count(&[2])?;
            system(&name, args.get(1), scope)?;
            operand::operand(args[0], scope)
        }
        "ST_GeogFromText" => {
            count(&[1])?;
            places::geography(&name, &operand::constant(&name, args[0], scope)?).map(Operand::Shape)
        }
        "ST_GeomFromText" | "ST_GeomFromGeoJSON" => {
            count(&[1, 2])?;
            system(&name, args.get(1), scope)?;
            let text = operand::constant(&name, args[0], scope)?;
            let Value::String(text) = &text else { return Err(SqlError::operand(&name, text, "text")) };
            let parsed =
                if name == "ST_GeomFromText" { geometry::from_wkt(text) } else { geometry::from_geojson(text) };
            let parsed = parsed.map_err(|error| SqlError::invalid(&name, format!("'{text}'"), error))?;
            Ok(Operand::Constant(Value::from(parsed)))
        }
        "ST_GeomFromWKB" => {
            count(&[1, 2])?;
            system(&name, args.get(1), scope)?;
            let bytes = operand::constant(&name, args[0], scope)?;
            let Value::Bytes(bytes) = &bytes else {
                return Err(SqlError::operand(&name, bytes, "bytes, such as X'0101..'"));
            };
            let parsed = geometry::from_wkb(bytes);
            let parsed = parsed.map_err(|error| SqlError::invalid(&name, format!("{} bytes", bytes.len()), error))?;
            Ok(Operand::Constant(Value::from(parsed)))
        }
        "ST_MakeEnvelope" => {
            count(&[4, 5])?;
            system(&name, args.get(4), scope)?;
            envelope(&name, &args, scope)
        }
        "ST_Distance" => {
            count(&[2, 3])?;
            distance(&name, &args, 2, scope).map(Operand::Distance)
        }
        "levenshtein" => {
            count(&[2])?;
            levenshtein(&name, &args, scope)
        }
        "ST_Area" | "ST_AsBinary" | "ST_AsGeoJSON" | "ST_AsText" | "ST_Length" | "ST_X" | "ST_Y" => {
            count(&[1])?;
            of_shape(&name, args[0], scope)
        }
        _ => Err(unknown(&name)),
    }
}

/// A value made from a shape, be it a field's or a constant.
fn of_shape(name: &str, ast: &Ast, scope: Scope<'_>) -> Result<Operand, SqlError> {
    let made: fn(FieldPath) -> Scalar = match name {
        "ST_Area" => Scalar::Area,
        "ST_AsBinary" => Scalar::Wkb,
        "ST_AsGeoJSON" => Scalar::GeoJson,
        "ST_AsText" => Scalar::Wkt,
        "ST_Length" => Scalar::Length,
        "ST_X" => Scalar::Longitude,
        _ => Scalar::Latitude,
    };
    match operand::operand(ast, scope)? {
        Operand::Field(path) => Ok(Operand::Scalar(made(path))),
        Operand::Constant(value) => Ok(computed(made, places::shape(name, &value)?)),
        Operand::Shape(shape) => Ok(computed(made, shape.shape().clone())),
        other => Err(SqlError::operand(name, other, "a field or a constant shape")),
    }
}

fn computed(made: fn(FieldPath) -> Scalar, shape: geo::Geometry<f64>) -> Operand {
    let object = Object::new().with("shape", Value::from(shape));
    Operand::Constant(made("shape".into()).evaluate(Offset(0), &object).unwrap_or(Value::Null))
}

/// Between a field and a text.
fn levenshtein(name: &str, args: &[&Ast], scope: Scope<'_>) -> Result<Operand, SqlError> {
    match (operand::operand(args[0], scope)?, operand::operand(args[1], scope)?) {
        (Operand::Field(path), Operand::Constant(Value::String(text)))
        | (Operand::Constant(Value::String(text)), Operand::Field(path)) => Ok(Operand::Edits(Edits { path, text })),
        _ => Err(SqlError::operand(name, format!("({}, {})", args[0], args[1]), "a field and a constant text")),
    }
}

fn unknown(name: &str) -> SqlError {
    let known = VALUES.iter().chain(CONDITIONS).copied().collect::<Vec<_>>().join(", ");
    SqlError::UnknownFunction { name: name.to_owned(), known: format!("{known}, COUNT(*)") }
}

fn numeric(name: &str, ast: &Ast, scope: Scope<'_>) -> Result<f64, SqlError> {
    let value = operand::constant(name, ast, scope)?;
    operand::number(&value).ok_or_else(|| SqlError::operand(name, value, "a number"))
}

fn point(name: &str, args: &[&Ast], scope: Scope<'_>) -> Result<Operand, SqlError> {
    let (lon, lat) = (numeric(name, args[0], scope)?, numeric(name, args[1], scope)?);
    let place =
        geometry::LonLat::new(lon, lat).map_err(|error| SqlError::invalid(name, format!("({lon}, {lat})"), error))?;
    Ok(Operand::Constant(Value::from(geo::Geometry::Point(geo::Point::new(place.lon, place.lat)))))
}

/// `POINT(lon, lat)` over fields, `POINT(12.5, 41.9)` over constants.
fn coordinates(name: &str, args: &[&Ast], scope: Scope<'_>) -> Result<Operand, SqlError> {
    let operands = args.iter().map(|arg| operand::operand(arg, scope)).collect::<Result<Vec<_>, _>>()?;
    let fields: Vec<_> = operands
        .iter()
        .filter_map(|operand| match operand {
            Operand::Field(path) => Some(path.clone()),
            _ => None,
        })
        .collect();
    let constants: Vec<_> = operands
        .iter()
        .filter_map(|operand| match operand {
            Operand::Constant(value) => Some(value.clone()),
            _ => None,
        })
        .collect();
    match (fields.len(), constants.len()) {
        (n, 0) if n >= 2 => Ok(Operand::Coordinates(fields)),
        (0, n) if n >= 2 => Ok(Operand::Constant(Value::List(constants))),
        _ => Err(SqlError::operand(name, counted(args.len()), "two or more fields, or two or more constants")),
    }
}

fn envelope(name: &str, args: &[&Ast], scope: Scope<'_>) -> Result<Operand, SqlError> {
    let mut edges = [0.0; 4];
    for (edge, arg) in edges.iter_mut().zip(args) {
        *edge = numeric(name, arg, scope)?;
    }
    let [west, south, east, north] = edges;
    let bounds =
        GeoBox::new(west, south, east, north).map_err(|error| SqlError::invalid(name, format!("{edges:?}"), error))?;
    Ok(Operand::Shape(Arc::new(bounds.into())))
}

/// Compiles a function that is a condition; `None` when it is not one.
pub(super) fn condition(call: &Function, scope: Scope<'_>) -> Result<Option<Predicate>, SqlError> {
    let (name, args) = (name_of(call), arguments(call)?);
    if !CONDITIONS.contains(&name.as_str()) {
        return if VALUES.contains(&name.as_str()) { Ok(None) } else { Err(unknown(&name)) };
    }
    let wanted = if name == "ST_DWithin" { [3, 4] } else { [2, 2] };
    if !wanted.contains(&args.len()) {
        return Err(wrong_count(&name, args.len(), &wanted));
    }
    match Compared::of(&name) {
        Some(condition) => compared(&name, condition, &args, scope),
        None => within(&name, &args, scope),
    }
    .map(Some)
}

/// A function's name for errors, with the number of one of its arguments.
fn numbered(name: &str, argument: usize) -> String {
    format!("{name}, argument {argument}")
}

/// Of two arguments the one that is a field, the other, and the number of that.
fn sides(name: &str, args: &[&Ast], scope: Scope<'_>) -> Result<(FieldPath, Operand, usize), SqlError> {
    match (operand::operand(args[0], scope)?, operand::operand(args[1], scope)?) {
        (Operand::Field(path), known) => Ok((path, known, 2)),
        (known, Operand::Field(path)) => Ok((path, known, 1)),
        _ => Err(SqlError::operand(name, format!("({}, {})", args[0], args[1]), "a field and a constant shape")),
    }
}

/// A field compared with a constant shape.
fn compared(name: &str, condition: Compared, args: &[&Ast], scope: Scope<'_>) -> Result<Predicate, SqlError> {
    let (path, known, argument) = sides(name, args, scope)?;
    let shape = known_shape(&numbered(name, argument), known, args[argument - 1])?;
    let condition = if argument == 1 { condition.turned() } else { condition };
    Ok(Predicate::new(path, condition.test(shape)))
}

/// The other side of a field.
fn known_shape(place: &str, known: Operand, ast: &Ast) -> Result<Arc<PreparedShape>, SqlError> {
    match known {
        Operand::Shape(shape) => Ok(shape),
        Operand::Constant(value) => places::known(place, &value),
        _ => Err(SqlError::operand(place, ast, "a constant shape or ST_MakeEnvelope(..)")),
    }
}

/// The distance between a field and a constant shape, on the spheroid when an argument, counted from 0, says so: else on the sphere.
fn distance(name: &str, args: &[&Ast], spheroid: usize, scope: Scope<'_>) -> Result<Target, SqlError> {
    let (path, known, argument) = sides(name, args, scope)?;
    let shape = known_shape(&numbered(name, argument), known, args[argument - 1])?;
    let globe = match args.get(spheroid).map(|ast| operand::constant(name, ast, scope)).transpose()? {
        None | Some(Value::Bool(false)) => Globe::Sphere,
        Some(Value::Bool(true)) => Globe::Ellipsoid,
        Some(other) => {
            let expected = "true to measure on the spheroid, false to measure on the sphere";
            return Err(SqlError::operand(numbered(name, spheroid + 1), other, expected));
        }
    };
    Ok(Target::shape(path, shape, globe))
}

/// `ST_DWithin(a, b, metres, use_spheroid)`.
fn within(name: &str, args: &[&Ast], scope: Scope<'_>) -> Result<Predicate, SqlError> {
    let target = distance(name, args, 3, scope)?;
    let metres = numeric(name, args[2], scope)?;
    if metres.is_nan() || metres < 0.0 {
        return Err(SqlError::operand(numbered(name, 3), metres, "metres, zero or more"));
    }
    target.within(metres, true).ok_or_else(|| SqlError::operand(name, args[0], "a field"))
}

/// Whether the call is `COUNT(*)`.
pub(super) fn is_count(call: &Function) -> Result<bool, SqlError> {
    if !call.name.to_string().eq_ignore_ascii_case("count") {
        return Ok(false);
    }
    Ok(matches!(plain(call)?, [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]))
}

/// The reference system of longitude and latitude on WGS 84; the only one there is.
const WGS84: i64 = 4326;

/// A number of a reference system that stands last among the arguments.
fn system(name: &str, ast: Option<&&Ast>, scope: Scope<'_>) -> Result<(), SqlError> {
    let Some(ast) = ast else { return Ok(()) };
    match operand::constant(name, ast, scope)? {
        Value::Int(WGS84 | 0) => Ok(()),
        other => {
            Err(SqlError::operand(name, other, format!("reference system {WGS84}: longitude and latitude, degrees")))
        }
    }
}
