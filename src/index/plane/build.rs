//! Gathering the planes and the points.

use zerocopy::IntoBytes;

use crate::{
    codec::ContainerWriter,
    index::{BuildEffort, Columns, IndexBuilder, IndexError, Slot, search::damaged, sorted::SortedFieldBuilder},
    object::ValueRef,
};

use super::NAME;

pub(super) struct PlaneBuilder {
    planes: Vec<SortedFieldBuilder>,
    points: Vec<f64>,
    effort: BuildEffort,
}

impl PlaneBuilder {
    pub fn new(dimensions: usize, effort: BuildEffort) -> Self {
        let planes = (0..dimensions).map(|_| SortedFieldBuilder::default()).collect();
        Self { planes, points: Vec::new(), effort }
    }
}

impl IndexBuilder for PlaneBuilder {
    fn add(&mut self, slot: Slot, values: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        if values.len() != self.planes.len() {
            return Err(damaged(NAME, format!("{} values for {} fields", values.len(), self.planes.len())));
        }
        // Slots that were left out have no coordinates.
        self.points.resize(slot.0 as usize * self.planes.len(), f64::NAN);
        for (plane, value) in self.planes.iter_mut().zip(values) {
            plane.add(slot, *value)?;
            self.points.push(value.and_then(|value| value.as_f64()).unwrap_or(f64::NAN));
        }
        Ok(())
    }

    fn finish(
        mut self: Box<Self>,
        _columns: &Columns,
        slots: u32,
        out: &mut ContainerWriter<'_>,
    ) -> Result<(), IndexError> {
        self.points.resize(slots as usize * self.planes.len(), f64::NAN);
        for (dimension, plane) in self.planes.into_iter().enumerate() {
            plane.finish(&format!("{dimension}."), slots, self.effort, out)?;
        }
        Ok(out.put("points", self.points.as_bytes())?)
    }
}
