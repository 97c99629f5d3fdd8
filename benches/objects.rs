//! What do stored objects cost: reading one field in place, checking, encoding, decoding, comparing?
//!
//! The object is a place of the demo: ten fields, 1.9 kB, a vector of 384 components among them. Fields are read from the
//! first, the middle and the last place, and one that is missing.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use protobase::object::{
    FieldPath, Object, PackedObject, Value, ValueRef, check, decode, encode, from_bytes, key_bytes, order, to_bytes,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Place {
    name: String,
    country: String,
    location: protobase::object::Point,
    elevation_m: i32,
    year: Option<i32>,
    embedding: protobase::object::Vector,
}

fn place() -> Object {
    Object::new()
        .with("name", "Vardzia cave monastery")
        .with("country", "Georgia")
        .with("country_code", "GE")
        .with("category", "monastery")
        .with("location", geo::Point::new(43.28, 41.38))
        .with("elevation_m", 1300)
        .with("year", 1185)
        .with("world_heritage", false)
        .with("text", "Cut into the slopes of a mountain above a river. ".repeat(4))
        .with("embedding", vec![0.05f32; 384])
}

fn fields(c: &mut Criterion) {
    let bytes = encode(&place()).expect("the object is valid");
    let packed = PackedObject::new(&bytes);
    for name in ["name", "location", "year", "embedding", "missing"] {
        let path = FieldPath::parse(name);
        c.bench_function(&format!("object/field/{name}"), |b| {
            b.iter(|| black_box(packed).get(black_box(&path)).is_some());
        });
    }
    let path = FieldPath::parse("location");
    c.bench_function("object/point", |b| {
        b.iter(|| match black_box(packed).get(&path) {
            Some(ValueRef::Geometry(shape)) => shape.point(),
            _ => None,
        });
    });
}

fn whole(c: &mut Criterion) {
    let object = place();
    let bytes = encode(&object).expect("the object is valid");
    c.bench_function("object/encode", |b| b.iter(|| encode(black_box(&object))));
    c.bench_function("object/check", |b| b.iter(|| check(black_box(&bytes))));
    c.bench_function("object/decode", |b| b.iter(|| decode(black_box(&bytes))));
    let typed: Place = from_bytes(&bytes).expect("the object has the shape");
    c.bench_function("object/to_bytes", |b| b.iter(|| to_bytes(black_box(&typed))));
    c.bench_function("object/from_bytes", |b| b.iter(|| from_bytes::<Place>(black_box(&bytes))));
}

fn comparing(c: &mut Criterion) {
    let (int, float, text) = (Value::from(1185), Value::from(1185.5), Value::from("Vardzia cave monastery"));
    c.bench_function("object/compare", |b| {
        b.iter(|| order::compare(black_box(&int).as_ref(), black_box(&float).as_ref()));
    });
    c.bench_function("object/key/number", |b| b.iter(|| key_bytes(black_box(&int).as_ref())));
    c.bench_function("object/key/text", |b| b.iter(|| key_bytes(black_box(&text).as_ref())));
}

criterion_group!(benches, fields, whole, comparing);
criterion_main!(benches);
