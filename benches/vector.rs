//! Measures the distance kernels at 384 and 784 components, and nearest searches over a generated, clustered set of
//! 20,000 x 64 along each path: graph, scan of codes, scan of originals; and one build of the graph.

#[path = "common/vectors.rs"]
mod vectors;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use protobase::{
    index::{Options, SearchEffort, SlotSet, Work},
    metric::Metric,
};
use vectors::{Segment, clustered};

fn kernels(criterion: &mut Criterion) {
    for dimension in [384, 784] {
        let pair = clustered(1, 2, dimension);
        let (a, b) = (pair.row(0).to_vec(), pair.row(1).to_vec());
        for metric in Metric::ALL {
            criterion.bench_function(&format!("distance/{metric}/{dimension}"), |bencher| {
                bencher.iter(|| metric.distance(black_box(&a), black_box(&b)));
            });
        }
    }
}

fn nearest(criterion: &mut Criterion) {
    let vectors = clustered(2, 20_000, 64);
    let queries = clustered(2, 20_100, 64);
    let segment = match Segment::build(vectors, Metric::L2, &Options::new().with("flat_threshold", 0)) {
        Ok(segment) => segment,
        Err(error) => panic!("building the bench's segment: {error}"),
    };
    let targets: Vec<_> = (20_000..20_100).map(|line| segment.target(queries.row(line))).collect();
    let every = |step: u32| SlotSet::from_sorted((0..20_000).step_by(step as usize).collect()).for_probing();
    let cases = [
        ("all", SlotSet::all(20_000), SearchEffort::Default),
        ("half", every(2), SearchEffort::Default),
        ("tenth", every(10), SearchEffort::Default),
        ("hundredth", every(100), SearchEffort::Default),
        ("all, exact", SlotSet::all(20_000), SearchEffort::Exact),
    ];
    for (name, accept, effort) in &cases {
        let mut turn = 0;
        criterion.bench_function(&format!("nearest 10 of 20,000 x 64/{name}"), |bencher| {
            bencher.iter(|| {
                turn = (turn + 1) % targets.len();
                segment.nearest(&targets[turn], 10, accept, *effort, &mut Work::default()).map(|found| found.0.len())
            });
        });
    }
}

fn build(criterion: &mut Criterion) {
    let vectors = clustered(3, 5_000, 64);
    let mut group = criterion.benchmark_group("build");
    group.sample_size(10);
    group.bench_function("graph of 5,000 x 64", |bencher| {
        bencher.iter(|| {
            let options = Options::new().with("flat_threshold", 0);
            Segment::build(vectors.clone(), Metric::L2, &options).map(|segment| segment.bytes)
        });
    });
    group.finish();
}

criterion_group!(benches, kernels, nearest, build);
criterion_main!(benches);
