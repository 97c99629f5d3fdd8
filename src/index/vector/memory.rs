//! What does a build hold in memory?

use crate::{index::BuildEffort, object::VectorRef};

use super::{encoding::Encoding, settings::Settings, signs::SignEncoding};

/// One number in a table.
const NUMBER: usize = size_of::<u32>();

/// Tables of slots and nodes: the node of each slot, slots by node, starts, firsts; and the hash table that finds equal vectors, which is
/// gone before anything else is there but counts while it is (16 bytes an entry, up to half of them empty).
const NODES: usize = 4 * NUMBER;
const GROUPING: usize = 40;

/// While a graph is built: levels, order with the keys that it is sorted by, lifts, what is carried over from an older graph.
const ORDER: usize = 1 + NUMBER + 24 + NUMBER + 2 * NUMBER;

/// Bytes a slot that building a part holds at most, were every slot a vector of its own.
pub(super) fn bytes_a_slot(settings: &Settings, effort: BuildEffort) -> u64 {
    let Settings { metric, dimension, m, .. } = *settings;
    let codes = Encoding::stride(metric, dimension) + NUMBER;
    let signs = SignEncoding::stride(dimension);
    let rows = NODES + size_of::<VectorRef<'_>>() + codes + signs;
    let graph = match effort {
        BuildEffort::Fresh => 0,
        // Twice m below, m and two more for one in m above, and for one in m of those.
        BuildEffort::Settled => 2 * m * NUMBER + (m + 2).div_ceil(m - 1) * NUMBER + ORDER,
    };
    (rows + graph).max(GROUPING + 2 * NUMBER) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Options;

    #[test]
    fn a_graph_over_128_dimensions_takes_about_400_bytes_a_vector() {
        let settings = Settings::read(&Options::new().with("dimension", 128)).unwrap();
        let [fresh, settled] = [BuildEffort::Fresh, BuildEffort::Settled].map(|effort| bytes_a_slot(&settings, effort));
        assert!((200..260).contains(&fresh), "{fresh}");
        assert!((350..450).contains(&settled), "{settled}");
    }
}
