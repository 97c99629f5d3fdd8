//! New objects of what was found.

use std::sync::Arc;

use crate::query::{
    Item, Node, SourceFields,
    found::{Element, Found},
    joined::made,
    selected::{Known, Selected},
};

use super::{Runner, Stream, reader::Reader};

/// The selected items of each object, as an object.
pub fn stream<'r>(runner: &'r Runner<'_>, node: &'r Node, input: Stream<'r>, items: &'r [Item]) -> Stream<'r> {
    let selected = Selected::new(items);
    let whole = selected.is_whole();
    let paths = items.iter().filter_map(Item::scalar).flat_map(|scalar| scalar.paths());
    let reader = Reader::new(runner, node, paths).whole(whole);
    Box::new(input.zip(0..).map(move |(found, number)| {
        let found = found?;
        let known = Known { offset: found.offset(), distance: found.distance };
        let object = reader.read(&found, |fields| selected.project(known, fields))?;
        let element = Element::Given(SourceFields::Shared(Arc::new(object)));
        Ok(Found { key: made(number), distance: found.distance, element })
    }))
}
