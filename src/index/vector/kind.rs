//! The recipe: checks options and values, starts builders, opens parts.

use crate::{
    codec::Container,
    index::{BuildEffort, Columns, IndexBuilder, IndexError, IndexKind, IndexPart, Options},
    metric::{Element, Metric, VectorType},
    object::{FieldPath, Kind, ValueRef},
};

use super::{
    builder::VectorBuilder,
    memory,
    part::VectorPart,
    settings::{NAME, QUERIES, Settings},
    value::{check_vector, refuse},
};

/// Nearest vectors and vectors within a distance, on one field of declared dimension. Objects may lack the field; null in it is refused.
///
/// Options: `dimension` (required, 1 to 4096, of bits to 65536), `element` (`f32`, `f16`, `bf16`, `i8`, `binary`; default `f32`), `metric` (`l2`,
/// `cosine`, `ip`, of bits `hamming`, `jaccard`; default the first), `m` (16), `ef_construction`
/// (200), `flat_threshold` (segments of at most so many slots get no graph; 4096), `ef_search` (the beam width of the
/// default effort; by default what was measured to reach recall of 0.95 of ten hits and more when the graph was built), `queries` (a set whose
/// objects hold recorded queries in a field of the same name: recalls are then measured with them when a graph is built; with its own
/// vectors where there is no such set, or fewer than 30 of its objects hold a query of this index. A part's facts say which).
#[derive(Clone, Copy, Debug, Default)]
pub struct VectorKind;

impl IndexKind for VectorKind {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "nearest vectors and vectors within a distance (options dimension, element, metric, m, ef_construction, flat_threshold, ef_search, queries)"
    }

    fn check(&self, fields: &[FieldPath], options: &Options) -> Result<(), IndexError> {
        one_field(fields)?;
        Settings::read(options).map(drop)
    }

    fn check_values(
        &self,
        fields: &[FieldPath],
        options: &Options,
        values: &[Option<ValueRef<'_>>],
    ) -> Result<(), IndexError> {
        let (field, settings) = (one_field(fields)?, Settings::read(options)?);
        let shown = |other: ValueRef<'_>| format!("the {} {other}", other.kind()).chars().take(60).collect::<String>();
        match values.first().copied().flatten() {
            None => Ok(()),
            Some(ValueRef::Null) => Err(refuse(field, "null", &settings)),
            Some(ValueRef::Vector(vector)) => check_vector(field, &settings, vector),
            Some(other) => Err(refuse(field, &shown(other), &settings)),
        }
    }

    fn wants(&self) -> Option<Kind> {
        Some(Kind::Vector)
    }

    /// Every metric of every element type; small segments get a graph, too. Bits do not fill their last byte.
    fn trials(&self) -> Vec<(Vec<FieldPath>, Options)> {
        let small = Options::new().with("m", 4).with("flat_threshold", 16);
        let mut trials = Vec::new();
        for element in Element::ALL {
            let dimension = if element == Element::Binary { 13 } else { 4 };
            for metric in Metric::of(element) {
                let options = small.clone().with("dimension", dimension).with("metric", metric.name());
                // Without the option an index is of f32: declarations of earlier versions say nothing.
                let said = element != Element::F32;
                let options = if said { options.with("element", element.name()) } else { options };
                trials.push((vec!["v".into()], options));
            }
        }
        trials
    }

    /// The dimension, when it is not given.
    fn complete(&self, options: &Options, sample: ValueRef<'_>) -> Options {
        match sample {
            ValueRef::Vector(vector) if options.get("dimension").is_none() => {
                options.clone().with("dimension", vector.len())
            }
            _ => options.clone(),
        }
    }

    fn examples<'o>(&self, options: &'o Options) -> Option<&'o str> {
        options.get(QUERIES)
    }

    fn vector_column(&self, options: &Options) -> Option<VectorType> {
        Settings::read(options).ok().map(|settings| settings.of())
    }

    fn build_bytes(&self, options: &Options, effort: BuildEffort) -> u64 {
        Settings::read(options).map_or(0, |settings| memory::bytes_a_slot(&settings, effort))
    }

    fn builder(
        &self,
        fields: &[FieldPath],
        options: &Options,
        effort: BuildEffort,
    ) -> Result<Box<dyn IndexBuilder>, IndexError> {
        let settings = Settings::read(options)?;
        Ok(Box::new(VectorBuilder::new(one_field(fields)?.clone(), settings, effort)))
    }

    fn open(
        &self,
        fields: &[FieldPath],
        options: &Options,
        part: Container,
        columns: Columns,
        slots: u32,
    ) -> Result<Box<dyn IndexPart>, IndexError> {
        let settings = Settings::read(options)?;
        Ok(Box::new(VectorPart::new(one_field(fields)?.clone(), settings, part, &columns, slots)?))
    }
}

/// A vector index is declared on exactly one field.
fn one_field(fields: &[FieldPath]) -> Result<&FieldPath, IndexError> {
    match fields {
        [field] => Ok(field),
        _ => Err(IndexError::fields(NAME, fields, "1 field".into())),
    }
}
