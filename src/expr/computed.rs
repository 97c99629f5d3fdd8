//! What does a function make of the values of one object?
//!
//! As in SQL, a function of a value that is missing or null has no value, unless it says otherwise; nor has one of values that it is not about, so
//! that a sum with a text in it is missing, never a wrong number. Whole numbers stay whole as long as they fit 64 bits; beyond that they
//! become floats.

use std::fmt;

use crate::object::{FieldPath, Fields, Offset, Value, order};

use super::{Expr, Scalar, arithmetic, evaluate, texts};

/// A function and its arguments.
#[derive(Clone, Debug)]
pub struct Computed {
    function: Function,
    arguments: Vec<Scalar>,
    paths: Vec<FieldPath>,
}

/// What can be computed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Function {
    /// The sum of two numbers; a timestamp and so many microseconds.
    Add,
    /// The difference of two numbers; of two timestamps, in microseconds.
    Subtract,
    /// The product of two numbers.
    Multiply,
    /// The quotient of two numbers: of whole ones the whole part, towards zero. Nothing by zero.
    Divide,
    /// What a division leaves, with the sign of the dividend. Nothing by zero.
    Remainder,
    /// A number with the other sign.
    Negate,
    /// The absolute value.
    Abs,
    /// The nearest whole number, halves away from zero; with a second argument so many decimals are kept.
    Round,
    /// The greatest whole number that is not above.
    Floor,
    /// The least whole number that is not below.
    Ceil,
    /// The square root; nothing of a negative number.
    Sqrt,
    /// The first number to the power of the second, a float.
    Power,
    /// Texts one after the other; numbers as text.
    Concat,
    /// A text in lower case.
    Lower,
    /// A text in upper case.
    Upper,
    /// The number of characters of a text, of bytes, or of elements of a list.
    Length,
    /// A part of a text: from which character, from 1, and how many, or all that follow.
    Substring,
    /// Whether a text matches a LIKE pattern, the second argument.
    Like,
    /// A text without white space at its ends.
    Trim,
    /// A text with every occurrence of the second in it replaced by the third.
    Replace,
    /// A part of a timestamp, in UTC.
    Part(DatePart),
    /// The first that has a value other than null.
    Coalesce,
    /// The first, unless it equals the second.
    NullIf,
    /// The least of those that have a value.
    Least,
    /// The greatest of those that have a value.
    Greatest,
    /// The argument in the place of the first condition that holds, else the one after them all, if there is.
    Case(Vec<Expr>),
}

/// A part of a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatePart {
    /// The year.
    Year,
    /// The month, from 1.
    Month,
    /// The day of the month, from 1.
    Day,
    /// The hour.
    Hour,
    /// The minute.
    Minute,
    /// The second with its fraction.
    Second,
    /// Seconds since 1970 with their fraction.
    Epoch,
    /// The day of the week; 0 is Sunday.
    DayOfWeek,
}

impl Computed {
    /// A function of these.
    #[must_use]
    pub fn new(function: Function, arguments: Vec<Scalar>) -> Self {
        // An offset is read like a field, so that it is found wherever the object's fields are.
        let arguments: Vec<Scalar> = arguments.into_iter().map(read_as_field).collect();
        let mut paths: Vec<FieldPath> = arguments.iter().flat_map(|argument| argument.paths().to_vec()).collect();
        if let Function::Case(conditions) = &function {
            paths.extend(conditions.iter().flat_map(|condition| condition.paths().into_iter().cloned()));
        }
        Self { function, arguments, paths }
    }

    /// The function.
    #[must_use]
    pub const fn function(&self) -> &Function {
        &self.function
    }

    /// What it is of.
    #[must_use]
    pub fn arguments(&self) -> &[Scalar] {
        &self.arguments
    }

    /// The fields that it is made from.
    #[must_use]
    pub fn paths(&self) -> &[FieldPath] {
        &self.paths
    }

    /// The value for one object; `None` is missing.
    #[must_use]
    pub fn evaluate(&self, offset: Offset, fields: &dyn Fields) -> Option<Value> {
        let value = |at: usize| {
            let value = self.arguments.get(at)?.evaluate(offset, fields)?;
            (!matches!(value, Value::Null)).then_some(value)
        };
        match &self.function {
            Function::Case(conditions) => {
                let holds = conditions.iter().position(|condition| evaluate(condition, fields));
                value(holds.unwrap_or(conditions.len()))
            }
            Function::Coalesce => (0..self.arguments.len()).find_map(value),
            Function::Least => arithmetic::extreme((0..self.arguments.len()).filter_map(value), false),
            Function::Greatest => arithmetic::extreme((0..self.arguments.len()).filter_map(value), true),
            Function::NullIf => {
                let (one, other) = (value(0)?, value(1));
                let equal = other.is_some_and(|other| order::equals(one.as_ref(), other.as_ref()));
                (!equal).then_some(one)
            }
            Function::Concat => texts::concatenated((0..self.arguments.len()).map(value)),
            function => {
                let arguments = (0..self.arguments.len()).map(value).collect::<Option<Vec<_>>>()?;
                arithmetic::number(function, &arguments).or_else(|| texts::text(function, &arguments))
            }
        }
    }
}

fn read_as_field(scalar: Scalar) -> Scalar {
    match scalar {
        Scalar::Offset => Scalar::Field(FieldPath::offset()),
        other => other,
    }
}

impl Function {
    /// Whether it is arithmetic of two numbers.
    #[must_use]
    pub const fn is_arithmetic(&self) -> bool {
        matches!(self, Self::Add | Self::Subtract | Self::Multiply | Self::Divide | Self::Remainder)
    }

    /// The name of it, and what it is called between two arguments.
    fn names(&self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Add => ("add", Some("+")),
            Self::Subtract => ("subtract", Some("-")),
            Self::Multiply => ("multiply", Some("*")),
            Self::Divide => ("divide", Some("/")),
            Self::Remainder => ("remainder", Some("%")),
            Self::Negate => ("-", None),
            Self::Abs => ("abs", None),
            Self::Round => ("round", None),
            Self::Floor => ("floor", None),
            Self::Ceil => ("ceil", None),
            Self::Sqrt => ("sqrt", None),
            Self::Power => ("power", None),
            Self::Concat => ("concat", Some("||")),
            Self::Lower => ("lower", None),
            Self::Upper => ("upper", None),
            Self::Length => ("length", None),
            Self::Substring => ("substring", None),
            Self::Like => ("like", Some("like")),
            Self::Trim => ("trim", None),
            Self::Replace => ("replace", None),
            Self::Part(part) => (part.name(), None),
            Self::Coalesce => ("coalesce", None),
            Self::NullIf => ("nullif", None),
            Self::Least => ("least", None),
            Self::Greatest => ("greatest", None),
            Self::Case(_) => ("case", None),
        }
    }
}

impl DatePart {
    /// The name of it in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Epoch => "epoch",
            Self::DayOfWeek => "dow",
        }
    }
}

impl fmt::Display for Computed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, between) = self.function.names();
        match (&self.function, between, &self.arguments[..]) {
            (Function::Case(conditions), ..) => {
                f.write_str("case")?;
                for (condition, value) in conditions.iter().zip(&self.arguments) {
                    write!(f, " when {condition} then {value}")?;
                }
                match self.arguments.get(conditions.len()) {
                    Some(otherwise) => write!(f, " else {otherwise} end"),
                    None => f.write_str(" end"),
                }
            }
            (_, Some(sign), [one, other]) => write!(f, "({one} {sign} {other})"),
            (.., arguments) => {
                let arguments: Vec<String> = arguments.iter().map(Scalar::to_string).collect();
                write!(f, "{name}({})", arguments.join(", "))
            }
        }
    }
}
