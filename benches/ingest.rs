//! Measures writing: durable single commits and transactions of 100 on the real disk, and the bulk load of the 170,391 cities with four indexes.
//! Each prints its median beside criterion's interval and throughput.

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use protobase::{Database, IndexableSet, Object, Options, SetSchema};

fn schema() -> SetSchema {
    SetSchema::new("cities")
        .unique("geonameid")
        .index("location", "geo")
        .index("country", "hash")
        .index("population", "ordered")
        .index_on(["lon", "lat"], "plane", Options::new())
}

fn commits(criterion: &mut Criterion) {
    let cities = support::cities();
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::open(folder.path()).expect("opened");
    let set: IndexableSet<Object> =
        database.declare(SetSchema::new("cities").index("country", "hash")).expect("declared");
    let mut group = criterion.benchmark_group("durable commits");
    let mut next = cities.iter().cycle();
    group.throughput(Throughput::Elements(1));
    support::bench(&mut group, "1 object", || next.next(), |city| city.map(|city| set.insert(city)));
    group.throughput(Throughput::Elements(100));
    let hundred = || next.by_ref().take(100).collect::<Vec<_>>();
    support::bench(&mut group, "100 objects", hundred, |cities| {
        database.write(|transaction| {
            for city in &cities {
                transaction.insert(&set, city)?;
            }
            Ok(())
        })
    });
    group.finish();
}

fn bulk(criterion: &mut Criterion) {
    let cities = support::cities();
    let mut group = criterion.benchmark_group("bulk load of the cities, four indexes and a unique key");
    group.sample_size(10).throughput(Throughput::Elements(cities.len() as u64));
    let folder = || tempfile::tempdir().expect("a folder");
    support::bench(&mut group, "to disk", folder, |folder| {
        let database = Database::open(folder.path()).expect("opened");
        let set: IndexableSet<Object> = database.declare(schema()).expect("declared");
        set.insert_many(&cities).expect("stored");
        (database, folder)
    });
    group.finish();
}

criterion_group!(benches, commits, bulk);
criterion_main!(benches);
