//! Measures counted conjunctions through the Query API: `a = x AND b = y` with a million matches each in ten million objects, beside the
//! intersection of two `roaring` bitmaps in memory; and `country = 'IT' AND population BETWEEN ..` over the cities.

mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use protobase::{Database, IndexableSet, LonLat, Object, SetSchema, codec::Random, field};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

const OBJECTS: u32 = 10_000_000;

#[derive(Serialize, Deserialize)]
struct Pair {
    a: u32,
    b: u32,
}

fn conjunction(criterion: &mut Criterion) {
    let mut numbers = Random::new(7);
    let pairs: Vec<Pair> =
        (0..OBJECTS).map(|_| Pair { a: numbers.below(10) as u32, b: numbers.below(10) as u32 }).collect();
    let bitmap = |pick: fn(&Pair) -> u32, value: u32| -> RoaringBitmap {
        let matching = pairs.iter().zip(0..).filter(|(pair, _)| pick(pair) == value);
        matching.map(|(_, slot): (_, u32)| slot).collect()
    };
    let (mut a, mut b) = (bitmap(|pair| pair.a, 3), bitmap(|pair| pair.b, 7));
    a.optimize();
    b.optimize();

    let database = Database::in_memory();
    let set: IndexableSet<Pair> =
        database.declare(SetSchema::new("pairs").index("a", "hash").index("b", "hash")).expect("declared");
    set.insert_many(&pairs).expect("stored");
    drop(pairs);
    database.compact().expect("compacted");
    let filter = field("a").eq(3).and(field("b").eq(7));
    let query = set.query().filter(filter);
    assert_eq!(query.count().expect("counted"), a.intersection_len(&b), "both count the same");
    println!("a: {} matches, b: {} matches, both: {}", a.len(), b.len(), a.intersection_len(&b));

    let mut group = criterion.benchmark_group("conjunction of 1 M and 1 M in 10 M, counted");
    group.bench_function("protobase, Query API", |bencher| bencher.iter(|| black_box(query.count())));
    group.bench_function("roaring, bitmaps in memory", |bencher| bencher.iter(|| black_box(a.intersection_len(&b))));
    group.finish();
}

fn cities(criterion: &mut Criterion) {
    let database = Database::in_memory();
    let schema =
        SetSchema::new("cities").index("location", "geo").index("country", "hash").index("population", "ordered");
    let set: IndexableSet<Object> = database.declare(schema).expect("declared");
    set.insert_many(&support::cities()).expect("stored");
    database.compact().expect("compacted");
    let filter = || field("country").eq("IT").and(field("population").between(10_000, 50_000));
    let query = set.query().filter(filter());
    let tbilisi = LonLat::new(44.83, 41.69).expect("a place");
    let nearest = || black_box(set.query().nearest_place("location", tbilisi, 10).run().map(|hits| hits.len()));
    criterion.bench_function("cities: 10 nearest to a place, planned anew", |bencher| bencher.iter(nearest));
    let mut group = criterion.benchmark_group("cities: country = 'IT' AND population BETWEEN 10000 AND 50000");
    group.bench_function("count", |bencher| bencher.iter(|| black_box(query.count())));
    group.bench_function("count, planned anew", |bencher| {
        bencher.iter(|| black_box(set.query().filter(filter()).count()));
    });
    group.bench_function("hits", |bencher| bencher.iter(|| black_box(query.run().map(|hits| hits.len()))));
    group.finish();
}

criterion_group!(benches, cities, conjunction);
criterion_main!(benches);
