//! Is this the frame of a well-known binary?
//!
//! The `wkb` crate takes the members of multi-shapes on trust and panics when a count, a type or a length inside of one is
//! wrong. So every length and every head is walked here first; what is left for the crate is to read numbers.

/// Why bytes are no WKB.
type Fault = &'static str;

const POINT: u32 = 1;
const LINE_STRING: u32 = 2;
const POLYGON: u32 = 3;
const MULTI_POINT: u32 = 4;
const MULTI_POLYGON: u32 = 6;
const COLLECTION: u32 = 7;

/// EWKB: a spatial reference number follows the head.
const WITH_SRID: u32 = 0x2000_0000;

/// Walks one whole shape, two to four dimensions, either byte order, ISO or EWKB; nothing may follow it.
pub(super) fn walk(bytes: &[u8], max_depth: usize) -> Result<(), Fault> {
    let mut walk = Walk { rest: bytes };
    let head = walk.head()?;
    walk.body(head, max_depth)?;
    if walk.rest.is_empty() { Ok(()) } else { Err("bytes after the end of the shape") }
}

struct Walk<'a> {
    rest: &'a [u8],
}

/// The first bytes of a shape.
#[derive(Clone, Copy, PartialEq)]
struct Head {
    little_endian: bool,
    kind: u32,
    dimensions: u32,
}

impl Walk<'_> {
    fn skip(&mut self, length: u64) -> Result<(), Fault> {
        let length = usize::try_from(length).map_err(|_| "a count that is too great")?;
        self.rest = self.rest.get(length..).ok_or("it ends too early")?;
        Ok(())
    }

    fn u32(&mut self, little_endian: bool) -> Result<u32, Fault> {
        let (number, rest) = self.rest.split_first_chunk().ok_or("it ends too early")?;
        self.rest = rest;
        Ok(if little_endian { u32::from_le_bytes(*number) } else { u32::from_be_bytes(*number) })
    }

    fn head(&mut self) -> Result<Head, Fault> {
        let little_endian = match self.rest.split_first() {
            Some((order @ (0 | 1), rest)) => {
                self.rest = rest;
                *order == 1
            }
            _ => return Err("the byte order is neither 0 nor 1"),
        };
        let code = self.u32(little_endian)?;
        let (flags, number) = (code >> 29, code & 0x1fff_ffff);
        let dimensions = match (flags >> 1, number / 1000) {
            (0, 0) => 2,
            (0, 1 | 2) if flags == 0 => 3,
            (0, 3) if flags == 0 => 4,
            (1 | 2, 0) => 3,
            (3, 0) => 4,
            _ => return Err("the dimensions are unknown"),
        };
        if code & WITH_SRID != 0 {
            self.skip(4)?;
        }
        match number % 1000 {
            kind @ POINT..=COLLECTION => Ok(Head { little_endian, kind, dimensions }),
            _ => Err("the kind of shape is unknown"),
        }
    }

    fn body(&mut self, head: Head, depth: usize) -> Result<(), Fault> {
        match head.kind {
            POINT => self.skip(8 * u64::from(head.dimensions)),
            LINE_STRING => self.coordinates(head),
            POLYGON => (0..self.u32(head.little_endian)?).try_for_each(|_| self.coordinates(head)),
            MULTI_POINT..=MULTI_POLYGON => {
                let member = Head { kind: head.kind - 3, ..head };
                (0..self.u32(head.little_endian)?).try_for_each(|_| self.member(member))
            }
            _ => {
                let depth = depth.checked_sub(1).ok_or("collections are nested too deep")?;
                (0..self.u32(head.little_endian)?).try_for_each(|_| {
                    let head = self.head()?;
                    self.body(head, depth)
                })
            }
        }
    }

    fn coordinates(&mut self, head: Head) -> Result<(), Fault> {
        let count = self.u32(head.little_endian)?;
        self.skip(u64::from(count) * 8 * u64::from(head.dimensions))
    }

    /// A member has the head of its multi-shape, but for the kind and without a reference number.
    fn member(&mut self, expected: Head) -> Result<(), Fault> {
        let before = self.rest.len();
        if self.head()? != expected || before - self.rest.len() != 5 {
            return Err("a member of another kind than its multi-shape");
        }
        self.body(expected, 0)
    }
}
