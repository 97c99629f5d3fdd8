//! How do many objects become bytes, fast?
//!
//! All cores serialize and check them, a run of neighbours at a time, into buffers that the objects of a run share.

use std::ops::Range;

use bytes::Bytes;
use rayon::prelude::*;
use serde::Serialize;

use crate::object::{ObjectError, Offset, check, serialize_into};

/// A shared buffer is closed when it holds so many bytes: an object that outlives its neighbours in memory keeps no more than this.
const BUFFER: usize = 1 << 20;

/// So many neighbours are serialized by one core.
const RUN: usize = 1_024;

/// An object to be added.
pub(super) struct NewObject {
    /// The owner, in a nested family.
    pub owner: Option<Offset>,
    /// MessagePack bytes, vectors inline.
    pub object: Bytes,
}

/// An object with its owner, in a nested family.
pub(super) type Owned<'a, T> = (Option<Offset>, &'a T);

/// All objects as bytes, in the order given; or the place of the first that is not valid, and why.
pub(super) fn encode<T: Serialize + Sync>(objects: &[Owned<'_, T>]) -> Result<Vec<NewObject>, (usize, ObjectError)> {
    let runs = objects.par_chunks(RUN).enumerate();
    let encoded = runs.map(|(n, run)| Run::encode(run).map_err(|(at, error)| (n * RUN + at, error)));
    let mut all = Vec::with_capacity(objects.len());
    // Collected first: of several objects that are not valid, the first is named.
    for run in encoded.collect::<Vec<_>>() {
        all.append(&mut run?);
    }
    Ok(all)
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
    fn encode<T: Serialize>(objects: &[Owned<'_, T>]) -> Result<Vec<NewObject>, (usize, ObjectError)> {
        let mut run = Self { closed: Vec::with_capacity(objects.len()), ..Self::default() };
        for (at, (owner, object)) in objects.iter().enumerate() {
            run.push(*owner, object).map_err(|error| (at, error))?;
            if run.open.len() == 1 {
                // Neighbours are about as long, and growing costs more than the bytes.
                run.buffer.reserve((run.buffer.len() * (objects.len() - at)).min(BUFFER));
            }
        }
        run.close();
        Ok(run.closed)
    }

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
        let new = encode(&owned).unwrap();
        assert_eq!(new.len(), objects.len());
        for ((n, object), new) in (0..).zip(&objects).zip(new) {
            assert_eq!(new.owner, (n % 3 == 0).then_some(Offset(n)));
            assert_eq!(new.object, to_bytes(object).unwrap());
        }
    }

    #[test]
    fn the_first_of_several_invalid_objects_is_named() {
        let vector = |n| if n == 1_234 || n == 2_345 { f32::NAN } else { 1.0 };
        let objects: Vec<Object> = (0..3_000).map(|n| Object::new().with("vector", vec![vector(n)])).collect();
        let owned: Vec<_> = objects.iter().map(|object| (None, object)).collect();
        let (at, error) = encode(&owned).err().unwrap();
        assert_eq!(at, 1_234);
        assert!(matches!(error, ObjectError::NotFinite { .. }), "{error}");
    }
}
