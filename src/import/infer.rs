//! Which type does a column of text cells have?

use crate::object::Value;

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
        let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
        let leading_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && !leading_zero;
        match cell {
            "true" | "false" => Self::Bool,
            _ if numeric && cell.parse::<i64>().is_ok() => Self::Int,
            // More digits than an integer holds are a code; what overflows a float is no number.
            _ if numeric && digits.bytes().all(|byte| byte.is_ascii_digit()) => Self::Text,
            _ if numeric && cell.parse::<f64>().is_ok_and(f64::is_finite) => Self::Float,
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
            Self::Bool => cell.parse().ok().map(Value::Bool),
            Self::Int => cell.parse().ok().map(Value::Int),
            Self::Float => match cell.parse::<i64>() {
                // A float would round it.
                Ok(number) if number.unsigned_abs() > 1 << 53 => Some(Value::Int(number)),
                _ => cell.parse().ok().map(Value::Float),
            },
            Self::Unknown | Self::Text => None,
        };
        Some(typed.unwrap_or_else(|| Value::String(cell.to_owned())))
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
    fn an_empty_cell_is_missing() {
        assert!(ColumnType::Int.value("").is_none());
        assert!(matches!(ColumnType::Float.value("2"), Some(Value::Float(x)) if x == 2.0));
        assert!(matches!(ColumnType::Text.value("01"), Some(Value::String(x)) if x == "01"));
    }
}
