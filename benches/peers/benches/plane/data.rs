//! Points, and questions about them.

use protobase::codec::Random;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A cube.
    Box,
    /// A ball.
    Ball,
    /// The nearest ten.
    Nearest,
}

/// How many nearest are asked for.
pub const NEAREST: usize = 10;

/// Everything at most `radius` from a centre: in each coordinate for a cube, in Euclidean distance for a ball.
#[derive(Clone, Debug)]
pub struct Question<const D: usize> {
    pub shape: Shape,
    pub center: [f64; D],
    pub radius: f64,
}

impl<const D: usize> Question<D> {
    /// The corners of the cube.
    pub fn corners(&self) -> ([f64; D], [f64; D]) {
        (self.center.map(|at| at - self.radius), self.center.map(|at| at + self.radius))
    }
}

/// So many points between 0 and 1 in each dimension, or around so many centres.
pub fn points<const D: usize>(count: usize, clusters: usize) -> Vec<[f64; D]> {
    let mut random = Random::new(D as u64);
    let mut anywhere = || std::array::from_fn(|_| random.fraction());
    let centers: Vec<[f64; D]> = (0..clusters).map(|_| anywhere()).collect();
    let mut random = Random::new(D as u64 + 100);
    // Nearly a bell: the sum of four.
    let mut point = || match clusters {
        0 => std::array::from_fn(|_| random.fraction()),
        _ => {
            let center = centers[random.index(clusters)];
            center.map(|at| at + (0..4).map(|_| random.between(-0.02, 0.02)).sum::<f64>())
        }
    };
    (0..count).map(|_| point()).collect()
}

/// Questions that hold a share of the points, around some of them.
pub fn questions<const D: usize>(points: &[[f64; D]], shape: Shape, share: f64, count: usize) -> Vec<Question<D>> {
    let mut random = Random::new(7);
    let rank = ((points.len() as f64 * share) as usize).max(1) - 1;
    let mut distances = vec![0.0; points.len()];
    let mut question = || {
        let center = points[random.index(points.len())];
        let mut question = Question { shape, center, radius: 0.0 };
        if shape != Shape::Nearest {
            for (distance, point) in distances.iter_mut().zip(points) {
                let out = point.iter().zip(&center).map(|(a, b)| a - b);
                *distance = match shape {
                    Shape::Box => out.fold(0.0, |most: f64, out| most.max(out.abs())),
                    _ => out.map(|out| out * out).sum::<f64>().sqrt(),
                };
            }
            question.radius = *distances.select_nth_unstable_by(rank, f64::total_cmp).1;
        }
        question
    };
    // Every question takes a pass over all points: of many, the rest are near in size to the first.
    let first: Vec<Question<D>> = (0..count.min(20)).map(|_| question()).collect();
    let mut random = Random::new(8);
    let rest = (first.len()..count).map(|at| {
        let like = &first[at % first.len()];
        // Around a near point, so that it holds about as many.
        Question { center: like.center.map(|at| at + random.between(-0.1, 0.1) * like.radius), ..like.clone() }
    });
    let rest: Vec<Question<D>> = rest.collect();
    first.into_iter().chain(rest).collect()
}
