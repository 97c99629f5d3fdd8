//! What two chunks with the same key have in common: one tight loop for each pair of forms.

use super::{
    cursor::gallop,
    sink::{Sink, for_words_of_run, low_of_word, word_base},
    view::{CHUNK_WORDS, Low, Run, View, bit},
};

/// From this ratio of lengths on, the shorter array gallops through the longer: by then it looks at fewer elements than a merge would.
const GALLOP_RATIO: usize = 16;
/// Arrays of at least so many slots are worth clearing a bitset for.
pub(super) const MARK_LEAST: usize = 96;

/// Puts the slots that two chunks share into a sink, ascending; `base` is the chunk's first slot. Returns what was visited.
pub(super) fn intersect(base: u32, left: View<'_>, right: View<'_>, sink: &mut impl Sink) -> u64 {
    match (left, right) {
        (View::Narrow(left), View::Narrow(right)) => arrays(base, left, right, sink),
        (View::Narrow(left), View::Wide(right)) => arrays(base, left, right, sink),
        (View::Wide(left), View::Narrow(right)) => arrays(base, left, right, sink),
        (View::Wide(left), View::Wide(right)) => arrays(base, left, right, sink),
        (View::Narrow(slots), View::Bits { first, words }) | (View::Bits { first, words }, View::Narrow(slots)) => {
            array_bits(base, slots, first, words, sink)
        }
        (View::Wide(slots), View::Bits { first, words }) | (View::Bits { first, words }, View::Wide(slots)) => {
            array_bits(base, slots, first, words, sink)
        }
        (View::Narrow(slots), View::Run(run)) | (View::Run(run), View::Narrow(slots)) => {
            array_runs(base, slots, &[run], sink)
        }
        (View::Wide(slots), View::Run(run)) | (View::Run(run), View::Wide(slots)) => {
            array_runs(base, slots, &[run], sink)
        }
        (View::Narrow(slots), View::Runs(runs)) | (View::Runs(runs), View::Narrow(slots)) => {
            array_runs(base, slots, runs, sink)
        }
        (View::Wide(slots), View::Runs(runs)) | (View::Runs(runs), View::Wide(slots)) => {
            array_runs(base, slots, runs, sink)
        }
        (View::Bits { first: a, words: left }, View::Bits { first: b, words: right }) => {
            bits(base, (a, left), (b, right), sink)
        }
        (View::Bits { first, words }, View::Run(run)) | (View::Run(run), View::Bits { first, words }) => {
            bits_runs(base, first, words, &[run], sink)
        }
        (View::Bits { first, words }, View::Runs(runs)) | (View::Runs(runs), View::Bits { first, words }) => {
            bits_runs(base, first, words, runs, sink)
        }
        (View::Run(left), View::Run(right)) => runs(base, &[left], &[right], sink),
        (View::Run(run), View::Runs(many)) | (View::Runs(many), View::Run(run)) => runs(base, &[run], many, sink),
        (View::Runs(left), View::Runs(right)) => runs(base, left, right, sink),
    }
}

/// Intersects two arrays of one chunk: gallops when one is much shorter, marks and looks up when both are long, else merges.
pub(super) fn arrays<A: Low, B: Low>(base: u32, left: &[A], right: &[B], sink: &mut impl Sink) -> u64 {
    if left.len() * GALLOP_RATIO < right.len() {
        return gallop_arrays(base, left, right, sink);
    }
    if right.len() * GALLOP_RATIO < left.len() {
        return gallop_arrays(base, right, left, sink);
    }
    if left.len().min(right.len()) >= MARK_LEAST {
        return mark_arrays(base, left, right, sink);
    }
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        let (a, b) = (left[i].low(), right[j].low());
        sink.push_if(base | u32::from(a), a == b);
        i += usize::from(a <= b);
        j += usize::from(b <= a);
    }
    (i + j) as u64
}

/// Sets a bit for each slot of one array and looks the others up: no step waits for the one before, as it would in a merge.
fn mark_arrays<A: Low, B: Low>(base: u32, left: &[A], right: &[B], sink: &mut impl Sink) -> u64 {
    let mut marks = [0u64; CHUNK_WORDS];
    for slot in left {
        let low = slot.low();
        marks[usize::from(low >> 6)] |= 1 << (low & 63);
    }
    for slot in right {
        let low = slot.low();
        sink.push_if(base | u32::from(low), marks[usize::from(low >> 6)] >> (low & 63) & 1 == 1);
    }
    (left.len() + right.len()) as u64
}

fn gallop_arrays<A: Low, B: Low>(base: u32, short: &[A], long: &[B], sink: &mut impl Sink) -> u64 {
    let (mut rest, mut visited) = (long, 0);
    for slot in short {
        let low = slot.low();
        let skipped = gallop(rest, |other: B| other.low() < low);
        rest = &rest[skipped..];
        visited += 1 + u64::from((skipped + 1).ilog2());
        let Some(other) = rest.first() else { break };
        sink.push_if(base | u32::from(low), other.low() == low);
    }
    visited
}

fn array_bits<A: Low>(base: u32, slots: &[A], first: usize, words: &[u64], sink: &mut impl Sink) -> u64 {
    if words.is_empty() {
        return 0;
    }
    if let (0, Ok(whole)) = (first, <&[u64; CHUNK_WORDS]>::try_from(words)) {
        // A whole chunk: no bounds to check.
        for slot in slots {
            let low = slot.low();
            sink.push_if(base | u32::from(low), whole[usize::from(low >> 6)] >> (low & 63) & 1 == 1);
        }
    } else {
        for slot in slots {
            let low = slot.low();
            sink.push_if(base | u32::from(low), bit(words, first, low));
        }
    }
    slots.len() as u64
}

fn array_runs<A: Low>(base: u32, slots: &[A], runs: &[Run], sink: &mut impl Sink) -> u64 {
    let (mut rest, mut visited) = (slots, 0);
    for run in runs {
        rest = &rest[gallop(rest, |slot: A| slot.low() < run.start)..];
        let (inside, after) = rest.split_at(gallop(rest, |slot: A| slot.low() <= run.last));
        inside.iter().for_each(|slot| sink.push(base | u32::from(slot.low())));
        visited += 1 + inside.len() as u64;
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    visited
}

fn bits(base: u32, left: (usize, &[u64]), right: (usize, &[u64]), sink: &mut impl Sink) -> u64 {
    let low = left.0.max(right.0);
    let high = (left.0 + left.1.len()).min(right.0 + right.1.len());
    if low >= high {
        return 0;
    }
    let (left, right) = (&left.1[low - left.0..high - left.0], &right.1[low - right.0..high - right.0]);
    for ((a, b), at) in left.iter().zip(right).zip(low..) {
        sink.push_word(base + word_base(at), a & b);
    }
    (high - low) as u64
}

fn bits_runs(base: u32, first: usize, words: &[u64], runs: &[Run], sink: &mut impl Sink) -> u64 {
    let Some(last_word) = words.len().checked_sub(1).map(|last| first + last) else { return 0 };
    let (lowest, highest) = (low_of_word(first), low_of_word(last_word) | 63);
    let mut visited = 0;
    for run in runs.iter().filter(|run| run.start <= highest && run.last >= lowest) {
        let (start, last) = (run.start.max(lowest), run.last.min(highest));
        for_words_of_run(u32::from(start), u32::from(last), |low, bits| {
            sink.push_word(base + low, words[(low >> 6) as usize - first] & bits);
            visited += 1;
        });
    }
    visited
}

fn runs(base: u32, left: &[Run], right: &[Run], sink: &mut impl Sink) -> u64 {
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        let (start, last) = (left[i].start.max(right[j].start), left[i].last.min(right[j].last));
        if start <= last {
            sink.push_run(base | u32::from(start), base | u32::from(last));
        }
        if left[i].last < right[j].last {
            i += 1;
        } else {
            j += 1;
        }
    }
    (i + j) as u64
}
