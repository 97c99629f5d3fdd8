//! Measures opening a directory with the 170,391 cities and four indexes, until it is open and until the first answer.
//! Closing it counts as well. Each prints its median, which is the mark's.

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use protobase::{Database, IndexableSet, LonLat, Object, Options, SetSchema};

fn open(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    {
        let database = Database::open(folder.path()).expect("opened");
        let schema = SetSchema::new("cities")
            .index("location", "geo")
            .index("country", "hash")
            .index("population", "ordered")
            .index_on(["lon", "lat"], "plane", Options::new());
        let set: IndexableSet<Object> = database.declare(schema).expect("declared");
        set.insert_many(&support::cities()).expect("stored");
        database.compact().expect("compacted");
    }
    let options = || Database::options().background(false).read_only(true);
    let rome = LonLat::new(12.5, 41.9).expect("a place");
    let mut group = criterion.benchmark_group("open 170,391 cities");
    support::bench(&mut group, "open", || (), |()| drop(options().open(folder.path()).expect("opened")));
    support::bench(
        &mut group,
        "open and first nearest city",
        || (),
        |()| {
            let database = options().open(folder.path()).expect("opened");
            let set = database.set::<Object>("cities").expect("there");
            set.query().nearest_place("location", rome, 1).run().expect("answered").len()
        },
    );
    group.finish();
}

criterion_group!(benches, open);
criterion_main!(benches);
