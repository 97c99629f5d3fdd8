//! Does the edge tree hold the edges of the shapes, and nothing else?

use std::collections::HashMap;

use crate::index::IndexError;

use super::{
    super::{outline::Outline, pack},
    Edges, broken,
    leaf::{Leaf, Line, lines},
};

/// An edge by its shape and the bits of its ends.
type Key = (u32, [u64; 4]);

impl Edges {
    /// Compares with the shapes: each line of each edge stands in one position, boxes are exactly those around their children.
    pub(in super::super) fn verify(&self, shapes: &[Outline]) -> Result<(), IndexError> {
        let mut missing = expected(shapes);
        let leaves = self.leaves.whole_array::<Leaf>()?;
        let owners = self.owners(0..self.len())?;
        for (position, owner) in owners.iter().enumerate() {
            let [from, to] = self.ends(position)?;
            let key = (*owner, [from.x, from.y, to.x, to.y].map(f64::to_bits));
            let line = leaves[position / 16].line(position % 16);
            let lines = missing.get_mut(&key);
            let found = lines.and_then(|lines| {
                let at = lines.iter().position(|expected| is_same(expected, &line))?;
                Some(lines.swap_remove(at))
            });
            if found.is_none() {
                return Err(broken(format!("position {position} holds no edge of shape {owner}")));
            }
        }
        if let Some(((shape, _), _)) = missing.iter().find(|(_, lines)| !lines.is_empty()) {
            return Err(broken(format!("an edge of shape {shape} is missing")));
        }
        self.verify_boxes(leaves)
    }

    fn verify_boxes(&self, leaves: &[Leaf]) -> Result<(), IndexError> {
        if let Some(last) = leaves.last() {
            let used = self.shape.positions(0, leaves.len() - 1).len();
            if (used..16).any(|number| last.line(number) != last.line(used - 1)) {
                return Err(broken("the last leaf is not filled up with its last line".to_owned()));
            }
        }
        let expected = pack::nodes(leaves.iter().map(Leaf::bounds));
        for level in 1..self.shape.counts.len() {
            for number in 0..self.shape.counts[level] {
                if *self.node(level, number)? != expected[self.shape.node(level, number)] {
                    return Err(broken(format!(
                        "the boxes of node {number} on level {level} are not those of its children"
                    )));
                }
            }
        }
        Ok(())
    }
}

fn expected(shapes: &[Outline]) -> HashMap<Key, Vec<Line>> {
    let mut expected: HashMap<Key, Vec<Line>> = HashMap::new();
    for (outline, shape) in shapes.iter().zip(0..) {
        for [from, to] in outline.edges() {
            let key = (shape, [from.x, from.y, to.x, to.y].map(f64::to_bits));
            expected.entry(key).or_default().extend(lines([from, to]));
        }
    }
    expected
}

/// Another machine's sine may differ in the last digit, and so round to the next step.
fn is_same(a: &Line, b: &Line) -> bool {
    let near = |a: [i32; 3], b: [i32; 3]| (0..3).all(|d| a[d].abs_diff(b[d]) <= 1);
    near(a.from, b.from) && near(a.to, b.to) && (a.bulge - b.bulge).abs() <= 1e-5 * a.bulge
}
