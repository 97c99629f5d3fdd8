//! Data sets with queries, their exact answers, and how long answering takes by the thread's own processor time.

#![allow(dead_code)]

use std::time::Instant;

use ndarray::{Array2, Axis};
use protobase::{
    index::{IndexError, Slot, SlotSet},
    metric::Metric,
};
use rayon::prelude::*;

use crate::vectors::{Segment, matrix};

/// All queries are asked at least so many times, and for at least so many seconds.
const ROUNDS: usize = 3;
const SECONDS: f64 = 0.3;

/// A data set that was found.
pub struct Data {
    pub name: &'static str,
    pub metric: Metric,
    pub base: Array2<f32>,
    pub queries: Array2<f32>,
    pub labels: Option<(Array2<f32>, Array2<f32>)>,
}

/// Reads a data set. The questions over factbook are few and unlike its passages; passages that are held out are a set of
/// their own, so that they do not hide what questions get.
pub fn load(name: &'static str) -> Option<Data> {
    if name == "factbook" || name == "heldout" {
        let passages = matrix("factbook/passages.embeddings.npy")?;
        let (held, kept): (Vec<usize>, Vec<usize>) = (0..passages.nrows()).partition(|line| line % 50 == 7);
        let (base, queries) = match name {
            "factbook" => (passages, matrix("factbook/queries.embeddings.npy")?),
            _ => (passages.select(Axis(0), &kept), passages.select(Axis(0), &held)),
        };
        return Some(Data { name, metric: Metric::Cosine, base, queries, labels: None });
    }
    let metric = if name == "mnist" { Metric::L2 } else { Metric::Cosine };
    let labels = || Some((matrix(&format!("{name}/base.labels.npy"))?, matrix(&format!("{name}/queries.labels.npy"))?));
    let (base, queries) = (matrix(&format!("{name}/base.npy"))?, matrix(&format!("{name}/queries.npy"))?);
    Some(Data { name, metric, base, queries, labels: labels() })
}

/// The exact answers, by measuring everything.
pub fn truths(segment: &Segment, data: &Data, accepts: &[SlotSet], k: usize) -> Vec<Vec<Slot>> {
    let one = |(line, accept): (usize, &SlotSet)| {
        let query = data.queries.row(line).to_vec();
        let distance = |slot: Slot| data.metric.distance(&query, segment.vector(slot).as_slice().unwrap_or(&[]));
        let mut all: Vec<(f64, Slot)> = accept.iter().map(|slot| (distance(slot), slot)).collect();
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        all.into_iter().take(k).map(|(_, slot)| slot).collect()
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
pub fn timed<A>(
    count: usize,
    mut ask: impl FnMut(usize) -> Result<A, IndexError>,
) -> Result<(Vec<A>, u64, f64), IndexError> {
    let (origin, mut first, mut rounds) = (Instant::now(), Vec::new(), 0);
    let start = clock(origin);
    while rounds < ROUNDS as u64 || clock(origin) - start < SECONDS {
        let answers = (0..count).map(&mut ask).collect::<Result<Vec<A>, IndexError>>()?;
        if rounds == 0 {
            first = answers;
        }
        rounds += 1;
    }
    Ok((first, rounds, (rounds * count as u64) as f64 / (clock(origin) - start)))
}
