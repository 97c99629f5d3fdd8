//! Are the nearest the nearest?

use protobase::geometry::{DistanceFrom, LonLat};
use rayon::prelude::*;

use crate::{
    data::{self, Point},
    ours::{Ours, target},
};

/// Compares our nearest 10 with the distances to all points.
pub fn nearest(ours: &Ours, places: &[LonLat], cities: &[Point]) {
    let told = std::env::var("PROTOBASE_CHECKED").ok().and_then(|text| text.parse().ok());
    let count = told.unwrap_or(if places.len() < 1_000_000 { 10_000 } else { 200 });
    let wrong: usize = data::queries(cities, count)
        .par_iter()
        .map(|query| {
            let from = DistanceFrom::new(*query);
            let mut all: Vec<(f64, u32)> = places.iter().map(|place| from.to(*place)).zip(0..).collect();
            all.select_nth_unstable_by(10, |a, b| a.partial_cmp(b).expect("distances are numbers"));
            all.truncate(10);
            all.sort_by(|a, b| a.partial_cmp(b).expect("distances are numbers"));
            let found: Vec<(f64, u32)> =
                ours.nearest_of_all(&target(*query), 10).into_iter().map(|(slot, metres)| (metres, slot.0)).collect();
            usize::from(found != all)
        })
        .sum();
    println!("\n{wrong} of {count} answers of nearest 10 differ from the haversine distances to all points");
}
