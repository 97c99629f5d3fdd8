//! How do many new objects reach a segment fast?
//!
//! All cores serialize and check them, in runs of neighbours, a few runs ahead of whoever writes the first ones to the file: bytes are
//! made, copied and on their way to the disk at the same time, and most of them never leave the cores' caches before they are written.
//! Threads of its own make them, not those of the pool: a load may itself run on one of those, and would wait for the others for ever
//! when all of them load.

use std::{
    io, mem,
    sync::{
        Mutex, OnceLock, PoisonError,
        mpsc::{Receiver, sync_channel},
    },
    thread::Scope,
    vec,
};

use crate::object::Offset;

use super::{SetError, StoredObject, new_keys::Keys, new_objects::NewObject, segment::ObjectSource};

/// Each maker is at most so many runs ahead of the writer.
const AHEAD: usize = 3;

/// More makers than this are faster than any writer.
const MAKERS: usize = 8;

/// A run of objects, checked, and their unique keys where the set has one.
pub(super) struct Made {
    pub objects: Vec<NewObject>,
    pub keys: Keys,
}

/// Makes the objects at some places.
pub(super) type Make<'a> = dyn Fn(&[usize]) -> Result<Made, SetError> + Sync + 'a;

/// What becomes of the runs.
pub(super) struct Fate<'a> {
    /// Takes the keys of a run, with the places of its objects.
    pub keys: &'a (dyn Fn(&[usize], Keys) + Sync),
    /// All objects have been made: the last occasion to refuse them.
    pub last: &'a (dyn Fn() -> Result<(), SetError> + Sync),
    /// Whether they are walked again. They are not made twice: nobody promises that the same would come out.
    pub again: bool,
}

/// New objects in a segment's order.
pub(super) struct Fresh<'a> {
    /// The offset of the object at place 0.
    first: Offset,
    order: &'a [usize],
    fate: Fate<'a>,
    /// What the first walk takes.
    runs: Mutex<Option<Runs<'a>>>,
    kept: OnceLock<Vec<NewObject>>,
}

impl<'a> Fresh<'a> {
    /// Starts to make the objects at the places of `order`, so many in a run.
    pub fn start<'scope>(
        scope: &'scope Scope<'scope, 'a>,
        (first, order, run): (Offset, &'a [usize], usize),
        make: &'a Make<'a>,
        fate: Fate<'a>,
    ) -> Self {
        let runs = Mutex::new(Some(Runs::start(scope, order, run, make)));
        Self { first, order, fate, runs, kept: OnceLock::new() }
    }

    fn placed(&self, slot: usize, NewObject { owner, object }: NewObject) -> StoredObject {
        StoredObject::loose(Offset(self.first.0 + self.order[slot] as u64), owner, object)
    }
}

impl ObjectSource for Fresh<'_> {
    fn iter(&self) -> Box<dyn Iterator<Item = Result<StoredObject, SetError>> + '_> {
        match self.kept.get() {
            Some(kept) => Box::new(kept.iter().enumerate().map(|(slot, new)| Ok(self.placed(slot, new.clone())))),
            None => {
                let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner).take();
                Box::new(Walk { fresh: self, runs, run: Vec::new().into_iter(), slot: 0, kept: Vec::new() })
            }
        }
    }

    fn len(&self) -> u64 {
        self.order.len() as u64
    }
}

/// The first walk over new objects, as they are made.
struct Walk<'f, 'a> {
    fresh: &'f Fresh<'a>,
    runs: Option<Runs<'a>>,
    run: vec::IntoIter<NewObject>,
    slot: usize,
    kept: Vec<NewObject>,
}

impl Walk<'_, '_> {
    /// Goes on to the next run; false when there is none.
    fn turn(&mut self) -> Result<bool, SetError> {
        let fate = &self.fresh.fate;
        let Some(runs) = &mut self.runs else { return Ok(false) };
        let Some((places, made)) = runs.next() else {
            self.runs = None;
            (fate.last)()?;
            // Nothing was kept before: this is the first walk.
            let _ = self.fresh.kept.set(mem::take(&mut self.kept));
            return Ok(false);
        };
        let Made { objects, keys } = made?;
        (fate.keys)(places, keys);
        if fate.again {
            self.kept.extend_from_slice(&objects);
        }
        self.run = objects.into_iter();
        Ok(true)
    }
}

impl Iterator for Walk<'_, '_> {
    type Item = Result<StoredObject, SetError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(new) = self.run.next() {
                self.slot += 1;
                return Some(Ok(self.fresh.placed(self.slot - 1, new)));
            }
            match self.turn() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.runs = None;
                    return Some(Err(error));
                }
            }
        }
    }
}

/// Runs in their order. Each maker makes every n-th, and ends when nobody wants them any more.
struct Runs<'a> {
    places: std::slice::Chunks<'a, usize>,
    makers: Vec<Receiver<Result<Made, SetError>>>,
    next: usize,
}

impl<'a> Runs<'a> {
    fn start<'scope>(scope: &'scope Scope<'scope, 'a>, order: &'a [usize], run: usize, make: &'a Make<'a>) -> Self {
        let places = order.chunks(run.max(1));
        let count = rayon::current_num_threads().min(MAKERS).min(places.len()).max(1);
        let start = |maker| {
            let (give, made) = sync_channel(AHEAD);
            let own = places.clone().skip(maker).step_by(count);
            scope.spawn(move || {
                for places in own {
                    let made = make(places);
                    let ends = made.is_err();
                    if give.send(made).is_err() || ends {
                        return;
                    }
                }
            });
            made
        };
        Self { makers: (0..count).map(start).collect(), places, next: 0 }
    }
}

impl<'a> Iterator for Runs<'a> {
    type Item = (&'a [usize], Result<Made, SetError>);

    fn next(&mut self) -> Option<Self::Item> {
        let places = self.places.next()?;
        let maker = &self.makers[self.next % self.makers.len()];
        self.next += 1;
        // A maker that ended without a word has panicked, and so will whoever waits for it.
        let gone = || SetError::memory(io::Error::other("a thread that serializes objects has panicked"));
        Some((places, maker.recv().unwrap_or_else(|_| Err(gone()))))
    }
}
