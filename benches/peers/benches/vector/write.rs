//! Writes the generated set for peers that are not in Rust.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
};

use ndarray::Array2;

use crate::{asked::load, contender::Outcome};

/// Writes `clustered/base.npy` and `clustered/queries.npy` into a folder.
pub fn clustered(folder: &Path) -> Outcome<()> {
    let data = load("clustered").ok_or("the set is generated")?;
    let folder = folder.join(data.name);
    fs::create_dir_all(&folder)?;
    npy(&folder.join("base.npy"), &data.base)?;
    npy(&folder.join("queries.npy"), &data.queries)
}

/// Version 1 of numpy's format: magic, the length of the header, the header padded to 64 bytes, the numbers in C order.
fn npy(file: &Path, matrix: &Array2<f32>) -> Outcome<()> {
    let (rows, columns) = matrix.dim();
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut out = BufWriter::new(File::create(file)?);
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&(header.len() as u16).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for number in matrix {
        out.write_all(&number.to_le_bytes())?;
    }
    out.flush()?;
    println!("wrote {rows} x {columns} to {}", file.display());
    Ok(())
}
