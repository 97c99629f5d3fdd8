//! Everything within a distance, by walking the graph on from the nearest.
//!
//! A beam finds the nearest; from those that are near enough the walk goes on to all their neighbours that are, too, until none is
//! left. What lies a little beyond the distance is walked through as well, since it may lead to something within. What nothing
//! near leads to is missed, so this is for searches that need not be exact; where the walk gets longer than a scan of the codes,
//! it is given up for one.

use crate::index::{IndexError, NearestAnswer, NearestRequest, SearchEffort, SearchPath, Slot, Work};

use super::{
    beam::Width,
    codes::{CodeQuery, Codes},
    cost::{Choice, Situation},
    graph::Layer,
    layout::Reading,
    nearest::Search,
    nodes::vector_of,
    scratch,
    visited::Visited,
};

/// How far beyond the distance the walk goes, as a share of it. In the test below a tenth misses one hit in 4,000 by inner products and none
/// by the other metrics; without a margin one in 700 to 8,000 is missed.
const MARGIN: f64 = 0.1;

/// What a search for the nearest is measured for: the walk starts from so many.
const START: usize = 10;

impl Search<'_> {
    /// All accepted slots within the request's bound that the walk meets, nearest first, if the request is for all of them, need not be exact
    /// and has a graph to be walked; `None` else, and when the walk was given up.
    pub(super) fn all_within(
        &self,
        situation: &Situation<'_>,
        work: &mut Work,
    ) -> Result<Option<NearestAnswer>, IndexError> {
        let NearestRequest { k, accept, bound, effort, .. } = *self.request;
        let wants_all = bound.is_finite() && k as u64 >= accept.len() && effort != SearchEffort::Exact;
        if !wants_all {
            return Ok(None);
        }
        let start = Situation { k: k.min(START), ..*situation };
        let Choice::Graph { width: width @ Width { trial: false, .. }, told, .. } = start.choose() else {
            return Ok(None);
        };
        let (Some(graph), Some((codes, encoding))) =
            (self.opened.graph(Reading::Touched)?, self.opened.codes(Reading::Touched)?)
        else {
            return Ok(None);
        };
        let query = encoding.query(self.vector);
        let (layer, code) = (graph.layer(0), &query.code);
        let nearest = scratch::with(|scratch| {
            let beam = &mut scratch.beam;
            beam.take_work();
            let entry = beam.descend(&graph, &codes, code, 0);
            let width = Width { accepted: 0, ..width };
            let done = beam.search(&layer, &codes, code, &[entry], width, |_| true);
            *work += beam.take_work();
            done.then(|| beam.pool().iter().map(|found| (found.distance(), found.place())).collect::<Vec<_>>())
        });
        let beyond = encoding.farthest_within(&query, bound + bound.abs() * MARGIN);
        let walk = Walk { layer, codes, query: code, limit: beyond, budget: width.budget };
        let Some(met) = nearest.and_then(|nearest| walk.from(nearest, work)) else { return Ok(None) };
        let limit = encoding.farthest_within(&query, bound);
        let hits = self.measured(met.into_iter().filter(|(distance, _)| *distance <= limit), work)?;
        Ok(Some((hits, SearchPath::Graph(told))))
    }

    /// The accepted slots of some nodes that are within the bound, nearest first.
    fn measured(&self, met: impl Iterator<Item = (i32, u32)>, work: &mut Work) -> Result<Vec<(Slot, f64)>, IndexError> {
        let nodes = self.opened.nodes(Reading::Touched)?;
        let mut hits = Vec::new();
        for (_, node) in met {
            let mut slots = nodes.slots(node).filter(|slot| self.request.accept.contains(*slot)).peekable();
            let Some(first) = slots.peek() else { continue };
            let distance = self.metric.distance(self.vector, vector_of(self.column, node, Some(*first))?);
            work.distances += 1;
            if distance <= self.request.bound {
                hits.extend(slots.map(|slot| (slot, distance)));
            }
        }
        hits.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        Ok(hits)
    }
}

/// A walk over the base layer that goes no farther than to a code distance.
struct Walk<'a> {
    layer: Layer<'a>,
    codes: Codes<'a>,
    query: &'a CodeQuery,
    limit: i32,
    /// Distances after which it is given up.
    budget: u64,
}

impl Walk<'_> {
    /// All that is within the limit and that steps within it lead to, with its code distances.
    fn from(&self, starts: Vec<(i32, u32)>, work: &mut Work) -> Option<Vec<(i32, u32)>> {
        let mut visited = Visited::default();
        visited.begin(self.layer.len());
        let mut met: Vec<(i32, u32)> = starts;
        met.retain(|(distance, place)| visited.insert(*place) && *distance <= self.limit);
        let (mut at, mut measured) = (0, 0);
        while let Some((_, place)) = met.get(at).copied() {
            at += 1;
            for neighbour in self.layer.neighbours(place) {
                if !visited.insert(neighbour) {
                    continue;
                }
                measured += 1;
                let distance = self.codes.distance(self.query, neighbour);
                if distance <= self.limit {
                    met.push((distance, neighbour));
                }
            }
            if measured > self.budget {
                break;
            }
        }
        work.visited += at as u64;
        work.distances += measured;
        (measured <= self.budget).then_some(met)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        expr::Target,
        index::{
            BuildEffort, Options, SearchPath, SlotSet,
            vector::fixture::{Segment, clustered, recall},
        },
    };

    use super::*;

    fn segment(metric: &str) -> (Segment, Vec<Vec<f32>>) {
        let vectors = clustered(5, 6_000, 24, 30);
        let options = Options::new().with("dimension", 24).with("metric", metric).with("flat_threshold", 64);
        let segment = Segment::new(vectors.iter().cloned().map(Some).collect(), &options, BuildEffort::Settled);
        (segment, vectors)
    }

    fn within(
        segment: &Segment,
        query: &[f32],
        accept: &SlotSet,
        bound: f64,
        effort: SearchEffort,
    ) -> (Vec<(Slot, f64)>, SearchPath, Work) {
        let target = Target::Vector { path: "v".into(), vector: query.into(), metric: segment.metric };
        let request = NearestRequest { target: &target, k: accept.len() as usize, accept, effort, bound };
        let mut work = Work::default();
        let (hits, path) = segment.part.nearest(&request, &mut work).expect("an answer").expect("a vector target");
        (hits, path, work)
    }

    /// By every metric, for radii that hold from few to many: the walk finds nearly all, the exact search all, and neither anything else.
    #[test]
    fn a_walk_finds_what_is_within_59() {
        for metric in ["l2", "cosine", "ip"] {
            let (segment, vectors) = segment(metric);
            let accepts = [segment.all(), SlotSet::collect((0..6_000).filter(|at| at % 2 == 0).map(Slot))];
            let (mut found, mut walks, mut least) = (0.0, 0, 1.0_f64);
            let mut asked = 0;
            for query in vectors.iter().step_by(397) {
                for accept in &accepts {
                    let ranked = segment.brute(query, 6_000, accept);
                    for rank in [0, 5, 60, 300] {
                        let bound = ranked[rank].1;
                        let right = &ranked[..ranked.partition_point(|(_, distance)| *distance <= bound)];
                        let (hits, path, _) = within(&segment, query, accept, bound, SearchEffort::Default);
                        assert!(hits.iter().all(|hit| right.contains(hit)), "{metric}: something else");
                        let ascends = |pair: &[(Slot, f64)]| (pair[0].1, pair[0].0) < (pair[1].1, pair[1].0);
                        assert!(hits.windows(2).all(ascends), "{metric}: not nearest first");
                        let share = recall(&hits, right);
                        (found, least, asked) = (found + share, least.min(share), asked + 1);
                        walks += usize::from(path.is_graph());
                        let (exact, _, _) = within(&segment, query, accept, bound, SearchEffort::Exact);
                        assert_eq!(exact, right, "{metric}: exact is complete");
                    }
                }
            }
            let mean = found / f64::from(asked);
            assert!(mean >= 0.98 && least >= 0.8, "{metric}: recall {mean}, least {least}");
            assert!(walks > 0, "{metric}: no walk");
            println!("{metric}: mean {mean}, least {least}, walks {walks} of {asked}");
        }
    }

    #[test]
    fn a_walk_costs_less_than_a_scan_or_is_given_up() {
        let (segment, vectors) = segment("l2");
        let all = segment.all();
        let ranked = segment.brute(&vectors[7], 6_000, &all);
        let (_, path, work) = within(&segment, &vectors[7], &all, ranked[20].1, SearchEffort::Default);
        assert!(path.is_graph());
        assert!(work.distances < 3_000, "{work:?}");
        let (hits, path, _) = within(&segment, &vectors[7], &all, ranked[5_900].1, SearchEffort::Default);
        assert_eq!(hits.len(), 5_901, "nearly all is scanned, and complete");
        assert!(!path.is_graph());
    }
}
