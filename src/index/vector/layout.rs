//! What a part's file holds.
//!
//! | section | elements | when |
//! | --- | --- | --- |
//! | `header` | one [`Header`] | always |
//! | `slot-nodes`, `node-starts`, `node-slots` | u32 | when equal or missing vectors make nodes differ from slots |
//! | `centers` | f32, one a component | with codes of numbers |
//! | `codes` | i8, one row of [`Encoding::stride`] bytes a node; or the bits themselves, in rows as long | with codes |
//! | `biases` | i32, one a node | with codes of numbers |
//! | `means` | f32, one a component | with signs |
//! | `signs` | bytes, one row of [`SignEncoding::stride`] a node | with signs |
//! | `graph-base`, `graph-upper` | u32, see [`Graph`] | with a graph |
//! | `calibration` | [`Step`]s: widths for 10 hits of queries from anywhere, all nodes accepted; versions read it that know no `cells` | with a graph |
//! | `cells` | [`Entry`]s: widths by k and accepted share; parts of early versions lack it | with a graph |
//!
//! Originals are never here: they are a column of the object file.

use std::io::Write;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    codec::{Container, ContainerWriter, Section},
    index::IndexError,
    metric::{BitKernel, CodeKernel, Metric, SignKernel},
};

use super::{
    array::{Array, Fault},
    built::BuiltGraph,
    codes::Codes,
    encoding::{EncodedRows, Encoding},
    graph::Graph,
    levels::MAX_LAYERS,
    nodes::{Nodes, OwnedNodes, Shared},
    signs::{SignEncoding, Signs},
    table::{Entry, Step, Table},
};

/// The version of this layout.
const FORMAT: u32 = 1;

/// Sections that parts need not have.
const MEANS: &str = "means";
const SIGNS: &str = "signs";
const CELLS: &str = "cells";

/// The fixed facts of a part.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Header {
    format: u32,
    /// The metric, by its place in [`Metric::ALL`].
    metric: u32,
    pub(super) dimension: u32,
    /// Slots of the segment.
    pub(super) slots: u32,
    /// Slots that have a vector.
    pub(super) present: u32,
    /// Distinct vectors.
    pub(super) nodes: u32,
    /// 1 when slots are nodes.
    plain: u32,
    /// 1 with codes.
    coded: u32,
    /// See [`Encoding`].
    scale: f32,
    error: f32,
    longest: f32,
    /// The most neighbours above the base layer; 0 without a graph.
    pub(super) m: u32,
    /// Layers above the base.
    pub(super) height: u32,
    /// See [`Graph::entry`].
    entry: u32,
    /// The members of each layer above the base.
    members: [u32; MAX_LAYERS],
}

/// What a build writes.
#[derive(Debug)]
pub(super) struct Draft<'b> {
    pub(super) metric: Metric,
    pub(super) dimension: usize,
    pub(super) nodes: &'b OwnedNodes,
    pub(super) codes: Option<(&'b Encoding, &'b EncodedRows)>,
    pub(super) signs: Option<(&'b SignEncoding, &'b [u8])>,
    pub(super) graph: Option<(&'b BuiltGraph, &'b [Entry])>,
}

/// A part whose header has been read and found sound.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) header: Header,
    /// How its codes were made; `None` without codes.
    pub(super) encoding: Option<Encoding>,
    /// What searches of its graph are known to reach; empty without a graph.
    pub(super) table: Table,
    shared: Option<[Section; 3]>,
    codes: Option<[Section; 2]>,
    /// Signs, with how they were made; `None` in parts that are too small for them, or whose numbers are too large.
    signs: Option<(Section, SignEncoding)>,
    graph: Option<[Section; 2]>,
    kernel: CodeKernel,
    bits: Option<BitKernel>,
    fault: Fault,
}

/// How much of a section will be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Here and there: a block is verified when it is touched.
    Touched,
    /// All of it: it is verified first, and plain memory from then on.
    Whole,
}

impl Draft<'_> {
    /// Writes all sections.
    pub(super) fn write(&self, out: &mut ContainerWriter<'_>) -> Result<(), IndexError> {
        out.put("header", self.header().as_bytes())?;
        if !self.nodes.plain() {
            out.put("slot-nodes", self.nodes.slot_nodes.as_bytes())?;
            out.put("node-starts", self.nodes.starts.as_bytes())?;
            out.put("node-slots", self.nodes.node_slots.as_bytes())?;
        }
        if let Some((encoding, encoded)) = self.codes {
            out.put("centers", encoding.centers.as_bytes())?;
            out.put("codes", encoded.rows.as_bytes())?;
            out.put("biases", encoded.biases.as_bytes())?;
        }
        if let Some((encoding, rows)) = self.signs {
            out.put(MEANS, encoding.means.as_bytes())?;
            out.put(SIGNS, rows)?;
        }
        if let Some((graph, entries)) = self.graph {
            out.put("graph-base", graph.base.as_bytes())?;
            out.put("graph-upper", graph.upper.as_bytes())?;
            out.put("calibration", Step::of(entries).as_bytes())?;
            out.put(CELLS, entries.as_bytes())?;
        }
        out.flush()?;
        Ok(())
    }

    fn header(&self) -> Header {
        let mut header = Header {
            format: FORMAT,
            metric: Metric::ALL.iter().position(|metric| *metric == self.metric).unwrap_or(0) as u32,
            dimension: self.dimension as u32,
            slots: self.nodes.slot_nodes.len() as u32,
            present: self.nodes.present(),
            nodes: self.nodes.count(),
            plain: u32::from(self.nodes.plain()),
            ..Header::default()
        };
        if let Some((encoding, _)) = self.codes {
            (header.coded, header.scale) = (1, encoding.scale);
            (header.error, header.longest) = (encoding.error, encoding.longest);
        }
        if let Some((graph, _)) = self.graph {
            (header.m, header.height, header.entry) = (graph.m as u32, graph.members.len() as u32, graph.entry);
            header.members[..graph.members.len()].copy_from_slice(&graph.members);
        }
        header
    }
}

impl Header {
    fn metric(&self) -> Option<Metric> {
        Metric::ALL.get(self.metric as usize).copied()
    }

    fn members(&self) -> &[u32] {
        &self.members[..self.height as usize]
    }

    /// Whether numbers that lengths are computed from fit together.
    fn sound(&self) -> bool {
        let layers = (self.height as usize) < MAX_LAYERS && self.members().iter().all(|count| *count <= self.nodes);
        self.format == FORMAT
            && self.nodes <= self.present
            && self.present <= self.slots
            && (self.plain == 0 || self.nodes == self.slots)
            && layers
            && (self.m == 0 || self.coded == 1 && self.nodes > 0 && self.m >= 2)
            && self.entry < self.members().last().copied().unwrap_or(self.nodes).max(1)
    }
}

impl Opened {
    /// Reads header, centers and calibration, and checks the lengths of all other sections against them.
    pub(super) fn read(
        container: &Container,
        metric: Metric,
        dimension: usize,
        slots: u32,
    ) -> Result<Self, IndexError> {
        let section = container.section("header")?;
        let header = match section.whole_array::<Header>()? {
            [header] if header.sound() => *header,
            _ => return Err(section.damaged(0, "the header of a vector part does not add up").into()),
        };
        if header.metric() != Some(metric) || header.dimension as usize != dimension || header.slots != slots {
            return Err(IndexError::Invariant(format!(
                "{}: built for {} slots of dimension {}, opened for {slots} of dimension {dimension} under {metric}",
                container.file(),
                header.slots,
                header.dimension,
            )));
        }
        let (nodes, coded) = (header.nodes as usize, header.coded == 1);
        let (biases, centers) = if metric.is_of_bits() { (0, 0) } else { (nodes, dimension) };
        let take = |name: &str, bytes: usize| sized(container, name, bytes);
        let shared = match header.plain {
            1 => None,
            _ => Some([
                take("slot-nodes", slots as usize * 4)?,
                take("node-starts", (nodes + 1) * 4)?,
                take("node-slots", header.present as usize * 4)?,
            ]),
        };
        let codes = match coded {
            true => Some([take("codes", nodes * Encoding::stride(metric, dimension))?, take("biases", biases * 4)?]),
            false => None,
        };
        let m = header.m as usize;
        let graph = match m {
            0 => None,
            _ => Some([
                take("graph-base", nodes * 2 * m * 4)?,
                take("graph-upper", Graph::upper_len(m, header.members()) * 4)?,
            ]),
        };
        let encoding = match coded {
            true => Some(Encoding {
                metric,
                dimension,
                centers: take("centers", centers * 4)?.whole_array::<f32>()?.to_vec(),
                scale: header.scale,
                error: header.error,
                longest: header.longest,
            }),
            false => None,
        };
        let signs = encoding.as_ref().map_or(Ok(None), |encoding| signs(container, encoding, nodes))?;
        let table = match graph {
            Some(_) => table(container)?,
            None => Table::default(),
        };
        let (kernel, bits, fault) = (CodeKernel::new(), BitKernel::new(metric), Fault::default());
        Ok(Self { header, encoding, table, shared, codes, signs, graph, kernel, bits, fault })
    }

    /// Slots and nodes.
    pub(super) fn nodes(&self, reading: Reading) -> Result<Nodes<'_>, IndexError> {
        let shared = match &self.shared {
            None => None,
            Some([slot_nodes, starts, node_slots]) => Some(Shared {
                slot_nodes: self.array(slot_nodes, reading)?,
                starts: self.array(starts, reading)?,
                node_slots: self.array(node_slots, reading)?,
            }),
        };
        Ok(Nodes { count: self.header.nodes, shared })
    }

    /// The codes, with how they were made.
    pub(super) fn codes(&self, reading: Reading) -> Result<Option<(Codes<'_>, &Encoding)>, IndexError> {
        let (Some([rows, biases]), Some(encoding)) = (&self.codes, &self.encoding) else { return Ok(None) };
        let codes = Codes {
            stride: Encoding::stride(encoding.metric, encoding.dimension),
            rows: self.array(rows, reading)?,
            biases: self.array(biases, reading)?,
            lifts: &[],
            kernel: self.kernel,
            bits: self.bits,
        };
        Ok(Some((codes, encoding)))
    }

    /// The signs, with how they were made.
    pub(super) fn signs(&self, reading: Reading) -> Result<Option<(Signs<'_>, &SignEncoding)>, IndexError> {
        let Some((rows, encoding)) = &self.signs else { return Ok(None) };
        let stride = SignEncoding::stride(self.header.dimension as usize);
        Ok(Some((Signs { stride, rows: self.array(rows, reading)?, kernel: SignKernel::new() }, encoding)))
    }

    /// Whether there are signs.
    pub(super) fn has_signs(&self) -> bool {
        self.signs.is_some()
    }

    /// The graph.
    pub(super) fn graph(&self, reading: Reading) -> Result<Option<Graph<'_>>, IndexError> {
        let Some([base, upper]) = &self.graph else { return Ok(None) };
        Ok(Some(Graph {
            m: self.header.m as usize,
            base: self.array(base, reading)?,
            upper: self.array(upper, reading)?,
            members: self.header.members(),
            entry: self.header.entry,
        }))
    }

    /// Fails when something that was read so far turned out to be damaged. To be asked before an answer is given.
    pub(super) fn sound(&self) -> Result<(), IndexError> {
        Ok(self.fault.check()?)
    }

    fn array<'a, T>(&'a self, section: &'a Section, reading: Reading) -> Result<Array<'a, T>, IndexError>
    where
        T: FromBytes + Immutable + KnownLayout + Copy,
    {
        Ok(match reading {
            Reading::Touched => Array::of(section, &self.fault)?,
            Reading::Whole => Array::Plain(section.whole_array()?),
        })
    }

    /// Whether there is a graph.
    pub(super) fn has_graph(&self) -> bool {
        self.graph.is_some()
    }
}

/// The signs of so many nodes, with how they were made, if the part has any.
fn signs(
    container: &Container,
    encoding: &Encoding,
    nodes: usize,
) -> Result<Option<(Section, SignEncoding)>, IndexError> {
    if container.find(SIGNS).is_none() {
        return Ok(None);
    }
    let dimension = encoding.centers.len();
    let means = sized(container, MEANS, dimension * 4)?;
    let signs = SignEncoding::of(encoding.metric, encoding.scale, means.whole_array::<f32>()?.to_vec());
    let signs = signs.ok_or_else(|| means.damaged(0, "no means that signs can be made with"))?;
    Ok(Some((sized(container, SIGNS, nodes * SignEncoding::stride(dimension))?, signs)))
}

/// What the graph is known to reach.
fn table(container: &Container) -> Result<Table, IndexError> {
    if container.find(CELLS).is_some() {
        return Ok(Table::of(container.section(CELLS)?.whole_array::<Entry>()?));
    }
    let steps = container.section("calibration")?;
    Ok(Table::of(&Step::entries(steps.whole_array()?)))
}

/// A section that must have this length.
fn sized(container: &Container, name: &str, bytes: usize) -> Result<Section, IndexError> {
    let section = container.section(name)?;
    if section.len() == bytes {
        return Ok(section);
    }
    Err(section.damaged(0, &format!("{} bytes where {bytes} belong", section.len())).into())
}
