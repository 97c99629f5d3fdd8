//! Measures recall@10 and queries a second of the bare vector index on real data, one thread, one query at a time, flat
//! search switched off, without a filter and with filters of several selectivities; and `instant-distance` in the same run.
//! A query's time is the thread's own processor time where the system tells it (Linux), so that other load counts less.
//!
//! `cargo bench --bench vector_recall [-- NAME...] [-- --no-peer]` with data in `PROTOBASE_DATA` or `datasets/extra`; names are
//! `mnist`, `glosses`, `factbook` (real questions over all passages) and `heldout` (passages over the others). What is missing is skipped and named.

#[path = "common/asked.rs"]
mod asked;
#[path = "common/vectors.rs"]
mod vectors;

use std::{collections::BTreeMap, error::Error, time::Instant};

use asked::{Data, load, timed, truths};
use instant_distance::{Builder, Point, Search};
use protobase::{
    expr::Target,
    index::{IndexError, Options, SearchEffort, Slot, SlotSet, Work},
    metric::{Metric, instruction_set},
};
use vectors::Segment;

/// Hits a query.
const K: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let names: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|known| *known == name);
    let peer = !arguments.iter().any(|argument| argument == "--no-peer");
    println!("vector_recall: k = {K}, one thread, instruction set {}", instruction_set());
    let mut skipped = Vec::new();
    for name in ["mnist", "glosses", "factbook", "heldout"].into_iter().filter(|name| wanted(name)) {
        match load(name) {
            Some(data) => measure(&data, peer)?,
            None => skipped.push(name),
        }
    }
    if !skipped.is_empty() {
        println!("skipped {}, not in PROTOBASE_DATA or datasets/extra: {}", skipped.len(), skipped.join(", "));
    }
    Ok(())
}

fn measure(data: &Data, peer: bool) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let segment = Segment::build(data.base.clone(), data.metric, &Options::new().with("flat_threshold", 0))?;
    println!(
        "\n{}: {} x {}, {}, {} queries; built in {:.1} s, {:.0} bytes a vector beside the originals",
        data.name,
        segment.len(),
        data.base.ncols(),
        data.metric,
        data.queries.nrows(),
        start.elapsed().as_secs_f64(),
        segment.bytes as f64 / f64::from(segment.len()),
    );
    println!("facts: {:?}", segment.part.facts());
    let all = vec![SlotSet::all(segment.len()); data.queries.nrows()];
    let truth = truths(&segment, data, &all, K);
    let efforts = [SearchEffort::Default, SearchEffort::Recall(0.99)];
    let beams = [16, 32, 64, 128, 256].map(SearchEffort::EfSearch);
    for effort in efforts.into_iter().chain(beams).chain([SearchEffort::Exact]) {
        line("no filter", &segment, data, &all, &truth, effort)?;
    }
    for (filter, accepts) in filters(data) {
        let truth = truths(&segment, data, &accepts, K);
        line(&filter, &segment, data, &accepts, &truth, SearchEffort::Default)?;
    }
    if peer {
        let truth: Vec<Vec<u32>> =
            truth.into_iter().map(|hits| hits.into_iter().map(|slot| slot.0).collect()).collect();
        instant(data, &truth)?;
    }
    Ok(())
}

/// The accept sets of each filter, one a query.
fn filters(data: &Data) -> Vec<(String, Vec<SlotSet>)> {
    let slots = data.base.nrows() as u32;
    let random = |share: f64| {
        let chosen =
            |slot: &u32| f64::from(slot.wrapping_mul(2_654_435_761).rotate_left(13) ^ slot) / 4_294_967_296.0 < share;
        SlotSet::from_sorted((0..slots).filter(chosen).collect()).for_probing()
    };
    let mut filters: Vec<(String, Vec<SlotSet>)> = [0.5, 0.1, 0.01, 0.001]
        .map(|share| (format!("{} %", share * 100.0), vec![random(share); data.queries.nrows()]))
        .into();
    if let Some((base, queries)) = &data.labels {
        let set = |label: f32| {
            SlotSet::from_sorted((0..slots).filter(|slot| base[[*slot as usize, 0]] == label).collect()).for_probing()
        };
        let labels: Vec<f32> = queries.iter().copied().collect();
        let mut sets: BTreeMap<u32, SlotSet> = BTreeMap::new();
        let mut of = |label: f32| sets.entry(label.to_bits()).or_insert_with(|| set(label)).clone();
        filters.push(("label = query's".into(), labels.iter().map(|label| of(*label)).collect()));
        let next = |label: f32| if label == 0.0 { 1.0 } else { label - 1.0 };
        filters.push(("other label".into(), labels.iter().map(|label| of(next(*label))).collect()));
    }
    filters
}

/// Runs all queries and prints one line.
fn line(
    filter: &str,
    segment: &Segment,
    data: &Data,
    accepts: &[SlotSet],
    truth: &[Vec<Slot>],
    effort: SearchEffort,
) -> Result<(), Box<dyn Error>> {
    let targets: Vec<Target> = data.queries.rows().into_iter().map(|query| segment.target(query)).collect();
    let mut work = Work::default();
    let ask = |i: usize| segment.nearest(&targets[i], K, &accepts[i], effort, &mut work);
    let (answers, rounds, speed) = timed(targets.len(), ask)?;
    let (mut right, mut paths) = (0, BTreeMap::<String, usize>::new());
    for ((hits, path), truth) in answers.iter().zip(truth) {
        right += truth.iter().filter(|slot| hits.iter().any(|(hit, _)| hit == *slot)).count();
        *paths.entry(format!("{path:?}")).or_default() += 1;
    }
    let possible: usize = truth.iter().map(Vec::len).sum();
    println!(
        "  {filter:16} {:18} recall {:.4}  {speed:8.0} queries/s  {:6} distances  {paths:?}",
        format!("{effort:?}"),
        right as f64 / possible.max(1) as f64,
        work.distances / (rounds * targets.len() as u64),
    );
    Ok(())
}

/// A vector for the peer, measured by our own kernels.
#[derive(Clone)]
struct Measured(Vec<f32>, Metric);

impl Point for Measured {
    fn distance(&self, other: &Self) -> f32 {
        self.1.distance(&self.0, &other.0) as f32
    }
}

/// The same queries on `instant-distance` at its defaults.
fn instant(data: &Data, truth: &[Vec<u32>]) -> Result<(), IndexError> {
    let points: Vec<Measured> = data.base.rows().into_iter().map(|line| Measured(line.to_vec(), data.metric)).collect();
    let slots: Vec<u32> = (0..points.len() as u32).collect();
    let start = Instant::now();
    let map = Builder::default().seed(1).build(points, slots);
    println!("  instant-distance built in {:.1} s", start.elapsed().as_secs_f64());
    let queries: Vec<Measured> = data.queries.rows().into_iter().map(|q| Measured(q.to_vec(), data.metric)).collect();
    let mut search = Search::default();
    let ask = |i: usize| Ok(map.search(&queries[i], &mut search).take(K).map(|hit| *hit.value).collect::<Vec<u32>>());
    let (answers, _, speed) = timed(queries.len(), ask)?;
    let right: usize = answers.iter().zip(truth).map(|(a, t)| t.iter().filter(|slot| a.contains(slot)).count()).sum();
    println!(
        "  {:16} {:18} recall {:.4}  {speed:8.0} queries/s",
        "no filter",
        "instant-distance",
        right as f64 / (queries.len() * K) as f64,
    );
    Ok(())
}
