//! What does a vector take, in which part of the index?
//!
//! Everything in a part's file is what a search may want in memory; the originals are mapped and read here and there. Sections that no
//! group names count as codes, so that the groups always add up to the whole.

use crate::{codec::Container, object::VectorType};

/// The sections of each group but the codes.
const GROUPS: [(Group, &[&str]); 3] = [
    (Group::Graph, &["graph-base", "graph-upper", "calibration"]),
    (Group::Signs, &["means", "signs"]),
    (Group::Slots, &["header", "slot-nodes", "node-starts", "node-slots"]),
];

/// A group of sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Codes,
    Graph,
    Signs,
    Slots,
}

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
            match group(name) {
                Group::Codes => sizes.codes += bytes,
                Group::Graph => sizes.graph += bytes,
                Group::Signs => sizes.signs += bytes,
                Group::Slots => sizes.slots += bytes,
            }
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

fn group(section: &str) -> Group {
    let named = GROUPS.iter().find(|(_, sections)| sections.contains(&section));
    named.map_or(Group::Codes, |(group, _)| *group)
}
