//! Writing objects as MessagePack.

use rmp::encode::ByteBuf;

use super::{
    Object, ObjectError, Value,
    check::{self, Trail, too_deep},
    extension::{self, NESTED_PAYLOAD, reference_payload, vector_payload},
    geometry_ref::geometry_wkb,
};

/// The stored bytes of an object, vectors inline.
///
/// # Errors
/// When a value cannot be stored: a vector component that is not finite, maps or lists nested deeper than
/// [`super::MAX_DEPTH`], more than 4 Gi bytes or elements. The error names the field.
pub fn encode(object: &Object) -> Result<Vec<u8>, ObjectError> {
    let mut out = Pack::default();
    map(&mut out, object, Trail::ROOT)?;
    Ok(out.into_vec())
}

fn map(out: &mut Pack, object: &Object, trail: Trail<'_>) -> Result<(), ObjectError> {
    out.map(length(object.len(), trail)?);
    for (name, value) in object.entries() {
        let trail = trail.field(name);
        out.string(name, length(name.len(), trail)?);
        encode_value(out, value, trail)?;
    }
    Ok(())
}

fn encode_value(out: &mut Pack, value: &Value, trail: Trail<'_>) -> Result<(), ObjectError> {
    match value {
        Value::Null => out.null(),
        Value::Bool(value) => out.bool(*value),
        Value::Int(value) => out.int(*value),
        Value::Float(value) => out.float(*value),
        Value::String(text) => out.string(text, length(text.len(), trail)?),
        Value::Bytes(bytes) => out.bytes(bytes, length(bytes.len(), trail)?),
        Value::Timestamp(micros) => out.fixed(extension::TIMESTAMP, &micros.to_le_bytes()),
        Value::List(_) | Value::Map(_) if trail.is_too_deep() => return Err(too_deep(trail)),
        Value::List(values) => {
            out.array(length(values.len(), trail)?);
            for (i, value) in values.iter().enumerate() {
                encode_value(out, value, trail.element(i))?;
            }
        }
        Value::Map(object) => map(out, object, trail)?,
        Value::Vector(components) => {
            check::finite(components.as_ref(), trail)?;
            let (number, payload) = vector_payload(components.as_ref());
            out.extension(number, &payload, length(payload.len(), trail)?);
        }
        Value::Geometry(shape) => {
            let payload = geometry_wkb(shape);
            check::geometry(&payload, trail)?;
            out.extension(extension::GEOMETRY, &payload, length(payload.len(), trail)?);
        }
        Value::Reference(family, offset) => out.fixed(extension::REFERENCE, &reference_payload(*family, *offset)),
        Value::Nested => out.fixed(extension::NESTED, &NESTED_PAYLOAD),
    }
    Ok(())
}

fn length(length: usize, trail: Trail<'_>) -> Result<u32, ObjectError> {
    u32::try_from(length).map_err(|_| ObjectError::TooLong { field: trail.to_string(), length })
}

/// A growing MessagePack stream. Writing to memory cannot fail, which `rmp`'s error type for [`ByteBuf`] proves.
#[derive(Default)]
pub(super) struct Pack {
    buffer: ByteBuf,
}

impl Pack {
    pub(super) fn into_vec(self) -> Vec<u8> {
        self.buffer.into_vec()
    }

    fn null(&mut self) {
        let Ok(()) = rmp::encode::write_nil(&mut self.buffer);
    }

    fn bool(&mut self, value: bool) {
        let Ok(()) = rmp::encode::write_bool(&mut self.buffer, value);
    }

    fn int(&mut self, value: i64) {
        let Ok(_) = rmp::encode::write_sint(&mut self.buffer, value);
    }

    fn float(&mut self, value: f64) {
        let Ok(()) = rmp::encode::write_f64(&mut self.buffer, value);
    }

    fn array(&mut self, length: u32) {
        let Ok(_) = rmp::encode::write_array_len(&mut self.buffer, length);
    }

    fn map(&mut self, length: u32) {
        let Ok(_) = rmp::encode::write_map_len(&mut self.buffer, length);
    }

    fn string(&mut self, text: &str, length: u32) {
        let Ok(_) = rmp::encode::write_str_len(&mut self.buffer, length);
        self.raw(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8], length: u32) {
        let Ok(_) = rmp::encode::write_bin_len(&mut self.buffer, length);
        self.raw(bytes);
    }

    pub(super) fn extension(&mut self, number: i8, payload: &[u8], length: u32) {
        let Ok(_) = rmp::encode::write_ext_meta(&mut self.buffer, length, number);
        self.raw(payload);
    }

    /// An extension of a size that is known when compiling.
    pub(super) fn fixed<const N: usize>(&mut self, number: i8, payload: &[u8; N]) {
        const { assert!(N <= 16) };
        #[allow(clippy::cast_possible_truncation, reason = "asserted above")]
        self.extension(number, payload, N as u32);
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.buffer.as_mut_vec().extend_from_slice(bytes);
    }
}
