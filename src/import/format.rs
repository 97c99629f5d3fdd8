//! Which format does a file's name say that it has?

use std::path::{Path, PathBuf};

/// The extension, without `.gz`, in lower case.
pub(super) fn format_of(path: &Path) -> String {
    let bare = if is_gzip(path) { path.with_extension("") } else { PathBuf::from(path) };
    bare.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// Whether the name says that the file is packed.
pub(super) fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}

/// Whether the name says that the file is GeoJSON.
pub(super) fn is_geojson(path: &Path) -> bool {
    format_of(path) == "geojson"
}

/// Whether the name says that the file is CSV.
pub(super) fn is_csv(path: &Path) -> bool {
    format_of(path) == "csv"
}
