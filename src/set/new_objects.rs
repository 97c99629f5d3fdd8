//! How do many objects become bytes, fast?
//!
//! They are serialized one after the other into buffers that many objects share, and then checked on all cores.

use std::ops::Range;

use bytes::Bytes;
use rayon::prelude::*;
use serde::Serialize;

use crate::object::{ObjectError, Offset, check, serialize_into};

/// A shared buffer is closed when it holds so many bytes: an object that outlives its neighbours in memory keeps no more than this.
const BUFFER: usize = 1 << 20;

/// An object to be added.
pub(super) struct NewObject {
    /// The owner, in a nested family.
    pub owner: Option<Offset>,
    /// MessagePack bytes, vectors inline.
    pub object: Bytes,
}

/// Objects on their way to bytes.
#[derive(Default)]
pub(super) struct NewObjects {
    closed: Vec<NewObject>,
    buffer: Vec<u8>,
    /// The objects in the buffer: owners, and where their bytes are.
    open: Vec<(Option<Offset>, Range<usize>)>,
}

impl NewObjects {
    /// Adds an object; [`NewObjects::checked`] checks it.
    pub fn push<T: Serialize>(&mut self, owner: Option<Offset>, object: &T) -> Result<(), ObjectError> {
        let start = self.buffer.len();
        serialize_into(object, &mut self.buffer)?;
        self.open.push((owner, start..self.buffer.len()));
        if self.buffer.len() >= BUFFER {
            self.close();
        }
        Ok(())
    }

    /// All objects in the order given; the place of the first that is not valid, and why.
    pub fn checked(mut self) -> Result<Vec<NewObject>, (usize, ObjectError)> {
        self.close();
        let refused = |(at, new): (usize, &NewObject)| check(&new.object).err().map(|error| (at, error));
        match self.closed.par_iter().enumerate().find_map_first(refused) {
            None => Ok(self.closed),
            Some(refused) => Err(refused),
        }
    }

    fn close(&mut self) {
        let capacity = self.buffer.capacity();
        let shared = Bytes::from(std::mem::replace(&mut self.buffer, Vec::with_capacity(capacity.min(2 * BUFFER))));
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
            .map(|n| Object::new().with("n", n).with("text", "x".repeat((n * 37 % 1_000) as usize)))
            .collect();
        let mut new = NewObjects::default();
        for (n, object) in (0..).zip(&objects) {
            new.push((n % 3 == 0).then_some(Offset(n)), object).unwrap();
        }
        assert!(!new.closed.is_empty(), "more than one buffer");
        let new = new.checked().unwrap();
        assert_eq!(new.len(), objects.len());
        for ((n, object), new) in (0..).zip(&objects).zip(new) {
            assert_eq!(new.owner, (n % 3 == 0).then_some(Offset(n)));
            assert_eq!(new.object, to_bytes(object).unwrap());
        }
    }

    #[test]
    fn the_first_of_several_invalid_objects_is_named() {
        let mut new = NewObjects::default();
        for n in 0..3_000 {
            let vector = if n == 1_234 || n == 2_345 { f32::NAN } else { 1.0 };
            new.push(None, &Object::new().with("vector", vec![vector])).unwrap();
        }
        let (at, error) = new.checked().err().unwrap();
        assert_eq!(at, 1_234);
        assert!(matches!(error, ObjectError::NotFinite { .. }), "{error}");
    }
}
