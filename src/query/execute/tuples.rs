//! Joined objects: pairs, and what is alone on a side that keeps such, as one object with a field for each side.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    expr::{self, Expr},
    query::{
        Node, Pairing, QueryError, Sides,
        found::{Element, Found, Tuple},
        joined::made,
    },
};

use super::{
    Runner, Stats, Stream,
    join::{Asking, Lefts, Partners, Sided},
    reader::Reader,
};

/// The joined objects in order.
pub fn stream<'r>(
    runner: &'r Runner<'_>,
    node: &'r Node,
    by: &'r Pairing,
    (left, right): &'r (Sides, Sides),
) -> Result<Stream<'r>, QueryError> {
    let Some(sided) = Sided::of(node) else { return Ok(Box::new(std::iter::empty())) };
    let partners = Partners::new(runner, node, &sided)?;
    let lefts = Lefts::new(runner, node, sided.left, &by.on)?.all(by.kind.keeps_left());
    let also = by.also.as_ref().map(|also| (also, Reader::new(runner, node, also.paths())));
    let (sides, left, right) = (left.and(right), left.clone(), right.all().len());
    let met = if by.kind.keeps_right() { vec![false; partners.all().len()] } else { Vec::new() };
    let mut joining = Joining { by, partners, also, met, sides, left, right, made: 0, ready: VecDeque::new() };
    let mut lefts = Some(lefts);
    let mut next = move || -> Result<Option<Found<'r>>, QueryError> {
        loop {
            if let Some(found) = joining.ready.pop_front() {
                return Ok(Some(found));
            }
            let Some(left) = &mut lefts else { return Ok(None) };
            let asking = left.next()?;
            if asking.is_empty() {
                lefts = None;
                joining.alone_on_the_right();
            } else {
                Stats::timed(runner.stats, node, || joining.join(asking))?;
            }
        }
    };
    Ok(Box::new(std::iter::from_fn(move || next().transpose())))
}

/// A join under way.
struct Joining<'r, 'e> {
    by: &'r Pairing,
    partners: Partners<'r, 'e>,
    /// What else must hold of a pair.
    also: Option<(&'r Expr, Reader<'r, 'e>)>,
    /// Which right objects have met a partner, where that is asked.
    met: Vec<bool>,
    sides: Sides,
    /// The left ones of the sides, and how many are on the right.
    left: Sides,
    right: usize,
    /// How many objects have been made.
    made: u64,
    ready: VecDeque<Found<'r>>,
}

impl<'r> Joining<'r, '_> {
    fn join(&mut self, asking: Vec<Asking<'r>>) -> Result<(), QueryError> {
        if self.by.kind.keeps_right() {
            return asking.into_iter().try_for_each(|(left, value)| {
                let mut pairs = Vec::new();
                for (at, distance) in self.partners.places(value.as_ref(), &self.by.on)? {
                    let right = Found { distance, ..self.partners.all()[at as usize].clone() };
                    if let Some(pair) = self.pair(&left, right)? {
                        self.met[at as usize] = true;
                        pairs.push(pair);
                    }
                }
                self.give(left, pairs);
                Ok(())
            });
        }
        for joined in self.partners.of(asking, &self.by.on)? {
            let mut pairs = Vec::with_capacity(joined.partners.len());
            for right in joined.partners {
                pairs.extend(self.pair(&joined.left, right)?);
                if self.by.kind.is_left_only() && !pairs.is_empty() {
                    break;
                }
            }
            self.give(joined.left, pairs);
        }
        Ok(())
    }

    /// A pair, if all holds of it that must.
    fn pair(&self, left: &Found<'r>, right: Found<'r>) -> Result<Option<Found<'r>>, QueryError> {
        let distance = right.distance;
        let objects = parts(left.clone()).chain(parts(right)).collect();
        let pair = tuple(self.sides.clone(), objects, distance);
        match &self.also {
            Some((also, reader)) if !reader.read(&pair, |fields| expr::evaluate(also, fields))? => Ok(None),
            _ => Ok(Some(pair)),
        }
    }

    /// What comes out of a left object and its pairs.
    fn give(&mut self, left: Found<'r>, pairs: Vec<Found<'r>>) {
        let kind = self.by.kind;
        let alone = pairs.is_empty();
        if kind.is_left_only() {
            if alone == kind.keeps_left() {
                let distance = left.distance;
                let found = tuple(self.left.clone(), parts(left).collect(), distance);
                self.add(found);
            }
        } else if alone && kind.keeps_left() {
            let missing = std::iter::repeat_n(None, self.right);
            let found = tuple(self.sides.clone(), parts(left).chain(missing).collect(), None);
            self.add(found);
        } else {
            pairs.into_iter().for_each(|pair| self.add(pair));
        }
    }

    fn alone_on_the_right(&mut self) {
        let missing = self.left.all().len();
        for at in 0..self.met.len() {
            if !self.met[at] {
                let right = self.partners.all()[at].clone();
                let objects = std::iter::repeat_n(None, missing).chain(parts(right)).collect();
                self.add(tuple(self.sides.clone(), objects, None));
            }
        }
    }

    fn add(&mut self, mut found: Found<'r>) {
        found.key = made(self.made);
        self.made += 1;
        self.ready.push_back(found);
    }
}

/// The objects that an object is made of: several, where it is a joined one.
fn parts(found: Found<'_>) -> impl Iterator<Item = Option<Found<'_>>> {
    let (one, several) = match found.element {
        Element::Joined(tuple) => (None, Vec::from(Arc::unwrap_or_clone(tuple).objects)),
        _ => (Some(Some(found)), Vec::new()),
    };
    one.into_iter().chain(several)
}

fn tuple(sides: Sides, objects: Box<[Option<Found<'_>>]>, distance: Option<f64>) -> Found<'_> {
    Found { key: made(0), distance, element: Element::Joined(Arc::new(Tuple { sides, objects })) }
}
