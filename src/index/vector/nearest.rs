//! One nearest search along the path that was chosen.
//!
//! Paths differ in work, not in numbers: every hit's distance comes from the one pairwise function over the originals. A
//! traversal that gives up, or finds too few, is followed by a scan, so min(k, accepted) hits always come back.

use std::collections::VecDeque;

use crate::{
    index::{IndexError, NearestAnswer, NearestRequest, SearchPath, VectorColumn, Work},
    metric::{Metric, VectorRef, prefetch},
};

use super::{
    beam::{Found, Width},
    codes::Codes,
    cost::{Choice, Scanned},
    encoding::Encoding,
    graph::Graph,
    hits::Hits,
    layout::{Opened, Reading},
    nodes::{Nodes, vector_of},
    scan::{AHEAD, Scan, flat},
    scratch,
    signs::Sieve,
};

/// A search of one part.
pub(super) struct Search<'a> {
    pub(super) opened: &'a Opened,
    pub(super) column: &'a dyn VectorColumn,
    pub(super) metric: Metric,
    pub(super) vector: VectorRef<'a>,
    pub(super) request: &'a NearestRequest<'a>,
}

/// A scan of one slot in so many reads nearly every block of the codes.
const DENSE: u64 = 16;

/// What a traversal reads.
struct Traversal<'a> {
    graph: Graph<'a>,
    codes: Codes<'a>,
    encoding: &'a Encoding,
    nodes: Nodes<'a>,
}

impl Search<'_> {
    /// Searches along the chosen path.
    pub(super) fn run(&self, choice: Choice, work: &mut Work) -> Result<NearestAnswer, IndexError> {
        let (width, told, otherwise) = match choice {
            Choice::Scan(scanned) => return self.scan(scanned, work),
            Choice::Graph { width, told, otherwise } => (width, told, otherwise),
        };
        if let (Some(graph), Some((codes, encoding))) =
            (self.opened.graph(Reading::Touched)?, self.opened.codes(Reading::Touched)?)
        {
            let nodes = self.opened.nodes(Reading::Touched)?;
            let traversal = Traversal { graph, codes, encoding, nodes };
            if let Some(hits) = self.traverse(&traversal, width, work)? {
                return Ok((hits.into_pairs(), SearchPath::Graph(told)));
            }
        }
        self.scan(otherwise, work)
    }

    fn hits(&self) -> Hits {
        Hits::new(self.request.k, self.request.bound)
    }

    fn scan(&self, scanned: Scanned, work: &mut Work) -> Result<NearestAnswer, IndexError> {
        let NearestRequest { accept, .. } = self.request;
        // Where most blocks would be touched, verifying them all first makes every later look cheaper.
        let dense = accept.len().saturating_mul(DENSE) >= u64::from(self.opened.header.present);
        let reading = if dense { Reading::Whole } else { Reading::Touched };
        if scanned != Scanned::Flat
            && let Some((codes, encoding)) = self.opened.codes(reading)?
        {
            let scan = Scan { codes, encoding, nodes: self.opened.nodes(reading)?, column: self.column };
            if let Scanned::Signs { doubt } = scanned
                && let Some((signs, encoding)) = self.opened.signs(reading)?
                && let Some(query) = encoding.query(self.vector)
            {
                let sieve = Sieve { signs, query: &query, doubt };
                let hits = scan.sifted(&sieve, self.vector, accept, self.hits(), work)?;
                return Ok((hits.into_pairs(), SearchPath::Signs));
            }
            let hits = scan.nearest(self.vector, accept, self.hits(), work)?;
            return Ok((hits.into_pairs(), SearchPath::Codes));
        }
        let hits = flat(self.column, self.metric, self.vector, accept, self.hits(), work)?;
        Ok((hits.into_pairs(), SearchPath::Flat))
    }

    /// Traverses the graph with the accept set inside; `None` when it gave up or found too few.
    fn traverse(&self, traversal: &Traversal<'_>, width: Width, work: &mut Work) -> Result<Option<Hits>, IndexError> {
        let Traversal { graph, codes, encoding, nodes } = traversal;
        let all = self.request.accept.is_all(self.opened.header.slots);
        let accept = if all { self.request.accept.clone() } else { self.request.accept.for_probing() };
        let query = encoding.query(self.vector);
        scratch::with(|scratch| {
            let beam = &mut scratch.beam;
            beam.take_work();
            let start = beam.descend(graph, codes, &query.code, 0);
            let layer = graph.layer(0);
            let done = if all {
                let width = Width { accepted: 0, ..width };
                beam.search(&layer, codes, &query.code, &[start], width, |_| true)
            } else {
                beam.search(&layer, codes, &query.code, &[start], width, |node| nodes.accepted(node, &accept))
            };
            *work += beam.take_work();
            if !done {
                return Ok(None);
            }
            let found = beam.pool().iter().filter(|found| found.accepted);
            let bound = |found: &Found| encoding.likely_bound(&query, found.distance());
            self.rescore(nodes, found, bound, work)
        })
    }

    /// Measures originals of what a traversal found, in ascending order of their bounds; `None` when there are too few.
    fn rescore<'f>(
        &self,
        nodes: &Nodes<'_>,
        mut found: impl Iterator<Item = &'f Found>,
        bound: impl Fn(&Found) -> f64,
        work: &mut Work,
    ) -> Result<Option<Hits>, IndexError> {
        let NearestRequest { k, accept, .. } = self.request;
        let (mut hits, mut offered) = (self.hits(), 0);
        let (mut ahead, mut complete) = (VecDeque::with_capacity(AHEAD), false);
        loop {
            while !complete
                && ahead.len() < AHEAD
                && let Some(next) = found.next()
            {
                // Bounds ascend and the limit falls: nothing behind can be a hit.
                complete = bound(next) > hits.limit();
                if complete {
                    break;
                }
                let original = self.original(nodes, next)?;
                prefetch(original.memory());
                ahead.push_back((next, original));
            }
            let Some((one, original)) = ahead.pop_front() else { break };
            let distance = self.metric.distance(self.vector, original);
            work.distances += 1;
            for slot in nodes.slots(one.place()).filter(|slot| accept.contains(*slot)).take(*k) {
                hits.offer(distance, slot);
                offered += 1;
            }
        }
        Ok((complete || offered >= accept.len().min(*k as u64)).then_some(hits))
    }

    /// The vector that all slots of a node hold.
    fn original(&self, nodes: &Nodes<'_>, found: &Found) -> Result<VectorRef<'_>, IndexError> {
        vector_of(self.column, found.place(), nodes.slots(found.place()).next())
    }
}
