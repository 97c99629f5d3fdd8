//! Some nodes with their slots, that are looked at together.

use crate::index::Slot;

/// At most `N` of them.
pub(super) struct Block<const N: usize> {
    pub(super) nodes: [u32; N],
    pub(super) slots: [Slot; N],
    /// So many are there.
    pub(super) count: usize,
}

impl<const N: usize> Default for Block<N> {
    fn default() -> Self {
        Self { nodes: [0; N], slots: [Slot(0); N], count: 0 }
    }
}

impl<const N: usize> Block<N> {
    /// Adds one to a block that is not full.
    #[inline(always)]
    pub(super) fn push(&mut self, node: u32, slot: Slot) {
        (self.nodes[self.count], self.slots[self.count]) = (node, slot);
        self.count += 1;
    }

    /// Whether there is no place for another.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.count == N
    }

    /// The nodes that are there.
    #[inline(always)]
    pub(super) fn nodes(&self) -> &[u32] {
        &self.nodes[..self.count]
    }
}
