//! Lines and areas: which are within some metres of a place, and which are nearest?
//!
//! Each has a disc around it. What the disc does not decide, the shape itself does, by the distance function that evaluation uses.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    codec::{Container, ContainerWriter, Section},
    geometry::{DistanceFrom, LonLat, Surroundings, distance_to_shape, from_wkb},
    index::{Cardinality, Exactness, IndexError, NearestRequest, SearchPath, Slot, SlotSet, Work},
};

use super::{
    nearest::Hits,
    tree::{Header, NOWHERE, Tree},
};

const SLOTS: &str = "shape slots";
const DISCS: &str = "shape discs";
const ENDS: &str = "shape ends";
const BYTES: &str = "shape bytes";

/// An estimate looks at no more discs than this.
const ESTIMATE_DISCS: usize = 256;

/// A disc as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Disc {
    lon: f64,
    lat: f64,
    metres: f64,
}

impl From<Surroundings> for Disc {
    fn from(Surroundings { center, metres }: Surroundings) -> Self {
        Self { lon: center.lon, lat: center.lat, metres }
    }
}

/// The shapes of one segment that are no points.
#[derive(Clone, Debug)]
pub(super) enum Shapes {
    /// There are none.
    None,
    /// So many, of which a part of an early version says nothing more.
    Unknown(u32),
    /// All of them.
    Known(Known),
}

#[derive(Clone, Debug)]
pub(super) struct Known {
    count: usize,
    slots: Section,
    discs: Section,
    ends: Section,
    bytes: Section,
}

/// Writes the sections of shapes: slots ascending, disc, bytes. Nothing where there are none.
pub(super) fn write(shapes: &[(u32, Disc, Vec<u8>)], out: &mut ContainerWriter<'_>) -> Result<(), IndexError> {
    if shapes.is_empty() {
        return Ok(());
    }
    let slots: Vec<u32> = shapes.iter().map(|(slot, ..)| *slot).collect();
    let discs: Vec<Disc> = shapes.iter().map(|(_, disc, _)| *disc).collect();
    let mut end = 0;
    let ends: Vec<u64> = shapes
        .iter()
        .map(|(.., bytes)| {
            end += bytes.len() as u64;
            end
        })
        .collect();
    out.put(SLOTS, slots.as_bytes())?;
    out.put(DISCS, discs.as_bytes())?;
    out.put(ENDS, ends.as_bytes())?;
    out.section(BYTES)?;
    for (.., bytes) in shapes {
        std::io::Write::write_all(out, bytes)?;
    }
    Ok(())
}

pub(super) fn broken(what: String) -> IndexError {
    IndexError::Invariant(format!("geo: {what}"))
}

impl Shapes {
    /// Opens the sections and compares their sizes; reads nothing else.
    pub(super) fn open(part: &Container, header: &Header) -> Result<Self, IndexError> {
        let Some(slots) = part.find(SLOTS) else {
            return Ok(if header.shapes == 0 { Self::None } else { Self::Unknown(header.shapes) });
        };
        let count = header.shapes as usize;
        let sized = |section: Section, name: &str, bytes: usize| match section.len() == bytes {
            true => Ok(section),
            false => Err(broken(format!("section '{name}' has {} bytes: expected {bytes}", section.len()))),
        };
        Ok(Self::Known(Known {
            count,
            slots: sized(slots, SLOTS, count * size_of::<u32>())?,
            discs: sized(part.section(DISCS)?, DISCS, count * size_of::<Disc>())?,
            ends: sized(part.section(ENDS)?, ENDS, count * size_of::<u64>())?,
            bytes: part.section(BYTES)?,
        }))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Unknown(count) => *count as usize,
            Self::Known(known) => known.count,
        }
    }

    /// Whether the part can measure all of them.
    pub(super) fn are_known(&self) -> bool {
        !matches!(self, Self::Unknown(_))
    }

    /// What [`Shapes::within`] gives.
    pub(super) fn exactness(&self) -> Exactness {
        if self.are_known() { Exactness::Exact } else { Exactness::Superset }
    }

    /// How many are within some metres of a place, by looking at some discs.
    pub(super) fn count(&self, place: LonLat, metres: f64) -> Result<Cardinality, IndexError> {
        let Self::Known(known) = self else {
            return Ok(Cardinality::at_most(self.len() as u64, self.len() as u64 / 2));
        };
        let from = DistanceFrom::new(place);
        let looked = known.count.min(ESTIMATE_DISCS);
        let (mut inside, mut outside) = (0, 0);
        for disc in &known.discs.array::<Disc>(0..known.count)?[..looked] {
            let (low, high) = around(disc)?.range_from(&from);
            inside += u64::from(high <= metres);
            outside += u64::from(low > metres);
        }
        let unsure = looked as u64 - inside - outside;
        let unseen = (known.count - looked) as u64;
        let likely = inside + unsure / 2;
        let expected = likely + unseen * likely / (looked as u64).max(1);
        Ok(Cardinality { min: inside, expected, max: inside + unsure + unseen })
    }

    /// Those within some metres of a place. Of unknown ones, all slots without a point.
    pub(super) fn within(
        &self,
        tree: &Tree,
        place: LonLat,
        metres: f64,
        work: &mut Work,
    ) -> Result<SlotSet, IndexError> {
        let known = match self {
            Self::None => return Ok(SlotSet::from_sorted(Vec::new())),
            Self::Unknown(_) => return without_point(tree),
            Self::Known(known) => known,
        };
        let from = DistanceFrom::new(place);
        let mut slots = Vec::new();
        work.visited += known.count as u64;
        for (shape, disc) in known.discs.array::<Disc>(0..known.count)?.iter().enumerate() {
            let (low, high) = around(disc)?.range_from(&from);
            if low > metres || metres.is_nan() {
                continue;
            }
            let is_within = high <= metres || {
                work.distances += 1;
                known.distance(shape, place)? <= metres
            };
            if is_within {
                slots.push(known.slot(shape, tree)?.0);
            }
        }
        ascending(&slots)?;
        Ok(SlotSet::from_sorted(slots))
    }

    /// Puts the nearest shapes among the nearest points.
    pub(super) fn add_nearest(
        &self,
        points: (Hits, SearchPath),
        place: LonLat,
        request: &NearestRequest<'_>,
        work: &mut Work,
    ) -> Result<(Hits, SearchPath), IndexError> {
        let (mut hits, path) = points;
        let Self::Known(known) = self else { return Ok((hits, path)) };
        if request.k == 0 || request.accept.is_empty() {
            return Ok((hits, path));
        }
        let mut near = known.accepted(place, request.accept)?;
        work.visited += known.count as u64;
        near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        for (low, shape, slot) in near {
            let limit = if hits.len() < request.k { request.bound } else { hits.last().map_or(0.0, |last| last.1) };
            // In ascending order of what they may be: what comes later is no nearer.
            if low > limit.min(request.bound) {
                break;
            }
            work.distances += 1;
            let metres = known.distance(shape, place)?;
            if metres <= request.bound {
                let at = hits.partition_point(|hit| hit.1.total_cmp(&metres).then(hit.0.cmp(&slot)).is_lt());
                hits.insert(at, (slot, metres));
                hits.truncate(request.k);
            }
        }
        Ok((hits, if path == SearchPath::Empty { SearchPath::Flat } else { path }))
    }

    /// The shape in a slot.
    pub(super) fn in_slot(&self, slot: Slot) -> Result<geo::Geometry<f64>, IndexError> {
        let Self::Known(known) = self else { return Err(broken(format!("no shape in {slot:?}"))) };
        let at = known.slots.array::<u32>(0..known.count)?.binary_search(&slot.0);
        known.shape(at.map_err(|_| broken(format!("no shape in {slot:?}")))?)
    }

    /// Slots ascend and have no point; every shape is one, and its disc is around it.
    pub(super) fn verify(&self, tree: &Tree) -> Result<(), IndexError> {
        let Self::Known(known) = self else { return Ok(()) };
        let slots = known.slots.array::<u32>(0..known.count)?;
        ascending(slots)?;
        let positions = tree.all_positions()?;
        if let Some(slot) = slots.iter().find(|slot| positions.get(**slot as usize) != Some(&NOWHERE)) {
            return Err(broken(format!("slot {slot} is said to hold a shape, and holds a point or is none")));
        }
        for (shape, disc) in known.discs.array::<Disc>(0..known.count)?.iter().enumerate() {
            if !around(disc)?.is_of(&known.shape(shape)?) {
                return Err(broken(format!("the disc of shape {shape} is not around it")));
            }
        }
        let end = known.ends.array::<u64>(0..known.count)?.last().copied().unwrap_or(0);
        if end != known.bytes.len() as u64 {
            return Err(broken(format!("shapes end at {end} of {} bytes", known.bytes.len())));
        }
        Ok(())
    }
}

impl Known {
    /// The discs of all shapes, by number.
    pub(super) fn surroundings(
        &self,
    ) -> Result<impl Iterator<Item = Result<Surroundings, IndexError>> + '_, IndexError> {
        Ok(self.discs.array::<Disc>(0..self.count)?.iter().map(around))
    }

    pub(super) fn slot(&self, shape: usize, tree: &Tree) -> Result<Slot, IndexError> {
        let slot = self.slots.array::<u32>(shape..shape + 1)?[0];
        if slot < tree.header.slots {
            Ok(Slot(slot))
        } else {
            Err(broken(format!("shape {shape} in slot {slot}, past the segment's end")))
        }
    }

    fn shape(&self, shape: usize) -> Result<geo::Geometry<f64>, IndexError> {
        let end = |shape: usize| -> Result<usize, IndexError> {
            let end = self.ends.array::<u64>(shape..shape + 1)?[0];
            usize::try_from(end).map_err(|_| broken(format!("shape {shape} ends at {end}")))
        };
        let start = shape.checked_sub(1).map_or(Ok(0), end)?;
        let bytes = self.bytes.get(start..end(shape)?)?;
        from_wkb(bytes).map_err(|error| broken(format!("shape {shape}: {error}")))
    }

    fn distance(&self, shape: usize, place: LonLat) -> Result<f64, IndexError> {
        let decoded = self.shape(shape)?;
        distance_to_shape(place, &decoded).ok_or_else(|| broken(format!("shape {shape} is nowhere")))
    }

    /// The accepted shapes: how near they may be at best, number, slot.
    fn accepted(&self, place: LonLat, accept: &SlotSet) -> Result<Vec<(f64, usize, Slot)>, IndexError> {
        let from = DistanceFrom::new(place);
        let slots = self.slots.array::<u32>(0..self.count)?.iter().zip(self.discs.array::<Disc>(0..self.count)?);
        let mut near = Vec::new();
        for (shape, (slot, disc)) in slots.enumerate().filter(|(_, (slot, _))| accept.contains(Slot(**slot))) {
            near.push((around(disc)?.range_from(&from).0, shape, Slot(*slot)));
        }
        Ok(near)
    }
}

fn around(disc: &Disc) -> Result<Surroundings, IndexError> {
    let center = LonLat::new(disc.lon, disc.lat).map_err(|error| broken(format!("the middle of a disc: {error}")))?;
    if disc.metres.is_finite() && disc.metres >= 0.0 {
        Ok(Surroundings { center, metres: disc.metres })
    } else {
        Err(broken(format!("a disc of {} metres", disc.metres)))
    }
}

pub(super) fn ascending(slots: &[u32]) -> Result<(), IndexError> {
    match slots.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => Err(broken(format!("the shape in slot {} stands before that in slot {}", pair[0], pair[1]))),
        None => Ok(()),
    }
}

pub(super) fn without_point(tree: &Tree) -> Result<SlotSet, IndexError> {
    let positions = tree.all_positions()?.iter().zip(0..);
    let slots = positions.filter(|(position, _)| **position == NOWHERE).map(|(_, slot): (_, u32)| slot);
    Ok(SlotSet::from_sorted(slots.collect()))
}
