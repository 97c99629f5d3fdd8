//! Walking several segments and loose objects in the family's order.

use std::{cmp::Reverse, collections::BinaryHeap, ops::Range, sync::Arc};

use crate::index::Slot;

use super::{LooseObjects, SegmentView, SetError, StoredObject, place::Place};

/// Visible objects of segments and of a sorted list, in the order of their places. One merge, no sort.
pub(super) struct Merge {
    cursors: Vec<Cursor>,
    /// The next place of each cursor that has one.
    heap: BinaryHeap<Reverse<(Place, usize)>>,
    /// An error that ended the walk of one cursor; it is given out and ends everything.
    failed: Option<SetError>,
}

enum Cursor {
    Segment { view: SegmentView, next: u32, end: u32 },
    Loose { objects: Arc<LooseObjects>, next: u32 },
}

impl Merge {
    /// Walks these runs of slots, and the loose objects.
    pub fn new(segments: Vec<(SegmentView, Range<u32>)>, loose: Arc<LooseObjects>) -> Self {
        let mut cursors: Vec<_> = segments
            .into_iter()
            .map(|(view, slots)| Cursor::Segment { view, next: slots.start, end: slots.end })
            .collect();
        cursors.push(Cursor::Loose { objects: loose, next: 0 });
        let heap = BinaryHeap::with_capacity(cursors.len());
        let mut merge = Self { cursors, heap, failed: None };
        (0..merge.cursors.len()).for_each(|cursor| merge.advance(cursor));
        merge
    }

    /// The places alone, without reading objects.
    pub fn places(mut self) -> impl Iterator<Item = Result<Place, SetError>> {
        std::iter::from_fn(move || {
            if let Some(error) = self.failed.take() {
                self.heap.clear();
                return Some(Err(error));
            }
            let Reverse((place, cursor)) = self.heap.pop()?;
            self.cursors[cursor].skip();
            self.advance(cursor);
            Some(Ok(place))
        })
    }

    /// Finds the next place of a cursor.
    fn advance(&mut self, cursor: usize) {
        match self.cursors[cursor].place() {
            Ok(Some(place)) => self.heap.push(Reverse((place, cursor))),
            Ok(None) => {}
            Err(error) => self.failed = Some(error),
        }
    }
}

impl Iterator for Merge {
    type Item = Result<StoredObject, SetError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            self.heap.clear();
            return Some(Err(error));
        }
        let Reverse((_, cursor)) = self.heap.pop()?;
        let object = self.cursors[cursor].take();
        self.advance(cursor);
        object
    }
}

impl Cursor {
    /// The place of the next visible object, which becomes the next to be taken.
    fn place(&mut self) -> Result<Option<Place>, SetError> {
        match self {
            Self::Segment { view, next, end } => {
                let dead = view.dead();
                while *next < *end && dead.contains(Slot(*next)) {
                    *next += 1;
                }
                if *next < *end { view.place(*next).map(Some) } else { Ok(None) }
            }
            Self::Loose { objects, next } => Ok(((*next as usize) < objects.len()).then(|| objects.place(*next))),
        }
    }

    /// Passes over the object whose place was just found.
    fn skip(&mut self) {
        match self {
            Self::Segment { next, .. } | Self::Loose { next, .. } => *next += 1,
        }
    }

    /// The object whose place was just found.
    fn take(&mut self) -> Option<Result<StoredObject, SetError>> {
        match self {
            Self::Segment { view, next, .. } => {
                *next += 1;
                Some(view.object(Slot(*next - 1)))
            }
            Self::Loose { objects, next } => {
                *next += 1;
                objects.get(*next - 1).map(Ok)
            }
        }
    }
}
