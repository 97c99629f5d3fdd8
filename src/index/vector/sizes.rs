//! What does a vector take, in which part of the index?
//!
//! Everything in a part's file is what a search may want in memory; the originals are mapped and read here and there. Sections that no
//! group names count as codes, so that the groups always add up to the whole.

use crate::{codec::Container, object::VectorType};

/// Bytes of a part, by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    codes: usize,
    graph: usize,
    signs: usize,
    /// Which slots share a vector, and the header.
    slots: usize,
}

impl Sizes {
    /// Of a part that has been opened; reads nothing.
    pub(super) fn of(part: &Container) -> Self {
        let mut sizes = Self::default();
        for name in part.names() {
            let bytes = part.find(name).map_or(0, |section| section.len());
            *match name {
                "graph-base" | "graph-upper" | "calibration" | "cells" => &mut sizes.graph,
                "means" | "signs" => &mut sizes.signs,
                "header" | "slot-nodes" | "node-starts" | "node-slots" => &mut sizes.slots,
                _ => &mut sizes.codes,
            } += bytes;
        }
        sizes
    }

    /// Facts, in bytes a vector of so many of one type: what the searches of a part hold in memory, then the originals.
    pub(super) fn facts(&self, vectors: u32, of: VectorType) -> Vec<(&'static str, String)> {
        let each = |bytes: usize| format!("{:.0}", bytes as f64 / f64::from(vectors.max(1)));
        vec![
            ("code bytes a vector", each(self.codes)),
            ("sign bytes a vector", each(self.signs)),
            ("graph bytes a vector", each(self.graph)),
            ("bytes a vector held by searches", each(self.codes + self.signs + self.graph + self.slots)),
            ("original bytes a vector", of.bytes().to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec::Container,
        index::vector::fixture::{Segment, clustered},
        index::{BuildEffort, Options},
    };

    #[test]
    fn what_belongs_to_the_graph_is_not_counted_as_codes() {
        let vectors = clustered(7, 500, 64, 5).into_iter().map(Some).collect();
        let options = Options::new().with("dimension", 64).with("flat_threshold", 0);
        let segment = Segment::new(vectors, &options, BuildEffort::Settled);
        let part = Container::open("part", *b"PBVECTOR", segment.bytes.clone().into()).unwrap();
        let bytes = |name: &str| part.section(name).unwrap().len();
        let sizes = Sizes::of(&part);
        assert_eq!(sizes.codes, bytes("centers") + bytes("codes") + bytes("biases"));
        assert!(bytes("cells") > 0);
        assert_eq!(sizes.codes + sizes.graph + sizes.signs + sizes.slots, part.names().map(bytes).sum::<usize>());
    }
}
