//! The functions of PostGIS that are understood, and `POINT` for coordinates in plane fields.

use sqlparser::ast::{Expr as Ast, Function, FunctionArg, FunctionArgExpr, FunctionArguments};

use crate::{
    expr::{Predicate, Target, Test},
    geometry::{self, GeoBox, Region},
    object::Value,
    query::Scalar,
};

use super::{
    SqlError,
    operand::{self, Operand, Scope},
};

/// Functions that give a value.
const VALUES: &[&str] = &[
    "POINT",
    "ST_AsGeoJSON",
    "ST_AsText",
    "ST_Distance",
    "ST_GeomFromGeoJSON",
    "ST_GeomFromText",
    "ST_MakeEnvelope",
    "ST_MakePoint",
    "ST_Point",
    "ST_SetSRID",
    "ST_X",
    "ST_Y",
];
/// Functions that are a condition.
const CONDITIONS: &[&str] = &["ST_Contains", "ST_CoveredBy", "ST_Covers", "ST_DWithin", "ST_Within"];

/// The arguments, positional only.
pub(super) fn arguments(call: &Function) -> Result<Vec<&Ast>, SqlError> {
    let list = match &call.args {
        FunctionArguments::None => return Ok(Vec::new()),
        FunctionArguments::Subquery(_) => return Err(SqlError::unsupported(call, "give plain arguments")),
        FunctionArguments::List(list) => list,
    };
    list.args
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
            count(&[2, 3])?;
            point(&name, &args, scope)
        }
        "POINT" => coordinates(&name, &args, scope),
        "ST_SetSRID" => {
            count(&[2])?;
            operand::operand(args[0], scope)
        }
        "ST_GeomFromText" | "ST_GeomFromGeoJSON" => {
            count(&[1, 2])?;
            let text = operand::constant(&name, args[0], scope)?;
            let Value::String(text) = &text else { return Err(SqlError::operand(&name, text, "text")) };
            let parsed =
                if name == "ST_GeomFromText" { geometry::from_wkt(text) } else { geometry::from_geojson(text) };
            let parsed = parsed.map_err(|error| SqlError::invalid(&name, format!("'{text}'"), error))?;
            Ok(Operand::Constant(Value::from(parsed)))
        }
        "ST_MakeEnvelope" => {
            count(&[4, 5])?;
            envelope(&name, &args, scope)
        }
        "ST_Distance" => {
            count(&[2, 3])?;
            distance(&name, args[0], args[1], scope)
        }
        "ST_X" | "ST_Y" | "ST_AsText" | "ST_AsGeoJSON" => {
            count(&[1])?;
            let path = operand::field(&name, args[0], scope)?;
            Ok(Operand::Scalar(match name.as_str() {
                "ST_X" => Scalar::Longitude(path),
                "ST_Y" => Scalar::Latitude(path),
                "ST_AsText" => Scalar::Wkt(path),
                _ => Scalar::GeoJson(path),
            }))
        }
        _ => Err(unknown(&name)),
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
    Ok(Operand::Envelope(bounds))
}

fn distance(name: &str, a: &Ast, b: &Ast, scope: Scope<'_>) -> Result<Operand, SqlError> {
    match (operand::operand(a, scope)?, operand::operand(b, scope)?) {
        (Operand::Field(path), Operand::Constant(value)) | (Operand::Constant(value), Operand::Field(path)) => {
            Ok(Operand::Distance(Target::Place { path, place: operand::place(name, &value)? }))
        }
        _ => Err(SqlError::operand(name, format!("({a}, {b})"), "a field and a constant point")),
    }
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
    if name == "ST_DWithin" {
        let Operand::Distance(Target::Place { path, place }) = distance(&name, args[0], args[1], scope)? else {
            return Err(SqlError::operand(&name, args[0], "a field"));
        };
        let metres = numeric(&name, args[2], scope)?;
        if metres.is_nan() || metres < 0.0 {
            return Err(SqlError::operand(&name, metres, "metres, zero or more"));
        }
        return Ok(Some(Predicate::new(path, Test::WithinRadius(place, metres))));
    }
    // ST_Contains(area, field) and ST_Covers say the same as ST_Within(field, area). The boundary counts as inside in all of them.
    let swapped = matches!(name.as_str(), "ST_Contains" | "ST_Covers");
    let (inner, outer) = if swapped { (args[1], args[0]) } else { (args[0], args[1]) };
    let path = operand::field(&name, inner, scope)?;
    area(&name, outer, scope).map(|test| Some(Predicate::new(path, test)))
}

fn area(name: &str, ast: &Ast, scope: Scope<'_>) -> Result<Test, SqlError> {
    let value = match operand::operand(ast, scope)? {
        Operand::Envelope(bounds) => return Ok(Test::WithinBox(bounds)),
        Operand::Constant(value) => value,
        _ => return Err(SqlError::operand(name, ast, "a constant polygon or ST_MakeEnvelope(..)")),
    };
    let wrong = |expected: String| SqlError::operand(name, ast, expected);
    let crate::object::ValueRef::Geometry(geometry) = value.as_ref() else { return Err(wrong("a polygon".into())) };
    let invalid = |why: String| SqlError::invalid(name, ast, why);
    let geometry = geometry.to_geometry().map_err(|error| invalid(error.to_string()))?;
    let region = Region::from_geometry(&geometry).map_err(|error| invalid(error.to_string()))?;
    Ok(Test::WithinRegion(region.into()))
}

/// Whether the call is `COUNT(*)`.
pub(super) fn is_count(call: &Function) -> bool {
    call.name.to_string().eq_ignore_ascii_case("count")
        && matches!(&call.args, FunctionArguments::List(list)
            if matches!(list.args[..], [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]))
}
