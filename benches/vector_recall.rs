//! Measures recall@10 and queries a second of the bare vector index on real data, one thread, one query at a time, flat
//! search switched off, without a filter and with filters of several selectivities. `benches/peers` measures others on the same data.
//! A query's time is the thread's own processor time where the system tells it (Linux), so that other load counts less.
//!
//! `cargo bench --bench vector_recall [-- NAME...]` with data in `PROTOBASE_DATA` or `datasets/extra`; names are
//! `mnist`, `glosses`, `factbook` (real questions over all passages) and `heldout` (passages over the others). What is missing is skipped and named.

#[path = "common/asked.rs"]
mod asked;
#[path = "common/vectors.rs"]
mod vectors;

use std::{collections::BTreeMap, error::Error, time::Instant};

use asked::{Data, filters, load, timed, truths};
use protobase::{
    expr::Target,
    index::{Options, SearchEffort, Slot, SlotSet, Work},
    metric::instruction_set,
};
use vectors::Segment;

/// Hits a query.
const K: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|known| known == name);
    println!("vector_recall: k = {K}, one thread, instruction set {}", instruction_set());
    let mut skipped = Vec::new();
    for name in ["mnist", "glosses", "factbook", "heldout"].into_iter().filter(|name| wanted(name)) {
        match load(name) {
            Some(data) => measure(&data)?,
            None => skipped.push(name),
        }
    }
    if !skipped.is_empty() {
        println!("skipped {}, not in PROTOBASE_DATA or datasets/extra: {}", skipped.len(), skipped.join(", "));
    }
    Ok(())
}

fn measure(data: &Data) -> Result<(), Box<dyn Error>> {
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
    let truth = truths(data, &all, K);
    let efforts = [SearchEffort::Default, SearchEffort::Recall(0.99)];
    let beams = [12, 16, 20, 24, 28, 32, 64, 128].map(SearchEffort::EfSearch);
    for effort in efforts.into_iter().chain(beams).chain([SearchEffort::Exact]) {
        line("no filter", &segment, data, &all, &truth, effort)?;
    }
    for filter in filters(data) {
        let truth = truths(data, &filter.accepts, K);
        line(&filter.name, &segment, data, &filter.accepts, &truth, SearchEffort::Default)?;
    }
    Ok(())
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
