//! Every way to an answer against an obvious twin: evaluating each object, measuring each object.

use std::ops::Range;

use super::{
    Plane,
    closest::Closest,
    measure::Search,
    part::PlanePart,
    slabs::{Slab, most_selective_first},
};
use crate::{
    codec::{Container, ContainerWriter, Random},
    expr::{Expr, Predicate, Target, evaluate, in_ball, in_box},
    index::{
        BuildEffort, Columns, Exactness, IndexKind, IndexPart, NearestRequest, Options, SearchEffort, Slot, SlotSet,
        Work,
    },
    object::{FieldPath, Fields, Object, Value},
};

pub(super) const KIND: [u8; 8] = *b"PLANETST";

pub(super) fn fields(dimensions: usize) -> Vec<FieldPath> {
    (0..dimensions).map(|at| FieldPath::from(format!("x{at}").as_str())).collect()
}

/// The file of a part.
pub(super) fn file(fields: &[FieldPath], objects: &[Object], effort: BuildEffort) -> Vec<u8> {
    let mut builder = Plane.builder(fields, &Options::new(), effort).unwrap();
    for (slot, object) in (0..).zip(objects) {
        let values: Vec<_> = fields.iter().map(|field| object.field(field)).collect();
        builder.add(Slot(slot), &values).unwrap();
    }
    let mut bytes = Vec::new();
    let mut out = ContainerWriter::new(&mut bytes, KIND).unwrap();
    builder.finish(&Columns::new(), objects.len() as u32, &mut out).unwrap();
    out.finish().unwrap();
    bytes
}

pub(super) fn part(fields: &[FieldPath], objects: &[Object]) -> PlanePart {
    let container = Container::open("part", KIND, file(fields, objects, BuildEffort::Settled).into()).unwrap();
    PlanePart::open(fields, container, objects.len() as u32).unwrap()
}

/// How the coordinates of a data set come about.
#[derive(Clone, Copy, Debug)]
enum Data {
    Even,
    Clustered,
    /// Small whole numbers: most points have twins.
    Duplicates,
    /// The first dimension is the same everywhere.
    Flat,
    /// One point, many times.
    OnePoint,
    /// Infinities, NaN, greatest and least numbers, integers beyond 2^53, text, null, nothing.
    Odd,
    /// Numbers whose squares vanish or overflow.
    Extreme,
}

const ALL: [Data; 7] =
    [Data::Even, Data::Clustered, Data::Duplicates, Data::Flat, Data::OnePoint, Data::Odd, Data::Extreme];

fn value(data: Data, dimension: usize, random: &mut Random) -> Option<Value> {
    const BIG: i64 = 1 << 53;
    let float = |x: f64| Some(Value::Float(x));
    match data {
        Data::Clustered => float(random.index(5) as f64 / 5.0 + random.between(0.0, 0.01)),
        Data::Duplicates => Some(Value::Int(random.index(6) as i64)),
        Data::Flat if dimension == 0 => float(0.5),
        Data::Even | Data::Flat => float(random.fraction()),
        Data::OnePoint => float(0.25),
        Data::Odd => match random.index(16) {
            0 => float(f64::INFINITY),
            1 => float(f64::NEG_INFINITY),
            2 => float(f64::NAN),
            3 => float([f64::MAX, f64::MIN, 5e-324, -0.0][random.index(4)]),
            4 => Some(Value::Int(BIG - 2 + random.index(5) as i64)),
            5 => Some("text".into()),
            6 => Some(Value::Null),
            7 => None,
            _ => float(random.between(-4.0, 4.0)),
        },
        Data::Extreme => {
            float(random.between(-1.0, 1.0) * 10f64.powi([-200, -160, -120, 0, 120, 160, 200][random.index(7)]))
        }
    }
}

fn objects(data: Data, dimensions: usize, count: usize, random: &mut Random) -> Vec<Object> {
    let mut object = || {
        let mut object = Object::new();
        for dimension in 0..dimensions {
            if let Some(value) = value(data, dimension, random) {
                object.set(format!("x{dimension}"), value);
            }
        }
        object
    };
    (0..count).map(|_| object()).collect()
}

/// A box or a ball over all fields, or some of them in another order, around an object or anywhere.
fn shape(fields: &[FieldPath], objects: &[Object], random: &mut Random) -> Expr {
    let mut paths = fields.to_vec();
    if random.once_in(3) {
        paths.rotate_left(random.index(fields.len()));
        paths.truncate(1 + random.index(fields.len()));
    }
    let center = center(&paths, objects, random);
    let other = center_of(&paths, objects, random);
    if random.coin() {
        let distance = Target::Coordinates { paths: paths.clone(), center: center.clone().into() }
            .distance(random.pick(objects).unwrap_or(&Object::new()));
        let radius = match random.index(6) {
            0 => 0.0,
            1 => f64::INFINITY,
            2 => random.between(0.0, 1.5),
            _ => distance.filter(|distance| !distance.is_nan()).unwrap_or(0.3),
        };
        return in_ball(paths, &center, radius);
    }
    let reach = random.between(0.0, 1.0);
    let edge = |random: &mut Random, at: f64, other: f64, sign: f64| match random.index(8) {
        0 => sign * f64::INFINITY,
        1 | 2 => {
            if sign < 0.0 {
                at.min(other)
            } else {
                at.max(other)
            }
        }
        3 => at,
        _ => at + sign * reach,
    };
    let low: Vec<f64> = center.iter().zip(&other).map(|(at, other)| edge(random, *at, *other, -1.0)).collect();
    let high: Vec<f64> = center.iter().zip(&other).map(|(at, other)| edge(random, *at, *other, 1.0)).collect();
    in_box(paths, &low, &high)
}

fn center_of(paths: &[FieldPath], objects: &[Object], random: &mut Random) -> Vec<f64> {
    let object = random.pick(objects).cloned().unwrap_or_default();
    let known = |path: &FieldPath| object.field(path)?.as_f64().filter(|at: &f64| at.is_finite());
    paths.iter().map(|path| known(path).unwrap_or(0.5)).collect()
}

fn center(paths: &[FieldPath], objects: &[Object], random: &mut Random) -> Vec<f64> {
    if random.once_in(4) {
        return paths.iter().map(|_| random.between(-0.5, 1.5)).collect();
    }
    center_of(paths, objects, random)
}

fn leaf(expr: &Expr) -> &Predicate {
    let Expr::Leaf(predicate) = expr else { panic!("no leaf: {expr}") };
    predicate
}

fn check_shape(part: &PlanePart, objects: &[Object], expr: &Expr, seed: u64) -> u64 {
    let matching = (0..).zip(objects).filter(|(_, object)| evaluate(expr, *object)).map(|(slot, _)| Slot(slot));
    let expected: SlotSet = matching.collect();
    let (predicate, mut work) = (leaf(expr), Work::default());
    let shape = part.shape(predicate).unwrap();
    let mut slabs: Vec<Slab> = Vec::new();
    for (at, dimension) in shape.dimensions.iter().enumerate() {
        let (low, high) = shape.edges(at);
        slabs.push(Slab { dimension: *dimension, run: part.planes[*dimension].slab(low, high).unwrap() });
    }
    most_selective_first(&mut slabs);
    let name = || format!("seed {seed}, {} objects: {expr}", objects.len());
    for slab in &slabs {
        assert_eq!(part.in_slab(&shape, slab, &mut work).unwrap(), expected, "slab {}, {}", slab.dimension, name());
    }
    assert_eq!(part.in_all_slabs(&shape, &slabs, &mut work).unwrap(), expected, "merge, {}", name());
    let blocks = part.blocks.as_ref().unwrap();
    assert_eq!(part.in_blocks(blocks, &shape, &mut work).unwrap(), expected, "blocks, {}", name());
    let (found, exactness) = part.candidates(predicate, &mut work).unwrap();
    assert_eq!((&found, exactness), (&expected, Exactness::Exact), "{}", name());
    let offered = part.access(predicate).unwrap().cardinality;
    let bounds = offered.min..=offered.max;
    assert!(bounds.contains(&expected.len()) && bounds.contains(&offered.expected), "{offered:?}, {}", name());
    expected.len()
}

fn check_shapes(dimensions: Range<usize>, sizes: &[usize], questions: usize) {
    let mut found = 0;
    for dimensions in dimensions {
        for (at, data) in ALL.into_iter().enumerate() {
            for size in sizes {
                let seed = (dimensions * 1_000 + at * 100) as u64 + *size as u64;
                let random = &mut Random::new(seed);
                let (fields, objects) = (fields(dimensions), objects(data, dimensions, *size, random));
                let part = part(&fields, &objects);
                part.verify().unwrap();
                for _ in 0..questions {
                    found += check_shape(&part, &objects, &shape(&fields, &objects, random), seed);
                }
            }
        }
    }
    assert!(found > 1_000, "hardly anything was found: {found}");
}

#[test]
fn every_way_equals_evaluation_in_every_number_of_dimensions() {
    check_shapes(2..17, &[0, 1, 2, 64, 65, 300], 20);
}

#[test]
fn every_way_equals_evaluation_over_several_levels_of_blocks() {
    check_shapes(2..4, &[4_096, 5_000], 30);
}

fn check_nearest(part: &PlanePart, objects: &[Object], target: &Target, accept: &SlotSet, k: usize, seed: u64) {
    let Target::Coordinates { paths, center } = target else { panic!("no coordinates: {target}") };
    let distance = |slot: Slot| Some((slot, target.distance(&objects[slot.0 as usize])?));
    let mut measured: Vec<(Slot, f64)> = accept.iter().filter_map(distance).filter(|(_, at)| !at.is_nan()).collect();
    measured.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let bounds = [f64::INFINITY, measured.get(k / 2).map_or(0.0, |(_, distance)| *distance)];
    for bound in bounds {
        let wanted = &measured[..k.min(measured.len())];
        let wanted = &wanted[..wanted.partition_point(|(_, distance)| *distance <= bound)];
        let request = NearestRequest { target, k, accept, effort: SearchEffort::Exact, bound };
        let dimensions = part.dimensions(paths).unwrap();
        let search = Search { part, dimensions: &dimensions, center, request: &request, bound };
        let (name, mut work) = (format!("seed {seed}, {k} within {bound} of {target}"), Work::default());
        let mut closest = Closest::new(&search, part.blocks.as_ref().unwrap());
        // In two portions, as when another way was thought of in between.
        let ended = closest.search(1, &mut work).unwrap() || closest.search(u64::MAX, &mut work).unwrap();
        assert!(ended, "{name}");
        assert_eq!(closest.hits(), wanted, "blocks, {name}");
        assert_eq!(search.widen(&mut work).unwrap().0, wanted, "slabs, {name}");
        assert_eq!(search.flat(&mut work).unwrap().0, wanted, "flat, {name}");
        assert_eq!(part.nearest(&request, &mut work).unwrap().unwrap().0, wanted, "{name}");
    }
}

#[test]
fn the_nearest_are_the_same_on_every_way() {
    for (dimensions, sizes) in [(2, &[0, 1, 65, 5_000][..]), (3, &[2, 700]), (8, &[64, 2_000]), (16, &[300])] {
        for (at, data) in ALL.into_iter().enumerate() {
            for size in sizes {
                let seed = (dimensions * 1_000 + at * 100) as u64 + *size as u64;
                let random = &mut Random::new(seed);
                let (fields, objects) = (fields(dimensions), objects(data, dimensions, *size, random));
                let part = part(&fields, &objects);
                for k in [1, 7, 100] {
                    let mut paths = fields.clone();
                    paths.truncate(if random.once_in(3) { 1 + random.index(dimensions) } else { dimensions });
                    let center = center(&paths, &objects, random).into();
                    let step = 1 + random.index(3);
                    let accept = SlotSet::collect((0..*size as u32).step_by(step).map(Slot));
                    check_nearest(&part, &objects, &Target::Coordinates { paths, center }, &accept, k, seed);
                }
            }
        }
    }
}
