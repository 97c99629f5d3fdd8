//! Vectors of bits as their own codes.
//!
//! A row holds the bits of a node, filled up with zeros to the row's length, and code distances are the metric's in whole numbers: nothing
//! is rounded off a Hamming distance, and a Jaccard distance keeps 30 bits. So there are no centers, no scale, no biases and no error.

use rayon::prelude::*;
use zerocopy::IntoBytes;

use crate::metric::{Metric, VectorRef};

use super::encoding::{EncodedQuery, EncodedRows, Encoding};

impl Encoding {
    /// How bits are encoded: as they are.
    pub(super) fn of_bits(metric: Metric, dimension: usize) -> Self {
        Self { metric, dimension, centers: Vec::new(), scale: 1.0, error: 0.0, longest: 0.0 }
    }

    /// The rows of some vectors.
    pub(super) fn rows_of_bits(&self, vectors: &[VectorRef<'_>]) -> EncodedRows {
        let stride = Self::stride(self.metric, self.dimension);
        let mut rows = vec![0_i8; vectors.len() * stride];
        rows.par_chunks_mut(stride).zip(vectors).for_each(|(row, vector)| write(*vector, row));
        EncodedRows { rows, biases: Vec::new() }
    }

    /// A query of bits.
    pub(super) fn query_of_bits(&self, vector: VectorRef<'_>) -> EncodedQuery {
        let mut row = vec![0_i8; Self::stride(self.metric, self.dimension)];
        write(vector, &mut row);
        let mut query = EncodedQuery::default();
        query.code.set_bits(&row);
        query
    }

    /// Whether code distances order vectors as distances do, and equal ones are equal.
    pub(super) fn is_exact(&self) -> bool {
        self.metric == Metric::Hamming
    }
}

/// Writes a vector's bits into its row, which is at least as long.
fn write(vector: VectorRef<'_>, row: &mut [i8]) {
    let bits = vector.memory();
    let row = row.as_mut_bytes();
    let length = bits.len().min(row.len());
    row[..length].copy_from_slice(&bits[..length]);
}
