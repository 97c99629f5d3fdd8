//! Expressions as text, for explain: stable, readable, close to SQL.

use std::{
    fmt::{self, Display, Formatter},
    ops::Bound,
};

use crate::{
    geometry::Globe,
    object::{FieldPath, Value},
};

use super::{Expr, Predicate, Test, nesting::RECURSION};

/// What is nested too deep is shown as dots.
impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        written(self, f, 0)
    }
}

fn written(expr: &Expr, f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
    match expr {
        _ if depth >= RECURSION => f.write_str("..."),
        Expr::And(members) if members.is_empty() => f.write_str("all"),
        Expr::Or(members) if members.is_empty() => f.write_str("none"),
        Expr::And(members) => joined(f, members, " AND ", depth),
        Expr::Or(members) => joined(f, members, " OR ", depth),
        Expr::Not(inner) => {
            f.write_str("NOT ")?;
            member(f, inner, depth + 1)
        }
        Expr::Leaf(predicate) => tested(predicate, f, depth),
    }
}

fn joined(f: &mut Formatter<'_>, members: &[Expr], by: &str, depth: usize) -> fmt::Result {
    for (i, expr) in members.iter().enumerate() {
        if i > 0 {
            f.write_str(by)?;
        }
        member(f, expr, depth + 1)?;
    }
    Ok(())
}

/// An expression inside another: in parentheses when it has members of its own.
fn member(f: &mut Formatter<'_>, expr: &Expr, depth: usize) -> fmt::Result {
    match expr {
        Expr::And(members) | Expr::Or(members) if !members.is_empty() => {
            f.write_str("(")?;
            written(expr, f, depth)?;
            f.write_str(")")
        }
        _ => written(expr, f, depth),
    }
}

impl Display for Predicate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        tested(self, f, 0)
    }
}

fn tested(predicate: &Predicate, f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
    if let Test::Any(element) = &predicate.test {
        write!(f, "ANY {} (", Names(&predicate.paths))?;
        written(element, f, depth + 1)?;
        return f.write_str(")");
    }
    Plain(predicate).fmt(f)
}

/// A test that has no expression inside.
struct Plain<'a>(&'a Predicate);

impl Display for Plain<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(predicate) = self;
        let field = Names(&predicate.paths);
        match &predicate.test {
            Test::Equals(value) => write!(f, "{field} = {}", Literal(value)),
            Test::In(values) => write!(f, "{field} IN ({})", Literals(values)),
            Test::Range(low, high) => range(f, &field, low, high),
            Test::IsNull => write!(f, "{field} IS NULL"),
            Test::IsMissing => write!(f, "{field} IS MISSING"),
            Test::Prefix(prefix) => write!(f, "{field} STARTS WITH {}", Quoted(prefix)),
            Test::Like(pattern) => write!(f, "{field} LIKE {}", Quoted(pattern)),
            Test::ContainsText(text) => write!(f, "{field} CONTAINS TEXT {}", Quoted(text)),
            Test::Fuzzy { text, edits } => write!(f, "levenshtein({field}, {}) <= {edits}", Quoted(text)),
            Test::Regex(pattern) => write!(f, "{field} ~ {}", Quoted(pattern.as_str())),
            #[cfg(feature = "text")]
            Test::Match(words) => write!(f, "{field} @@ {words}"),
            Test::Contains(value) => write!(f, "{field} CONTAINS {}", Literal(value)),
            Test::Any(_) => write!(f, "ANY {field} (...)"),
            Test::WithinRadius(place, metres) => {
                write!(f, "{field} WITHIN {metres} m OF ({}, {})", place.lon, place.lat)
            }
            Test::WithinGeodesic(place, metres) => {
                write!(f, "{field} WITHIN {metres} m BY GEODESIC OF ({}, {})", place.lon, place.lat)
            }
            Test::WithinShape { shape, metres, globe } => {
                write!(f, "{field} WITHIN {metres} m{} OF {shape}", by(*globe))
            }
            Test::WithinBox(area) => {
                write!(f, "{field} IN BOX ({} {}, {} {})", area.west, area.south, area.east, area.north)
            }
            Test::WithinRegion(region) => write!(f, "{field} IN REGION ({} polygons)", region.shape().0.len()),
            Test::Intersects(shape) => write!(f, "{field} INTERSECTS {shape}"),
            Test::CoveredBy(shape) => write!(f, "{field} COVERED BY {shape}"),
            Test::Covers(shape) => write!(f, "{field} COVERS {shape}"),
            Test::WithinDistance { target, metric, distance, inclusive } => {
                let sign = if *inclusive { "<=" } else { "<" };
                write!(f, "{metric}({field}, vector[{}]) {sign} {distance}", target.len())
            }
            Test::Box { low, high } => write!(f, "{field} IN BOX ({low:?}, {high:?})"),
            Test::Compared { left, is, right } => write!(f, "{left} {is} {right}"),
            Test::Ball { center, radius } => write!(f, "{field} WITHIN {radius} OF {center:?}"),
        }
    }
}

fn by(globe: Globe) -> &'static str {
    match globe {
        Globe::Sphere => "",
        Globe::Ellipsoid => " BY GEODESIC",
    }
}

fn range(f: &mut Formatter<'_>, field: &Names<'_>, low: &Bound<Value>, high: &Bound<Value>) -> fmt::Result {
    let sign = |bound: &Bound<Value>| if matches!(bound, Bound::Included(_)) { "=" } else { "" };
    match (value_of(low), value_of(high)) {
        (Some(low_value), Some(high_value)) => {
            let (low_value, high_value) = (Literal(low_value), Literal(high_value));
            write!(f, "{low_value} <{} {field} <{} {high_value}", sign(low), sign(high))
        }
        (Some(value), None) => write!(f, "{field} >{} {}", sign(low), Literal(value)),
        (None, Some(value)) => write!(f, "{field} <{} {}", sign(high), Literal(value)),
        (None, None) => write!(f, "{field} IS ORDERED"),
    }
}

fn value_of(bound: &Bound<Value>) -> Option<&Value> {
    match bound {
        Bound::Included(value) | Bound::Excluded(value) => Some(value),
        Bound::Unbounded => None,
    }
}

/// One path as it is, several in parentheses.
struct Names<'a>(&'a [FieldPath]);

impl Display for Names<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let [one] = self.0 {
            return one.fmt(f);
        }
        let names: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        write!(f, "({})", names.join(", "))
    }
}

/// Text in single quotes, those inside doubled.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

/// A value as it would stand in a question; long ones shortened to their kind and length.
struct Literal<'a>(&'a Value);

impl Display for Literal<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => value.fmt(f),
            Value::Int(value) => value.fmt(f),
            Value::Float(value) => write!(f, "{value:?}"),
            Value::String(text) => Quoted(text).fmt(f),
            Value::Bytes(bytes) => write!(f, "bytes[{}]", bytes.len()),
            Value::Timestamp(micros) => write!(f, "timestamp({micros})"),
            Value::List(values) => write!(f, "[{}]", Literals(values)),
            Value::Map(object) => write!(f, "map[{}]", object.len()),
            Value::Vector(vector) => write!(f, "vector[{}]", vector.len()),
            Value::Geometry(_) => f.write_str("geometry"),
            Value::Reference(family, offset) => write!(f, "reference({family}, {offset})"),
            Value::Nested => f.write_str("nested"),
        }
    }
}

/// Several values; of very many only the first and their number.
struct Literals<'a>(&'a [Value]);

impl Display for Literals<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        for (i, value) in self.0.iter().take(SHOWN).enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            Literal(value).fmt(f)?;
        }
        match self.0.len() {
            0..=SHOWN => Ok(()),
            length => write!(f, ", ... {length} values"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        expr::{Expr, field, in_ball},
        metric::Metric,
    };

    #[test]
    fn expressions_read_like_questions() {
        let expr = field("age").gt(25).and(field("name").eq("O'Hara").or(!field("n.x").between(1, 2.5)));
        assert_eq!(expr.to_string(), "age > 25 AND (name = 'O''Hara' OR NOT 1 <= n.x <= 2.5)");
        assert_eq!(Expr::all().to_string(), "all");
        assert_eq!((!(field("a").is_null() | field("a").is_missing())).to_string(), "NOT (a IS NULL OR a IS MISSING)");
        assert_eq!(field("a").is_in(0..20).to_string(), "a IN (0, 1, 2, 3, 4, 5, 6, 7, ... 20 values)");
        assert_eq!(field("v").nearer_than([1.0, 2.0], Metric::Cosine, 0.4).to_string(), "cosine(v, vector[2]) < 0.4");
        assert_eq!(field("a").fuzzy("O'Hara", 1).to_string(), "levenshtein(a, 'O''Hara') <= 1");
        assert_eq!(field("a").matches("^O'H").to_string(), "a ~ '^O''H'");
        assert_eq!(in_ball(["x", "y"], &[1.0, 2.0], 3.0).to_string(), "(x, y) WITHIN 3 OF [1.0, 2.0]");
    }
}
