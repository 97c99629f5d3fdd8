//! Near to several vectors, and far from others.

use crate::{
    metric::Metric,
    object::{FieldPath, VectorBuf},
};

use super::{
    Examples, ExprError, Target,
    check::{example_vectors, expect},
};

/// Vectors that hits should be like, vectors that they should be unlike, and how the two make one distance.
///
/// Both ways are those of Qdrant's recommendations (`average_vector` and `best_score`), written for distances:
///
/// - [`Targets::average`] is the one vector `a + (a - b)`, where `a` is the mean of what hits should be like and `b` the mean of what they
///   should be unlike; `a` alone when there is nothing to be unlike. By cosine distance, which knows directions only, each vector counts
///   with length one.
/// - [`Targets::best`] compares an object with each of the vectors. Let `l` be its distance from the nearest one to be like, `u` that from
///   the nearest one to be unlike (infinite when there is none), and `s(x) = x / (1 + |x|)`, which grows with `x` from -1 to 1. Its distance is
///   `(1 + s(l)) / 2` when `l < u`, and `1 + (1 - s(u)) / 2` otherwise: at most 1 for what is more like than unlike, the nearest
///   first, and above that for the rest, the farthest from what it should be unlike first. One less the distance is Qdrant's score
///   for similarities `-l` and `-u`.
///
/// ```
/// use protobase::{expr::Targets, Metric, Object};
///
/// let target = Targets::best([[1.0, 0.0], [0.0, 1.0]]).unlike([[-1.0, 0.0]]).target("v", Metric::L2)?;
/// let distance = |v: [f32; 2]| target.distance(&Object::new().with("v", v.to_vec())).unwrap();
/// assert_eq!(distance([0.0, 1.0]), 0.5);
/// assert_eq!(distance([-1.0, 0.0]), 1.5);
/// # Ok::<(), protobase::expr::ExprError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    way: Way,
    like: Vec<VectorBuf>,
    unlike: Vec<VectorBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Average,
    Best,
}

impl Targets {
    /// Near to the mean of these.
    #[must_use]
    pub fn average<V: AsRef<[f32]>>(like: impl IntoIterator<Item = V>) -> Self {
        Self::new(Way::Average, like)
    }

    /// Near to any of these: to be nearest to one is enough. May be none when there is something to be unlike.
    #[must_use]
    pub fn best<V: AsRef<[f32]>>(like: impl IntoIterator<Item = V>) -> Self {
        Self::new(Way::Best, like)
    }

    fn new<V: AsRef<[f32]>>(way: Way, like: impl IntoIterator<Item = V>) -> Self {
        Self { way, like: like.into_iter().map(shared).collect(), unlike: Vec::new() }
    }

    /// Away from these, too.
    #[must_use]
    pub fn unlike<V: AsRef<[f32]>>(mut self, unlike: impl IntoIterator<Item = V>) -> Self {
        self.unlike.extend(unlike.into_iter().map(shared));
        self
    }

    /// The one target that these are, measured against a field by a metric. Refuses what has no mean or no distance: no vectors,
    /// vectors of different dimensions or that are not finite, and under cosine those without a direction.
    pub fn target(&self, path: impl Into<FieldPath>, metric: Metric) -> Result<Target, ExprError> {
        let path = path.into();
        example_vectors(&path, &self.like, &self.unlike, metric)?;
        let target = match self.way {
            Way::Average => {
                let some = !self.like.is_empty();
                let none = || "no vectors to be like".to_owned();
                expect(std::slice::from_ref(&path), some, none, "at least one, to have a mean")?;
                Target::Vector { path, vector: self.mean(metric).into(), metric }
            }
            Way::Best => Target::Best {
                path,
                examples: Examples { like: self.like[..].into(), unlike: self.unlike[..].into() },
                metric,
            },
        };
        target.check()?;
        Ok(target)
    }

    fn mean(&self, metric: Metric) -> Vec<f32> {
        let like = mean(&self.like, metric);
        if self.unlike.is_empty() {
            return like.into_iter().map(|x| x as f32).collect();
        }
        let unlike = mean(&self.unlike, metric);
        like.iter().zip(unlike).map(|(like, unlike)| (2.0 * like - unlike) as f32).collect()
    }
}

fn shared(vector: impl AsRef<[f32]>) -> VectorBuf {
    vector.as_ref().into()
}

/// The mean of some vectors of one dimension, in f64, whose range no sum of f32 leaves.
fn mean(vectors: &[VectorBuf], metric: Metric) -> Vec<f64> {
    let mut sum = vec![0.0; vectors.first().map_or(0, |first| first.len())];
    for vector in vectors.iter().map(VectorBuf::components) {
        let length = match metric {
            Metric::Cosine => vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt(),
            _ => 1.0,
        };
        sum.iter_mut().zip(&*vector).for_each(|(sum, x)| *sum += f64::from(*x) / length);
    }
    let count = vectors.len() as f64;
    sum.iter_mut().for_each(|sum| *sum /= count);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Object;

    fn distance(target: &Target, vector: [f32; 2]) -> f64 {
        target.distance(&Object::new().with("v", vector.to_vec())).expect("measurable")
    }

    #[test]
    fn an_average_goes_on_beyond_the_mean_away_from_the_unlike() {
        let vector = |targets: &Targets, metric| match targets.target("v", metric).expect("a target") {
            Target::Vector { vector, .. } => vector.components().to_vec(),
            other => panic!("{other}"),
        };
        let like = Targets::average([[2.0, 0.0], [0.0, 4.0]]);
        assert_eq!(vector(&like, Metric::L2), [1.0, 2.0]);
        assert_eq!(vector(&like, Metric::Cosine), [0.5, 0.5]);
        assert_eq!(vector(&like.unlike([[3.0, 3.0]]), Metric::L2), [-1.0, 1.0]);
        // No sum leaves the range.
        assert_eq!(vector(&Targets::average([[f32::MAX, 0.0]; 3]), Metric::L2), [f32::MAX, 0.0]);
    }

    #[test]
    fn the_best_are_like_one_and_the_last_like_what_they_should_not_be() {
        let targets = Targets::best([[0.0, 0.0], [10.0, 0.0]]).unlike([[0.0, 5.0]]);
        let target = targets.target("v", Metric::L2).expect("a target");
        let order = [[10.0, 0.0], [9.0, 0.0], [0.0, 2.0], [-90.0, 99.0], [0.0, 5.0]];
        let distances: Vec<f64> = order.iter().map(|vector| distance(&target, *vector)).collect();
        assert!(distances.is_sorted() && distances.windows(2).all(|two| two[0] < two[1]), "{distances:?}");
        assert_eq!((distances[0], distances[4]), (0.5, 1.5));
        let away = Targets::best([[0.0_f32; 2]; 0]).unlike([[0.0, 0.0]]).target("v", Metric::L2).expect("a target");
        assert!(distance(&away, [9.0, 0.0]) < distance(&away, [1.0, 0.0]));
        assert_eq!(away.distance(&Object::new().with("v", vec![1.0_f32])), None);
    }

    #[test]
    fn what_has_no_mean_or_no_distance_is_named() {
        let message = |targets: Targets, metric| targets.target("v", metric).expect_err("refused").to_string();
        let none = [[0.0_f32; 2]; 0];
        assert_eq!(
            message(Targets::average(none).unlike([[1.0, 1.0]]), Metric::L2),
            "field 'v': no vectors to be like: expected at least one, to have a mean"
        );
        assert_eq!(
            message(Targets::best(none), Metric::L2),
            "field 'v': no vectors: expected at least one to be like or unlike"
        );
        assert_eq!(
            message(Targets::best([vec![1.0, 2.0], vec![1.0]]), Metric::L2),
            "field 'v': vector 1 to be like: 1 dimensions: expected 2 dimensions, as the first has"
        );
        assert_eq!(
            message(Targets::average([[1.0, 2.0]]).unlike([[f32::NAN, 0.0]]), Metric::L2),
            "field 'v': vector 0 to be unlike: component 0 is NaN: expected finite numbers"
        );
        assert!(message(Targets::best([[0.0, 0.0]]), Metric::Cosine).contains("a zero vector"));
        // A mean of opposite directions has none.
        assert!(message(Targets::average([[1.0, 0.0], [-1.0, 0.0]]), Metric::Cosine).contains("a zero vector"));
    }
}
