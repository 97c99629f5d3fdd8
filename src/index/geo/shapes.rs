//! Lines and areas as they are stored.
//!
//! Each has a disc around it, and is there to be read when no edge tree and no cells answer.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    codec::{Container, ContainerWriter, Section},
    geometry::{DistanceFrom, LonLat, Surroundings, distance_to_shape, from_wkb},
    index::{Cardinality, Exactness, IndexError, Slot},
};

use super::{
    cells::{self, Cells},
    edges::{self, Edges},
    outline::Outline,
    tree::{Header, NOWHERE, Tree, sized},
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
    Known(Box<Known>),
}

#[derive(Clone, Debug)]
pub(super) struct Known {
    pub count: usize,
    slots: Section,
    discs: Section,
    ends: Section,
    bytes: Section,
    /// Which of them cover a place; parts of early versions don't say.
    pub cells: Option<Cells>,
    /// Which of them are near; parts of early versions don't say.
    pub edges: Option<Edges>,
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
    let mut outlines = Vec::with_capacity(shapes.len());
    for (shape, (.., bytes)) in shapes.iter().enumerate() {
        std::io::Write::write_all(out, bytes)?;
        outlines.push(Outline::of(&decoded(shape, bytes)?));
    }
    if let Some(cells) = cells::Built::new(&outlines) {
        cells.write(out)?;
    }
    edges::write(&outlines, out)
}

fn decoded(shape: usize, bytes: &[u8]) -> Result<geo::Geometry<f64>, IndexError> {
    from_wkb(bytes).map_err(|error| broken(format!("shape {shape}: {error}")))
}

pub(super) fn broken(what: String) -> IndexError {
    IndexError::Invariant(format!("geo: {what}"))
}

impl Shapes {
    /// Opens the sections and compares their sizes; reads nothing else.
    pub(super) fn open(part: &Container, header: &Header) -> Result<Self, IndexError> {
        let Header { slots, points, shapes, .. } = *header;
        if u64::from(points) + u64::from(shapes) > u64::from(slots) {
            return Err(broken(format!("{points} points and {shapes} shapes in {slots} slots")));
        }
        if part.find(SLOTS).is_none() {
            return Ok(if header.shapes == 0 { Self::None } else { Self::Unknown(header.shapes) });
        }
        let count = header.shapes as usize;
        Ok(Self::Known(Box::new(Known {
            count,
            slots: sized(part, SLOTS, count * size_of::<u32>())?,
            discs: sized(part, DISCS, count * size_of::<Disc>())?,
            ends: sized(part, ENDS, count * size_of::<u64>())?,
            bytes: part.section(BYTES)?,
            cells: Cells::open(part)?,
            edges: Edges::open(part)?,
        })))
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

    /// What `within` gives.
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
        for disc in known.surroundings()?.take(looked) {
            let (low, high) = disc?.range_from(&from);
            inside += u64::from(high <= metres);
            outside += u64::from(low > metres);
        }
        let unsure = looked as u64 - inside - outside;
        let unseen = (known.count - looked) as u64;
        let likely = inside + unsure / 2;
        let expected = likely + unseen * likely / (looked as u64).max(1);
        Ok(Cardinality { min: inside, expected, max: inside + unsure + unseen })
    }

    /// The shape in a slot.
    pub(super) fn in_slot(&self, slot: Slot) -> Result<geo::Geometry<f64>, IndexError> {
        let Self::Known(known) = self else { return Err(broken(format!("no shape in {slot:?}"))) };
        let at = known.slots()?.binary_search(&slot.0);
        known.shape(at.map_err(|_| broken(format!("no shape in {slot:?}")))?)
    }

    /// Slots ascend and have no point; every shape is one, and its disc is around it; cells and edges are those of the shapes.
    pub(super) fn verify(&self, tree: &Tree) -> Result<(), IndexError> {
        let Self::Known(known) = self else { return Ok(()) };
        let slots = known.slots()?;
        ascending(slots)?;
        let positions = tree.all_positions()?;
        if let Some(slot) = slots.iter().find(|slot| positions.get(**slot as usize) != Some(&NOWHERE)) {
            return Err(broken(format!("slot {slot} is said to hold a shape, and holds a point or is none")));
        }
        for (shape, disc) in known.surroundings()?.enumerate() {
            if !disc?.is_of(&known.shape(shape)?) {
                return Err(broken(format!("the disc of shape {shape} is not around it")));
            }
        }
        let end = known.ends.array::<u64>(0..known.count)?.last().copied().unwrap_or(0);
        if end != known.bytes.len() as u64 {
            return Err(broken(format!("shapes end at {end} of {} bytes", known.bytes.len())));
        }
        known.verify_index()
    }
}

impl Known {
    fn verify_index(&self) -> Result<(), IndexError> {
        if self.cells.is_none() && self.edges.is_none() {
            return Ok(());
        }
        let outlines: Vec<Outline> =
            (0..self.count).map(|shape| Ok(Outline::of(&self.shape(shape)?))).collect::<Result<_, IndexError>>()?;
        if let Some(cells) = &self.cells {
            let built = cells::Built::new(&outlines).ok_or_else(|| broken("too many edges for cells".to_owned()))?;
            cells.verify(&built)?;
        }
        self.edges.as_ref().map_or(Ok(()), |edges| edges.verify(&outlines))
    }

    pub(super) fn slots(&self) -> Result<&[u32], IndexError> {
        Ok(self.slots.array::<u32>(0..self.count)?)
    }

    /// The discs of all shapes, by number.
    pub(super) fn surroundings(
        &self,
    ) -> Result<impl Iterator<Item = Result<Surroundings, IndexError>> + '_, IndexError> {
        Ok(self.discs.array::<Disc>(0..self.count)?.iter().map(around))
    }

    /// The disc of one shape.
    pub(super) fn disc(&self, shape: usize) -> Result<Surroundings, IndexError> {
        around(&self.discs.array::<Disc>(shape..shape + 1)?[0])
    }

    pub(super) fn slot(&self, shape: usize, tree: &Tree) -> Result<Slot, IndexError> {
        let slot = self.slots.array::<u32>(shape..shape + 1)?[0];
        if slot < tree.header.slots {
            Ok(Slot(slot))
        } else {
            Err(broken(format!("shape {shape} in slot {slot}, past the segment's end")))
        }
    }

    pub(super) fn shape(&self, shape: usize) -> Result<geo::Geometry<f64>, IndexError> {
        let end = |shape: usize| -> Result<usize, IndexError> {
            let end = self.ends.array::<u64>(shape..shape + 1)?[0];
            usize::try_from(end).map_err(|_| broken(format!("shape {shape} ends at {end}")))
        };
        let start = shape.checked_sub(1).map_or(Ok(0), end)?;
        decoded(shape, self.bytes.get(start..end(shape)?)?)
    }

    pub(super) fn distance(&self, shape: usize, place: LonLat) -> Result<f64, IndexError> {
        let decoded = self.shape(shape)?;
        distance_to_shape(place, &decoded).ok_or_else(|| broken(format!("shape {shape} is nowhere")))
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
