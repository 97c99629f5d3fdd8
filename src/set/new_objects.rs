//! How do objects that are about to be added become bytes?

use std::ops::Range;

use bytes::Bytes;
use serde::Serialize;

use crate::object::{ObjectError, Offset, check, serialize_into};

/// A shared buffer is closed when it holds so many bytes: an object that outlives its neighbours in memory keeps no more than this.
const BUFFER: usize = 1 << 20;

/// An object to be added.
#[derive(Clone)]
pub(super) struct NewObject {
    /// The owner, in a nested family.
    pub owner: Option<Offset>,
    /// MessagePack bytes, vectors inline.
    pub object: Bytes,
}

/// An object with its owner, in a nested family.
pub(super) type Owned<'a, T> = (Option<Offset>, &'a T);

/// Objects to be added, of whatever type.
pub(super) trait Additions: Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// The owner of one of them, in a nested family.
    fn owner(&self, at: usize) -> Option<Offset>;

    /// Those at some places as valid bytes, in the order of the places; or the first of the places whose object is not valid, and why.
    fn encode(&self, places: &[usize]) -> Result<Vec<NewObject>, (usize, ObjectError)>;
}

impl<T: Serialize + Sync> Additions for Vec<Owned<'_, T>> {
    fn count(&self) -> usize {
        self.len()
    }

    fn owner(&self, at: usize) -> Option<Offset> {
        self[at].0
    }

    fn encode(&self, places: &[usize]) -> Result<Vec<NewObject>, (usize, ObjectError)> {
        encode(places.iter().map(|at| (*at, self[*at])))
    }
}

/// Objects as valid bytes, in buffers that neighbours share; or the place of the first that is not valid, and why.
pub(super) fn encode<'a, T: Serialize + 'a>(
    objects: impl ExactSizeIterator<Item = (usize, Owned<'a, T>)>,
) -> Result<Vec<NewObject>, (usize, ObjectError)> {
    let count = objects.len();
    let mut run = Run { closed: Vec::with_capacity(count), ..Run::default() };
    for (n, (at, (owner, object))) in objects.enumerate() {
        run.push(owner, object).map_err(|error| (at, error))?;
        if run.open.len() == 1 {
            // Neighbours are about as long, and growing costs more than the bytes.
            run.buffer.reserve((run.buffer.len() * (count - n)).min(BUFFER));
        }
    }
    run.close();
    Ok(run.closed)
}

/// Neighbours on their way to bytes.
#[derive(Default)]
struct Run {
    closed: Vec<NewObject>,
    buffer: Vec<u8>,
    /// The objects in the buffer: owners, and where their bytes are.
    open: Vec<(Option<Offset>, Range<usize>)>,
}

impl Run {
    fn push<T: Serialize>(&mut self, owner: Option<Offset>, object: &T) -> Result<(), ObjectError> {
        let start = self.buffer.len();
        serialize_into(object, &mut self.buffer)?;
        check(&self.buffer[start..])?;
        self.open.push((owner, start..self.buffer.len()));
        if self.buffer.len() >= BUFFER {
            self.close();
        }
        Ok(())
    }

    fn close(&mut self) {
        let shared = Bytes::from(std::mem::take(&mut self.buffer));
        let sliced = self.open.drain(..).map(|(owner, range)| NewObject { owner, object: shared.slice(range) });
        self.closed.extend(sliced);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{Object, to_bytes};

    #[test]
    fn objects_come_out_as_they_went_in_across_buffers() {
        let objects: Vec<Object> = (0..5_000)
            .map(|n| Object::new().with("n", n).with("text", "x".repeat((n * 37 % 5_000) as usize)))
            .collect();
        let owned: Vec<_> =
            (0..).zip(&objects).map(|(n, object)| ((n % 3 == 0).then_some(Offset(n)), object)).collect();
        let places: Vec<usize> = (0..5_000).rev().collect();
        let new = owned.encode(&places).unwrap();
        assert_eq!((owned.count(), new.len()), (5_000, 5_000));
        for (at, new) in places.into_iter().zip(new) {
            assert_eq!(new.owner, (at % 3 == 0).then_some(Offset(at as u64)));
            assert_eq!(new.owner, owned.owner(at));
            assert_eq!(new.object, to_bytes(&objects[at]).unwrap());
        }
    }

    #[test]
    fn the_first_of_several_invalid_objects_is_named() {
        let vector = |n| if n == 1_234 || n == 2_345 { f32::NAN } else { 1.0 };
        let objects: Vec<Object> = (0..3_000).map(|n| Object::new().with("vector", vec![vector(n)])).collect();
        let owned: Vec<_> = objects.iter().map(|object| (None, object)).collect();
        let (at, error) = owned.encode(&(0..3_000).collect::<Vec<_>>()).err().unwrap();
        assert_eq!(at, 1_234);
        assert!(matches!(error, ObjectError::NotFinite { .. }), "{error}");
    }
}
