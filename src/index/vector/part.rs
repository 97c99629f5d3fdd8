//! Answering from a part.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, OnceLock},
};

use rayon::prelude::*;

use crate::{
    codec::Container,
    expr::{Predicate, Target, Test, asked},
    index::{
        Access, Cardinality, Columns, Exactness, IndexError, IndexPart, NearestRequest, SearchPath, Slot, SlotSet,
        VectorColumn, Work,
    },
    metric::Element,
    object::{FieldPath, VectorBuf},
};

use super::{
    builder::column_of,
    check, cost,
    encoding::code_length,
    layout::{Opened, Reading},
    nearest::Search,
    scan::Scan,
    settings::Settings,
    sizes::Sizes,
    table::Queries,
    value::check_query,
};

/// A vector index over one segment.
pub(super) struct VectorPart {
    field: FieldPath,
    settings: Settings,
    container: Container,
    column: Arc<dyn VectorColumn>,
    slots: u32,
    /// Read on first use: opening a database reads no part.
    opened: OnceLock<Opened>,
}

/// Slots that one thread tests at a time for a range search.
const CHUNK: u32 = 8_192;

/// A vector predicate that this part can answer.
struct Within<'p> {
    target: Cow<'p, VectorBuf>,
    distance: f64,
    inclusive: bool,
}

impl VectorPart {
    pub(super) fn new(
        field: FieldPath,
        settings: Settings,
        container: Container,
        columns: &Columns,
        slots: u32,
    ) -> Result<Self, IndexError> {
        let column = column_of(columns, &field, settings.of(), slots)?.clone();
        Ok(Self { field, settings, container, column, slots, opened: OnceLock::new() })
    }

    fn opened(&self) -> Result<&Opened, IndexError> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let Settings { metric, dimension, .. } = self.settings;
        let opened = Opened::read(&self.container, metric, dimension, self.slots)?;
        Ok(self.opened.get_or_init(|| opened))
    }

    /// The predicate, if it is a distance predicate on this field, by this metric, that can match at all.
    fn within<'p>(&self, predicate: &'p Predicate) -> Option<Within<'p>> {
        let (Test::WithinDistance { target, metric, distance, inclusive }, [path]) =
            (&predicate.test, predicate.paths.as_slice())
        else {
            return None;
        };
        if *path != self.field || *metric != self.settings.metric {
            return None;
        }
        let target = asked(target, *metric);
        let alike = (target.element() == Element::Binary) == metric.is_of_bits();
        let ours = alike && target.len() == self.settings.dimension;
        let finite = || target.as_ref().as_ref().iter().all(|x| x.is_finite());
        (ours && finite()).then_some(Within { target, distance: *distance, inclusive: *inclusive })
    }

    /// What a range search costs.
    fn within_cost(&self, opened: &Opened) -> f64 {
        let situation = self.situation(opened, u64::from(opened.header.present), 0, crate::index::SearchEffort::Exact);
        if opened.encoding.is_some() { situation.codes_cost() } else { situation.flat_cost() }
    }

    fn situation<'a>(
        &self,
        opened: &'a Opened,
        accepted: u64,
        k: usize,
        effort: crate::index::SearchEffort,
    ) -> cost::Situation<'a> {
        cost::Situation {
            accepted,
            present: u64::from(opened.header.present),
            k,
            effort,
            dimension: code_length(self.settings.metric, self.settings.dimension),
            coded: opened.encoding.is_some(),
            signed: opened.has_signs(),
            table: &opened.table,
            ef_search: self.settings.ef_search,
        }
    }

    /// The slots of one run within a distance, and the distances computed.
    fn within_run(
        &self,
        opened: &Opened,
        within: &Within<'_>,
        low: u32,
        high: u32,
    ) -> Result<(Vec<u32>, u64), IndexError> {
        let (column, target) = (&*self.column, within.target.as_ref().as_ref());
        if let Some((codes, encoding)) = opened.codes(Reading::Whole)? {
            let scan = Scan { codes, encoding, nodes: opened.nodes(Reading::Whole)?, column };
            return scan.within(target, within.distance, within.inclusive, low..high);
        }
        let (mut found, mut measured) = (Vec::new(), 0);
        for slot in low..high {
            let Some(original) = column.vector(Slot(slot))? else { continue };
            let distance = self.settings.metric.distance(target, original);
            measured += 1;
            if distance < within.distance || within.inclusive && distance == within.distance {
                found.push(slot);
            }
        }
        Ok((found, measured))
    }
}

impl IndexPart for VectorPart {
    fn access(&self, predicate: &Predicate) -> Option<Access> {
        self.within(predicate)?;
        let opened = self.opened().ok()?;
        let max = u64::from(opened.header.present);
        Some(Access {
            exactness: Exactness::Exact,
            cardinality: Cardinality { min: 0, expected: max.div_ceil(20), max },
            cost: self.within_cost(opened),
        })
    }

    fn candidates(&self, predicate: &Predicate, work: &mut Work) -> Result<(SlotSet, Exactness), IndexError> {
        let Some(within) = self.within(predicate) else {
            return Err(IndexError::Invariant(format!(
                "vector index on '{}' was asked for what it cannot answer",
                self.field
            )));
        };
        let opened = self.opened()?;
        let starts: Vec<u32> = (0..self.slots).step_by(CHUNK as usize).collect();
        let run = |low: &u32| self.within_run(opened, &within, *low, low.saturating_add(CHUNK).min(self.slots));
        let runs: Vec<(Vec<u32>, u64)> = match starts.len() {
            0 | 1 => starts.iter().map(run).collect::<Result<_, _>>()?,
            _ => starts.par_iter().map(run).collect::<Result<_, _>>()?,
        };
        work.visited += u64::from(self.slots);
        work.distances += runs.iter().map(|(_, measured)| measured).sum::<u64>();
        let slots = runs.into_iter().flat_map(|(slots, _)| slots).collect();
        Ok((SlotSet::from_sorted(slots), Exactness::Exact))
    }

    fn nearest(
        &self,
        request: &NearestRequest<'_>,
        work: &mut Work,
    ) -> Result<Option<(Vec<(Slot, f64)>, SearchPath)>, IndexError> {
        let Target::Vector { vector, .. } = request.target else { return Ok(None) };
        if !self.can_nearest(request.target) {
            return Ok(None);
        }
        let vector = asked(vector, self.settings.metric);
        let vector = vector.as_ref().as_ref();
        check_query(&self.field, &self.settings, vector)?;
        if request.k == 0 || request.accept.is_empty() {
            return Ok(Some((Vec::new(), SearchPath::Empty)));
        }
        let opened = self.opened()?;
        let search = Search { opened, column: &*self.column, metric: self.settings.metric, vector, request };
        let situation = self.situation(opened, request.accept.len(), request.k, request.effort);
        if let Some(answer) = search.all_within(&situation, work)? {
            opened.sound()?;
            return Ok(Some(answer));
        }
        let answer = search.run(situation.choose(), work);
        opened.sound()?;
        answer.map(Some)
    }

    fn can_nearest(&self, target: &Target) -> bool {
        matches!(target, Target::Vector { path, metric, .. } if *path == self.field && *metric == self.settings.metric)
    }

    fn verify(&self) -> Result<(), IndexError> {
        self.container.verify()?;
        check::verify(self.opened()?, &*self.column)
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let Ok(opened) = self.opened() else { return vec![("state", "damaged".to_owned())] };
        let header = &opened.header;
        let codes = match &opened.encoding {
            None => "none",
            Some(encoding) if encoding.metric.is_of_bits() => "bits",
            Some(_) => "int8",
        };
        let mut facts = vec![
            ("element", self.settings.element.to_string()),
            ("metric", self.settings.metric.to_string()),
            ("dimension", header.dimension.to_string()),
            ("vectors", header.present.to_string()),
            ("distinct", header.nodes.to_string()),
            ("codes", codes.to_owned()),
            ("signs", if opened.has_signs() { "1 bit" } else { "none" }.to_owned()),
        ];
        if opened.has_graph() {
            facts.push(("layers", (header.height + 1).to_string()));
            facts.push(("m", header.m.to_string()));
            let beam = opened.table.beam(cost::DEFAULT_RECALL, Queries::Alike, 10, 1.0);
            facts.push(("ef for recall@10 0.95", beam.map_or("none".to_owned(), |ef| ef.to_string())));
            let asked = match opened.table.recorded() {
                0 => "its own vectors".to_owned(),
                recorded => format!("{recorded} recorded queries"),
            };
            facts.push(("calibrated with", asked));
        }
        facts.extend(Sizes::of(&self.container).facts(header.present, self.settings.of()));
        facts
    }
}

impl fmt::Debug for VectorPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VectorPart")
            .field("field", &self.field)
            .field("settings", &self.settings)
            .field("slots", &self.slots)
            .finish_non_exhaustive()
    }
}
