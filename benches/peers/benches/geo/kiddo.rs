//! `kiddo`'s immutable tree over unit vectors, in huge pages.

use std::{
    hint::black_box,
    num::NonZero,
    time::{Duration, Instant},
};

use kiddo::{ImmutableKdTree, SquaredEuclidean};
use protobase::geometry::{LonLat, chord_to_metres, metres_to_chord, unit_vector};

use crate::contender::{Contender, Facts, Question};

pub struct Kiddo {
    tree: ImmutableKdTree<f64, 3>,
    build: Duration,
}

impl Kiddo {
    pub fn build(places: &[LonLat]) -> Self {
        let start = Instant::now();
        let points: Vec<[f64; 3]> = places.iter().map(|place| unit_vector(*place)).collect();
        let tree = ImmutableKdTree::new_from_slice(&points).expect("finite points");
        Self { tree, build: start.elapsed() }
    }
}

impl Contender for Kiddo {
    fn name(&self) -> &'static str {
        "kiddo, 3-D"
    }

    fn facts(&self) -> Facts {
        Facts { build: self.build, bytes: None, open: None }
    }

    fn nearest(&self, place: LonLat, k: usize) -> Question<'_> {
        let k = NonZero::new(k).unwrap_or(NonZero::<usize>::MIN);
        Box::new(move || {
            let found = self.tree.query(&unit_vector(place)).nearest_n::<SquaredEuclidean<f64>>(k).execute();
            let hits: Vec<_> = found.iter().map(|hit| (hit.item, chord_to_metres(hit.distance.sqrt()))).collect();
            black_box(hits).len()
        })
    }

    fn within(&self, place: LonLat, metres: f64) -> Question<'_> {
        let square = metres_to_chord(metres).powi(2);
        Box::new(move || {
            let at = unit_vector(place);
            let found = self.tree.query(&at).within::<SquaredEuclidean<f64>>(square).unsorted().execute();
            let mut slots: Vec<_> = found.iter().map(|hit| hit.item).collect();
            slots.sort_unstable();
            black_box(slots).len()
        })
    }
}
