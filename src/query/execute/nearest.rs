//! The nearest: through an index that is given the accept set, or by measuring each.

use crate::{
    query::{Nearest, Node, QueryError},
    set::IndexId,
};

use super::{Runner, Stream, best::Best, ground::Ground, reader::Reader};

/// The nearest of a stream, each measured.
pub fn by_measuring<'r>(
    runner: &'r Runner<'_>,
    node: &Node,
    input: Stream<'r>,
    nearest: &Nearest,
) -> Result<Stream<'r>, QueryError> {
    let mut best = Best::new(nearest);
    if nearest.k == 0 {
        return Ok(best.into_stream());
    }
    let reader = Reader::new(runner, node, nearest.target.paths());
    for found in input {
        let found = found?;
        runner.note(node, |stats| stats.work.distances += 1);
        let distance = reader.read(&found, |fields| nearest.target.distance(fields))?;
        best.push(distance, found);
    }
    Ok(best.into_stream())
}

/// The nearest of candidates, see [`Ground`].
pub fn by_index<'r>(
    runner: &'r Runner<'_>,
    node: &'r Node,
    input: &'r Node,
    nearest: &Nearest,
    index: IndexId,
) -> Result<Stream<'r>, QueryError> {
    if nearest.k == 0 {
        return Ok(Best::new(nearest).into_stream());
    }
    match Ground::new(runner, node)? {
        Some(ground) => Ok(ground.nearest(nearest, Some(index))?.into_stream()),
        None => by_measuring(runner, node, runner.pulled(node, input)?, nearest),
    }
}
