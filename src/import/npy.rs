//! NumPy matrices: vectors beside the objects they belong to, one line of the matrix an object.

use std::{fs::File, io::Read, path::Path};

use half::f16;
use ndarray::{Array2, ArrayView1};

use super::{ImportError, meter::Meter};

/// A two-dimensional `.npy` file of `f2`, `f4`, `f8`, `i1`, `u1` or `b1` elements, as f32.
#[derive(Clone, Debug)]
pub struct NpyMatrix {
    elements: Array2<f32>,
}

impl NpyMatrix {
    /// Reads a file (versions 1 to 3 of the format, C order, little-endian).
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        Self::read_metered(path, &Meter::silent())
    }

    pub(super) fn read_metered(path: &Path, meter: &Meter) -> Result<Self, ImportError> {
        let file = path.display().to_string();
        let io = |source| ImportError::Io { file: file.clone(), source };
        let mut bytes = Vec::new();
        File::open(path).and_then(|opened| meter.count(opened).read_to_end(&mut bytes)).map_err(io)?;
        parse(&bytes).map_err(|what| ImportError::Format { file: file.clone(), what })
    }

    /// The number of vectors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.elements.nrows()
    }

    /// Whether there is no vector.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The components of each vector.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.elements.ncols()
    }

    /// One vector; `None` past the end.
    #[must_use]
    pub fn vector(&self, index: usize) -> Option<ArrayView1<'_, f32>> {
        (index < self.len()).then(|| self.elements.row(index))
    }

    /// All vectors, one a row: shape (len, dimension).
    #[must_use]
    pub const fn matrix(&self) -> &Array2<f32> {
        &self.elements
    }
}

fn parse(bytes: &[u8]) -> Result<NpyMatrix, String> {
    let (header, body) = split_header(bytes)?;
    if header.contains("'fortran_order': True") {
        return Err("the matrix is in Fortran order: save it with numpy.ascontiguousarray".into());
    }
    let (rows, columns) = shape_of(header)?;
    let elements = elements_of(kind_of(header)?, body)?;
    let found = elements.len();
    let elements = Array2::from_shape_vec((rows, columns), elements)
        .map_err(|_| format!("the header says {rows} x {columns}, the file holds {found} elements"))?;
    Ok(NpyMatrix { elements })
}

/// The header text and the bytes after it.
fn split_header(bytes: &[u8]) -> Result<(&str, &[u8]), String> {
    const NOT_NPY: &str = "not a .npy file: expected what numpy.save writes";
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or(NOT_NPY)?;
    let (major, rest) = rest.split_first_chunk::<2>().map(|(version, rest)| (version[0], rest)).ok_or(NOT_NPY)?;
    let (length, rest) = if major == 1 {
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(NOT_NPY)?;
        (usize::from(u16::from_le_bytes(*length)), rest)
    } else {
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(NOT_NPY)?;
        (u32::from_le_bytes(*length) as usize, rest)
    };
    let (header, body) = rest.split_at_checked(length).ok_or("the header is cut off")?;
    Ok((std::str::from_utf8(header).map_err(|_| "the header is not text")?, body))
}

/// The element type's name, such as `<f2`.
fn kind_of(header: &str) -> Result<&str, String> {
    header
        .split_once("'descr':")
        .and_then(|(_, rest)| rest.split('\'').nth(1))
        .ok_or_else(|| "the header names no element type".into())
}

fn shape_of(header: &str) -> Result<(usize, usize), String> {
    let inner = header
        .split_once("'shape':")
        .and_then(|(_, rest)| rest.split_once('('))
        .and_then(|(_, rest)| rest.split_once(')'))
        .map(|(inner, _)| inner)
        .ok_or("the header names no shape")?;
    let sizes: Vec<usize> = inner
        .split(',')
        .map(str::trim)
        .filter(|size| !size.is_empty())
        .map(|size| size.parse().map_err(|_| format!("shape ({inner}) is no list of sizes")))
        .collect::<Result<_, String>>()?;
    match sizes[..] {
        [rows, columns] => Ok((rows, columns)),
        [one] => Err(format!(
            "shape ({inner}): expected (n, d), n vectors of d components each; a single vector is reshape(1, {one})"
        )),
        _ => Err(format!("shape ({inner}): expected (n, d), n vectors of d components each")),
    }
}

fn elements_of(kind: &str, body: &[u8]) -> Result<Vec<f32>, String> {
    fn each<const N: usize>(body: &[u8], read: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        body.as_chunks::<N>().0.iter().map(|bytes| read(*bytes)).collect()
    }
    #[expect(clippy::cast_possible_truncation, reason = "f64 matrices are read as the f32 that vectors hold")]
    match kind {
        "<f2" => Ok(each(body, |bytes| f16::from_le_bytes(bytes).to_f32())),
        "<f4" => Ok(each(body, f32::from_le_bytes)),
        "<f8" => Ok(each(body, |bytes| f64::from_le_bytes(bytes) as f32)),
        "|i1" => Ok(each(body, |[byte]| f32::from(byte.cast_signed()))),
        "|b1" | "|u1" => Ok(each(body, |[byte]| f32::from(byte))),
        other => {
            Err(format!("element type '{other}': expected <f2, <f4, <f8, |i1, |u1 or |b1; convert with astype('<f4')"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(descr: &str, shape: &str, body: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn element_types_are_widened() {
        let half: Vec<u8> = [1.5_f32, -2.0].iter().flat_map(|x| f16::from_f32(*x).to_le_bytes()).collect();
        assert_eq!(parse(&npy("<f2", "1, 2", &half)).unwrap().vector(0).unwrap().to_vec(), [1.5, -2.0]);
        assert_eq!(parse(&npy("|u1", "2, 1", &[7, 9])).unwrap().vector(1).unwrap().to_vec(), [9.0]);
        assert_eq!(parse(&npy("|i1", "1, 2", &[255, 128])).unwrap().vector(0).unwrap().to_vec(), [-1.0, -128.0]);
        assert_eq!(parse(&npy("|b1", "1, 2", &[1, 0])).unwrap().vector(0).unwrap().to_vec(), [1.0, 0.0]);
        let double: Vec<u8> = 0.25_f64.to_le_bytes().to_vec();
        assert_eq!(parse(&npy("<f8", "1, 1", &double)).unwrap().dimension(), 1);
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(parse(b"PK\x03\x04").unwrap_err().contains("not a .npy file"));
        assert!(parse(&npy("<f4", "2, 2", &[0; 12])).unwrap_err().contains("holds 3 elements"));
        assert!(parse(&npy("<i8", "1, 1", &[0; 8])).unwrap_err().contains("element type '<i8'"));
        assert!(parse(&npy("<f4", "1, 1, 1", &[0; 4])).unwrap_err().contains("(1, 1, 1): expected (n, d)"));
        let single = parse(&npy("<f4", "2,", &[0; 8])).unwrap_err();
        assert!(single.contains("shape (2,): expected (n, d)") && single.contains("reshape(1, 2)"), "{single}");
        let whole = npy("<f4", "1, 2", &[0; 8]);
        for length in 0..whole.len() {
            assert!(parse(&whole[..length]).is_err(), "cut at {length}");
        }
    }
}
