//! How large is a source, and what does an index's offer mean for it?

use crate::{
    index::Cardinality,
    query::{cardinality, source::Input},
    set::SetView,
};

/// The size of one source.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Visible objects.
    pub objects: Cardinality,
    /// Those of them that are in no segment, where no index reaches.
    pub loose: u64,
    /// Slots of all segments: of all owners, dead ones too. What index offers count.
    pub slots: u64,
}

impl Default for Size {
    fn default() -> Self {
        Self { objects: Cardinality::exact(0), loose: 0, slots: 0 }
    }
}

impl Size {
    pub fn of(input: &Input<'_>) -> Self {
        match input {
            Input::Set(view) => Self::of_set(view),
            Input::Listed(source) => Self { objects: source.cardinality(), ..Self::default() },
        }
    }

    fn of_set(view: &SetView) -> Self {
        let loose = view.loose().len() as u64;
        let (mut slots, mut mine, mut dead) = (0, 0, 0);
        for segment in view.segments() {
            slots += u64::from(segment.slots());
            dead += segment.dead().len();
            // A segment that cannot say is taken to be all of this view; reading it will fail loudly.
            mine += view.run(segment).map_or(u64::from(segment.slots()), |run| run.len() as u64);
        }
        let objects = if view.owner().is_none() {
            Cardinality::exact(slots.saturating_sub(dead) + loose)
        } else {
            Cardinality { min: mine.saturating_sub(dead) + loose, expected: mine + loose, max: mine + loose }
        };
        Self { objects, loose, slots }
    }

    /// How many of the source's objects an index's offer means: its share of the slots of this view, and what may match
    /// among the loose objects.
    pub fn of_objects(self, offer: Cardinality) -> Cardinality {
        let in_segments = self.objects.expected - self.loose.min(self.objects.expected);
        if self.loose == 0 && in_segments == self.slots {
            return offer;
        }
        let share = cardinality::fraction(offer.expected, self.slots);
        let expected = (share * self.objects.expected as f64).round() as u64;
        let max = offer.max.min(in_segments) + self.loose;
        let hidden = self.slots - in_segments.min(self.slots);
        Cardinality { min: offer.min.saturating_sub(hidden), expected: expected.min(max), max }
    }
}
