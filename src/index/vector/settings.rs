//! The options of a vector index.

use crate::{index::IndexError, index::Options, metric::Metric};

/// The kind's name.
pub(super) const NAME: &str = "vector";

/// The largest dimension that can be declared.
pub const MAX_DIMENSION: usize = 4096;

/// Checked options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// Components of every vector: 1 to [`MAX_DIMENSION`].
    pub(super) dimension: usize,
    /// What the index measures.
    pub(super) metric: Metric,
    /// The most neighbours in the graph's layers above the base.
    pub(super) m: usize,
    /// The beam width while building.
    pub(super) ef_construction: usize,
    /// Segments of at most this many slots get no graph.
    pub(super) flat_threshold: usize,
    /// The beam width of searches with the default effort; `None`: as measured for recall@10 of 0.95, at least 64.
    pub(super) ef_search: Option<usize>,
}

/// What may stand in the options, for errors.
const KNOWN: &str = "one of dimension, metric, m, ef_construction, flat_threshold, ef_search";

impl Settings {
    /// Reads options; refuses what is unknown or out of range.
    pub(super) fn read(options: &Options) -> Result<Self, IndexError> {
        let mut settings = Self {
            dimension: 0,
            metric: Metric::L2,
            m: 16,
            ef_construction: 200,
            flat_threshold: 4096,
            ef_search: None,
        };
        for (option, value) in options.iter() {
            match option {
                "dimension" => settings.dimension = number(option, value, 1, MAX_DIMENSION)?,
                "metric" => {
                    settings.metric = Metric::parse(value).map_err(|_| refuse(option, value, "l2, cosine or ip"))?;
                }
                "m" => settings.m = number(option, value, 4, 64)?,
                "ef_construction" => settings.ef_construction = number(option, value, 8, 2000)?,
                "flat_threshold" => settings.flat_threshold = number(option, value, 0, u32::MAX as usize)?,
                "ef_search" => settings.ef_search = Some(number(option, value, 1, 100_000)?),
                _ => return Err(refuse(option, value, KNOWN)),
            }
        }
        if settings.dimension == 0 {
            return Err(refuse("dimension", "", &format!("the number of components, 1 to {MAX_DIMENSION}")));
        }
        Ok(settings)
    }
}

fn number(option: &str, value: &str, least: usize, most: usize) -> Result<usize, IndexError> {
    let parsed = value.parse().ok().filter(|number| (least..=most).contains(number));
    parsed.ok_or_else(|| refuse(option, value, &format!("a whole number from {least} to {most}")))
}

fn refuse(option: &str, value: &str, expected: &str) -> IndexError {
    IndexError::Option { kind: NAME, option: option.into(), value: value.into(), expected: expected.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_refusals() {
        let base = Options::new().with("dimension", 3);
        assert_eq!(Settings::read(&base).unwrap().metric, Metric::L2);
        for (option, value) in
            [("dimension", "0"), ("dimension", "4097"), ("metric", "hamming"), ("m", "x"), ("ef_serach", "10")]
        {
            let error = Settings::read(&base.clone().with(option, value)).unwrap_err().to_string();
            assert!(error.contains(option) && error.contains(value), "{error}");
        }
        assert!(Settings::read(&Options::new()).unwrap_err().to_string().contains("dimension"));
    }
}
