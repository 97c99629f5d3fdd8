//! Measures hybrid questions over the 11,742 factbook passages: nearest by meaning, within a radius, with two attributes; unfiltered and by
//! attribute alone beside it. The line "meaning + radius + region + population: median .." is the mark's.

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use protobase::{Database, IndexableSet, LonLat, Object, field};

fn hybrid(criterion: &mut Criterion) {
    let Some((passages, questions)) = support::factbook() else { return };
    let database = Database::in_memory();
    let set: IndexableSet<Object> = database.declare(support::passages()).expect("declared");
    set.insert_many(&passages).expect("stored");
    database.compact().expect("compacted");

    let vienna = LonLat::new(16.37, 48.21).expect("a place");
    let near = || field("location").within_radius(vienna, 1_500_000.0);
    let both = || near().and(field("region").eq("Europe")).and(field("population").gt(5_000_000));
    let questions = &questions;
    let mut group = criterion.benchmark_group("factbook, 10 nearest of 11,742 x 384");
    let mut bench = |name: &str, filter: Option<&dyn Fn() -> protobase::Expr>| {
        let mut turn = 0;
        let next = || {
            turn = (turn + 1) % questions.len();
            &questions[turn]
        };
        support::bench(&mut group, name, next, |question| {
            let mut query = set.query().nearest("embedding", question, 10);
            if let Some(filter) = filter {
                query = query.filter(filter());
            }
            query.run().map(|hits| hits.len())
        });
    };
    bench("meaning", None);
    bench("meaning + region", Some(&|| field("region").eq("Europe")));
    bench("meaning + radius", Some(&near));
    bench("meaning + radius + region + population", Some(&both));
    group.finish();
}

criterion_group!(benches, hybrid);
criterion_main!(benches);
