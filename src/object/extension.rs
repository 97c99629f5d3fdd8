//! Which MessagePack extension numbers stand for what in stored objects?
//!
//! | number | value | payload |
//! | ---: | --- | --- |
//! | 1 | vector of f32 | components, little-endian, one after the other |
//! | 2 | geometry | well-known binary, little-endian, two dimensions |
//! | 3 | timestamp | i64 little-endian: microseconds since 1970-01-01T00:00:00 UTC |
//! | 4 | reference | family u32 little-endian, then offset u64 little-endian |
//! | 5 | nested set | one byte, 0: the set itself lives elsewhere |
//! | 6 | column | u32 little-endian: the vector stands in this column of the object file |
//! | 7 | vector of other elements | one byte: 1 f16, 2 bf16, 3 i8, 4 bits; one byte: the unused bits of the last byte, 0 unless 4; then components, little-endian, one after the other; bits eight a byte, the first one highest, unused ones zero |
//! | -1 | timestamp | MessagePack's own timestamp in its three lengths; read, never written |

use std::borrow::Cow;

use crate::metric::{Element, VectorRef, VectorType};

use super::{FamilyId, Offset};

/// f32 components, little-endian.
pub const VECTOR: i8 = 1;
/// Well-known binary, little-endian.
pub const GEOMETRY: i8 = 2;
/// Microseconds UTC, i64 little-endian.
pub const TIMESTAMP: i8 = 3;
/// Family (u32) and offset (u64), little-endian.
pub const REFERENCE: i8 = 4;
/// The place of a nested set; one zero byte.
pub const NESTED: i8 = 5;
/// A vector that stands in a column of the object file; u32 little-endian.
pub const COLUMN: i8 = 6;
/// A vector whose components are not f32: element type, unused bits, components.
pub const STORED_VECTOR: i8 = 7;
/// The timestamp extension of the MessagePack specification.
pub const STANDARD_TIMESTAMP: i8 = -1;

/// The payload of [`NESTED`].
pub(super) const NESTED_PAYLOAD: [u8; 1] = [0];

/// The payload of a reference.
pub(super) fn reference_payload(family: FamilyId, offset: Offset) -> [u8; 12] {
    let mut payload = [0; 12];
    payload[..4].copy_from_slice(&family.0.to_le_bytes());
    payload[4..].copy_from_slice(&offset.0.to_le_bytes());
    payload
}

/// What a reference's payload says.
pub(super) fn read_reference(payload: &[u8]) -> Option<(FamilyId, Offset)> {
    let (family, offset) = payload.split_first_chunk::<4>()?;
    let offset: [u8; 8] = offset.try_into().ok()?;
    Some((FamilyId(u32::from_le_bytes(*family)), Offset(u64::from_le_bytes(offset))))
}

/// Microseconds from a timestamp's payload, ours or the standard's. `None` when malformed or out of range.
pub(super) fn read_timestamp(number: i8, payload: &[u8]) -> Option<i64> {
    if number == TIMESTAMP {
        return Some(i64::from_le_bytes(payload.try_into().ok()?));
    }
    let (seconds, nanoseconds) = match payload.len() {
        4 => (i64::from(u32::from_be_bytes(payload.try_into().ok()?)), 0),
        8 => {
            let packed = u64::from_be_bytes(payload.try_into().ok()?);
            (i64::try_from(packed & 0x3_ffff_ffff).ok()?, i64::try_from(packed >> 34).ok()?)
        }
        12 => {
            let (nanoseconds, seconds) = payload.split_first_chunk::<4>()?;
            (i64::from_be_bytes(seconds.try_into().ok()?), i64::from(u32::from_be_bytes(*nanoseconds)))
        }
        _ => return None,
    };
    seconds.checked_mul(1_000_000)?.checked_add(nanoseconds / 1000)
}

/// The element types by the number that [`STORED_VECTOR`] has for them.
const ELEMENTS: [(u8, Element); 4] = [(1, Element::F16), (2, Element::Bf16), (3, Element::I8), (4, Element::Binary)];

/// The extension of a vector, and its payload; in place for f32 where memory is little-endian too.
pub(super) fn vector_payload(vector: VectorRef<'_>) -> (i8, Cow<'_, [u8]>) {
    let stored = vector.stored();
    match ELEMENTS.iter().find(|(_, element)| *element == vector.element()) {
        None => (VECTOR, stored),
        Some((number, element)) => {
            let unused = match element {
                Element::Binary => (stored.len() * 8 - vector.len()) as u8,
                _ => 0,
            };
            (STORED_VECTOR, [&[*number, unused], &*stored].concat().into())
        }
    }
}

/// What a vector's payload says. `None` when malformed.
pub(super) fn read_vector(number: i8, payload: &[u8]) -> Option<VectorRef<'_>> {
    if number == VECTOR {
        return payload.len().is_multiple_of(4).then_some(VectorRef::Packed(payload));
    }
    let ([number, unused], stored) = payload.split_first_chunk::<2>()?;
    let (_, element) = *ELEMENTS.iter().find(|(known, _)| known == number)?;
    let dimension = (stored.len() * 8).checked_sub(usize::from(*unused))? / element.bits();
    let canonical = *unused < if element == Element::Binary { 8 } else { 1 };
    VectorRef::new(VectorType { element, dimension }, stored).filter(|_| canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_timestamps_are_read_in_all_three_lengths() {
        assert_eq!(read_timestamp(-1, &5u32.to_be_bytes()), Some(5_000_000));
        let packed = (7_000u64 << 34) | 5;
        assert_eq!(read_timestamp(-1, &packed.to_be_bytes()), Some(5_000_007));
        let mut long = 7_000u32.to_be_bytes().to_vec();
        long.extend((-5i64).to_be_bytes());
        assert_eq!(read_timestamp(-1, &long), Some(-4_999_993));
        assert_eq!(read_timestamp(-1, &[0; 5]), None);
        let mut far = 0u32.to_be_bytes().to_vec();
        far.extend(i64::MAX.to_be_bytes());
        assert_eq!(read_timestamp(-1, &far), None);
    }

    #[test]
    fn references_survive() {
        let payload = reference_payload(FamilyId(7), Offset(u64::MAX - 1));
        assert_eq!(read_reference(&payload), Some((FamilyId(7), Offset(u64::MAX - 1))));
        assert_eq!(read_reference(&payload[1..]), None);
    }

    #[test]
    fn vectors_survive_and_what_is_no_vector_is_refused() {
        let f32s = [0.5, -2.0];
        let payload = vector_payload(VectorRef::Slice(&f32s));
        assert_eq!((payload.0, payload.1.len()), (VECTOR, 8));
        let bits = [0b1010_0000];
        let bits = VectorRef::new(VectorType { element: Element::Binary, dimension: 3 }, &bits).unwrap();
        for vector in [VectorRef::Slice(&f32s), VectorRef::I8(&[1, -2, 3]), bits] {
            let (number, payload) = vector_payload(vector);
            let back = read_vector(number, &payload).unwrap();
            assert_eq!((back.of(), back.components()), (vector.of(), vector.components()));
        }
        assert_eq!(vector_payload(bits).1[..], [4, 5, 0b1010_0000]);
        for bad in [&[][..], &[4], &[0, 0], &[5, 0], &[4, 8, 0], &[4, 5, 0b1011_0000], &[4, 1], &[3, 1, 0], &[1, 0, 0]]
        {
            assert!(read_vector(STORED_VECTOR, bad).is_none(), "{bad:?}");
        }
        assert!(read_vector(STORED_VECTOR, &[1, 0]).unwrap().is_empty());
    }
}
