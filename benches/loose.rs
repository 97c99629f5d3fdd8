//! Measures questions over objects that no index reaches yet: the first 4,000 factbook passages, just committed, in the open tail. Each
//! question is planned anew, over a snapshot of its own, and again over one snapshot that several questions share.

mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use protobase::{Database, Expr, IndexableSet, LonLat, Object, Query, field};

/// Less than a tail takes, in transactions too small to be a bulk load.
const OBJECTS: usize = 4_000;
const TRANSACTION: usize = 500;

fn loose(criterion: &mut Criterion) {
    let Some((passages, questions)) = support::factbook() else { return };
    let database = Database::in_memory();
    let set: IndexableSet<Object> = database.declare(support::passages()).expect("declared");
    for passages in passages[..OBJECTS].chunks(TRANSACTION) {
        set.insert_many(passages).expect("stored");
    }
    let view = set.view().expect("a view");
    assert_eq!(view.loose().len(), OBJECTS, "all are loose");

    let vienna = LonLat::new(16.37, 48.21).expect("a place");
    let both = || -> Expr { field("region").eq("Europe").and(field("population").gt(5_000_000)) };
    let question = &questions[0];
    let mut group = criterion.benchmark_group("factbook, 4,000 loose passages");
    let mut bench = |name: &str, ask: &dyn Fn(Query<'_>) -> u64| {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(ask(set.query()))));
        group.bench_function(format!("{name}, one snapshot"), |bencher| {
            bencher.iter(|| black_box(ask(Query::over(view.clone()))));
        });
    };
    bench("region and population, counted", &|query| query.filter(both()).count().expect("counted"));
    bench("10 nearest by meaning", &|query| {
        query.nearest("embedding", question, 10).run().expect("found").len() as u64
    });
    bench("10 nearest places", &|query| query.nearest_place("location", vienna, 10).run().expect("found").len() as u64);
    group.finish();
}

criterion_group!(benches, loose);
criterion_main!(benches);
