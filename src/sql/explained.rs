//! `EXPLAIN (ANALYZE, FORMAT JSON)`: what is asked of a plan.

use sqlparser::ast::{Expr as Ast, UtilityOption, Value as Literal};

use super::SqlError;

/// What is asked of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The answer.
    Run,
    /// The plan with its estimates.
    Explain,
    /// The plan with what each node did.
    Analyze,
    /// The plan as JSON, with what each node did, if that is asked.
    Json {
        /// Whether the query is run.
        analyze: bool,
    },
}

/// What the word ANALYZE, or the options in parentheses, ask for.
pub(super) fn mode(mut analyze: bool, options: Option<&[UtilityOption]>) -> Result<Mode, SqlError> {
    let mut json = false;
    for option in options.unwrap_or_default() {
        let argument = option.arg.as_ref().map(|argument| match argument {
            Ast::Value(value) => match &value.value {
                Literal::SingleQuotedString(text) => text.to_ascii_uppercase(),
                other => other.to_string().to_ascii_uppercase(),
            },
            other => other.to_string().to_ascii_uppercase(),
        });
        match (option.name.value.to_ascii_uppercase().as_str(), argument.as_deref()) {
            ("ANALYZE", None | Some("TRUE" | "ON" | "1")) => analyze = true,
            ("ANALYZE", Some("FALSE" | "OFF" | "0")) => analyze = false,
            ("FORMAT", Some("JSON")) => json = true,
            ("FORMAT", Some("TEXT")) => json = false,
            _ => {
                let instead = "write ANALYZE, FORMAT JSON or FORMAT TEXT";
                return Err(SqlError::unsupported(format!("EXPLAIN ({option})"), instead));
            }
        }
    }
    Ok(match (json, analyze) {
        (true, analyze) => Mode::Json { analyze },
        (false, true) => Mode::Analyze,
        (false, false) => Mode::Explain,
    })
}
