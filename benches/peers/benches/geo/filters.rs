//! The nearest 10 under a filter whose accept set is there: the first query, and those that follow.

use std::time::{Duration, Instant};

use protobase::{
    expr::Target,
    geometry::LonLat,
    index::{Slot, SlotSet},
};

use crate::{
    data::{Point, country, random},
    ours::{Ours, target},
};

/// Shares that pass, drawn at random.
const SHARES: [f64; 10] = [1.0, 0.5, 0.2, 0.1, 0.01, 0.005, 0.001, 0.000_1, 0.000_03, 0.000_01];
/// The first query is measured as the middle of so many, each with a set of its own.
const FIRSTS: usize = 9;

pub fn table(ours: &Ours, points: &[Point], queries: &[LonLat]) {
    println!("\n| filter | passes | first query, us | later, us | answers that differ |\n|---|---|---|---|---|");
    for share in SHARES {
        let mut random = random(share.to_bits());
        let drawn: Vec<u32> = (0..points.len() as u32).filter(|_| random() < share).collect();
        row(&format!("random {} %", share * 100.0), ours, points, drawn, queries);
    }
    for code in ["US", "JP", "NZ"] {
        let of = (0..).zip(points).filter(|(_, point)| point.1 == country(code)).map(|(slot, _)| slot).collect();
        row(&format!("country = {code}"), ours, points, of, queries);
    }
}

fn row(name: &str, ours: &Ours, points: &[Point], slots: Vec<u32>, queries: &[LonLat]) {
    // A set of its own each time, as another question makes one.
    let set = || as_indexes_give(&slots, points.len());
    let mut firsts: Vec<Duration> = (0..FIRSTS)
        .map(|at| {
            let (accept, target) = (set(), target(queries[at * 7 % queries.len()]));
            let start = Instant::now();
            ours.nearest_of(&target, 10, &accept);
            start.elapsed()
        })
        .collect();
    firsts.sort();
    let accept = set();
    let targets: Vec<Target> = queries.iter().map(|query| target(*query)).collect();
    let ask = |target: &Target| ours.nearest_of(target, 10, &accept);
    targets[..3].iter().for_each(|target| drop(ask(target)));
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        targets.iter().for_each(|target| drop(ask(target)));
        best = best.min(start.elapsed() / targets.len() as u32);
    }
    let checked = || queries.iter().zip(&targets).take(20);
    let wrong = checked().filter(|(query, target)| ask(target) != measured(points, &slots, **query)).count();
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    println!(
        "| {name} | {} | {:.1} | {:.2} | {wrong} of {} |",
        slots.len(),
        micros(firsts[FIRSTS / 2]),
        micros(best),
        checked().count()
    );
}

/// Few as an array, many as bits.
fn as_indexes_give(slots: &[u32], of: usize) -> SlotSet {
    if slots.len() == of {
        return SlotSet::all(of as u32);
    }
    if slots.len() * 32 < of {
        return SlotSet::from_sorted(slots.to_vec());
    }
    let mut words = vec![0_u64; of.div_ceil(64)];
    slots.iter().for_each(|slot| words[*slot as usize / 64] |= 1 << (slot % 64));
    SlotSet::from_bitmap(words)
}

fn measured(points: &[Point], slots: &[u32], from: LonLat) -> Vec<(Slot, f64)> {
    let from = protobase::geometry::DistanceFrom::new(from);
    let mut all: Vec<(Slot, f64)> = slots.iter().map(|slot| (Slot(*slot), from.to(points[*slot as usize].0))).collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    all.truncate(10);
    all
}
