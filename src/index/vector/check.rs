//! Every invariant of a part.

use zerocopy::IntoBytes;

use crate::index::{IndexError, Slot, VectorColumn};

use super::{
    codes::{Codes, bias},
    encoding::{Encoding, prepared},
    graph::{Graph, Layer, NONE},
    layout::{Opened, Reading},
    nodes::Nodes,
    repair::reachable,
    signs::{SignEncoding, Signs},
};

/// Checks slots, codes and graph of a part against each other and against the originals.
pub(super) fn verify(opened: &Opened, column: &dyn VectorColumn) -> Result<(), IndexError> {
    let nodes = opened.nodes(Reading::Whole)?;
    slots(opened, &nodes, column)?;
    if let Some((rows, encoding)) = opened.codes(Reading::Whole)? {
        codes(&rows, encoding, &nodes, column)?;
    }
    if let Some((rows, encoding)) = opened.signs(Reading::Whole)? {
        signs(&rows, encoding, &nodes, column)?;
    }
    match opened.graph(Reading::Whole)? {
        Some(view) => graph(&view, nodes.count),
        None => Ok(()),
    }
}

/// Every slot with a vector belongs to the node that lists it, and only those do.
fn slots(opened: &Opened, nodes: &Nodes<'_>, column: &dyn VectorColumn) -> Result<(), IndexError> {
    let mut present = 0;
    for slot in (0..opened.header.slots).map(Slot) {
        let node = nodes.of(slot);
        hold(node.is_some() == column.vector(slot)?.is_some(), || {
            format!("slot {}: node and vector must be there or missing together", slot.0)
        })?;
        let Some(node) = node else { continue };
        present += 1;
        hold(nodes.slots(node).any(|other| other == slot), || format!("node {node} does not list slot {}", slot.0))?;
    }
    hold(present == opened.header.present, || format!("{present} slots have a vector, not {}", opened.header.present))
}

/// Every code stands for its original, within the noted error.
fn codes(
    codes: &Codes<'_>,
    encoding: &Encoding,
    nodes: &Nodes<'_>,
    column: &dyn VectorColumn,
) -> Result<(), IndexError> {
    for node in 0..nodes.count {
        let row = codes.row(node);
        if encoding.metric.is_of_bits() {
            bits(row, node, nodes, column)?;
            continue;
        }
        hold(codes.biases.at(node as usize) == Some(bias(row, encoding.squared())), || {
            format!("node {node} has a wrong bias")
        })?;
        let Some(slot) = nodes.slots(node).next() else {
            return Err(IndexError::Invariant(format!("node {node} has no slot")));
        };
        let Some(original) = column.vector(slot)? else { continue };
        let stands_for =
            |(code, center): (&i8, &f32)| f64::from(*code) * f64::from(encoding.scale) + f64::from(*center);
        let original = prepared(encoding.metric, original);
        let parts = original.iter().zip(row.iter().zip(&encoding.centers));
        let error = parts.map(|(x, code)| (f64::from(*x) - stands_for(code)).powi(2)).sum::<f64>().sqrt();
        hold(error <= f64::from(encoding.error) * 1.000_001, || format!("the code of node {node} is off by {error}"))?;
    }
    Ok(())
}

/// A row of bits is its original, and zeros.
fn bits(row: &[i8], node: u32, nodes: &Nodes<'_>, column: &dyn VectorColumn) -> Result<(), IndexError> {
    let original = nodes.slots(node).next().map_or(Ok(None), |slot| column.vector(slot))?;
    let same = original.is_some_and(|original| {
        let (bits, rest) = row.as_bytes().split_at(original.memory().len().min(row.len()));
        bits == original.memory() && rest.iter().all(|byte| *byte == 0)
    });
    hold(same, || format!("the bits of node {node} are not those of its vector"))
}

/// Every row of signs is the one that its original gives.
fn signs(
    signs: &Signs<'_>,
    encoding: &SignEncoding,
    nodes: &Nodes<'_>,
    column: &dyn VectorColumn,
) -> Result<(), IndexError> {
    let mut expected = vec![0; signs.stride];
    for node in 0..nodes.count {
        let original = nodes.slots(node).next().map_or(Ok(None), |slot| column.vector(slot))?;
        let Some(original) = original else { continue };
        expected.fill(0);
        let usable = encoding.write(original, &mut expected);
        hold(usable && signs.row(node) == expected, || format!("node {node} has wrong signs"))?;
    }
    Ok(())
}

/// Lists are well formed, layers stand on each other, every node can be reached.
fn graph(graph: &Graph<'_>, nodes: u32) -> Result<(), IndexError> {
    for height in 0..=graph.height() {
        let layer = graph.layer(height);
        for place in 0..layer.len() as u32 {
            list(&layer, place).map_err(|fault| IndexError::Invariant(format!("layer {height}: {fault}")))?;
        }
        for place in (0..layer.len() as u32).filter(|_| height > 0) {
            let below = graph.layer(height - 1);
            let (node, down) = (layer.node(place), layer.below(place));
            let stands = node < nodes && (down as usize) < below.len() && below.node(down) == node;
            hold(stands, || format!("layer {height}: place {place} does not stand on node {node}"))?;
        }
    }
    let unreachable = reachable(graph).iter().position(|reached| !reached);
    hold(unreachable.is_none(), || format!("node {} cannot be reached", unreachable.unwrap_or_default()))
}

/// Neighbours are in range, different, not the place itself, and nothing follows the fill.
fn list(layer: &Layer<'_>, place: u32) -> Result<(), String> {
    let neighbours: Vec<u32> = layer.neighbours(place).collect();
    if layer.list(place)[neighbours.len()..].iter().any(|neighbour| *neighbour != NONE) {
        return Err(format!("the list of place {place} goes on after its end"));
    }
    for (i, neighbour) in neighbours.iter().enumerate() {
        if *neighbour as usize >= layer.len() || *neighbour == place || neighbours[..i].contains(neighbour) {
            return Err(format!("place {place} has neighbour {neighbour}, itself, out of range or twice"));
        }
    }
    Ok(())
}

fn hold(holds: bool, fault: impl FnOnce() -> String) -> Result<(), IndexError> {
    if holds { Ok(()) } else { Err(IndexError::Invariant(fault())) }
}
