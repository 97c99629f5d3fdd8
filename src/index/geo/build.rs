//! Building a part: points into leaves, shapes into their sections.

use std::io::Write;

use zerocopy::IntoBytes;

use crate::{
    codec::ContainerWriter,
    geometry::{LonLat, Surroundings, to_wkb},
    index::{Columns, IndexBuilder, IndexError, Slot},
    object::{GeometryRef, ValueRef},
};

use super::{
    grid::quantize,
    lattice::{Turns, is_decimal, turns},
    pack::{Item, around, nodes, split},
    shapes::{self, Disc},
    tree::{FANOUT, Header, Leaf, NOWHERE},
};

/// A part under construction: the points so far.
#[derive(Debug, Default)]
pub(super) struct Builder {
    slots: Vec<u32>,
    places: Vec<LonLat>,
    shapes: Vec<(u32, Disc, Vec<u8>)>,
}

impl IndexBuilder for Builder {
    fn add(&mut self, slot: Slot, values: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        let value = values.first().copied().flatten();
        if let Some(place) = super::point(value) {
            self.slots.push(slot.0);
            self.places.push(place);
        } else if let Some(ValueRef::Geometry(shape)) = value {
            self.shape(slot, shape)?;
        }
        Ok(())
    }

    fn finish(
        self: Box<Self>,
        _columns: &Columns,
        slots: u32,
        out: &mut ContainerWriter<'_>,
    ) -> Result<(), IndexError> {
        let mut items: Vec<Item> =
            self.places.iter().zip(0..).map(|(place, from)| Item { at: quantize(*place), from }).collect();
        split(&mut items);
        let places: Vec<LonLat> = items.iter().map(|item| self.places[item.from as usize]).collect();
        let leaves: Vec<Leaf> = places.chunks(FANOUT).map(leaf).collect();
        let full = in_full(&places);
        let others = self.shapes.len() as u32;
        out.put("header", Header::new(slots, items.len() as u32, others, full.len() as u32).as_bytes())?;
        out.put("leaves", leaves.as_bytes())?;
        out.put("nodes", nodes(items.chunks(FANOUT).map(around)).as_bytes())?;
        out.section("slots")?;
        let mut positions = vec![NOWHERE; slots as usize];
        for (item, position) in items.iter().zip(0_u32..) {
            let slot = self.slots[item.from as usize];
            out.write_all(&slot.to_le_bytes())?;
            match positions.get_mut(slot as usize) {
                Some(free) => *free = position,
                None => return Err(IndexError::Invariant(format!("geo: slot {slot} of {slots}"))),
            }
        }
        out.put("positions", positions.as_bytes())?;
        out.put("full positions", if full.len() < places.len() { full.as_bytes() } else { &[] })?;
        out.section("full places")?;
        for position in &full {
            let LonLat { lon, lat, .. } = places[*position as usize];
            out.write_all([lon, lat].as_bytes())?;
        }
        shapes::write(&self.shapes, out)
    }
}

impl Builder {
    /// Takes a shape that is no point. One without coordinates is nowhere.
    fn shape(&mut self, slot: Slot, shape: GeometryRef<'_>) -> Result<(), IndexError> {
        let geometry = shape.to_geometry().map_err(|error| IndexError::Invariant(format!("geo: {slot:?}: {error}")))?;
        if let Some(around) = Surroundings::of(&geometry) {
            let bytes = match shape {
                GeometryRef::Wkb(bytes) => bytes.to_vec(),
                GeometryRef::Owned(shape) => to_wkb(shape),
            };
            self.shapes.push((slot.0, around.into(), bytes));
        }
        Ok(())
    }
}

fn leaf(places: &[LonLat]) -> Leaf {
    let turns: [Turns; FANOUT] = std::array::from_fn(|point| turns(places[point.min(places.len() - 1)]));
    Leaf { lon: turns.map(|[lon, _]| lon), lat: turns.map(|[_, lat]| lat) }
}

/// The positions whose places the lattice does not give back; all, when they are so many that one by one they would take as much room.
fn in_full(places: &[LonLat]) -> Vec<u32> {
    let rest: Vec<u32> = (0..).zip(places).filter(|(_, place)| !is_decimal(**place)).map(|(at, _)| at).collect();
    if rest.len() > places.len() / 8 { (0..places.len() as u32).collect() } else { rest }
}
