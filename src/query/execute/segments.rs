//! Candidates in one segment: slots from index parts, and what they leave to be evaluated.

use crate::{
    index::{Access, Exactness, SlotSet, Work},
    query::{Candidates, QueryError},
    set::SegmentView,
};

use super::Stats;

/// The slots of one segment that may match, dead ones included, and the parts of the condition that must still be evaluated on each.
pub struct SlotAnswer<'e> {
    pub slots: SlotSet,
    pub unsettled: Vec<&'e Candidates>,
}

impl SlotAnswer<'_> {
    const fn exact(slots: SlotSet) -> Self {
        Self { slots, unsettled: Vec::new() }
    }
}

/// Makes the candidates of one segment.
pub fn candidates<'e>(
    tree: &'e Candidates,
    segment: &SegmentView,
    stats: Option<&Stats>,
) -> Result<SlotAnswer<'e>, QueryError> {
    Stats::timed(stats, tree, || answer(tree, segment, stats))
}

fn answer<'e>(
    tree: &'e Candidates,
    segment: &SegmentView,
    stats: Option<&Stats>,
) -> Result<SlotAnswer<'e>, QueryError> {
    let mut note = Note::default();
    if !matches!(tree, Candidates::AndMerge(_) | Candidates::OrMerge(_) | Candidates::AndNot(..)) {
        note.input = u64::from(segment.slots());
    }
    let answer = match tree {
        Candidates::Scan => SlotAnswer::exact(SlotSet::all(segment.slots())),
        Candidates::Evaluate(_) => everything(tree, segment),
        Candidates::IndexScan { .. } => index_scan(tree, segment, &mut note)?,
        Candidates::AndMerge(members) => and_merge(members, segment, stats, &mut note)?,
        Candidates::OrMerge(members) => or_merge(tree, members, segment, stats, &mut note)?,
        Candidates::AndNot(from, except) => and_not(tree, from, except, segment, stats, &mut note)?,
    };
    if let Some(stats) = stats {
        stats.note(tree, |node| {
            node.input += note.input;
            node.output += answer.slots.len();
            node.work += note.work;
            node.without_part += u64::from(note.without_part);
        });
    }
    Ok(answer)
}

/// [`known_count`], timed.
pub fn count(tree: &Candidates, segment: &SegmentView, stats: Option<&Stats>) -> Result<Option<u64>, QueryError> {
    match tree {
        Candidates::AndMerge(members) if members.iter().all(|member| settles(member, segment)) => {
            Stats::timed(stats, tree, || known_count(tree, members, segment, stats))
        }
        _ => Ok(None),
    }
}

/// Whether a member of an intersection is answered exactly by its part.
fn settles(member: &Candidates, segment: &SegmentView) -> bool {
    match member {
        Candidates::IndexScan { index, predicate, .. } => segment
            .part(*index)
            .and_then(|part| part.access(predicate))
            .is_some_and(|access| access.exactness == Exactness::Exact),
        _ => false,
    }
}

/// The number of candidates of one segment where it is an intersection that the parts settle: the last set need not be made. Else
/// `None`, and nothing has been done.
fn known_count(
    tree: &Candidates,
    members: &[Candidates],
    segment: &SegmentView,
    stats: Option<&Stats>,
) -> Result<Option<u64>, QueryError> {
    let Some((last, first)) = members.split_last() else { return Ok(None) };
    let mut note = Note::default();
    let rest = and_merge(first, segment, stats, &mut note)?;
    if !rest.unsettled.is_empty() {
        return Ok(None);
    }
    let count = if rest.slots.is_empty() {
        unasked(std::slice::from_ref(last), stats);
        0
    } else if let Some(within) = within(last, segment, &rest.slots, stats)? {
        note.input += within.len();
        within.len()
    } else {
        let answer = candidates(last, segment, stats)?;
        // A part that turned out to be damaged.
        if !answer.unsettled.is_empty() {
            return Ok(None);
        }
        note.input += answer.slots.len();
        rest.slots.and_len(&answer.slots, &mut note.work)
    };
    if let Some(stats) = stats {
        stats.note(tree, |node| {
            node.input += note.input;
            node.output += count;
            node.work += note.work;
        });
    }
    Ok(Some(count))
}

#[derive(Default)]
struct Note {
    input: u64,
    work: Work,
    without_part: bool,
}

/// All slots, with everything still to be evaluated.
fn everything<'e>(tree: &'e Candidates, segment: &SegmentView) -> SlotAnswer<'e> {
    SlotAnswer { slots: SlotSet::all(segment.slots()), unsettled: vec![tree] }
}

fn index_scan<'e>(tree: &'e Candidates, segment: &SegmentView, note: &mut Note) -> Result<SlotAnswer<'e>, QueryError> {
    let Candidates::IndexScan { index, predicate, .. } = tree else { return Ok(everything(tree, segment)) };
    let part = segment.part(*index).filter(|part| part.access(predicate).is_some());
    let Some(part) = part else {
        note.without_part = true;
        return Ok(everything(tree, segment));
    };
    let (slots, exactness) = match part.candidates(predicate, &mut note.work) {
        Err(error) if error.is_damage() => {
            segment.distrust(*index, &error);
            note.without_part = true;
            return Ok(everything(tree, segment));
        }
        answer => answer?,
    };
    let unsettled = match exactness {
        Exactness::Exact => Vec::new(),
        Exactness::Superset => vec![tree],
    };
    Ok(SlotAnswer { slots, unsettled })
}

/// Members come smallest first; an empty intersection asks no further member.
fn and_merge<'e>(
    members: &'e [Candidates],
    segment: &SegmentView,
    stats: Option<&Stats>,
    note: &mut Note,
) -> Result<SlotAnswer<'e>, QueryError> {
    let mut merged = SlotAnswer::exact(SlotSet::all(segment.slots()));
    for (at, member) in members.iter().enumerate() {
        if merged.slots.is_empty() {
            unasked(&members[at..], stats);
            break;
        }
        if let Some(within) = within(member, segment, &merged.slots, stats)? {
            note.input += within.len();
            merged.slots = within;
            continue;
        }
        let mut answer = candidates(member, segment, stats)?;
        note.input += answer.slots.len();
        merged.slots = merged.slots.and(&answer.slots, &mut note.work);
        merged.unsettled.append(&mut answer.unsettled);
    }
    Ok(merged)
}

/// Says of members that they were not asked here.
fn unasked(members: &[Candidates], stats: Option<&Stats>) {
    if let Some(stats) = stats {
        members.iter().for_each(|member| stats.note(member, |node| node.partial = true));
    }
}

/// Those of few slots that an index says match, where that costs less than making all that do; `None` where it does not, or where the
/// part would leave something open.
fn within(
    member: &Candidates,
    segment: &SegmentView,
    slots: &SlotSet,
    stats: Option<&Stats>,
) -> Result<Option<SlotSet>, QueryError> {
    let Candidates::IndexScan { index, predicate, .. } = member else { return Ok(None) };
    if slots.is_all(segment.slots()) {
        return Ok(None);
    }
    let is_exact = |access: Access| access.exactness == Exactness::Exact;
    let Some(part) = segment.part(*index).filter(|part| part.access(predicate).is_some_and(is_exact)) else {
        return Ok(None);
    };
    let mut work = Work::default();
    let answer = match Stats::timed(stats, member, || part.candidates_within(predicate, slots, &mut work)) {
        Err(error) if error.is_damage() => {
            segment.distrust(*index, &error);
            return Ok(None);
        }
        answer => answer?,
    };
    if let (Some(stats), Some(answer)) = (stats, &answer) {
        stats.note(member, |node| {
            node.input += slots.len();
            node.output += answer.len();
            node.work += work;
            node.partial = true;
        });
    }
    Ok(answer)
}

/// Where a member leaves something to be evaluated, the whole condition is: a slot may be in by one member and out by another.
fn or_merge<'e>(
    tree: &'e Candidates,
    members: &'e [Candidates],
    segment: &SegmentView,
    stats: Option<&Stats>,
    note: &mut Note,
) -> Result<SlotAnswer<'e>, QueryError> {
    let mut answers = Vec::with_capacity(members.len());
    for member in members {
        answers.push(candidates(member, segment, stats)?);
    }
    let sets: Vec<&SlotSet> = answers.iter().map(|answer| &answer.slots).collect();
    note.input += sets.iter().map(|set| set.len()).sum::<u64>();
    let slots = SlotSet::or_all(&sets, &mut note.work);
    let settled = answers.iter().all(|answer| answer.unsettled.is_empty());
    Ok(SlotAnswer { slots, unsettled: if settled { Vec::new() } else { vec![tree] } })
}

/// Only exact candidates may be taken away: of a superset some do not match, and must stay.
fn and_not<'e>(
    tree: &'e Candidates,
    from: &'e Candidates,
    except: &'e Candidates,
    segment: &SegmentView,
    stats: Option<&Stats>,
    note: &mut Note,
) -> Result<SlotAnswer<'e>, QueryError> {
    let from = candidates(from, segment, stats)?;
    if from.slots.is_empty() {
        unasked(std::slice::from_ref(except), stats);
        return Ok(from);
    }
    let except = candidates(except, segment, stats)?;
    note.input += from.slots.len() + except.slots.len();
    if !except.unsettled.is_empty() {
        return Ok(SlotAnswer { slots: from.slots, unsettled: vec![tree] });
    }
    let slots = from.slots.and_not(&except.slots, &mut note.work);
    Ok(SlotAnswer { slots, unsettled: from.unsettled })
}
