//! Vectors of every element type, from writing to hits: what is stored, what is refused, and that a distance is one number wherever the
//! objects live.
#![cfg(feature = "sql")]

use protobase::{
    Database, IndexableSet, Metric, Object, Options, Parameters, SetSchema, Value, field,
    index::SearchEffort,
    object::{BitVector, Element, F16Vector, Fields, I8Vector, ValueRef, Vector, VectorBuf},
};
use serde::{Deserialize, Serialize};

const DIMENSION: usize = 19;

fn every() -> impl Iterator<Item = (Element, Metric)> {
    Element::ALL.into_iter().flat_map(|element| Metric::of(element).iter().map(move |metric| (element, *metric)))
}

fn schema(element: Element, metric: Metric) -> SetSchema {
    let options = Options::new().with("dimension", DIMENSION).with("element", element.name()).with("metric", metric);
    SetSchema::new("things").index_with("v", "vector", options.with("flat_threshold", 32).with("m", 4))
}

/// Numbers that the element type holds, given as f32.
fn numbers(element: Element, id: usize) -> Vec<f32> {
    let number = |at: usize| {
        let wild = ((id * 31 + at * 17 + id * at) % 101) as f32 - 50.0;
        match element {
            Element::I8 => wild,
            Element::Binary => f32::from(u8::from(wild > 0.0)),
            _ => wild * 0.37,
        }
    };
    (0..DIMENSION).map(number).collect()
}

fn things(element: Element, count: usize) -> Vec<Object> {
    (0..count).map(|id| Object::new().with("id", id as i64).with("v", numbers(element, id))).collect()
}

/// What brute force over the stored vectors finds.
fn brute(element: Element, metric: Metric, count: usize, query: &[f32], k: usize) -> Vec<(i64, f64)> {
    let asked = match element {
        Element::Binary => VectorBuf::from(query).to_element(element).unwrap(),
        _ => query.into(),
    };
    let stored = |id| VectorBuf::from(numbers(element, id)).to_element(element).unwrap();
    let mut all: Vec<_> = (0..count).map(|id| (id as i64, metric.distance(&asked, &stored(id)))).collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    all.truncate(k);
    all
}

fn found(set: &IndexableSet, query: &[f32], k: usize, effort: SearchEffort) -> Vec<(i64, f64)> {
    let hits = set.query().nearest("v", query, k).effort(effort).run().unwrap();
    let id = |object: &dyn Fields| object.field(&"id".into()).and_then(|id| id.as_i64()).unwrap();
    hits.iter().map(|hit| (id(&hit.object().unwrap()), hit.distance.unwrap())).collect()
}

/// One number from a loose object, a scan of a part without a graph, and a graph; and with `exact` the same hits.
#[test]
fn distances_and_exact_hits_are_the_same_wherever_objects_live() {
    for (element, metric) in every() {
        let count = 300;
        let database = Database::options().background(false).in_memory();
        let set: IndexableSet = database.declare(schema(element, metric)).unwrap();
        set.insert_many(&things(element, count)).unwrap();
        let query = numbers(element, 3);
        let exact = brute(element, metric, count, &query, 10);
        let all = brute(element, metric, count, &query, count);
        for form in ["loose", "flushed", "compacted"] {
            match form {
                "flushed" => database.flush().unwrap(),
                "compacted" => database.compact().unwrap(),
                _ => {}
            }
            let told = format!("{element} {metric} {form}");
            assert_eq!(found(&set, &query, 10, SearchEffort::Exact), exact, "{told}");
            let default = found(&set, &query, 10, SearchEffort::Default);
            assert!(default.len() == 10 && default.iter().all(|hit| all.contains(hit)), "{told}");
            let within = field("v").within_distance(&query, metric, exact[5].1);
            let right = all.iter().filter(|hit| hit.1 <= exact[5].1).count();
            assert_eq!(set.query().filter(within).count().unwrap(), right as u64, "{told}");
            let object = set.iter().unwrap().next().unwrap().unwrap().1;
            let Some(ValueRef::Vector(stored)) = object.field(&"v".into()) else { panic!("{told}: no vector") };
            assert_eq!(stored.of().element, element, "{told}");
            database.check().unwrap_or_else(|error| panic!("{told}: {error}"));
        }
    }
}

#[test]
fn bulk_loads_and_single_writes_store_the_declared_element_type() {
    for element in Element::ALL {
        let database = Database::options().background(false).in_memory();
        let set: IndexableSet = database.declare(schema(element, Metric::of(element)[0])).unwrap();
        let offsets = set.insert_many(&things(element, 1_500)).unwrap();
        let single = set.insert(&things(element, 1)[0]).unwrap();
        set.update(single, &things(element, 2)[1]).unwrap();
        for offset in [offsets[7], single] {
            let object = set.get(offset).unwrap().unwrap();
            let Some(Value::Vector(vector)) = object.get("v") else { panic!("no vector") };
            assert_eq!(vector.element(), element);
        }
    }
}

#[test]
fn what_an_element_type_does_not_hold_is_refused_by_field_value_and_expectation() {
    let refused = |element: Element, component: f32, many: bool| {
        let database = Database::options().background(false).in_memory();
        let set: IndexableSet = database.declare(schema(element, Metric::of(element)[0])).unwrap();
        let mut vector = numbers(element, 1);
        vector[4] = component;
        let bad = Object::new().with("id", 0).with("v", vector);
        let mut objects = things(element, if many { 2_000 } else { 0 });
        objects.push(bad);
        let error = set.insert_many(&objects).unwrap_err().to_string();
        assert_eq!(set.len().unwrap(), 0);
        error
    };
    for many in [false, true] {
        for (element, component, expected) in [
            (Element::F16, 70_000.0, "a number from -65504 to 65504"),
            (Element::I8, 0.5, "a whole number from -128 to 127"),
            (Element::I8, 128.0, "a whole number from -128 to 127"),
            (Element::Binary, 2.0, "0 or 1"),
        ] {
            let error = refused(element, component, many);
            for part in ["v", &format!("component 4 is {component}"), expected, element.name()] {
                assert!(error.contains(part), "{error:?} lacks {part:?}");
            }
        }
    }
}

#[test]
fn declarations_and_questions_that_do_not_go_together_are_refused() {
    let database = Database::options().background(false).in_memory();
    let declare = |options: &[(&str, &str)]| {
        let options = options.iter().fold(Options::new(), |options, (name, value)| options.with(name, *value));
        let declared = database.declare::<Object>(SetSchema::new("bad").index_with("v", "vector", options));
        declared.unwrap_err().to_string()
    };
    let text = declare(&[("dimension", "3"), ("element", "binary"), ("metric", "l2")]);
    assert!(text.contains("metric") && text.contains("hamming or jaccard"), "{text}");
    let text = declare(&[("dimension", "65537"), ("element", "binary")]);
    assert!(text.contains("65537") && text.contains("1 to 65536"), "{text}");
    let text = declare(&[("dimension", "4097"), ("element", "i8")]);
    assert!(text.contains("4097") && text.contains("1 to 4096"), "{text}");

    let set: IndexableSet = database.declare(schema(Element::Binary, Metric::Hamming)).unwrap();
    set.insert_many(&things(Element::Binary, 30)).unwrap();
    let ask = |vector: &[f32], metric| set.query().nearest_by("v", vector, metric, 3).run().unwrap_err().to_string();
    let text = ask(&numbers(Element::Binary, 1), Metric::L2);
    assert!(text.contains("'v'") && text.contains("l2 distance") && text.contains("hamming or jaccard"), "{text}");
    let text = ask(&numbers(Element::F32, 1), Metric::Hamming);
    assert!(text.contains("component 0 is") && text.contains("bits, or of numbers 0 and 1"), "{text}");
    let text = ask(&[1.0; 3], Metric::Hamming);
    assert!(text.contains("a vector of 3 dimensions") && text.contains("19 dimensions"), "{text}");

    // Stored vectors are not changed behind a declaration.
    let plain: IndexableSet = database.declare(SetSchema::new("plain")).unwrap();
    plain.insert(&things(Element::F32, 1)[0]).unwrap();
    let options = Options::new().with("dimension", DIMENSION).with("element", "f16");
    let declared = database.declare::<Object>(SetSchema::new("plain").index_with("v", "vector", options));
    let text = declared.unwrap_err().to_string();
    assert!(text.contains("a vector of 19 components: expected a vector of 19 components of f16"), "{text}");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Typed {
    half: F16Vector,
    whole: I8Vector,
    bits: BitVector,
    /// Stored as bf16.
    wide: Vector,
}

#[test]
fn typed_objects_come_back_through_log_and_segment() {
    let of = |element: Element, dimension: usize| {
        Options::new().with("dimension", dimension).with("element", element.name())
    };
    let folder = tempfile::tempdir().unwrap();
    let typed = Typed {
        half: F16Vector::new(&[0.1, 2.0]),
        whole: I8Vector::new(&[-128, 127, 3]),
        bits: BitVector::new(&[true, false, true, true, false, false, true, false, true]),
        wide: Vector::from([0.5, -3.0]),
    };
    let declare = |database: &Database| {
        let schema = SetSchema::new("typed")
            .index_with("half", "vector", of(Element::F16, 2))
            .index_with("whole", "vector", of(Element::I8, 3))
            .index_with("bits", "vector", of(Element::Binary, 9))
            .index_with("wide", "vector", of(Element::Bf16, 2));
        database.declare::<Typed>(schema).unwrap()
    };
    let offset = {
        let database = Database::options().background(false).open(folder.path()).unwrap();
        declare(&database).insert(&typed).unwrap()
    };
    for _ in 0..2 {
        let database = Database::options().background(false).open(folder.path()).unwrap();
        let set = declare(&database);
        assert_eq!(set.get(offset).unwrap().unwrap(), typed);
        let hits = set.query().nearest("bits", &typed.bits, 1).run().unwrap();
        assert_eq!(hits.iter().next().unwrap().distance, Some(0.0));
        database.flush().unwrap();
    }
}

#[test]
fn sql_asks_by_the_operators_of_pgvector() {
    let database = Database::options().background(false).in_memory();
    for (name, metric) in [("h", Metric::Hamming), ("j", Metric::Jaccard)] {
        let options = Options::new().with("dimension", 5).with("element", "binary").with("metric", metric);
        let set: IndexableSet = database.declare(SetSchema::new(name).index_with("v", "vector", options)).unwrap();
        for (id, bits) in [[1.0, 1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0, 1.0], [0.0; 5]].into_iter().enumerate() {
            set.insert(&Object::new().with("id", id as i64).with("v", bits)).unwrap();
        }
    }
    let parameters = Parameters::new().with("q", VectorBuf::bits(&[true, true, false, false, true]));
    for query in ["'11001'", "'[1, 1, 0, 0, 1]'", "$q"] {
        for (set, op, distances) in [("h", "<~>", [0.0, 2.0, 3.0]), ("j", "<%>", [0.0, 0.5, 1.0])] {
            let sql = format!("SELECT id, v {op} {query} AS d FROM {set} ORDER BY v {op} {query} LIMIT 3");
            let answer = database.sql(&sql, &parameters).unwrap();
            let found: Vec<f64> =
                answer.objects.iter().map(|row| row.get("d").unwrap().as_ref().as_f64().unwrap()).collect();
            assert_eq!(found, distances, "{sql}");
        }
    }
    let sql = "SELECT id FROM h WHERE v <~> '11001' <= 2";
    assert_eq!(database.sql(sql, &parameters).unwrap().objects.len(), 2);
    let error = database.sql("SELECT id FROM h ORDER BY v <-> '11001' LIMIT 1", &parameters).err().unwrap();
    assert!(error.to_string().contains("hamming"), "{error}");
}
