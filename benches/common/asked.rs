//! Data sets with queries, their exact answers, and how long answering takes by the thread's own processor time.

#![allow(dead_code)]

use std::{collections::BTreeMap, time::Instant};

use ndarray::{Array2, Axis, s};
use protobase::{
    index::{Slot, SlotSet},
    metric::Metric,
};
use rayon::prelude::*;

use crate::vectors::{clustered, matrix, regions};

/// All queries are asked at least so many times, and for at least so many seconds.
const ROUNDS: usize = 3;
const SECONDS: f64 = 0.3;
/// Lines and components of the set `clustered`, and its queries.
const CLUSTERED: (usize, usize, usize) = (1_000_000, 128, 1_000);

/// A data set that was found.
pub struct Data {
    pub name: &'static str,
    pub metric: Metric,
    pub base: Array2<f32>,
    pub queries: Array2<f32>,
    pub labels: Option<(Array2<f32>, Array2<f32>)>,
}

/// Reads a data set. The questions over factbook are few and unlike its passages; passages that are held out are a set of
/// their own, with their regions as labels, so that they do not hide what questions get. The set `clustered` is generated.
pub fn load(name: &'static str) -> Option<Data> {
    if name == "clustered" {
        let (count, dimension, asked) = CLUSTERED;
        let all = clustered(7, count + asked, dimension);
        let (base, queries) = (all.slice(s![..count, ..]).to_owned(), all.slice(s![count.., ..]).to_owned());
        return Some(Data { name, metric: Metric::L2, base, queries, labels: None });
    }
    if name == "factbook" || name == "heldout" {
        let passages = matrix("factbook/passages.embeddings.npy")?;
        let (held, kept): (Vec<usize>, Vec<usize>) = (0..passages.nrows()).partition(|line| line % 50 == 7);
        let (base, queries) = match name {
            "factbook" => (passages, matrix("factbook/queries.embeddings.npy")?),
            _ => (passages.select(Axis(0), &kept), passages.select(Axis(0), &held)),
        };
        let labels = || {
            let regions = regions("factbook/passages.jsonl")?;
            Some((regions.select(Axis(0), &kept), regions.select(Axis(0), &held)))
        };
        let labels = if name == "heldout" { labels() } else { None };
        return Some(Data { name, metric: Metric::Cosine, base, queries, labels });
    }
    let metric = if name == "mnist" { Metric::L2 } else { Metric::Cosine };
    let labels = || Some((matrix(&format!("{name}/base.labels.npy"))?, matrix(&format!("{name}/queries.labels.npy"))?));
    let (base, queries) = (matrix(&format!("{name}/base.npy"))?, matrix(&format!("{name}/queries.npy"))?);
    Some(Data { name, metric, base, queries, labels: labels() })
}

/// A filter: what passes, for each query, and the same as a condition on what is stored beside a vector.
pub struct Filter {
    pub name: String,
    pub accepts: Vec<SlotSet>,
    pub condition: Condition,
}

/// What a filter asks of an object.
pub enum Condition {
    /// [`drawn`] of its slot is below this.
    Share(f64),
    /// Its label is the one of the query.
    Label(Vec<f32>),
}

impl Filter {
    /// The different accept sets, and which one each query has.
    pub fn kinds(&self) -> (Vec<&SlotSet>, Vec<usize>) {
        let kind = |line: usize| match &self.condition {
            Condition::Share(_) => 0,
            Condition::Label(labels) => labels[line].to_bits(),
        };
        let (mut sets, mut known) = (Vec::new(), BTreeMap::new());
        let of = self.accepts.iter().enumerate().map(|(line, set)| {
            *known.entry(kind(line)).or_insert_with(|| {
                sets.push(set);
                sets.len() - 1
            })
        });
        let of = of.collect();
        (sets, of)
    }
}

/// A number in 0..1 for each slot, by another hash than the index draws by.
pub fn drawn(slot: u32) -> f64 {
    f64::from(slot.wrapping_mul(2_654_435_761).rotate_left(13) ^ slot) / 4_294_967_296.0
}

/// The slots whose [`drawn`] is below a share.
pub fn accepted(slots: u32, share: f64) -> SlotSet {
    if share >= 1.0 {
        return SlotSet::all(slots);
    }
    SlotSet::from_sorted((0..slots).filter(|slot| drawn(*slot) < share).collect()).for_probing()
}

/// Shares from half to a thousandth; and where there are labels, the query's own and another.
pub fn filters(data: &Data) -> Vec<Filter> {
    let slots = data.base.nrows() as u32;
    let share = |share: f64| Filter {
        name: format!("{} %", share * 100.0),
        accepts: vec![accepted(slots, share); data.queries.nrows()],
        condition: Condition::Share(share),
    };
    let mut filters: Vec<Filter> = [0.5, 0.1, 0.01, 0.001].map(share).into();
    if let Some((base, queries)) = &data.labels {
        let set = |label: f32| {
            SlotSet::from_sorted((0..slots).filter(|slot| base[[*slot as usize, 0]] == label).collect()).for_probing()
        };
        let mut sets: BTreeMap<u32, SlotSet> = BTreeMap::new();
        let mut by = |name: &str, labels: Vec<f32>| {
            let of = |label: &f32| sets.entry(label.to_bits()).or_insert_with(|| set(*label)).clone();
            let accepts = labels.iter().map(of).collect();
            filters.push(Filter { name: name.into(), accepts, condition: Condition::Label(labels) });
        };
        by("label = query's", queries.iter().copied().collect());
        by("other label", queries.iter().map(|label| if *label == 0.0 { 1.0 } else { label - 1.0 }).collect());
    }
    filters
}

/// The exact answers, by measuring everything.
pub fn truths(data: &Data, accepts: &[SlotSet], k: usize) -> Vec<Vec<Slot>> {
    let one = |(line, accept): (usize, &SlotSet)| {
        let query = data.queries.row(line).to_vec();
        let vector = |slot: Slot| data.base.row(slot.0 as usize).to_slice().unwrap_or(&[]);
        let mut all: Vec<(f64, Slot)> =
            accept.iter().map(|slot| (data.metric.distance(&query, vector(slot)), slot)).collect();
        let order = |a: &(f64, Slot), b: &(f64, Slot)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if k < all.len() {
            all.select_nth_unstable_by(k, order);
            all.truncate(k);
        }
        all.sort_unstable_by(order);
        all.into_iter().map(|(_, slot)| slot).collect()
    };
    accepts.par_iter().enumerate().map(one).collect()
}

/// Seconds that this thread has run, from an arbitrary start.
fn clock(start: Instant) -> f64 {
    let nanoseconds =
        || std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse::<f64>().ok();
    nanoseconds().map_or_else(|| start.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}

/// Asks all queries again and again; the answers of the first round, the rounds, and the queries a second over all.
pub fn timed<A, E>(count: usize, mut ask: impl FnMut(usize) -> Result<A, E>) -> Result<(Vec<A>, u64, f64), E> {
    let (origin, mut first, mut rounds) = (Instant::now(), Vec::new(), 0);
    let start = clock(origin);
    while rounds < ROUNDS as u64 || clock(origin) - start < SECONDS {
        let answers = (0..count).map(&mut ask).collect::<Result<Vec<A>, E>>()?;
        if rounds == 0 {
            first = answers;
        }
        rounds += 1;
    }
    Ok((first, rounds, (rounds * count as u64) as f64 / (clock(origin) - start)))
}
