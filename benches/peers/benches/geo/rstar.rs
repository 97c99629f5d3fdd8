//! `rstar` over unit vectors, bulk loaded.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use protobase::geometry::{LonLat, chord_to_metres, metres_to_chord, unit_vector};
use rstar::{PointDistance, RTree, primitives::GeomWithData};

use crate::contender::{Contender, Facts, Question};

pub struct Rstar {
    tree: RTree<GeomWithData<[f64; 3], u32>>,
    build: Duration,
}

impl Rstar {
    pub fn build(places: &[LonLat]) -> Self {
        let start = Instant::now();
        let points = places.iter().zip(0..).map(|(place, slot)| GeomWithData::new(unit_vector(*place), slot)).collect();
        Self { tree: RTree::bulk_load(points), build: start.elapsed() }
    }
}

impl Contender for Rstar {
    fn name(&self) -> &'static str {
        "rstar, 3-D"
    }

    fn facts(&self) -> Facts {
        Facts { build: self.build, bytes: None, open: None }
    }

    fn nearest(&self, place: LonLat, k: usize) -> Question<'_> {
        Box::new(move || {
            let at = unit_vector(place);
            let hit = |hit: &GeomWithData<[f64; 3], u32>| (hit.data, chord_to_metres(hit.distance_2(&at).sqrt()));
            let hits: Vec<(u32, f64)> = self.tree.nearest_neighbor_iter(at).take(k).map(hit).collect();
            black_box(hits).len()
        })
    }

    fn within(&self, place: LonLat, metres: f64) -> Question<'_> {
        Box::new(move || {
            let found = self.tree.locate_within_distance(unit_vector(place), metres_to_chord(metres).powi(2));
            let mut slots: Vec<u32> = found.map(|hit| hit.data).collect();
            slots.sort_unstable();
            black_box(slots).len()
        })
    }
}
