//! What do boxes, balls and nearest cost in numeric dimensions, beside a full scan and a k-d tree, in the same run?
//!
//! A million points (or as many as `PLANE_OBJECTS` says) in 2, 3 and 8 dimensions, spread evenly and in clusters; cubes and balls around points
//! of the data that hold 10 % down to 0.001 % of them, and the nearest ten. Ours is the bare index part: a box or a ball becomes a set of
//! slots; "planes alone" is the same part without its blocks of near points. The scan goes through columns of f64. The k-d tree is `kiddo`'s immutable one over f64; a cube is a ball of its Chebyshev metric. It
//! gives items in the order of the tree; ours come sorted. The scan's counts are what both are compared with.

mod contenders;
mod data;

use std::time::{Duration, Instant};

use contenders::{Columns, Contender, Ours, Tree, build, without_blocks};
use data::{Question, Shape};

/// Shares of the points that a shape holds, and how many questions of each are asked.
const SHARES: [(f64, usize); 5] = [(0.1, 20), (0.01, 50), (0.001, 100), (0.000_1, 200), (0.000_01, 200)];
/// Rounds through all questions, of which the quickest counts, question by question.
const ROUNDS: usize = 7;

fn main() {
    let objects = std::env::var("PLANE_OBJECTS").ok().and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    println!("{objects} points; microseconds a question, the quickest of {ROUNDS} rounds\n");
    println!(
        "| points | question | share | hits | Protobase | foreseen | planes alone | full scan | kiddo | against the scan | against kiddo |"
    );
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut notes = Vec::new();
    for (name, clusters) in [("even", 0), ("clustered", 1_000)] {
        measure::<2>(name, &data::points(objects, clusters), &mut notes);
        measure::<3>(name, &data::points(objects, clusters), &mut notes);
        measure::<8>(name, &data::points(objects, clusters), &mut notes);
    }
    println!("\n{}", notes.join("\n"));
}

fn measure<const D: usize>(name: &str, points: &[[f64; D]], notes: &mut Vec<String>) {
    let columns = Columns::new(points);
    let (bytes, built) = timed(|| build(points));
    let planes = Ours::open::<D>(without_blocks(&bytes), points.len());
    let ours = Ours::open::<D>(bytes, points.len());
    let (tree, planted) = timed(|| Tree::new(points));
    notes.push(format!(
        "{name}, {D} dimensions: ours built in {:.2} s, {:.1} bytes a point ({} of it without blocks); kiddo built in {:.2} s",
        built.as_secs_f64(),
        ours.bytes as f64 / points.len() as f64,
        format_args!("{:.1}", planes.bytes as f64 / points.len() as f64),
        planted.as_secs_f64()
    ));
    for shape in [Shape::Box, Shape::Ball] {
        for (share, count) in SHARES {
            let questions = data::questions(points, shape, share, count);
            line(&format!("{name}, {D}"), &format!("{share}"), &questions, (&ours, &planes), &columns, &tree);
        }
    }
    let questions = data::questions(points, Shape::Nearest, 0.0, 100);
    line(&format!("{name}, {D}"), "", &questions, (&ours, &planes), &columns, &tree);
}

/// Asks all, compares their answers, prints what they took.
fn line<const D: usize>(
    name: &str,
    share: &str,
    questions: &[Question<D>],
    (ours, planes): (&Ours, &Ours),
    columns: &Columns<D>,
    tree: &Tree<D>,
) {
    let few = &questions[..questions.len().min(20)];
    let expected: Vec<usize> = few.iter().map(|question| columns.ask(question)).collect();
    for (question, expected) in few.iter().zip(&expected) {
        assert_eq!(ours.ask(question), *expected, "{question:?}");
        assert_eq!(planes.ask(question), *expected, "planes alone, {question:?}");
        let found = tree.ask(question);
        // It squares and sums in its own order: what lies on the very edge may be on its other side.
        assert!(found.abs_diff(*expected) <= 2, "kiddo: {found}, not {expected}: {question:?}");
    }
    let hits = expected.iter().sum::<usize>() / expected.len();
    let [own, old] = [quickest(questions, ours), quickest(few, planes)];
    let [scan, peer] = [quickest(few, columns), quickest(questions, tree)];
    let foreseen = questions.iter().map(|question| ours.foreseen(question)).sum::<f64>() / questions.len() as f64;
    println!(
        "| {name} | {:?} | {share} | {hits} | {own:.1} | {foreseen:.1} | {old:.0} | {scan:.0} | {peer:.1} | {:.1} x | {:.2} x |",
        questions[0].shape,
        scan / own,
        peer / own
    );
}

/// Microseconds a question: of each the quickest of all rounds, so that what else the machine does counts little.
fn quickest<const D: usize>(questions: &[Question<D>], contender: &impl Contender<D>) -> f64 {
    let mut best = vec![f64::INFINITY; questions.len()];
    for _ in 0..ROUNDS {
        for (question, best) in questions.iter().zip(&mut best) {
            let start = Instant::now();
            std::hint::black_box(contender.ask(std::hint::black_box(question)));
            *best = best.min(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    best.iter().sum::<f64>() / best.len() as f64
}

fn timed<T>(make: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (make(), start.elapsed())
}
