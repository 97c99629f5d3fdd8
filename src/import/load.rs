//! An import: files, and what the files cannot say.

use std::{
    mem,
    path::{Path, PathBuf},
};

use crate::object::{Object, Value};

use super::{
    FieldType, ImportError, Note, NpyMatrix, Place, ReadProgress, made::Made, meter::Meter, point::Point,
    read::read_metered,
};

/// What to read, and how. Nothing is stored: [`Import::read`] gives the objects.
#[derive(Clone, Debug, Default)]
pub struct Import {
    files: Vec<PathBuf>,
    types: Vec<(String, FieldType)>,
    points: Vec<Point>,
    vectors: Vec<(String, PathBuf)>,
    on_bad: OnBad,
}

/// What a bad line does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum OnBad {
    /// Nothing is read.
    #[default]
    Refuse,
    /// It is left out.
    Skip,
    /// Nothing after it is read.
    Stop,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The objects in file order.
    pub objects: Vec<Object>,
    /// Where each stood: the file's number and its line.
    pub places: Vec<(usize, u64)>,
    /// The bad lines that were skipped.
    pub skipped: Vec<ImportError>,
    /// What was decided about fields that nobody asked for.
    pub notes: Vec<Note>,
}

impl Import {
    /// An import of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; files are read in the order in which they are added.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Gives a field a type. The last one given holds.
    #[must_use]
    pub fn field_type(mut self, field: &str, kind: FieldType) -> Self {
        self.types.retain(|(known, _)| known != field);
        self.types.push((field.to_owned(), kind));
        self
    }

    /// Makes a point field of two numeric fields, longitude first. An object that lacks one of them, or has null there, gets no point. The
    /// field must be one that the files do not have, or one of the two.
    #[must_use]
    pub fn point(mut self, field: &str, lon: &str, lat: &str) -> Self {
        self.points.push(Point { field: field.to_owned(), columns: Some((lon.into(), lat.into())) });
        self
    }

    /// [`Import::point`] of the two fields that are named as longitude (`lon`, `lng`, `long`, `longitude`) and latitude (`lat`, `latitude`)
    /// usually are, in small letters or large ones. An object with several such fields is bad.
    #[must_use]
    pub fn point_by_names(mut self, field: &str) -> Self {
        self.points.push(Point { field: field.to_owned(), columns: None });
        self
    }

    /// Takes a vector field, which the files must not have, from a matrix: line i belongs to the i-th object of the files, bad lines counted.
    #[must_use]
    pub fn vectors(mut self, field: &str, matrix: impl Into<PathBuf>) -> Self {
        self.vectors.push((field.to_owned(), matrix.into()));
        self
    }

    /// Skips bad lines instead of stopping at the first.
    #[must_use]
    pub const fn skip_bad(mut self, skip: bool) -> Self {
        self.on_bad = if skip { OnBad::Skip } else { OnBad::Refuse };
        self
    }

    /// Reads up to the first bad line, which is then the only skipped one: for whoever finds faults in the objects before it.
    #[must_use]
    pub const fn up_to_bad(mut self) -> Self {
        self.on_bad = OnBad::Stop;
        self
    }

    /// One of [`Loaded::places`], for messages.
    #[must_use]
    pub fn place(&self, (file, number): (usize, u64)) -> Place {
        Place::new(self.files.get(file).map_or(Path::new(""), PathBuf::as_path), number)
    }

    /// The order of the files and their lines.
    pub fn sort(&self, skipped: &mut [ImportError]) {
        skipped.sort_by_key(|error| {
            let place = match error {
                ImportError::Line { place, .. } | ImportError::Field { place, .. } => Some(place),
                _ => None,
            };
            place.map(|place| {
                let file = self.files.iter().position(|file| file.display().to_string() == place.file);
                (file, place.number)
            })
        });
    }

    /// Reads all files.
    pub fn read(&self) -> Result<Loaded, ImportError> {
        self.read_with(|_| {})
    }

    /// Reads all files, and tells again and again how much of them has been read.
    pub fn read_with(&self, progress: impl Fn(ReadProgress) + 'static) -> Result<Loaded, ImportError> {
        let made = self.made();
        Made::check_once(&made)?;
        let matrices_and_files = self.vectors.iter().map(|(_, path)| path).chain(&self.files);
        let meter = Meter::new(matrices_and_files.map(PathBuf::as_path), progress);
        let matrices: Vec<(&str, NpyMatrix)> = self
            .vectors
            .iter()
            .map(|(field, path)| Ok((field.as_str(), NpyMatrix::read_metered(path, &meter)?)))
            .collect::<Result<_, ImportError>>()?;
        let mut loaded = Loaded::default();
        let mut counted = 0;
        let given = |name: &str| self.types.iter().find_map(|(field, kind)| (field == name).then_some(*kind));
        for (file, path) in self.files.iter().enumerate() {
            let lines = read_metered(path, &meter, &given, &mut loaded.notes)?;
            for line in lines {
                let line = line.and_then(|mut line| {
                    let place = || Place::new(path, line.number);
                    made.iter().try_for_each(|made| made.check_free(&line.object, place))?;
                    self.complete(path, line.number, counted, &matrices, &mut line.object)?;
                    Ok(line)
                });
                counted += 1;
                match line {
                    Ok(line) => {
                        loaded.objects.push(line.object);
                        loaded.places.push((file, line.number));
                    }
                    Err(error) if self.on_bad == OnBad::Skip && error.is_one_line() => loaded.skipped.push(error),
                    Err(error) if self.on_bad == OnBad::Stop && error.is_one_line() => {
                        loaded.skipped.push(error);
                        return Ok(loaded);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        self.check_lengths(&matrices, counted)?;
        Ok(loaded)
    }

    /// The fields that options make.
    fn made(&self) -> Vec<Made> {
        let points = self.points.iter().map(Point::made);
        let vectors = self
            .vectors
            .iter()
            .map(|(field, path)| Made::new(format!("--vectors {field}={}", path.display()), field, &[]));
        points.chain(vectors).collect()
    }

    /// Types, points and vectors of one object.
    fn complete(
        &self,
        path: &Path,
        line: u64,
        index: usize,
        matrices: &[(&str, NpyMatrix)],
        object: &mut Object,
    ) -> Result<(), ImportError> {
        let bad = |field: &str, what: String| ImportError::Field {
            place: Place::new(path, line),
            field: field.to_owned(),
            what,
        };
        for (field, kind) in &self.types {
            if let Some(value) = object.value_mut(&field.as_str().into()) {
                let given = mem::replace(value, Value::Null);
                *value = kind.convert(given).map_err(|what| bad(field, what))?;
            }
        }
        for point in &self.points {
            if let Some(place) = point.of(object).map_err(|what| bad(&point.field, what))? {
                object.set(point.field.as_str(), place);
            }
        }
        for (field, matrix) in matrices {
            if let Some(vector) = matrix.vector(index) {
                object.set(*field, vector.to_vec());
            }
        }
        Ok(())
    }

    /// Lines and vectors belong together one to one; anything else is a mistake worth stopping for.
    fn check_lengths(&self, matrices: &[(&str, NpyMatrix)], counted: usize) -> Result<(), ImportError> {
        for ((field, matrix), (_, path)) in matrices.iter().zip(&self.vectors) {
            if matrix.len() != counted {
                let (path, vectors) = (path.display(), matrix.len());
                return Err(ImportError::Option(format!(
                    "--vectors {field}={path}: the matrix has {vectors} rows and the files {counted} objects: expected as many"
                )));
            }
        }
        Ok(())
    }
}
