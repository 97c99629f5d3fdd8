//! Which kinds of value occur, and where each kind's values start.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    codec::Section,
    index::{IndexError, search::damaged},
    object::{Kind, ValueRef},
};

use super::NAME;

/// How the distinct values of a segment are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One value that has no content.
    Unit = 0,
    Ints = 1,
    Floats = 2,
    /// Integers and floats that no f64 column could hold together.
    Mixed = 3,
    /// Key bytes.
    Bytes = 4,
}

/// A segment's place in the total order: twice its kind, and one more for NaN, which sorts after all numbers.
pub(super) fn class(value: ValueRef<'_>) -> u32 {
    let nan = matches!(value, ValueRef::Float(float) if float.is_nan());
    class_of(value.kind()) + u32::from(nan)
}

/// The class of a kind's values, NaN left out.
pub(super) const fn class_of(kind: Kind) -> u32 {
    2 * kind as u32
}

/// A segment as it lies on disk.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Stored {
    pub class: u32,
    pub form: u32,
    pub first: u32,
    pub distinct: u32,
    pub rank: u32,
    pub ranks: u32,
    pub position: u64,
    pub length: u64,
}

/// All values of one kind, with numbers that have been checked against the sections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub class: u32,
    pub form: Form,
    /// The number of its first distinct value.
    pub first: usize,
    pub distinct: usize,
    /// Its first rank.
    pub rank: u32,
    pub ranks: u32,
    /// Where its keys start, and how many bytes they are.
    pub position: usize,
    pub length: usize,
}

/// Reads the segments and checks that they follow each other and that keys lie inside.
pub(super) fn read(section: &Section, keys: usize, distinct: usize, ranks: usize) -> Result<Vec<Segment>, IndexError> {
    let mut segments = Vec::new();
    let (mut next, mut next_rank, mut last) = (0, 0, None);
    for stored in section.whole_array::<Stored>()? {
        let segment = check(stored, keys)?;
        if segment.first != next || segment.rank != next_rank || last >= Some(segment.class) {
            return Err(damaged(NAME, "segments that do not follow each other"));
        }
        next += segment.distinct;
        next_rank = next_rank.checked_add(segment.ranks).ok_or_else(|| damaged(NAME, "too many ranks"))?;
        last = Some(segment.class);
        segments.push(segment);
    }
    if next != distinct || next_rank as usize != ranks {
        return Err(damaged(NAME, "segments that do not cover all values"));
    }
    Ok(segments)
}

fn check(stored: &Stored, keys: usize) -> Result<Segment, IndexError> {
    let form = match stored.form {
        0 => Form::Unit,
        1 => Form::Ints,
        2 => Form::Floats,
        3 => Form::Mixed,
        4 => Form::Bytes,
        _ => return Err(damaged(NAME, "a form of keys that is not known")),
    };
    let distinct = stored.distinct as usize;
    let size = match form {
        Form::Unit => 0,
        Form::Ints | Form::Floats => distinct * 8,
        Form::Mixed => distinct * 16,
        Form::Bytes => (distinct + 1) * 8,
    };
    let place = usize::try_from(stored.position).ok().zip(usize::try_from(stored.length).ok());
    let (position, length) = place.ok_or_else(|| damaged(NAME, "keys past the address space"))?;
    let inside = position.checked_add(length).is_some_and(|end| end <= keys);
    if !inside || size > length || !position.is_multiple_of(8) || (form == Form::Unit && distinct != 1) {
        return Err(damaged(NAME, "keys past the end"));
    }
    let Stored { class, first, rank, ranks, .. } = *stored;
    Ok(Segment { class, form, first: first as usize, distinct, rank, ranks, position, length })
}
