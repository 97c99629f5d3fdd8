//! Vector data for benches: matrices from `.npy` files, a seeded clustered set, and one segment with a vector index over it.
//!
//! Data sets that the project does not ship are looked for in the folder named by `PROTOBASE_DATA`, else in `datasets/extra`.

#![allow(dead_code)]

use std::{collections::BTreeSet, error::Error, path::PathBuf, sync::Arc};

use bytes::Bytes;
use ndarray::{Array2, ArrayView1};
use protobase::{
    codec::{Container, ContainerWriter},
    expr::Target,
    index::{
        BuildEffort, Columns, IndexBuilder, IndexError, IndexKind, IndexPart, NearestRequest, Options, Predecessor,
        SearchEffort, SearchPath, Slot, SlotSet, VectorColumn, Work, vector::VectorKind,
    },
    metric::{Element, Metric, VectorRef, VectorType},
    object::FieldPath,
    storage::{FileOptions, FileStorage, Storage},
};
use tempfile::TempDir;
use zerocopy::{FromBytes, IntoBytes};

/// A matrix of a data set, one vector a line, if the file is there.
pub fn matrix(file: &str) -> Option<Array2<f32>> {
    let bytes = read(file)?;
    Some(npy(&bytes).unwrap_or_else(|| panic!("{file} is no .npy matrix of f2, f4 or u1")))
}

/// The region of each line of a `.jsonl` file, as the place of its name among the sorted names, if the file is there.
pub fn regions(file: &str) -> Option<Array2<f32>> {
    let lines = String::from_utf8(read(file)?).ok()?;
    let region = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{file}: {error}"));
        line["region"].as_str().unwrap_or_default().to_owned()
    };
    let regions: Vec<String> = lines.lines().map(region).collect();
    let names: Vec<&String> = regions.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let numbers: Vec<f32> = regions.iter().map(|name| names.partition_point(|other| *other < name) as f32).collect();
    Array2::from_shape_vec((numbers.len(), 1), numbers).ok()
}

fn read(file: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("PROTOBASE_DATA").map_or_else(|| PathBuf::from("datasets/extra"), PathBuf::from);
    std::fs::read(folder.join(file)).ok()
}

/// Reads an `.npy` matrix, version 1, in C order.
fn npy(bytes: &[u8]) -> Option<Array2<f32>> {
    let length = usize::from(u16::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?]));
    let header = std::str::from_utf8(bytes.get(10..10 + length)?).ok()?;
    let shape = header.split("'shape': (").nth(1)?.split(')').next()?;
    let sizes: Vec<usize> = shape.split(',').filter_map(|size| size.trim().parse().ok()).collect();
    let body = &bytes[10 + length..];
    let numbers: Vec<f32> = if header.contains("|u1") {
        body.iter().map(|byte| f32::from(*byte)).collect()
    } else if header.contains("<f2") {
        body.as_chunks().0.iter().map(|two| half::f16::from_le_bytes(*two).to_f32()).collect()
    } else if header.contains("<f4") {
        body.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
    } else {
        return None;
    };
    Array2::from_shape_vec((sizes[0], sizes.get(1).copied().unwrap_or(1)), numbers).ok()
}

/// `count` seeded vectors around 100 centres.
pub fn clustered(seed: u64, count: usize, dimension: usize) -> Array2<f32> {
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 40
    };
    let mut signed = move || next() as f32 / 8_388_608.0 - 1.0;
    let centres = Array2::from_shape_simple_fn((100, dimension), &mut signed);
    let mut vectors = Array2::zeros((count, dimension));
    for (i, mut vector) in vectors.rows_mut().into_iter().enumerate() {
        let centre = centres.row((i * 7919) % 100);
        for (x, c) in vector.iter_mut().zip(centre) {
            *x = c + 0.2 * (signed() + signed() + signed() + signed());
        }
    }
    vectors
}

/// A matrix as the vector column of a segment: mapped from a file, as in a database on disk.
struct MatrixColumn {
    bytes: Bytes,
    dimension: usize,
}

impl MatrixColumn {
    fn put(matrix: &Array2<f32>, files: &FileStorage) -> Result<Self, Box<dyn Error>> {
        let all = matrix.as_slice().ok_or("a matrix that is not in C order")?;
        files.put("originals", &mut |out| out.write_all(all.as_bytes()))?;
        Ok(Self { bytes: files.open("originals")?, dimension: matrix.ncols() })
    }

    fn numbers(&self) -> &[f32] {
        <[f32]>::ref_from_bytes(&self.bytes).expect("maps begin at pages, and whole numbers were written")
    }

    fn row(&self, slot: Slot) -> Option<&[f32]> {
        let start = slot.0 as usize * self.dimension;
        self.numbers().get(start..start + self.dimension)
    }
}

impl VectorColumn for MatrixColumn {
    fn of(&self) -> VectorType {
        VectorType { element: Element::F32, dimension: self.dimension }
    }

    fn len(&self) -> usize {
        self.numbers().len() / self.dimension
    }

    fn vector(&self, slot: Slot) -> Result<Option<VectorRef<'_>>, IndexError> {
        Ok(self.row(slot).map(VectorRef::Slice))
    }
}

/// One segment of vectors with its index part.
pub struct Segment {
    column: Arc<MatrixColumn>,
    /// The part.
    pub part: Box<dyn IndexPart>,
    /// What it measures.
    pub metric: Metric,
    /// The length of the part in bytes.
    pub bytes: usize,
    container: Container,
    _folder: TempDir,
}

impl Segment {
    /// Builds a settled part.
    pub fn build(vectors: Array2<f32>, metric: Metric, options: &Options) -> Result<Self, Box<dyn Error>> {
        Self::build_with(vectors, metric, options, |_| {})
    }

    /// Builds a settled part over what is kept of an older segment, `moved` says where, and over new vectors.
    pub fn merge(
        old: &Self,
        moved: &[Option<Slot>],
        vectors: Array2<f32>,
        options: &Options,
    ) -> Result<Self, Box<dyn Error>> {
        let living = moved.iter().flatten().count() as u32;
        Self::build_with(vectors, old.metric, options, |builder| {
            let moved = || Some(moved.to_vec());
            builder.inherit(&[Predecessor::new(old.container.clone(), old.len(), living, &moved)]);
        })
    }

    fn build_with(
        vectors: Array2<f32>,
        metric: Metric,
        options: &Options,
        prepare: impl FnOnce(&mut dyn IndexBuilder),
    ) -> Result<Self, Box<dyn Error>> {
        let fields = [FieldPath::parse("v")];
        let options = options.clone().with("dimension", vectors.ncols()).with("metric", metric);
        let folder = tempfile::tempdir()?;
        let files = FileStorage::open(folder.path(), &FileOptions::default())?;
        let column = Arc::new(MatrixColumn::put(&vectors, &files)?);
        let columns = Columns::new().with(fields[0].clone(), column.clone());
        let slots = column.len() as u32;
        let mut bytes = Vec::new();
        let mut out = ContainerWriter::new(&mut bytes, *b"PBBENCH1")?;
        let mut builder = VectorKind.builder(&fields, &options, BuildEffort::Settled)?;
        prepare(builder.as_mut());
        builder.finish(&columns, slots, &mut out)?;
        let length = out.finish()? as usize;
        files.put("part", &mut |out| out.write_all(&bytes))?;
        let container = Container::open("bench", *b"PBBENCH1", files.open("part")?)?;
        let part = VectorKind.open(&fields, &options, container.clone(), columns, slots)?;
        Ok(Self { column, part, metric, bytes: length, container, _folder: folder })
    }

    /// The number of vectors.
    pub fn len(&self) -> u32 {
        self.column.len() as u32
    }

    /// The vector in a slot.
    pub fn vector(&self, slot: Slot) -> ArrayView1<'_, f32> {
        ArrayView1::from(self.column.row(slot).unwrap_or(&[]))
    }

    /// The target of a query.
    pub fn target(&self, query: ArrayView1<'_, f32>) -> Target {
        Target::Vector { path: "v".into(), vector: query.to_vec().into(), metric: self.metric }
    }

    /// The nearest accepted slots, and how they were found.
    pub fn nearest(
        &self,
        target: &Target,
        k: usize,
        accept: &SlotSet,
        effort: SearchEffort,
        work: &mut Work,
    ) -> Result<(Vec<(Slot, f64)>, SearchPath), IndexError> {
        let request = NearestRequest { target, k, accept, effort, bound: f64::INFINITY };
        Ok(self.part.nearest(&request, work)?.unwrap_or((Vec::new(), SearchPath::Empty)))
    }
}
