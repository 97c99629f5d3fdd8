//! How do files become objects?
//!
//! `read_lines` gives the objects of one `.jsonl`, `.csv` or `.geojson` file, one after the other; [`Import`] adds what a file cannot say: the
//! types of fields, points made of two columns, vectors from a matrix beside the file. A bad line is an error that names file, line and field, and
//! stops the import before anything is stored; or it is skipped, counted and reported.

mod csv;
mod error;
mod field_type;
mod format;
mod geojson;
mod infer;
mod jsonl;
mod lines;
mod load;
mod made;
mod meter;
mod note;
mod npy;
mod place;
mod point;
mod read;

pub use error::ImportError;
pub use field_type::FieldType;
pub use infer::ColumnType;
pub use lines::{Line, Lines};
pub use load::{Import, Loaded};
pub use meter::ReadProgress;
pub use note::Note;
pub use npy::NpyMatrix;
pub use place::Place;
pub use read::read_lines;
