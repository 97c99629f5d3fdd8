//! What does compressing objects cost and give? The same 40,000 objects of about 600 bytes of text, plain and compressed: one object by its
//! offset, a scan that reads a field of each, and the bytes on disk.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use protobase::{Database, IndexableSet, Object, Offset, SetSchema, field};

const COUNT: usize = 40_000;

fn object(n: usize) -> Object {
    let words =
        ["stone", "tower", "river", "bridge", "monastery", "valley", "century", "built", "of", "the", "in", "a"];
    let mut state = n as u64;
    let text: Vec<&str> = (0..100)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            words[(state >> 33) as usize % words.len()]
        })
        .collect();
    Object::new().with("n", n as i64).with("value", (n % 100) as i64).with("text", text.join(" "))
}

fn compression(c: &mut Criterion) {
    let objects: Vec<Object> = (0..COUNT).map(object).collect();
    for compressed in [false, true] {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let database = Database::open(dir.path()).expect("opens");
        let schema = SetSchema::new("things");
        let schema = if compressed { schema.compressed() } else { schema };
        let set: IndexableSet = database.declare(schema).expect("declares");
        let offsets = set.insert_many(&objects).expect("inserts");
        let segment = &database.info().expect("tells").sets[0].segments[0];
        let name = if compressed { "lz4" } else { "plain" };
        println!("{name}: {} bytes of objects in {} bytes", segment.object_bytes, segment.stored_bytes);
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            offsets[(state >> 33) as usize % COUNT]
        };
        let snapshot = database.snapshot();
        let family = snapshot.family("things").expect("is declared");
        let view = snapshot.view(family, None).expect("a view");
        let mut group = c.benchmark_group(name);
        group.bench_function("one object", |b| {
            b.iter_batched(
                &mut random,
                |offset: Offset| black_box(view.get(offset).expect("reads")),
                BatchSize::SmallInput,
            );
        });
        group.sample_size(10);
        group.bench_function("scan", |b| {
            b.iter(|| set.query().filter(field("value").eq(7)).count().expect("counts"));
        });
        group.finish();
    }
}

criterion_group!(benches, compression);
criterion_main!(benches);
