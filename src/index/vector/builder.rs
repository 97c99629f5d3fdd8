//! Building a part: group, encode, link, calibrate, write.

use std::{ops::ControlFlow, sync::Arc};

use crate::{
    codec::ContainerWriter,
    expr::asked,
    index::{BuildEffort, Columns, IndexBuilder, IndexError, Predecessor, SearchEffort, Slot, Tell, VectorColumn},
    metric::{BitKernel, CodeKernel, Metric},
    object::{FieldPath, Value, ValueRef, VectorBuf, VectorRef, VectorType},
};

use super::{
    array::Array,
    built::BuiltGraph,
    calibration::Calibration,
    codes::{Codes, squared_norm},
    construct::{Construction, Rehearsal},
    cost::Situation,
    encoding::{EncodedRows, Encoding, code_length},
    graph::Graph,
    inherit::Heritage,
    layout::Draft,
    levels::Levels,
    nodes::{Nodes, OwnedNodes, vector_of},
    probe::SHARES,
    scan::Scan,
    settings::Settings,
    signs::SignEncoding,
    table::{Entry, Table},
    value::check_query,
};

/// Fewer distinct vectors than this are searched by their originals alone.
const FEWEST_CODED: usize = 256;

/// Draws levels and insertion order: graphs of equal segments are equal.
const SEED: u64 = 0x70_72_6F_74_6F_62_61_73;

/// A vector part under construction. Vectors are not taken as they come: they are read from the segment's column at the end.
#[derive(Debug)]
pub(super) struct VectorBuilder {
    field: FieldPath,
    settings: Settings,
    effort: BuildEffort,
    /// Recorded queries that a graph is to be measured with.
    queries: Vec<VectorBuf>,
    heritage: Option<Heritage>,
}

impl VectorBuilder {
    pub(super) fn new(field: FieldPath, settings: Settings, effort: BuildEffort) -> Self {
        Self { field, settings, effort, queries: Vec::new(), heritage: None }
    }

    /// The graph with its calibration.
    fn graph(
        &self,
        column: &dyn VectorColumn,
        nodes: &OwnedNodes,
        compact: &Compact,
        tell: &Tell<'_>,
    ) -> Result<(BuiltGraph, Vec<Entry>), IndexError> {
        let Compact { encoding, encoded, .. } = compact;
        let codes = codes(self.settings.metric, self.settings.dimension, encoded);
        let lifts = if encoding.squared() { Vec::new() } else { lifts(&codes) };
        let Settings { m, ef_construction: ef, .. } = self.settings;
        let held = Calibration::held(codes.len());
        let (construction, lifted) = (Construction { m, ef, seed: SEED }, Codes { lifts: &lifts, ..codes });
        let older = self.heritage.as_ref().and_then(|heritage| Some((heritage, heritage.open(&self.settings)?)));
        let kept = older.as_ref().and_then(|(heritage, opened)| {
            heritage.kept(opened, nodes, &Levels::draw(codes.len() as u32, m, SEED).last(held))
        });
        let nodes = Nodes { count: codes.len() as u32, shared: None };
        let calibration = Calibration {
            scan: Scan { codes, encoding, nodes, column },
            queries: &self.queries,
            budgets: SHARES.map(|share| self.budget(compact, nodes.count, share)),
        };
        let mut entries = Ok(Vec::new());
        let mut measure = |graph: &Graph<'_>, held: &[u32]| entries = calibration.measure(graph, held);
        let rehearsal = Rehearsal { held, run: &mut measure };
        let graph = match &kept {
            Some(kept) => construction.go_on_told(kept, &lifted, rehearsal, tell)?,
            None => construction.build_told(&lifted, rehearsal, tell)?,
        };
        Ok((graph, entries?))
    }

    /// How many distances a traversal may compute that accepts a share of the nodes.
    fn budget(&self, compact: &Compact, nodes: u32, share: f64) -> u64 {
        let situation = Situation {
            accepted: (share * f64::from(nodes)) as u64,
            present: u64::from(nodes),
            k: 10,
            effort: SearchEffort::Default,
            dimension: code_length(self.settings.metric, self.settings.dimension),
            coded: true,
            signed: compact.signs.is_some(),
            table: &Table::default(),
            ef_search: None,
        };
        situation.budget()
    }
}

impl IndexBuilder for VectorBuilder {
    fn examples(&mut self, values: Vec<Value>) {
        let usable = |value: Value| match value {
            Value::Vector(vector) => {
                let vector = asked(&vector, self.settings.metric).into_owned();
                check_query(&self.field, &self.settings, vector.as_ref()).is_ok().then_some(vector)
            }
            _ => None,
        };
        self.queries = values.into_iter().filter_map(usable).collect();
    }

    fn add(&mut self, _slot: Slot, _values: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        Ok(())
    }

    fn inherit(&mut self, predecessors: &[Predecessor<'_>]) {
        if self.effort == BuildEffort::Settled {
            self.heritage = Heritage::choose(predecessors, &self.settings);
        }
    }

    fn finish(self: Box<Self>, columns: &Columns, slots: u32, out: &mut ContainerWriter<'_>) -> Result<(), IndexError> {
        self.finish_told(columns, slots, out, &|_| ControlFlow::Continue(()))
    }

    fn finish_told(
        self: Box<Self>,
        columns: &Columns,
        slots: u32,
        out: &mut ContainerWriter<'_>,
        tell: &Tell<'_>,
    ) -> Result<(), IndexError> {
        let Settings { metric, dimension, flat_threshold, .. } = self.settings;
        let column = column_of(columns, &self.field, self.settings.of(), slots)?.as_ref();
        let nodes = OwnedNodes::group(column, slots)?;
        let distinct = Distinct { column, firsts: &nodes.firsts };
        let wants_graph = self.effort == BuildEffort::Settled && slots as usize > flat_threshold && nodes.count() > 1;
        let compact = match wants_graph || nodes.firsts.len() >= FEWEST_CODED {
            true => Some(Compact::of(metric, dimension, &distinct.vectors()?)),
            false => None,
        };
        let graph = match &compact {
            Some(compact) if wants_graph => Some(self.graph(&distinct, &nodes, compact, tell)?),
            _ => None,
        };
        let draft = Draft {
            metric,
            dimension,
            nodes: &nodes,
            codes: compact.as_ref().map(|compact| (&compact.encoding, &compact.encoded)),
            signs: compact
                .as_ref()
                .and_then(|compact| compact.signs.as_ref())
                .map(|(encoding, rows)| (encoding, &rows[..])),
            graph: graph.as_ref().map(|(graph, entries)| (graph, entries.as_slice())),
        };
        draft.write(out)
    }
}

/// The column of a field; it must be there and fit.
pub(super) fn column_of<'c>(
    columns: &'c Columns,
    field: &FieldPath,
    of: VectorType,
    slots: u32,
) -> Result<&'c Arc<dyn VectorColumn>, IndexError> {
    let column = columns
        .get(field)
        .ok_or_else(|| IndexError::Invariant(format!("the segment has no vector column for field '{field}'")))?;
    if column.of() == of && column.len() == slots as usize {
        return Ok(column);
    }
    Err(IndexError::Invariant(format!(
        "the vector column of field '{field}' has {} slots of {}: expected {slots} of {of}",
        column.len(),
        column.of(),
    )))
}

/// The distinct vectors of a column: nodes stand for slots.
struct Distinct<'c> {
    column: &'c dyn VectorColumn,
    firsts: &'c [u32],
}

impl Distinct<'_> {
    fn vectors(&self) -> Result<Vec<VectorRef<'_>>, IndexError> {
        (0..self.firsts.len() as u32).map(|node| vector_of(self, node, Some(Slot(node)))).collect()
    }
}

impl VectorColumn for Distinct<'_> {
    fn of(&self) -> VectorType {
        self.column.of()
    }

    fn len(&self) -> usize {
        self.firsts.len()
    }

    fn vector(&self, node: Slot) -> Result<Option<VectorRef<'_>>, IndexError> {
        match self.firsts.get(node.0 as usize) {
            Some(slot) => self.column.vector(Slot(*slot)),
            None => Ok(None),
        }
    }
}

/// The distinct vectors, made short.
struct Compact {
    encoding: Encoding,
    encoded: EncodedRows,
    signs: Option<(SignEncoding, Vec<u8>)>,
}

impl Compact {
    fn of(metric: Metric, dimension: usize, vectors: &[VectorRef<'_>]) -> Self {
        let mut encoding = Encoding::choose(metric, dimension, vectors);
        let encoded = encoding.encode(vectors);
        let signs = SignEncoding::choose(metric, dimension, encoding.scale, vectors);
        let signs = signs.and_then(|signs| signs.encode(vectors).map(|rows| (signs, rows)));
        Self { encoding, encoded, signs }
    }
}

/// Codes as a search sees them.
fn codes(metric: Metric, dimension: usize, encoded: &EncodedRows) -> Codes<'_> {
    Codes {
        stride: Encoding::stride(metric, dimension),
        rows: Array::Plain(&encoded.rows),
        biases: Array::Plain(&encoded.biases),
        lifts: &[],
        kernel: CodeKernel::new(),
        bits: BitKernel::new(metric),
    }
}

/// The component that gives all vectors one length, so that products order like distances while the graph is built.
fn lifts(codes: &Codes<'_>) -> Vec<i32> {
    let squares: Vec<i32> = (0..codes.len() as u32).map(|node| squared_norm(codes.row(node))).collect();
    let longest = squares.iter().copied().max().unwrap_or(0);
    squares.iter().map(|square| f64::from(longest - square).sqrt().round() as i32).collect()
}
