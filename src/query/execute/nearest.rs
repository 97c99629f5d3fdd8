//! The nearest: through an index that is given the accept set, or by measuring each.

use crate::{
    index::{NearestRequest, SearchPath, SlotSet, Work},
    query::{Candidates, Missing, Nearest, Node, QueryError, SourceId},
    set::{IndexId, SegmentView},
};

use super::{
    Found, Runner, Stats, Stream, fetch,
    loose::LooseMatches,
    reader::Reader,
    tested::Tested,
    top::{Keyed, Nearness, Smallest},
};

/// The nearest of a stream, each measured.
pub fn by_measuring<'r>(
    runner: &'r Runner<'_>,
    node: &Node,
    input: Stream<'r>,
    nearest: &Nearest,
) -> Result<Stream<'r>, QueryError> {
    let mut best = Best::new(nearest);
    if nearest.k == 0 {
        return Ok(best.into_stream());
    }
    let reader = Reader::new(runner, node, nearest.target.paths());
    for found in input {
        let found = found?;
        runner.note(node, |stats| stats.work.distances += 1);
        let distance = reader.read(&found, |fields| nearest.target.distance(fields))?;
        best.push(distance, found);
    }
    Ok(best.into_stream())
}

/// The nearest of candidates. In each segment the accept set is settled first, so that the index needs to know nothing of the
/// condition; segments without the part, and loose objects, are measured.
pub fn by_index<'r>(
    runner: &'r Runner<'_>,
    node: &'r Node,
    input: &'r Node,
    nearest: &Nearest,
    index: IndexId,
) -> Result<Stream<'r>, QueryError> {
    let mut best = Best::new(nearest);
    let Some((candidates, filter)) = input.slot_space() else {
        return by_measuring(runner, node, runner.pulled(node, input)?, nearest);
    };
    if nearest.k == 0 {
        return Ok(best.into_stream());
    }
    let source = node.source();
    let by_owner = fetch::is_family(runner, source);
    let tested = Tested::new(input, filter);
    let matches = LooseMatches::new(runner, source, tested, candidates).all();
    runner.note(node, |stats| {
        stats.input += matches.len() as u64;
        stats.work.distances += matches.len() as u64;
    });
    let loose = runner.loose(source).reading(nearest.target.paths());
    for at in matches {
        let distance = nearest.target.distance(&loose.fields(at));
        best.push(distance, fetch::loose(runner, source, at, by_owner));
    }
    let settled = match tested.residual {
        Some((node, _)) => Stats::timed(runner.stats, node, || settled(runner, source, tested, candidates))?,
        None => settled(runner, source, tested, candidates)?,
    };
    for (segment, slots) in &settled {
        let searched = Searched { runner, node, source, segment: *segment, slots, index, by_owner };
        searched.search(nearest, &mut best)?;
    }
    if best.wants_missing() {
        add_missing(runner, source, &settled, by_owner, &mut best)?;
    }
    Ok(best.into_stream())
}

/// The slots of each segment that satisfy the whole condition, where there are any.
fn settled(
    runner: &Runner<'_>,
    source: SourceId,
    tested: Tested<'_>,
    candidates: &Candidates,
) -> Result<Vec<(usize, SlotSet)>, QueryError> {
    let accepted =
        Stats::timed(runner.stats, tested.fetch, || fetch::accepted(runner, source, tested.fetch, candidates))?;
    let mut settled = Vec::with_capacity(accepted.len());
    for accepted in &accepted {
        let slots = fetch::settled(runner, source, tested, accepted)?;
        if !slots.is_empty() {
            settled.push((accepted.segment, slots));
        }
    }
    Ok(settled)
}

/// One segment's share of a nearest search.
struct Searched<'s, 'r> {
    runner: &'s Runner<'r>,
    node: &'s Node,
    source: SourceId,
    segment: usize,
    slots: &'s SlotSet,
    index: IndexId,
    by_owner: bool,
}

impl Searched<'_, '_> {
    fn search(&self, nearest: &Nearest, best: &mut Best<'_>) -> Result<(), QueryError> {
        let segment = &self.runner.segments(self.source)[self.segment];
        let mut work = Work::default();
        let request = NearestRequest {
            target: &nearest.target,
            k: nearest.k.min(usize::try_from(self.slots.len()).unwrap_or(usize::MAX)),
            accept: self.slots,
            effort: nearest.effort,
            bound: best.bound(),
        };
        let part = segment.part(self.index).filter(|part| part.can_nearest(&nearest.target));
        let answer = match part.map(|part| part.nearest(&request, &mut work)) {
            Some(Err(error)) if error.is_damage() => {
                segment.distrust(self.index, &error);
                None
            }
            answer => answer.transpose()?.flatten(),
        };
        let path = match answer {
            Some((hits, path)) => {
                for (slot, distance) in hits {
                    best.push(Some(distance), fetch::in_slot(segment, self.segment, slot, self.by_owner)?);
                }
                path
            }
            None => self.measure(segment, nearest, best, &mut work)?,
        };
        self.runner.note(self.node, |stats| {
            stats.input += self.slots.len();
            stats.work += work;
            stats.paths.push(path);
            stats.without_part += u64::from(part.is_none());
        });
        Ok(())
    }

    fn measure(
        &self,
        segment: &SegmentView,
        nearest: &Nearest,
        best: &mut Best<'_>,
        work: &mut Work,
    ) -> Result<SearchPath, QueryError> {
        for slot in self.slots {
            work.fetched += 1;
            work.distances += 1;
            if let Some(distance) = segment.read(slot, |fields| nearest.target.distance(fields))? {
                best.push(Some(distance), fetch::in_slot(segment, self.segment, slot, self.by_owner)?);
            }
        }
        Ok(SearchPath::Flat)
    }
}

/// Fills up with objects that have no distance, in the source's order.
fn add_missing(
    runner: &Runner<'_>,
    source: SourceId,
    settled: &[(usize, SlotSet)],
    by_owner: bool,
    best: &mut Best<'_>,
) -> Result<(), QueryError> {
    let known: std::collections::HashSet<(u64, u64)> = best.near.iter().map(|Keyed(near, _)| near.key).collect();
    for (at, slots) in settled {
        let segment = &runner.segments(source)[*at];
        for slot in slots {
            let found = fetch::in_slot(segment, *at, slot, by_owner)?;
            if !known.contains(&found.key) {
                best.push(None, found);
            }
        }
    }
    Ok(())
}

/// The nearest so far, and the first of those without a distance where they are wanted.
struct Best<'r> {
    k: usize,
    missing: Missing,
    near: Smallest<Keyed<Nearness, Found<'r>>>,
    without: Smallest<Keyed<(u64, u64), Found<'r>>>,
}

impl<'r> Best<'r> {
    fn new(nearest: &Nearest) -> Self {
        let k = nearest.k;
        Self { k, missing: nearest.missing, near: Smallest::new(k), without: Smallest::new(k) }
    }

    fn push(&mut self, distance: Option<f64>, mut found: Found<'r>) {
        let key = found.key;
        found.distance = distance;
        match distance {
            Some(distance) => {
                self.near.push(Keyed(Nearness { distance, key }, found));
            }
            None if self.missing == Missing::Last => self.without.push(Keyed(key, found)),
            None => {}
        }
    }

    /// The distance that the next hit must not exceed.
    fn bound(&self) -> f64 {
        self.near.bound().map_or(f64::INFINITY, |Keyed(near, _)| near.distance)
    }

    fn wants_missing(&self) -> bool {
        self.missing == Missing::Last && self.near.len() < self.k
    }

    fn into_stream(self) -> Stream<'r> {
        let k = self.k;
        let near = self.near.into_sorted().into_iter().map(|Keyed(_, found)| Ok(found));
        let without = self.without.into_sorted().into_iter().map(|Keyed(_, found)| Ok(found));
        Box::new(near.chain(without).take(k))
    }
}
