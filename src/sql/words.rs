//! `@@`: words in texts, as PostgreSQL's text search spells them.

use sqlparser::ast::{Expr as Ast, Function};

use crate::{
    expr::{Matching, Predicate, Test, Words},
    object::{FieldPath, Value},
    text::Language,
};

use super::{
    SqlError, function,
    operand::{self, Scope},
    texts::Matched,
};

/// What stands on the right of `@@`.
const QUERIES: &str = "plainto_tsquery(..), phraseto_tsquery(..) or to_tsquery('a | b')";
/// What may stand on its left.
const VECTOR: &str = "to_tsvector";

/// Compiles `body @@ plainto_tsquery('english', 'old monastery')`; `to_tsvector('english', body)` is the same as the field, and says the
/// language where the other side doesn't.
pub(super) fn matched(left: &Ast, right: &Ast, scope: Scope<'_>) -> Result<Matched, SqlError> {
    let (path, of_field) = field(left, scope)?;
    let Ast::Function(query) = right else { return Err(SqlError::operand("@@", right, QUERIES)) };
    let name = function::name_of(query);
    let (said, text) = language_and(query, scope)?;
    let text = match operand::constant(&name, text, scope)? {
        Value::String(text) => text,
        Value::Null => return Ok(Matched { predicate: None, negated: false }),
        other => return Err(SqlError::operand(name, other, "text")),
    };
    let language = match (said, of_field) {
        (Some(said), Some(other)) if said != other => {
            return Err(SqlError::operand("@@", format!("{other} @@ {said}"), "one language on both sides"));
        }
        (said, of_field) => said.or(of_field),
    };
    let (text, how) = match &*name.to_ascii_lowercase() {
        "plainto_tsquery" => (text, Matching::All),
        "phraseto_tsquery" => (text, Matching::Phrase),
        "to_tsquery" => joined(&name, &text)?,
        _ => return Err(SqlError::operand("@@", right, QUERIES)),
    };
    let words = Words::new(text, how, language);
    Ok(Matched { predicate: Some(Predicate::new(path, Test::Match(words))), negated: false })
}

fn field(ast: &Ast, scope: Scope<'_>) -> Result<(FieldPath, Option<Language>), SqlError> {
    match ast {
        Ast::Function(call) if function::name_of(call).eq_ignore_ascii_case(VECTOR) => {
            let (language, field) = language_and(call, scope)?;
            Ok((operand::field(VECTOR, field, scope)?, language))
        }
        _ => Ok((operand::field("@@", ast, scope)?, None)),
    }
}

/// The arguments of a function of text search: perhaps a language, and what it is about.
fn language_and<'a>(call: &'a Function, scope: Scope<'_>) -> Result<(Option<Language>, &'a Ast), SqlError> {
    let name = function::name_of(call);
    match function::arguments(call)?[..] {
        [about] => Ok((None, about)),
        [language, about] => {
            let value = operand::constant(&name, language, scope)?;
            let language = value.as_ref().as_str().and_then(Language::parse);
            let refused = || SqlError::operand(&name, value.clone(), format!("one of {}", Language::names()));
            Ok((Some(language.ok_or_else(refused)?), about))
        }
        _ => Err(SqlError::operand(&name, format!("({})", call.args), "a language, which may be left out, and a text")),
    }
}

/// Words with `|` between them, or with `&`.
fn joined(name: &str, text: &str) -> Result<(String, Matching), SqlError> {
    let has = |mark| text.contains(mark);
    if ['!', '<', '>', '(', ')', ':', '*'].into_iter().any(has) || has('|') && has('&') {
        return Err(SqlError::operand(
            name,
            format!("'{text}'"),
            "words with | between them, or words with & between them",
        ));
    }
    let how = if has('|') { Matching::Any } else { Matching::All };
    Ok((text.replace(['|', '&'], " "), how))
}
