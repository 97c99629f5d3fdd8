//! Which type does a column of text cells have?

use crate::object::{Kind, Value, boolean, coerce};

/// The narrowest type that every non-empty cell of a column fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// No cell had anything in it so far.
    Unknown,
    /// `true` or `false`.
    Bool,
    /// Whole numbers, also with a plus sign. Digits with a leading zero, or more of them than an i64 holds, are text, and so is their whole
    /// column: codes, not quantities, and a float would lose digits. `--type FIELD:float` says otherwise.
    Int,
    /// Numbers.
    Float,
    /// Points in time, each with its zone: RFC 3339 as `2024-02-29T10:30:00Z`, or with a fraction of at most six digits and an offset, as
    /// `2024-02-29T10:30:00.25+02:00`. A date alone, a time without a zone or a blank in the place of `T` may mean something else: those are
    /// text, and `--type FIELD:timestamp` says otherwise.
    Timestamp,
    /// Anything.
    Text,
}

impl ColumnType {
    /// The type that holds what this one held, and one more cell.
    #[must_use]
    pub fn widen(self, cell: &str) -> Self {
        if cell.is_empty() {
            return self;
        }
        match (self, Self::of(cell)) {
            (Self::Unknown, found) => found,
            (known, found) if known == found => known,
            (Self::Int, Self::Float) | (Self::Float, Self::Int) => Self::Float,
            _ => Self::Text,
        }
    }

    fn of(cell: &str) -> Self {
        match cell {
            _ if boolean(cell).is_some() => Self::Bool,
            _ if looks_numeric(cell) && cell.parse::<i64>().is_ok() => Self::Int,
            // More digits than an integer holds are a code; what overflows a float is no number.
            _ if is_wide(cell) => Self::Text,
            _ if looks_numeric(cell) && cell.parse::<f64>().is_ok_and(f64::is_finite) => Self::Float,
            _ if timestamp(cell).is_some() => Self::Timestamp,
            _ => Self::Text,
        }
    }

    /// A cell of a column of this type; `None` (missing) when empty.
    #[must_use]
    pub fn value(self, cell: &str) -> Option<Value> {
        if cell.is_empty() {
            return None;
        }
        let typed = match self {
            Self::Bool => boolean(cell).map(Value::Bool),
            Self::Int => cell.parse().ok().map(Value::Int),
            Self::Float => match cell.parse::<i64>() {
                // A float would round it.
                Ok(number) if number.unsigned_abs() > 1 << 53 => Some(Value::Int(number)),
                _ => cell.parse().ok().map(Value::Float),
            },
            Self::Timestamp => timestamp(cell),
            Self::Unknown | Self::Text => None,
        };
        Some(typed.unwrap_or_else(|| Value::String(cell.to_owned())))
    }
}

/// A cell without its sign.
fn unsigned(cell: &str) -> &str {
    cell.strip_prefix(['-', '+']).unwrap_or(cell)
}

/// Whether a cell starts as a quantity does, and not as a code.
fn looks_numeric(cell: &str) -> bool {
    let digits = unsigned(cell);
    let leading_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && !leading_zero
}

/// Whether a cell is an integer that no i64 holds.
fn is_wide(cell: &str) -> bool {
    let is_integer = looks_numeric(cell) && unsigned(cell).bytes().all(|byte| byte.is_ascii_digit());
    is_integer && cell.parse::<i64>().is_err()
}

/// A cell that says a point in time and its zone, to the second or finer, and nothing that microseconds do not hold.
fn timestamp(cell: &str) -> Option<Value> {
    const TO_THE_MINUTE: &str = "YYYY-MM-DDTHH:MM";
    let (to_the_minute, rest) = cell.split_at_checked(TO_THE_MINUTE.len())?;
    let digit_or_same =
        |(byte, form): (u8, u8)| if b"-T:".contains(&form) { byte == form } else { byte.is_ascii_digit() };
    let (second, rest) = rest.strip_prefix(':')?.split_at_checked(2)?;
    let zone = rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let fraction = rest.len() - zone.len();
    let has_form = to_the_minute.bytes().zip(TO_THE_MINUTE.bytes()).all(digit_or_same)
        && second.bytes().all(|byte| byte.is_ascii_digit())
        && fraction <= ".123456".len()
        && (zone == "Z" || zone.len() == "+HH:MM".len());
    if has_form { coerce(Value::from(cell), Kind::Timestamp).ok() } else { None }
}

/// A column while its type is found out.
#[derive(Debug)]
pub(super) struct Column {
    /// The type so far, if it were not for the integers that are too wide.
    without_wide: ColumnType,
    /// The first integer that is too wide, and its line.
    wide: Option<(u64, String)>,
}

impl Column {
    pub fn new() -> Self {
        Self { without_wide: ColumnType::Unknown, wide: None }
    }

    /// Takes in the cell of one line.
    pub fn add(&mut self, cell: &str, line: u64) {
        if !is_wide(cell) {
            self.without_wide = self.without_wide.widen(cell);
        } else if self.wide.is_none() {
            self.wide = Some((line, cell.to_owned()));
        }
    }

    /// The type so far.
    pub fn kind(&self) -> ColumnType {
        if self.wide.is_some() { ColumnType::Text } else { self.without_wide }
    }

    /// The line and the integer that made a column of numbers one of text.
    pub fn made_text_by(&self) -> Option<(u64, &str)> {
        let are_numbers = matches!(self.without_wide, ColumnType::Unknown | ColumnType::Int | ColumnType::Float);
        let (line, cell) = self.wide.as_ref().filter(|_| are_numbers)?;
        Some((*line, cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn infer(cells: &[&str]) -> ColumnType {
        cells.iter().fold(ColumnType::Unknown, |known, cell| known.widen(cell))
    }

    #[test]
    fn the_narrowest_type_wins() {
        assert_eq!(infer(&["1", "", "-20"]), ColumnType::Int);
        assert_eq!(infer(&["1", "2.5", "1e3"]), ColumnType::Float);
        assert_eq!(infer(&["01", "15"]), ColumnType::Text);
        assert_eq!(infer(&["true", "false"]), ColumnType::Bool);
        assert_eq!(infer(&["true", "1"]), ColumnType::Text);
        assert_eq!(infer(&["", ""]), ColumnType::Unknown);
        assert_eq!(infer(&["NaN"]), ColumnType::Text);
        assert_eq!(infer(&["inf"]), ColumnType::Text);
        assert_eq!(infer(&["0", "0.5"]), ColumnType::Float);
        assert_eq!(infer(&["99999999999999999999"]), ColumnType::Text);
        assert_eq!(infer(&["1e400"]), ColumnType::Text);
        assert_eq!(infer(&["+5", "-3", "7"]), ColumnType::Int);
        assert_eq!(infer(&["+05"]), ColumnType::Text);
        assert_eq!(infer(&["+-5"]), ColumnType::Text);
        assert_eq!(infer(&["1", "9223372036854775808"]), ColumnType::Text);
        assert_eq!(infer(&["1.5", "9223372036854775808"]), ColumnType::Text);
        assert!(matches!(ColumnType::Int.value("+5"), Some(Value::Int(5))));
        assert!(matches!(ColumnType::Float.value("9007199254740993"), Some(Value::Int(9_007_199_254_740_993))));
    }

    #[test]
    fn moments_with_a_zone_are_timestamps() {
        assert_eq!(infer(&["2024-02-29T10:30:00Z", "", "1999-12-31T23:59:59.123456-08:00"]), ColumnType::Timestamp);
        for text in [
            "2024-02-29",
            "2024-02-29T10:30:00",
            "2024-02-29 10:30:00Z",
            "2024-02-29T10:30Z",
            "2024-02-29t10:30:00z",
            "2024-02-29T10:30:00.1234567Z",
            "2024-02-29T10:30:00.Z",
            "2024-02-29T10:30:00Z ",
            "2024-02-29T10:30:00+0200",
            "2023-02-29T10:30:00Z",
            "+024-02-29T10:30:00Z",
            "2024-02-29T10:3\u{e9}:00Z",
        ] {
            assert_eq!(infer(&[text]), ColumnType::Text, "{text}");
        }
        assert_eq!(infer(&["2024-02-29T10:30:00Z", "soon"]), ColumnType::Text);
        assert_eq!(infer(&["2024-02-29T10:30:00Z", "2024"]), ColumnType::Text);
        let value = ColumnType::Timestamp.value("2024-02-29T10:30:00.25+02:00");
        assert_eq!(value.unwrap().to_string(), "2024-02-29T08:30:00.25Z");
    }

    #[test]
    fn the_integer_that_makes_numbers_text_is_told() {
        let told = |cells: &[&str]| {
            let mut column = Column::new();
            cells.iter().zip(2..).for_each(|(cell, line)| column.add(cell, line));
            column.made_text_by().map(|(line, cell)| (line, cell.to_owned()))
        };
        let wide = "9223372036854775808";
        assert_eq!(told(&["1", wide, "99999999999999999999"]), Some((3, wide.to_owned())));
        assert_eq!(told(&["1.5", "", wide]), Some((4, wide.to_owned())));
        assert_eq!(told(&["-9223372036854775809"]), Some((2, "-9223372036854775809".to_owned())));
        for cells in [&["1", "2"][..], &["a", wide], &[wide, "01"], &["true", wide], &["9223372036854775807", "1e30"]] {
            assert_eq!(told(cells), None, "{cells:?}");
        }
    }

    #[test]
    fn an_empty_cell_is_missing() {
        assert!(ColumnType::Int.value("").is_none());
        assert!(matches!(ColumnType::Float.value("2"), Some(Value::Float(x)) if x == 2.0));
        assert!(matches!(ColumnType::Text.value("01"), Some(Value::String(x)) if x == "01"));
    }
}
