//! How is a unique key shown?

use crate::object::{Kind, ValueRef, to_json};

/// Texts longer than this are shortened.
const SHOWN: usize = 200;

/// The text of a key's value in messages: as everywhere else, but what has parts as JSON, so that it can be searched for and pasted.
#[must_use]
pub fn key_text(value: ValueRef<'_>) -> Box<str> {
    let text = match value.kind() {
        Kind::List | Kind::Map | Kind::Vector | Kind::Geometry => to_json(value).to_string(),
        _ => value.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}..", &text[..end]).into(),
        None => text.into(),
    }
}
