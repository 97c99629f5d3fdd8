//! Many nearest searches at once.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::object::FieldPath;

use super::{
    Goal, Hits, Nearest, Node, Query, QueryError,
    builder::without_damage,
    execute::{Ground, Runner},
    source::Input,
};

/// What a batch of vectors is near to, one line a vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    /// The offsets of the hits, nearest first; [`Neighbours::NONE`] where a line has fewer hits than the longest.
    pub offsets: Array2<u64>,
    /// Their distances; infinite where there is no hit.
    pub distances: Array2<f64>,
}

impl Neighbours {
    /// Stands for no object.
    pub const NONE: u64 = u64::MAX;

    fn new(all: &[Hits]) -> Self {
        let shape = (all.len(), all.iter().map(Hits::len).max().unwrap_or(0));
        let (mut offsets, mut distances) =
            (Array2::from_elem(shape, Self::NONE), Array2::from_elem(shape, f64::INFINITY));
        for (line, hits) in all.iter().enumerate() {
            for (at, hit) in hits.iter().enumerate() {
                offsets[(line, at)] = hit.offset.0;
                distances[(line, at)] = hit.distance.unwrap_or(f64::INFINITY);
            }
        }
        Self { offsets, distances }
    }
}

impl Query<'_> {
    /// [`Query::nearest`] for each of many vectors, over one snapshot: the answers are those of single questions, in the order of the vectors. The
    /// question is planned once, its filters are evaluated once, and vectors are searched for in parallel. One that is refused has all refused,
    /// by [`QueryError::Line`]; nothing asked has no answer, whatever the field.
    ///
    /// ```
    /// use protobase::{Object, Query};
    ///
    /// let things: Vec<Object> = (0..9).map(|n| Object::new().with("v", vec![n as f32])).collect();
    /// let all = Query::over(&things).nearest_batch("v", &[[4.2], [7.9]], 2)?;
    /// assert_eq!(all[1].offsets().iter().map(|o| o.0).collect::<Vec<_>>(), [8, 7]);
    /// # Ok::<(), protobase::QueryError>(())
    /// ```
    pub fn nearest_batch<V: AsRef<[f32]>>(
        &self,
        path: impl Into<FieldPath>,
        vectors: &[V],
        k: usize,
    ) -> Result<Vec<Hits>, QueryError> {
        let path = path.into();
        let single = |vector: &V| self.clone().nearest(path.clone(), vector.as_ref(), k);
        let questions: Vec<Query<'_>> = vectors.iter().map(single).collect();
        without_damage(|| {
            let inputs = self.inputs()?;
            let all = answers(&questions, &inputs)?;
            questions.iter().zip(&all).for_each(|(question, hits)| question.note_reads(&inputs, Some(hits)));
            Ok(all)
        })
    }

    /// [`Query::nearest_batch`] from matrix to matrix: one vector a line in, one line of offsets and one of distances a vector out. There are
    /// min(k, matches) columns.
    ///
    /// ```
    /// use ndarray::array;
    /// use protobase::{Object, Query};
    ///
    /// let things: Vec<Object> = (0..9).map(|n| Object::new().with("v", vec![n as f32])).collect();
    /// let found = Query::over(&things).nearest_matrix("v", array![[4.2], [7.9]].view(), 2)?;
    /// assert_eq!(found.offsets, array![[4, 5], [8, 7]]);
    /// # Ok::<(), protobase::QueryError>(())
    /// ```
    pub fn nearest_matrix(
        &self,
        path: impl Into<FieldPath>,
        vectors: ArrayView2<'_, f32>,
        k: usize,
    ) -> Result<Neighbours, QueryError> {
        let lines: Vec<Vec<f32>> = vectors.rows().into_iter().map(|line| line.to_vec()).collect();
        Ok(Neighbours::new(&self.nearest_batch(path, &lines, k)?))
    }
}

/// The answers to questions that differ in the vector that they search for, and in nothing else.
fn answers(questions: &[Query<'_>], inputs: &[Input<'_>]) -> Result<Vec<Hits>, QueryError> {
    // What can't be meant is refused before anything is read.
    let write = |(line, question): (usize, &Query<'_>)| {
        question.written(inputs, Goal::Objects).map_err(|refused| refused.of_line(line))
    };
    let written: Vec<Node> = questions.iter().enumerate().map(write).collect::<Result<_, _>>()?;
    let Some(first) = questions.first() else { return Ok(Vec::new()) };
    let plan = first.optimized(inputs, Goal::Objects)?;
    let runner = Runner::new(inputs, None);
    let searches: Vec<&Nearest> = written.iter().filter_map(search).collect();
    let (below, items) = match &plan {
        Node::Select { input, items } => (&**input, Some(&items[..])),
        other => (other, None),
    };
    let index = match below {
        Node::NearestScan { index, .. } => Some(*index),
        _ => None,
    };
    let ground = match below {
        Node::NearestScan { .. } | Node::Nearest { .. } if searches.len() == questions.len() => {
            Ground::new(&runner, below)?
        }
        _ => None,
    };
    let Some(ground) = ground else { return one_by_one(questions, inputs) };
    let found = searches.par_iter().map(|search| Ok(ground.nearest(search, index)?.into_found()));
    let found = found.collect::<Result<Vec<_>, QueryError>>()?;
    let hits = found.into_iter().zip(questions);
    hits.map(|(found, question)| Ok(runner.given(&plan, found, items).in_order(question.order(inputs)?))).collect()
}

/// The search at the top of a question.
fn search(written: &Node) -> Option<&Nearest> {
    match written {
        Node::Select { input, .. } => search(input),
        // What is known of all that comes after a cursor differs from vector to vector.
        Node::Nearest { nearest, .. } if nearest.after.is_none() => Some(nearest),
        _ => None,
    }
}

/// Questions that are more than a filter and a search.
fn one_by_one(questions: &[Query<'_>], inputs: &[Input<'_>]) -> Result<Vec<Hits>, QueryError> {
    let answer = |question: &Query<'_>| question.answered(inputs);
    questions.iter().map(answer).collect()
}
