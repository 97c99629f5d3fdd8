//! Where in a file does something stand?

use std::{fmt, path::Path};

use super::format::is_geojson;

/// A line of a file, or a feature of a GeoJSON file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line or feature, counted from 1.
    pub number: u64,
    /// Whether it is a feature.
    pub feature: bool,
}

impl Place {
    /// The line of a file, or its feature when the file's name says that it is GeoJSON.
    #[must_use]
    pub fn new(file: &Path, number: u64) -> Self {
        Self { file: file.display().to_string(), number, feature: is_geojson(file) }
    }

    /// A line of a file, whatever its format.
    #[must_use]
    pub fn line(file: &Path, number: u64) -> Self {
        Self { feature: false, ..Self::new(file, number) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.feature { "feature" } else { "line" };
        write!(f, "{}, {what} {}", self.file, self.number)
    }
}
