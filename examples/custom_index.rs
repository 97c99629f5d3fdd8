//! A kind of index from outside the crate: `instant-distance`, a small HNSW library, as a plug-in. It registers when the database is
//! opened, answers nearest queries, survives reopening, and passes the conformance suite.
//!
//! What the library cannot do, the plug-in makes up for: it yields too few hits under a filter, so the rest is searched exactly.

use std::{
    fmt,
    path::Path,
    sync::{Arc, OnceLock},
};

use instant_distance::{Builder, HnswMap, Point, Search};
use protobase::{
    Database, FieldPath, Object, Options, SetSchema,
    codec::{Container, ContainerWriter},
    expr::{Predicate, Target},
    import::{Import, NpyMatrix},
    index::{
        Access, BuildEffort, Columns, Exactness, IndexBuilder, IndexError, IndexKind, IndexPart, NearestRequest,
        SearchPath, Slot, SlotSet, Traversal, Work, conformance,
    },
    metric::Metric,
    object::{Kind, ValueRef},
};
use serde::{Deserialize, Serialize};

/// The recipe: stateless, listed once when the database is opened.
#[derive(Debug)]
struct InstantDistance;

/// A vector as the library wants it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Euclidean(Vec<f32>);

impl Point for Euclidean {
    fn distance(&self, other: &Self) -> f32 {
        Metric::L2.distance(&self.0, &other.0) as f32
    }
}

type Graph = HnswMap<Euclidean, u32>;

fn vector_of(values: &[Option<ValueRef<'_>>]) -> Option<Vec<f32>> {
    match values.first() {
        Some(Some(ValueRef::Vector(vector))) => Some(vector.components().to_vec()),
        _ => None,
    }
}

impl IndexKind for InstantDistance {
    fn name(&self) -> &'static str {
        "instant-distance"
    }

    fn summary(&self) -> &'static str {
        "nearest vectors by L2, through the instant-distance crate"
    }

    fn check(&self, fields: &[FieldPath], _options: &Options) -> Result<(), IndexError> {
        if fields.len() == 1 {
            return Ok(());
        }
        let expected = "one field".to_owned();
        Err(IndexError::Value { field: "fields".to_owned(), value: fields.len().to_string(), expected })
    }

    fn check_values(
        &self,
        fields: &[FieldPath],
        _options: &Options,
        values: &[Option<ValueRef<'_>>],
    ) -> Result<(), IndexError> {
        let refused = |value: &str| {
            let (field, value) = (fields[0].to_string(), value.to_owned());
            Err(IndexError::Value { field, value, expected: "a vector of finite components".to_owned() })
        };
        match values.first() {
            Some(Some(ValueRef::Vector(vector))) if vector.components().iter().all(|x| x.is_finite()) => Ok(()),
            Some(Some(ValueRef::Vector(_))) => refused("a component that is not finite"),
            Some(Some(value)) if value.kind() != Kind::Null => refused(value.kind().name()),
            _ => Ok(()),
        }
    }

    /// Readers of untyped files turn lists of numbers into vectors.
    fn wants(&self) -> Option<Kind> {
        Some(Kind::Vector)
    }

    fn builder(
        &self,
        _fields: &[FieldPath],
        _options: &Options,
        _effort: BuildEffort,
    ) -> Result<Box<dyn IndexBuilder>, IndexError> {
        Ok(Box::<Points>::default())
    }

    fn open(
        &self,
        fields: &[FieldPath],
        _options: &Options,
        part: Container,
        _columns: Columns,
        _slots: u32,
    ) -> Result<Box<dyn IndexPart>, IndexError> {
        Ok(Box::new(Part { field: fields[0].clone(), container: part, graph: OnceLock::new() }))
    }
}

/// A part under construction.
#[derive(Default)]
struct Points {
    vectors: Vec<Euclidean>,
    slots: Vec<u32>,
}

impl IndexBuilder for Points {
    fn add(&mut self, slot: Slot, values: &[Option<ValueRef<'_>>]) -> Result<(), IndexError> {
        if let Some(vector) = vector_of(values) {
            self.vectors.push(Euclidean(vector));
            self.slots.push(slot.0);
        }
        Ok(())
    }

    fn finish(
        self: Box<Self>,
        _columns: &Columns,
        _slots: u32,
        out: &mut ContainerWriter<'_>,
    ) -> Result<(), IndexError> {
        let graph: Graph = Builder::default().seed(7).build(self.vectors, self.slots);
        let bytes = rmp_serde::to_vec(&graph).map_err(|error| IndexError::Invariant(error.to_string()))?;
        Ok(out.put("graph", &bytes)?)
    }
}

/// An opened part: the graph is read when the first question comes.
struct Part {
    field: FieldPath,
    container: Container,
    graph: OnceLock<Graph>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "instant-distance part on {}", self.field)
    }
}

impl Part {
    fn graph(&self) -> Result<&Graph, IndexError> {
        if let Some(graph) = self.graph.get() {
            return Ok(graph);
        }
        let section = self.container.section("graph")?;
        let graph = rmp_serde::from_slice(section.all()?).map_err(|error| IndexError::Invariant(error.to_string()))?;
        Ok(self.graph.get_or_init(|| graph))
    }
}

impl IndexPart for Part {
    fn access(&self, _predicate: &Predicate) -> Option<Access> {
        None
    }

    fn candidates(&self, _predicate: &Predicate, _work: &mut Work) -> Result<(SlotSet, Exactness), IndexError> {
        Err(IndexError::Invariant("this kind answers nearest queries only".to_owned()))
    }

    fn can_nearest(&self, target: &Target) -> bool {
        matches!(target, Target::Vector { path, metric: Metric::L2, .. } if *path == self.field)
    }

    fn nearest(
        &self,
        request: &NearestRequest<'_>,
        work: &mut Work,
    ) -> Result<Option<(Vec<(Slot, f64)>, SearchPath)>, IndexError> {
        let Target::Vector { path, vector, metric: Metric::L2 } = request.target else { return Ok(None) };
        if *path != self.field {
            return Ok(None);
        }
        let (graph, query) = (self.graph()?, Euclidean(vector.components().into_owned()));
        let mut hits: Vec<(Slot, f64)> = Vec::new();
        let mut take = |value: u32, distance: f32| {
            if request.accept.contains(Slot(value)) {
                hits.push((Slot(value), f64::from(distance)));
            }
        };
        let mut search = Search::default();
        for item in graph.search(&query, &mut search) {
            work.distances += 1;
            take(*item.value, item.distance);
        }
        // What its beam is and reaches the library does not say.
        let mut path = SearchPath::Graph(Traversal::default());
        if hits.len() < request.k {
            // Too few under this filter, or k is larger than the library's beam: measure all.
            hits.clear();
            for (point, slot) in graph.iter().zip(&graph.values) {
                if request.accept.contains(Slot(*slot)) {
                    work.distances += 1;
                    hits.push((Slot(*slot), f64::from(point.1.distance(&query))));
                }
            }
            path = SearchPath::Flat;
        }
        hits.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        hits.truncate(request.k);
        Ok(Some((hits, path)))
    }

    fn verify(&self) -> Result<(), IndexError> {
        let graph = self.graph()?;
        match graph.iter().count() == graph.values.len() {
            true => Ok(()),
            false => Err(IndexError::Invariant("points and slots differ in number".to_owned())),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let kind: Arc<dyn IndexKind> = Arc::new(InstantDistance);
    let report = conformance::check_kind(&InstantDistance, &["v".into()], &Options::new().with("metric", "l2"))?;
    println!("conformance: passed, {report:?}");

    let atlas = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/atlas");
    let question = NpyMatrix::read(&atlas.join("questions.embeddings.npy"))?.vector(9).ok_or("no question 9")?.to_vec();
    let directory = tempfile::tempdir()?;
    {
        let database = Database::options().register(kind.clone()).open(directory.path())?;
        let places = database.declare::<Object>(SetSchema::new("places").index("embedding", "instant-distance"))?;
        let read = Import::new()
            .file(atlas.join("places.jsonl"))
            .vectors("embedding", atlas.join("places.embeddings.npy"))
            .read()?;
        places.insert_many(&read.objects)?;
        database.compact()?;
    }
    let database = Database::options().register(kind).open(directory.path())?;
    let places = database.set::<Object>("places")?;
    let query = places.query().nearest_by("embedding", &question, Metric::L2, 3);
    println!("reopened; like \"a lighthouse on a stormy cape\":");
    for hit in query.run()? {
        println!("  {:.3}  {}", hit.distance.unwrap_or_default(), hit.object()?.get("name").unwrap());
    }
    println!("\n{}", query.explain()?);
    Ok(())
}
