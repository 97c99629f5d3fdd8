//! Compact codes: one signed byte a component, and distances between them in whole numbers.
//!
//! A vector `x` becomes `round((x - center) / scale)`, with one center a component and one scale for all, so squared
//! distances between codes, times `scale²`, are squared distances between vectors up to rounding. Cosine is the same
//! on normalized vectors. For inner products the centers are zero and the distance falls with the product of codes.
//!
//! A distance is `own(query) + bias(stored) - 2 * product`, all i32: exact, the same on every processor, so graphs built
//! from codes are too.

use zerocopy::IntoBytes;

use crate::metric::{BitKernel, CodeKernel, prefetch};

use super::array::Array;

/// The code rows of all nodes, borrowed from a part or from a build.
#[derive(Clone, Copy, Debug)]
pub(super) struct Codes<'a> {
    /// Bytes from one row to the next; the components past the dimension are zero.
    pub(super) stride: usize,
    /// The rows, one after the other.
    pub(super) rows: Array<'a, i8>,
    /// What a stored row adds to its distance from any query, by node.
    pub(super) biases: Array<'a, i32>,
    /// Only while a graph for inner products is built: the component by which all vectors get one length, by node.
    pub(super) lifts: &'a [i32],
    /// The byte kernel of this processor.
    pub(super) kernel: CodeKernel,
    /// Where rows are bits: their distance.
    pub(super) bits: Option<BitKernel>,
}

/// The query's side of a code distance: its code, shifted to unsigned bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct CodeQuery {
    /// Code + 128.
    bytes: Vec<u8>,
    /// What the query adds to all its distances.
    own: i32,
    /// The query's lift, zero outside a build for inner products.
    lift: i32,
}

/// Rows whose products are asked for at once.
const TOGETHER: usize = 16;

/// Unsigned query bytes stand this much above their signed codes.
const SHIFT: i32 = 128;

impl<'a> Codes<'a> {
    /// The number of nodes.
    pub(super) fn len(&self) -> usize {
        self.rows.len() / self.stride.max(1)
    }

    /// The code of a node; empty where there is none.
    #[inline(always)]
    pub(super) fn row(&self, node: u32) -> &'a [i8] {
        let start = node as usize * self.stride;
        self.rows.get(start..start + self.stride).unwrap_or(&[])
    }

    /// Starts loading what [`Codes::distance`] will read.
    #[inline(always)]
    pub(super) fn prefetch(&self, node: u32) {
        prefetch(self.row(node));
    }

    /// The distance in code units from a query to a node; the greatest to one that does not exist.
    #[inline(always)]
    pub(super) fn distance(&self, query: &CodeQuery, node: u32) -> i32 {
        if let Some(bits) = self.bits {
            return bits.distance(&query.bytes, self.row(node).as_bytes()).unwrap_or(i32::MAX);
        }
        self.finished(query, node, self.kernel.product(&query.bytes, self.row(node)))
    }

    /// The distances from a query to some nodes, one each, as [`Codes::distance`] gives them.
    #[inline(always)]
    pub(super) fn distances(&self, query: &CodeQuery, nodes: &[u32], distances: &mut [i32]) {
        if self.bits.is_some() {
            return nodes.iter().zip(distances).for_each(|(node, distance)| *distance = self.distance(query, *node));
        }
        for (nodes, distances) in nodes.chunks(TOGETHER).zip(distances.chunks_mut(TOGETHER)) {
            let mut rows: [&[i8]; TOGETHER] = [&[]; TOGETHER];
            for (row, node) in rows.iter_mut().zip(nodes) {
                *row = self.row(*node);
            }
            self.kernel.products(&query.bytes, &rows[..nodes.len()], distances);
            for (node, distance) in nodes.iter().zip(distances) {
                *distance = self.finished(query, *node, *distance);
            }
        }
    }

    /// The distance whose product is known.
    #[inline(always)]
    fn finished(&self, query: &CodeQuery, node: u32, mut product: i32) -> i32 {
        let Some(bias) = self.biases.at(node as usize) else { return i32::MAX };
        if !self.lifts.is_empty() {
            product += query.lift * self.lifts[node as usize];
        }
        // A damaged bias may be any number: the distance is as wrong then as it is, but there is one.
        query.own.wrapping_add(bias).wrapping_sub(2 * product)
    }

    /// Makes a stored node the query.
    pub(super) fn query_of(&self, node: u32, query: &mut CodeQuery) {
        if self.bits.is_some() {
            return query.set_bits(self.row(node));
        }
        query.set(self.row(node), self.lifts.is_empty());
        query.lift = self.lifts.get(node as usize).copied().unwrap_or(0);
    }
}

impl CodeQuery {
    /// Takes a row of bits.
    pub(super) fn set_bits(&mut self, row: &[i8]) {
        self.bytes.clear();
        self.bytes.extend_from_slice(row.as_bytes());
    }

    /// Takes a code. `squared` says whether the distance is a squared one (else a negative product).
    pub(super) fn set(&mut self, code: &[i8], squared: bool) {
        self.bytes.clear();
        self.bytes.extend(code.iter().map(|c| (*c as u8) ^ 0x80));
        self.own = if squared { squared_norm(code) } else { 0 };
        self.lift = 0;
    }
}

/// What a stored code adds to its distances: its squared norm (when distances are squared), and what undoes the shift of
/// the query's bytes.
pub(super) fn bias(code: &[i8], squared: bool) -> i32 {
    let sum: i32 = code.iter().map(|c| i32::from(*c)).sum();
    2 * SHIFT * sum + if squared { squared_norm(code) } else { 0 }
}

/// The sum of squares of a code.
pub(super) fn squared_norm(code: &[i8]) -> i32 {
    code.iter().map(|c| i32::from(*c) * i32::from(*c)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_codes() {
        let stride = 64;
        let rows: Vec<i8> = (0..640_i32).map(|i| ((i * i * 31 + i * 7) % 255 - 127) as i8).collect();
        for squared in [true, false] {
            let biases: Vec<i32> = rows.chunks(stride).map(|row| bias(row, squared)).collect();
            let (rows, biases) = (Array::Plain(&rows[..]), Array::Plain(&biases[..]));
            let codes = Codes { stride, rows, biases, lifts: &[], kernel: CodeKernel::new(), bits: None };
            let mut query = CodeQuery::default();
            for a in 0..10 {
                query.set(codes.row(a), squared);
                for b in 0..10 {
                    let pairs = || codes.row(a).iter().zip(codes.row(b)).map(|(x, y)| (i32::from(*x), i32::from(*y)));
                    let expected: i32 = match squared {
                        true => pairs().map(|(x, y)| (x - y) * (x - y)).sum(),
                        false => -2 * pairs().map(|(x, y)| x * y).sum::<i32>(),
                    };
                    assert_eq!(codes.distance(&query, b), expected);
                }
                let nodes: Vec<u32> = (0..37).map(|i| i * 7 % 11).collect();
                let mut distances = vec![0; nodes.len()];
                codes.distances(&query, &nodes, &mut distances);
                assert!(nodes.iter().zip(distances).all(|(node, found)| found == codes.distance(&query, *node)));
            }
        }
    }
}
