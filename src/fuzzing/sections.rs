//! How do named sections become one run of bytes that a fuzzer can change, and a container again?

use bytes::Bytes;

use crate::codec::{AlignedBuffer, ContainerWriter};

/// Sections of a container, and a number for whatever the target needs besides.
///
/// ```text
/// number u32 | per section: length of the name u8 | name | length u32 | bytes
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sections {
    /// What is not in the container: the number of slots.
    pub number: u32,
    /// Name and content.
    pub sections: Vec<(String, Vec<u8>)>,
}

/// More sections than this are left out.
const MOST: usize = 64;

impl Sections {
    /// Reads bytes of any content; lengths that are too long end with the bytes.
    #[must_use]
    pub fn read(data: &[u8]) -> Self {
        let mut rest = data;
        let number = u32_of(take(&mut rest, 4));
        let mut sections = Vec::new();
        while !rest.is_empty() && sections.len() < MOST {
            let length = take(&mut rest, 1).first().copied().unwrap_or_default();
            let name = String::from_utf8_lossy(take(&mut rest, length.into())).into_owned();
            let length = u32_of(take(&mut rest, 4)) as usize;
            sections.push((name, take(&mut rest, length).to_vec()));
        }
        Self { number, sections }
    }

    /// The bytes that [`Sections::read`] reads. Names are cut at 255 bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = self.number.to_le_bytes().to_vec();
        for (name, content) in &self.sections {
            let name = &name.as_bytes()[..name.len().min(255)];
            out.push(name.len() as u8);
            out.extend(name);
            out.extend((content.len() as u32).to_le_bytes());
            out.extend(content);
        }
        out
    }

    /// A sound container of these sections; a name that comes twice is written once.
    pub(super) fn container(&self, kind: [u8; 8]) -> Option<Bytes> {
        let mut bytes = AlignedBuffer::new();
        let mut out = ContainerWriter::new(&mut bytes, kind).ok()?;
        for (name, content) in &self.sections {
            // The one error there is in memory: the name is taken.
            let _ = out.put(name, content);
        }
        out.finish().ok()?;
        Some(bytes.into_bytes())
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(count.min(rest.len()));
    *rest = left;
    taken
}

fn u32_of(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}
