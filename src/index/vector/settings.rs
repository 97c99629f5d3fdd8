//! The options of a vector index.

use crate::{
    index::{IndexError, Options},
    metric::{Element, Metric, VectorType},
};

/// The option that names the set of recorded queries.
pub(super) const QUERIES: &str = "queries";

/// The kind's name.
pub(super) const NAME: &str = "vector";

/// Checked options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// Components of every vector: 1 to [`Element::most`].
    pub(super) dimension: usize,
    /// What they are.
    pub(super) element: Element,
    /// What the index measures.
    pub(super) metric: Metric,
    /// The most neighbours in the graph's layers above the base.
    pub(super) m: usize,
    /// The beam width while building.
    pub(super) ef_construction: usize,
    /// Segments of at most this many slots get no graph.
    pub(super) flat_threshold: usize,
    /// The beam width of searches with the default effort; `None`: as measured for recall of 0.95 of ten hits
    /// and more, of queries from anywhere.
    pub(super) ef_search: Option<usize>,
}

/// What may stand in the options, for errors.
const KNOWN: &str = "one of dimension, element, metric, m, ef_construction, flat_threshold, ef_search, queries";

impl Settings {
    /// Reads options; refuses what is unknown or out of range.
    pub(super) fn read(options: &Options) -> Result<Self, IndexError> {
        let mut settings = Self {
            dimension: 0,
            element: Element::F32,
            metric: Metric::L2,
            m: 16,
            ef_construction: 200,
            flat_threshold: 4096,
            ef_search: None,
        };
        for (option, value) in options.iter() {
            match option {
                // Read below: what they may be depends on the element type.
                "dimension" | "element" | "metric" => {}
                "m" => settings.m = number(option, value, 4, 64)?,
                "ef_construction" => settings.ef_construction = number(option, value, 8, 2000)?,
                "flat_threshold" => settings.flat_threshold = number(option, value, 0, u32::MAX as usize)?,
                "ef_search" => settings.ef_search = Some(number(option, value, 1, 100_000)?),
                // Who builds looks for the set: it may come later, and go.
                QUERIES if !value.is_empty() => {}
                QUERIES => return Err(refuse(option, value, "the name of the set that holds recorded queries")),
                _ => return Err(refuse(option, value, KNOWN)),
            }
        }
        settings.element = element(options)?;
        settings.metric = metric(options, settings.element)?;
        settings.dimension = dimension(options, settings.element)?;
        Ok(settings)
    }

    /// What every vector is.
    pub(super) const fn of(&self) -> VectorType {
        VectorType { element: self.element, dimension: self.dimension }
    }
}

fn element(options: &Options) -> Result<Element, IndexError> {
    let Some(value) = options.get("element") else { return Ok(Element::F32) };
    Element::parse(value).map_err(|_| refuse("element", value, "f32, f16, bf16, i8 or binary"))
}

/// The metric, which must be one of the element type's; by default its first.
fn metric(options: &Options, element: Element) -> Result<Metric, IndexError> {
    let known = Metric::of(element);
    let Some(value) = options.get("metric") else { return Ok(known[0]) };
    let found = known.iter().copied().find(|metric| metric.name() == value);
    found.ok_or_else(|| {
        let (bits, numbers) = ("hamming or jaccard", "l2, cosine or ip");
        let expected = if element == Element::Binary { bits } else { numbers };
        let other = if element == Element::Binary { "numbers have" } else { "element=binary has" };
        let why = match Metric::parse(value) {
            Ok(_) => format!("{expected}, as element is {element}; {other} {value}"),
            Err(_) => format!("{expected}, as element is {element}"),
        };
        refuse("metric", value, &why)
    })
}

fn dimension(options: &Options, element: Element) -> Result<usize, IndexError> {
    let most = element.most();
    match options.get("dimension") {
        Some(value) => number("dimension", value, 1, most),
        None => Err(refuse("dimension", "", &format!("the number of components, 1 to {most}"))),
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
        for (option, value) in [
            ("dimension", "0"),
            ("dimension", "4097"),
            ("metric", "hamming"),
            ("element", "f64"),
            ("m", "x"),
            ("ef_serach", "10"),
        ] {
            let error = Settings::read(&base.clone().with(option, value)).unwrap_err().to_string();
            assert!(error.contains(option) && error.contains(value), "{error}");
        }
        assert!(Settings::read(&Options::new()).unwrap_err().to_string().contains("dimension"));
    }

    #[test]
    fn element_types_metrics_and_dimensions_must_go_together() {
        let read = |element: &str, more: &[(&str, &str)]| {
            let options = Options::new().with("element", element).with("dimension", 10);
            Settings::read(&more.iter().fold(options, |options, (name, value)| options.with(name, *value)))
        };
        assert_eq!(read("f16", &[]).unwrap().metric, Metric::L2);
        assert_eq!(read("binary", &[]).unwrap().metric, Metric::Hamming);
        for element in Element::ALL {
            for metric in Metric::ALL {
                let found = read(element.name(), &[("metric", metric.name())]);
                assert_eq!(found.is_ok(), metric.is_of_bits() == (element == Element::Binary), "{element} {metric}");
            }
            let most = element.most();
            assert!(read(element.name(), &[("dimension", &most.to_string())]).is_ok());
            let beyond = read(element.name(), &[("dimension", &(most + 1).to_string())]).unwrap_err().to_string();
            assert!(beyond.contains(&format!("a whole number from 1 to {most}")), "{beyond}");
        }
        let error = |element, metric| read(element, &[("metric", metric)]).unwrap_err().to_string();
        assert!(error("i8", "hamming").contains("l2, cosine or ip, as element is i8; element=binary has hamming"));
        assert!(error("binary", "l2").contains("hamming or jaccard, as element is binary; numbers have l2"));
    }
}
