//! Plans as text a reviewer can read: one file a question under `tests/plans`. With `PROTOBASE_BLESS=1` in the environment the files are
//! written anew instead of compared.

mod common;

use std::{
    env, fs,
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use common::ids;
use protobase::{
    database::Database,
    expr::{Expr, Target, field, in_ball, in_box},
    geometry::{GeoBox, LonLat},
    index::{Options, SearchEffort, Work},
    metric::Metric,
    object::{Object, Value},
    query::{
        Ascending, Descending, Facts, Goal, Item, Misjudged, Node, NodeStats, Nulls, OrderKey, PlanLine, Query, Rule,
        Scalar,
    },
    set::{IndexableSet, SetSchema},
};

/// 20,000 towns in one segment: countries of very different size, embeddings of 8 dimensions, every fifth without a mayor.
struct Atlas {
    towns: IndexableSet<Object>,
    countries: IndexableSet<Object>,
    _database: Database,
}

static ATLAS: LazyLock<Atlas> = LazyLock::new(atlas);

const TOWNS: i64 = 20_000;

/// A number from 0 to 1 that looks random, the same in every run.
fn noise(seed: i64) -> f64 {
    let mixed = (seed as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (mixed >> 11) as f64 / (1u64 << 53) as f64
}

fn town(id: i64) -> Object {
    let noise = |salt: i64| noise(id * 31 + salt);
    let (lon, lat) = (noise(1) * 360.0 - 180.0, noise(2) * 160.0 - 80.0);
    let vector: Vec<f32> = (10..18).map(|salt| noise(salt) as f32 - 0.5).collect();
    let mut town = Object::new()
        .with("id", id)
        .with("country", format!("C{}", (noise(3).powi(3) * 40.0) as i64))
        .with("kind", ["village", "town", "city"][(noise(4).powi(2) * 3.0) as usize])
        .with("population", (noise(5).powi(4) * 1e6) as i64)
        .with("lon", lon)
        .with("lat", lat)
        .with("location", geo::Point::new(lon, lat))
        .with("embedding", vector)
        .with("note", format!("note {}", id % 7));
    if id % 5 > 0 {
        town.set("mayor", format!("M{id}"));
    }
    town
}

fn atlas() -> Atlas {
    let database = Database::options().background(false).in_memory();
    let towns = SetSchema::new("towns")
        .unique("id")
        .index("country", "hash")
        .index("kind", "hash")
        .index("population", "ordered")
        .index("mayor", "ordered")
        .index("location", "geo")
        .index_on(["lon", "lat"], "plane", Options::new())
        .index_with("embedding", "vector", Options::new().with("dimension", 8).with("metric", "cosine"));
    let cities = SetSchema::new("cities").index("population", "ordered").index("kind", "hash");
    let countries = SetSchema::new("countries").nested("cities", cities);
    let towns = database.declare::<Object>(towns).expect("declared");
    let all: Vec<Object> = (0..TOWNS).map(town).collect();
    towns.insert_many(&all).expect("inserted");
    let countries = database.declare::<Object>(countries).expect("declared");
    for owner in 0..50 {
        let country = countries.insert(&Object::new().with("id", owner)).expect("inserted");
        let cities: Vec<Object> = (0..40).map(|city| town(owner * 40 + city)).collect();
        countries.nested::<Object>(country, "cities").expect("nested").insert_many(&cities).expect("inserted");
    }
    database.flush().expect("flushed");
    database.compact().expect("compacted");
    Atlas { towns, countries, _database: database }
}

fn vector() -> Vec<f32> {
    (0..8).map(|at| noise(at + 1000) as f32 - 0.5).collect()
}

fn tbilisi() -> LonLat {
    LonLat::new(44.8, 41.7).expect("a place")
}

/// All questions, by the name of their file.
fn questions(atlas: &Atlas) -> Vec<(&'static str, Query<'_>, Goal)> {
    let towns = || atlas.towns.query();
    let country = |code: &str| field("country").eq(code);
    let population = || field("population");
    let near = || field("location").within_radius(tbilisi(), 800_000.0);
    let hits = |name, query| (name, query, Goal::Objects);
    let number = |name, query| (name, query, Goal::Count);
    let mut all = filters(atlas);
    all.extend([
        number("count_from_indexes", towns().filter(country("C3").and(population().between(1_000, 90_000)))),
        number("count_with_residual", towns().filter(country("C3").and(field("note").eq("note 3")))),
        number("count_of_everything", towns().order_by("population", Ascending)),
        hits("nearest", towns().nearest("embedding", vector(), 10)),
        hits("nearest_few", towns().filter(country("C30").and(near())).nearest("embedding", vector(), 10)),
        hits("nearest_many", towns().filter(field("kind").eq("village")).nearest("embedding", vector(), 10)),
        hits(
            "nearest_with_residual",
            towns().filter(country("C30").and(field("note").eq("note 1"))).nearest("embedding", vector(), 5),
        ),
        hits("nearest_by_another_metric", towns().nearest_by("embedding", vector(), Metric::L2, 3)),
        hits("nearest_in_order", in_order(atlas).effort(SearchEffort::Exact)),
        hits("nearest_place", towns().filter(field("kind").eq("city")).nearest_place("location", tbilisi(), 5)),
        hits("nearest_coordinates", towns().nearest_coordinates(["lon", "lat"], &[10.0, 50.0], 5)),
        hits("nearest_then_limit", towns().nearest("embedding", vector(), 100).limit(3)),
        hits("order_from_index", towns().order_by("population", Descending).limit(5)),
        hits(
            "order_from_index_filtered",
            towns().filter(field("kind").eq("village")).order_by("mayor", Ascending).limit(5).offset(5),
        ),
        hits("order_of_few", towns().filter(country("C30")).order_by("population", Ascending).limit(5)),
        hits("order_by_keys", towns().order_by("kind", Ascending).order_by("population", Descending).limit(5)),
        hits("order_nulls_first", towns().order_by_key(OrderKey::new("mayor", Ascending).nulls(Nulls::First)).limit(3)),
        hits("order_all", towns().filter(country("C9")).order_by("note", Ascending)),
        hits("limit_then_filter", towns().limit(100).filter(country("C1")).select(["id", "country"])),
        hits("nested_one_owner", nested(atlas).filter(population().gt(10_000))),
        hits("nested_family", family(atlas).filter(population().gt(900_000)).order_by("population", Descending)),
    ]);
    all
}

fn filters(atlas: &Atlas) -> Vec<(&'static str, Query<'_>, Goal)> {
    let country = |code: &str| field("country").eq(code);
    let population = || field("population");
    let radius = field("location").within_radius(tbilisi(), 800_000.0);
    let area = GeoBox::new(170.0, -20.0, -170.0, 20.0).expect("a box across the antimeridian");
    let conditions: Vec<(&'static str, Expr)> = vec![
        ("everything", Expr::all()),
        ("nothing", Expr::none()),
        ("equality", country("C7")),
        ("range", population().ge(500_000)),
        ("two_equalities", country("C2").and(field("kind").eq("city"))),
        ("equality_and_range", country("C2").and(population().lt(50))),
        ("one_range_of_two", population().ge(10).and(population().le(20))),
        ("unindexed", field("note").eq("note 2")),
        ("indexed_and_unindexed", country("C5").and(field("note").eq("note 2"))),
        ("or_of_indexed", country("C5").or(population().gt(990_000))),
        ("or_with_unindexed", country("C5").or(field("note").eq("note 2"))),
        ("in_list", field("country").is_in(["C1", "C20", "C39"])),
        ("or_of_equals", country("C1").or(country("C20"))),
        ("not", !field("kind").eq("village")),
        ("and_not", country("C4").and(!population().gt(1_000))),
        ("unique_and_more", field("id").eq(77).and(field("kind").eq("village"))),
        ("radius_and_equality", radius.and(field("kind").eq("city"))),
        ("across_the_antimeridian", field("location").within_box(area)),
        ("box_in_planes", in_box(["lon", "lat"], &[0.0, 40.0], &[10.0, 50.0])),
        ("ball_in_planes", in_ball(["lon", "lat"], &[10.0, 50.0], 3.0).and(field("kind").eq("village"))),
        ("within_distance", field("embedding").within_distance(vector(), Metric::Cosine, 0.2)),
    ];
    conditions
        .into_iter()
        .map(|(name, condition)| (name, atlas.towns.query().filter(condition), Goal::Objects))
        .collect()
}

/// The shape that SQL writes.
fn in_order(atlas: &Atlas) -> Query<'_> {
    let target = Target::Vector { path: "embedding".into(), vector: vector().into(), metric: Metric::Cosine };
    let items = [Item::field("id"), Item::distance(target.clone())];
    atlas.towns.query().select(items).order_by(Scalar::Distance(target), Ascending).limit(5)
}

fn family(atlas: &Atlas) -> Query<'static> {
    Query::over(atlas.countries.nested_family::<Object>("cities").expect("a family"))
}

fn nested(atlas: &Atlas) -> Query<'static> {
    let owner = atlas.countries.query().filter(field("id").eq(7)).run().expect("found").offsets()[0];
    Query::over(atlas.countries.nested::<Object>(owner, "cities").expect("nested"))
}

#[test]
fn plans_read_as_reviewed_27_28_29_30_31_32_33() {
    let atlas = &*ATLAS;
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let bless = env::var_os("PROTOBASE_BLESS").is_some();
    let mut different = Vec::new();
    for (name, query, goal) in questions(atlas) {
        let plan = query.explain_for(goal).unwrap_or_else(|error| panic!("{name}: {error}")).to_string();
        let file = folder.join(name).with_extension("txt");
        if bless {
            fs::write(&file, &plan).expect("written");
        } else if fs::read_to_string(&file).unwrap_or_default() != plan {
            different.push(format!("{name} is now\n{plan}"));
        }
    }
    assert!(different.is_empty(), "plans have changed:\n{}", different.join("\n"));
}

#[test]
fn plans_give_the_answer_of_the_scan_28_29_30_31_32_33_34_39() {
    let atlas = &*ATLAS;
    for (name, query, _) in questions(atlas) {
        let query = query.effort(SearchEffort::Exact);
        let hits = query.run().unwrap_or_else(|error| panic!("{name}: {error}"));
        let scanned = query.run_unoptimized().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(hits.offsets(), scanned.offsets(), "{name}");
        assert_eq!(query.count().expect("counted"), hits.len() as u64, "{name}");
    }
}

#[test]
fn equal_filters_give_equal_vector_hits_39() {
    let atlas = &*ATLAS;
    let nearest = |filter| {
        let hits = atlas.towns.query().filter(filter).nearest("embedding", vector(), 10).run().expect("hits");
        hits.iter().map(|hit| (hit.offset, hit.distance)).collect::<Vec<_>>()
    };
    let one = nearest(field("country").is_in(["C1", "C2"]));
    assert_eq!(one, nearest(field("country").eq("C2").or(field("country").eq("C1"))));
    assert_eq!(one, nearest(field("country").starts_with("C").and(field("country").is_in(["C1", "C2", "X"]))));
}

#[test]
fn work_is_bounded_34_38() {
    let atlas = &*ATLAS;
    let towns = || atlas.towns.query();
    let condition = || field("country").eq("C3").and(field("population").between(1_000, 90_000));

    let counted = towns().filter(condition()).analyze_for(Goal::Count).expect("counted");
    assert_eq!(counted.work().fetched, 0, "count fetches no object\n{counted}");
    let merge = counted.plan.find("AndMerge").expect("a merge").actual.clone().expect("analyzed");
    let sides: u64 =
        counted.plan.all("IndexScan").filter_map(|scan| scan.actual.as_ref()).map(|scan| scan.output).sum();
    assert!(merge.work.visited <= sides, "a merge visits at most N + M\n{counted}");
    assert!(counted.count > 0, "{counted}");

    let first = towns().filter(field("note").eq("note 3")).limit(2).analyze().expect("analyzed");
    assert!(first.work().fetched < 50, "a limit stops the scan\n{first}");
    let ordered = towns().order_by("population", Descending).limit(5).analyze().expect("analyzed");
    assert!(ordered.work().visited < 50 && ordered.work().fetched <= 10, "an order stops early\n{ordered}");
    assert!(towns().filter(condition()).exists().expect("exists"));
}

/// A node's counts.
fn actual(line: &PlanLine) -> &NodeStats {
    line.actual.as_ref().expect("analyzed")
}

/// Makes slots of every member of a condition, in the order they stand there, whatever would cost less.
struct MergeAll(Expr);

impl Rule for MergeAll {
    fn name(&self) -> &'static str {
        "merge_all"
    }

    fn apply(&self, node: Node, facts: &Facts<'_>) -> Node {
        let merged = |source| facts.candidates(source, &self.0).expect("indexes answer");
        match node {
            Node::Fetch { source, .. } => Node::Fetch { source, candidates: merged(source) },
            Node::CountSlots { source, .. } => Node::CountSlots { source, candidates: merged(source) },
            Node::Where { input, .. } => *input,
            other => other,
        }
    }
}

/// Members of conjunctions that come out empty; how many index scans find something before that, and how many are not asked after it.
fn with_an_empty_side() -> Vec<(Vec<Expr>, usize, usize)> {
    let nowhere = || field("country").eq("nowhere");
    let many = || field("population").gt(5);
    let near = || field("location").within_radius(tbilisi(), 8e6);
    let pole = LonLat::new(0.0, -90.0).expect("a place");
    vec![
        (vec![nowhere(), many()], 0, 1),
        (vec![many(), nowhere()], 1, 0),
        (vec![many(), nowhere(), near()], 1, 1),
        (vec![field("population").lt(-5), near(), field("kind").eq("city")], 0, 2),
        (vec![field("location").within_radius(pole, 1.0), many()], 0, 1),
        (vec![nowhere(), !many()], 0, 1),
        (vec![nowhere().or(field("kind").eq("hamlet")), many()], 0, 1),
    ]
}

#[test]
fn an_empty_side_visits_none_in_any_node_34_38() {
    let atlas = &*ATLAS;
    for (members, finding, unasked) in with_an_empty_side() {
        let condition = Expr::And(members);
        let query = atlas.towns.query().filter(condition.clone()).with_rule(Arc::new(MergeAll(condition)));
        for goal in [Goal::Objects, Goal::Count] {
            let analysis = query.analyze_for(goal).expect("analyzed");
            assert_eq!(analysis.count, 0, "{analysis}");
            let (mut found, mut idle) = (0, 0);
            for line in &analysis.plan.lines {
                let NodeStats { work, input, output, partial, .. } = actual(line);
                match line.operator {
                    "IndexScan" if *output > 0 => found += 1,
                    "IndexScan" if *input == 0 => {
                        idle += 1;
                        assert!(*partial && *work == Work::default(), "{analysis}");
                    }
                    // A tree looks at its root to know that nothing is there.
                    "IndexScan" if line.detail.starts_with("geo") => {
                        assert_eq!(*work, Work { visited: 1, ..Work::default() }, "{analysis}");
                    }
                    _ => assert_eq!(*work, Work::default(), "{}\n{analysis}", line.operator),
                }
            }
            assert!(analysis.plan.find("AndMerge").is_some(), "{analysis}");
            assert_eq!((found, idle), (finding, unasked), "{analysis}");
        }
    }
}

#[test]
fn merges_sort_nothing_and_visit_at_most_what_their_sides_give() {
    let atlas = &*ATLAS;
    let (mut merges, mut sorted_by_indexes) = (0, 0);
    for (name, query, _) in questions(atlas) {
        for goal in [Goal::Objects, Goal::Count] {
            let analysis = query.analyze_for(goal).expect("analyzed");
            for line in &analysis.plan.lines {
                let NodeStats { work, input, .. } = actual(line);
                match line.operator {
                    "AndMerge" | "OrMerge" | "AndNot" => {
                        merges += 1;
                        assert_eq!(work.sorted, 0, "{name}: a merge sorts nothing\n{analysis}");
                        assert!(work.visited <= *input, "{name}: a merge visits at most N + M\n{analysis}");
                    }
                    "IndexScan" | "NearestScan" => sorted_by_indexes += work.sorted,
                    _ => assert_eq!(work.sorted, 0, "{name}: {}\n{analysis}", line.operator),
                }
            }
        }
    }
    assert!(merges >= 20, "{merges} merges");
    assert!(sorted_by_indexes > 0, "an index in the order of values puts slots into order, and is seen to");
}

#[test]
fn analyze_marks_estimates_that_were_far_off() {
    let atlas = &*ATLAS;
    let noted = |note: &str| atlas.towns.query().filter(field("note").eq(note));
    let nothing = noted("nothing").analyze().expect("analyzed");
    let residual = nothing.plan.find("Residual").expect("a residual");
    assert_eq!(residual.misjudged(), Some(Misjudged::Fewer(6_000)), "{nothing}");
    assert!(nothing.to_string().contains("  <-- 6,000x fewer than expected\n"), "{nothing}");
    let some = noted("note 3").analyze().expect("analyzed");
    assert!(some.plan.lines.iter().all(|line| line.misjudged().is_none()), "{some}");
    let stopped = noted("note 3").limit(1).analyze().expect("analyzed");
    assert!(!stopped.to_string().contains("<--"), "a limit is no misjudgement\n{stopped}");
    assert!(noted("nothing").explain().expect("explained").lines.iter().all(|line| line.misjudged().is_none()));
}

#[test]
fn counts_limits_and_offsets_read_no_object() {
    let atlas = &*ATLAS;
    let hits = atlas.towns.query().filter(field("country").eq("C1")).limit(3).run().expect("hits");
    assert_eq!(hits.len(), 3);
    let all = ids(&atlas.towns.query().limit(3).offset(TOWNS as u64 - 2).run().expect("the last"));
    assert_eq!(all, [TOWNS - 2, TOWNS - 1]);
    assert_eq!(atlas.towns.query().count().expect("counted"), TOWNS as u64);
}

#[test]
fn bad_questions_are_refused_by_name() {
    let atlas = &*ATLAS;
    let refused = |query: Query<'_>| match query.run() {
        Ok(hits) => panic!("{} hits", hits.len()),
        Err(error) => error.to_string(),
    };
    let nearest = |vector: &[f32]| refused(atlas.towns.query().nearest("embedding", vector, 3));
    assert_eq!(
        nearest(&[1.0; 7]),
        "field 'embedding': a vector of 7 dimensions: expected 8 dimensions, as the index was declared"
    );
    assert!(nearest(&[f32::NAN; 8]).contains("field 'embedding': component 0 is NaN"));
    assert!(nearest(&[0.0; 8]).contains("zero vector"));
    let radius = refused(atlas.towns.query().filter(field("location").within_radius(tbilisi(), -1.0)));
    assert!(radius.contains("field 'location': radius -1"), "{radius}");
    let distance = field("embedding").within_distance(vec![1.0f32; 3], Metric::Cosine, 0.5);
    assert!(refused(atlas.towns.query().filter(distance)).contains("a vector of 3 dimensions"));
    let none = atlas.towns.query().nearest("embedding", vector(), 0).run().expect("k = 0");
    assert!(none.is_empty());
    let all = atlas.towns.query().filter(field("country").eq("C39")).nearest("embedding", vector(), usize::MAX);
    assert_eq!(all.run().expect("k above n").len() as u64, all.count().expect("counted"));
}

#[test]
fn traces_name_the_rules() {
    let atlas = &*ATLAS;
    let query = in_order(atlas).filter(field("population").gt(5)).filter(field("population").lt(50_000));
    let rules: Vec<&str> = query.trace(Goal::Objects).expect("traced").into_iter().map(|(rule, _)| rule).collect();
    for rule in ["as written", "fuse_wheres", "normalize_filters", "nearest_from_order", "choose_access"] {
        assert!(rules.contains(&rule), "{rule} is not among {rules:?}");
    }
    let projected = query.run().expect("hits").objects().expect("objects");
    assert!(projected.iter().all(|town| matches!(town.get("distance"), Some(Value::Float(_)))), "{projected:?}");
}
