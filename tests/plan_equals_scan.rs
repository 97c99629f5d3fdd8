//! For random objects, filters, orders, limits and any set of indexes: the optimized plan gives the answer of the plain scan (behaviour
//! 40), and the same over a list (54b).

mod common;

use common::{Index, State, World, ids, world};
use proptest::{collection::vec, option, prelude::*, sample::select};
use protobase::{
    expr::{Expr, Target, Targets, field, in_ball, in_box},
    geometry::{GeoBox, Globe, LonLat, PreparedShape},
    index::SearchEffort,
    metric::Metric,
    object::{Object, Value},
    query::{Analysis, Ascending, Descending, Direction, Goal, Nulls, OrderKey, PlanLine, Query, Scalar},
};
use std::fmt::Debug;

const INDEXES: &[Index<'_>] = &[
    (&["a"], "hash", &[]),
    (&["a"], "ordered", &[]),
    (&["b"], "ordered", &[]),
    (&["s"], "hash", &[]),
    (&["s"], "ordered", &[]),
    (&["tags"], "hash", &[]),
    (&["place"], "geo", &[]),
    (&["v"], "vector", &[("dimension", "2"), ("metric", "l2")]),
    (&["x", "y"], "plane", &[]),
];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => (-3i64..4).prop_map(Value::Int),
        2 => (-6i32..7).prop_map(|half| Value::Float(f64::from(half) / 2.0)),
        2 => select(vec!["", "a", "ab", "b", "é"]).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
        1 => Just(Value::Float(f64::NAN)),
        1 => (-2i64..3).prop_map(Value::Timestamp),
    ]
}

fn place() -> impl Strategy<Value = LonLat> {
    (-3i32..4, -3i32..4)
        .prop_map(|(lon, lat)| LonLat::new(f64::from(lon) * 60.0, f64::from(lat) * 30.0).expect("on the globe"))
}

prop_compose! {
    fn object()(
        a in option::of(scalar()),
        b in option::of(-5i64..6),
        s in option::of(select(vec!["", "a", "ab", "abc", "b", "é"])),
        tags in option::of(vec(select(vec!["t", "u", "v"]), 0..4)),
        place in option::of(place()),
        v in option::of((-2i8..3, -2i8..3)),
        x in option::of(-3i64..4),
        y in option::of(-3i64..4),
    ) -> Object {
        let mut object = Object::new();
        if let Some(a) = a { object.set("a", a); }
        if let Some(b) = b { object.set("b", b); }
        if let Some(s) = s { object.set("s", s); }
        if let Some(tags) = tags { object.set("tags", tags); }
        if let Some(place) = place { object.set("place", geo::Point::new(place.lon, place.lat)); }
        if let Some((v, w)) = v { object.set("v", vec![f32::from(v), f32::from(w)]); }
        if let Some(x) = x { object.set("x", x); }
        if let Some(y) = y { object.set("y", y); }
        object
    }
}

fn leaf() -> impl Strategy<Value = Expr> {
    let named = || select(vec!["a", "b", "s", "x", "nowhere"]);
    prop_oneof![
        3 => (named(), scalar()).prop_map(|(name, value)| field(name).eq(value)),
        2 => (named(), scalar()).prop_map(|(name, value)| field(name).gt(value)),
        2 => (named(), scalar()).prop_map(|(name, value)| field(name).le(value)),
        2 => (named(), scalar(), scalar()).prop_map(|(name, low, high)| field(name).between(low, high)),
        2 => (named(), vec(scalar(), 0..4)).prop_map(|(name, values)| field(name).is_in(values)),
        1 => named().prop_map(|name| field(name).is_null()),
        1 => named().prop_map(|name| field(name).is_missing()),
        1 => select(vec!["", "a", "ab"]).prop_map(|prefix| field("s").starts_with(prefix)),
        1 => select(vec!["a%", "%b", "_"]).prop_map(|pattern| field("s").like(pattern)),
        1 => select(vec!["t", "u"]).prop_map(|tag| field("tags").contains(tag)),
        1 => (place(), 0u32..12).prop_map(|(at, radius)| field("place").within_radius(at, f64::from(radius) * 1e6)),
        1 => (-3i32..4, -3i32..1).prop_map(|(west, south)| {
            let area = GeoBox::new(f64::from(west) * 50.0, f64::from(south) * 30.0, f64::from(-west) * 40.0, 45.0);
            field("place").within_box(area.expect("a box"))
        }),
        1 => (-2i8..3, 0u8..6).prop_map(|(at, far)| {
            field("v").within_distance(vec![f32::from(at), 0.5], Metric::L2, f64::from(far) / 2.0)
        }),
        1 => (-3i32..4, 0u8..4).prop_map(|(at, radius)| in_ball(["x", "y"], &[f64::from(at), 0.0], f64::from(radius))),
        1 => (-3i32..4, -3i32..4).prop_map(|(x, y)| in_box(["x", "y"], &[f64::from(x), f64::from(y)], &[2.0, 2.0])),
    ]
}

fn expr() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            3 => vec(inner.clone(), 0..4).prop_map(Expr::And),
            2 => vec(inner.clone(), 0..4).prop_map(Expr::Or),
            1 => inner.prop_map(|expr| !expr),
        ]
    })
}

#[derive(Clone, Debug)]
enum Near {
    Vector([f32; 2], Metric),
    Place(LonLat),
    /// A line between two places.
    Line(LonLat, LonLat),
    Coordinates([f64; 2]),
    Like {
        like: Vec<[f32; 2]>,
        unlike: Vec<[f32; 2]>,
        best: bool,
    },
}

impl Near {
    fn target(&self) -> Target {
        match self {
            Self::Vector(vector, metric) => {
                Target::Vector { path: "v".into(), vector: vector[..].into(), metric: *metric }
            }
            Self::Place(place) => Target::Place { path: "place".into(), place: *place },
            Self::Line(from, to) => {
                let line = geo::Line::new((from.lon, from.lat), (to.lon, to.lat));
                Target::shape("place", PreparedShape::new(line).expect("a line"), Globe::Sphere)
            }
            Self::Coordinates(center) => {
                Target::Coordinates { paths: vec!["x".into(), "y".into()], center: center[..].into() }
            }
            Self::Like { like, unlike, best } => {
                let targets = if *best { Targets::best(like) } else { Targets::average(like) };
                targets.unlike(unlike).target("v", Metric::L2).expect("vectors to be like")
            }
        }
    }

    fn is_vector(&self) -> bool {
        matches!(self, Self::Vector(..) | Self::Like { .. })
    }
}

/// What is asked of the nearest beside their number.
#[derive(Clone, Debug)]
enum Shape {
    Within(f64),
    Diverse { more: usize, lambda: f64 },
    Group { name: &'static str, groups: usize, per_group: usize },
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        (0u8..8).prop_map(|far| Shape::Within(f64::from(far) / 2.0)),
        (0usize..12, 0u8..=4).prop_map(|(more, lambda)| Shape::Diverse { more, lambda: f64::from(lambda) / 4.0 }),
        (select(vec!["a", "b", "s", "tags", "nowhere"]), 1usize..5, 1usize..4)
            .prop_map(|(name, groups, per_group)| Shape::Group { name, groups, per_group }),
    ]
}

fn near() -> impl Strategy<Value = Near> {
    prop_oneof![
        (-2i8..3, -2i8..3, any::<bool>()).prop_map(|(v, w, l2)| {
            Near::Vector([f32::from(v) + 0.5, f32::from(w)], if l2 { Metric::L2 } else { Metric::Cosine })
        }),
        (vec((-2i8..3, -2i8..3), 1..3), vec((-2i8..3, -2i8..3), 0..3), any::<bool>()).prop_map(
            |(like, unlike, best)| {
                let vectors =
                    |some: Vec<(i8, i8)>| some.into_iter().map(|(v, w)| [f32::from(v), f32::from(w)]).collect();
                Near::Like { like: vectors(like), unlike: vectors(unlike), best }
            }
        ),
        place().prop_map(Near::Place),
        (place(), place()).prop_map(|(from, to)| Near::Line(from, to)),
        (-3i32..4, -3i32..4).prop_map(|(x, y)| Near::Coordinates([f64::from(x), f64::from(y)])),
    ]
}

/// What is asked.
#[derive(Clone, Debug)]
struct Question {
    filters: Vec<Expr>,
    nearest: Option<(Near, usize)>,
    shape: Option<Shape>,
    order: Vec<(Key, Direction, Option<Nulls>)>,
    limit: Option<u64>,
    offset: u64,
    afterwards: Option<Expr>,
}

#[derive(Clone, Debug)]
enum Key {
    Field(&'static str),
    Distance(Near),
}

fn question() -> impl Strategy<Value = Question> {
    let key = prop_oneof![
        3 => select(vec!["a", "b", "s", "nowhere"]).prop_map(Key::Field),
        1 => near().prop_map(Key::Distance),
    ];
    let direction = prop_oneof![Just(Ascending), Just(Descending)];
    let nulls = option::of(prop_oneof![Just(Nulls::First), Just(Nulls::Last)]);
    (
        vec(expr(), 0..3),
        option::weighted(0.5, (near(), 0usize..9)),
        option::weighted(0.4, shape()),
        vec((key, direction, nulls), 0..3),
        option::weighted(0.6, 0u64..9),
        prop_oneof![4 => Just(0u64), 1 => 0u64..4],
        option::weighted(0.2, expr()),
    )
        .prop_map(|(filters, nearest, shape, order, limit, offset, afterwards)| Question {
            filters,
            nearest,
            shape,
            order,
            limit,
            offset,
            afterwards,
        })
}

impl Question {
    fn over<'a>(&self, world: &'a World) -> Query<'a> {
        let mut query = world.query().effort(SearchEffort::Exact);
        for filter in &self.filters {
            query = query.filter(filter.clone());
        }
        if let Some((near, k)) = &self.nearest {
            query = query.nearest_to(near.target(), *k);
            query = match self.shape {
                // Metres are many.
                Some(Shape::Within(far)) if matches!(near, Near::Place(_) | Near::Line(..)) => query.within(far * 1e6),
                Some(Shape::Within(far)) => query.within(far),
                Some(Shape::Diverse { more, lambda }) if near.is_vector() && *k > 0 => query.diverse(k + more, lambda),
                _ => query,
            };
        }
        if let Some(Shape::Group { name, groups, per_group }) = self.shape
            && (self.nearest.is_some() || !self.order.is_empty())
        {
            query = query.group_by(name, groups, per_group);
        }
        for (key, direction, nulls) in &self.order {
            let scalar = match key {
                Key::Field(name) => Scalar::from(*name),
                Key::Distance(near) => Scalar::Distance(near.target()),
            };
            let key = OrderKey::new(scalar, *direction);
            query = query.order_by_key(nulls.map_or(key.clone(), |nulls| key.nulls(nulls)));
        }
        if let Some(limit) = self.limit {
            query = query.limit(limit);
        }
        query = query.offset(self.offset);
        match &self.afterwards {
            Some(filter) => query.filter(filter.clone()),
            None => query,
        }
    }
}

fn states() -> impl Strategy<Value = State> {
    select(State::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_gives_the_answer_of_the_scan_40_54b(
        objects in vec(object(), 0..40),
        chosen in proptest::sample::subsequence(INDEXES, 0..=INDEXES.len()),
        state in states(),
        questions in vec(question(), 1..12),
    ) {
        let objects: Vec<Object> = (0..).zip(objects).map(|(id, object)| object.with("id", id)).collect();
        let list = common::list(&objects);
        let set = world(&objects, &chosen, state);
        for question in questions {
            let query = question.over(&set);
            let plan = query.explain().expect("explained");
            let hits = query.run().expect("an answer");
            let scanned = query.run_unoptimized().expect("a scan");
            let distances = |hits: &protobase::query::Hits| hits.iter().map(|hit| hit.distance).collect::<Vec<_>>();
            prop_assert_eq!(ids(&hits), ids(&scanned), "{:?}\n{}", question, plan);
            prop_assert_eq!(distances(&hits), distances(&scanned), "{:?}\n{}", question, plan);
            prop_assert_eq!(query.count().expect("counted"), hits.len() as u64, "{:?}\n{}", question, plan);
            prop_assert_eq!(query.exists().expect("exists"), !hits.is_empty(), "{:?}\n{}", question, plan);
            let listed = question.over(&list).run().expect("an answer over a list");
            prop_assert_eq!(ids(&hits), ids(&listed), "{:?}\n{}", question, plan);
        }
    }
}

/// What goes into a node is what its inputs gave out, and what comes out at the top is what was found: whether it was in a segment or loose.
fn assert_conserved(analysis: &Analysis, slots: u64, what: &dyn Debug) -> Result<(), TestCaseError> {
    let plan = &analysis.plan;
    let actual = |line: &PlanLine| line.actual.clone().expect("analyzed");
    for (at, line) in plan.lines.iter().enumerate() {
        let of = actual(line);
        let below = plan.lines[at + 1..].iter().take_while(|below| below.depth > line.depth);
        let inputs: Vec<&PlanLine> = below.filter(|below| below.depth == line.depth + 1).collect();
        let given: u64 = inputs.iter().map(|input| actual(input).output).sum();
        if !inputs.is_empty() || line.operator == "OrMerge" {
            prop_assert_eq!(of.input, given, "{} of {:?}\n{}", line.operator, what, plan);
        } else if !of.partial {
            prop_assert_eq!(of.input, slots, "{} of {:?}\n{}", line.operator, what, plan);
        }
        let counts = line.operator == "Count";
        prop_assert!(counts || of.output <= of.input, "{} of {:?}\n{}", line.operator, what, plan);
        prop_assert!(at == 0 || of.work.fetched <= of.input.max(slots), "{} of {:?}\n{}", line.operator, what, plan);
    }
    let top = actual(&plan.lines[0]);
    match &analysis.hits {
        Some(hits) => prop_assert_eq!(top.output, hits.len() as u64, "{:?}\n{}", what, plan),
        None => prop_assert!(top.output == 1 && analysis.count <= top.input, "{:?}\n{}", what, plan),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn analyze_accounts_for_every_object(
        objects in vec(object(), 0..40),
        chosen in proptest::sample::subsequence(INDEXES, 0..=INDEXES.len()),
        state in states(),
        questions in vec(question(), 1..12),
    ) {
        let objects: Vec<Object> = (0..).zip(objects).map(|(id, object)| object.with("id", id)).collect();
        let set = world(&objects, &chosen, state);
        for question in questions {
            let query = question.over(&set);
            let found = query.count().expect("counted");
            for goal in [Goal::Objects, Goal::Count] {
                let analysis = query.analyze_for(goal).expect("analyzed");
                prop_assert_eq!(analysis.count, found);
                assert_conserved(&analysis, set.slots(), &question)?;
            }
        }
    }
}
