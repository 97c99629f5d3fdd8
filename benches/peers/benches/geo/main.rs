//! What do nearest places cost, beside the libraries that Rust programs would otherwise take, in one run over the same points and queries?
//!
//! `cargo bench --manifest-path benches/peers/Cargo.toml --bench geo`. Points: the 170,391 cities of `datasets/`, and 2,000,000 jittered from them
//! by up to a tenth of a degree, of seven decimals. Queries: a quarter each anywhere on the globe, around cities, at the antimeridian and at the
//! poles. `-- cities` or `-- 2M` measures one of the sets, `-- alone` ours without the others. Everything is asked on one thread, one query at a time. Every answer of nearest 10 is compared with the distances to all points
//! (`PROTOBASE_CHECKED` queries, else 10,000 among the cities and 200 among the two million), every number of hits between contenders.

mod check;
mod contender;
mod data;
mod filters;
mod geo_index;
mod kiddo;
mod ours;
mod rstar;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use protobase::geometry::{GeoBox, LonLat};

use contender::{Contender, Outcome, Question};

const ROUNDS: usize = 5;
const RADIUS: f64 = 50_000.0;

fn main() -> Outcome<()> {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let (alone, sets): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|argument| argument == "alone");
    let cities = data::cities()?;
    for name in ["cities", "2M"] {
        if !sets.is_empty() && !sets.iter().any(|set| set == name) {
            continue;
        }
        let points = if name == "cities" { cities.clone() } else { data::jittered(&cities, 2_000_000) };
        let places: Vec<LonLat> = points.iter().map(|(place, _)| *place).collect();
        println!("\n## {name}: {} points", places.len());
        println!(
            "\n| index | nearest 10, us | 50 km, us | box 2 x 2, us | build, s | bytes a point | open, us |\n|---|---|---|---|---|---|---|"
        );
        let queries = data::queries(&cities, 4_000);
        let boxes: Vec<GeoBox> = queries.iter().map(|place| data::square(*place)).collect();
        let ours = ours::Ours::build(&places)?;
        let expected = row(&ours, &queries, &boxes, None);
        let makes: [fn(&[LonLat]) -> Box<dyn Contender>; 3] = [
            |places| Box::new(rstar::Rstar::build(places)),
            |places| Box::new(kiddo::Kiddo::build(places)),
            |places| Box::new(geo_index::GeoIndex::build(places)),
        ];
        for make in makes.into_iter().filter(|_| alone.is_empty()) {
            row(&*make(&places), &queries, &boxes, Some(&expected));
        }
        check::nearest(&ours, &places, &cities);
        filters::table(&ours, &points, &queries);
    }
    Ok(())
}

/// The numbers of hits of all queries, by question.
type Hits = [Vec<usize>; 3];

/// Measures one contender, prints its row, and compares the hits.
fn row(contender: &dyn Contender, queries: &[LonLat], boxes: &[GeoBox], expected: Option<&Hits>) -> Hits {
    let (nearest, found) = timed(queries.iter().map(|place| contender.nearest(*place, 10)).collect());
    let (within, inside) = timed(queries.iter().map(|place| contender.within(*place, RADIUS)).collect());
    let (boxed, in_box) = timed(boxes.iter().filter_map(|area| contender.inside(*area)).collect());
    let hits = [found, inside, in_box];
    let told = |time: Option<Duration>| time.map_or("-".to_owned(), |time| format!("{:.2}", time.as_secs_f64() * 1e6));
    let facts = contender.facts();
    let opened = facts.open.map_or("-".to_owned(), |open| format!("{:.0}", open.as_secs_f64() * 1e6));
    println!(
        "| {} | {} | {} | {} | {:.2} | {} | {opened} |",
        contender.name(),
        told(nearest),
        told(within),
        told(boxed),
        facts.build.as_secs_f64(),
        facts.bytes.map_or("-".to_owned(), |bytes| format!("{bytes:.1}")),
    );
    for (question, (expected, found)) in expected.into_iter().flatten().zip(&hits).enumerate() {
        let wrong = found.iter().zip(expected).filter(|(found, expected)| found != expected).count();
        if !found.is_empty() && wrong > 0 {
            println!(
                "  {}: {wrong} of {} answers of question {question} have other numbers of hits",
                contender.name(),
                found.len()
            );
        }
    }
    hits
}

/// The time of one question, the best of some rounds, with the numbers of hits.
fn timed(questions: Vec<Question<'_>>) -> (Option<Duration>, Vec<usize>) {
    let hits: Vec<usize> = questions.iter().map(|question| question()).collect();
    let round = |_| {
        let start = Instant::now();
        let found: usize = questions.iter().map(|question| question()).sum();
        black_box(found);
        start.elapsed()
    };
    let best = (0..ROUNDS).map(round).min();
    (best.filter(|_| !questions.is_empty()).map(|best| best / questions.len() as u32), hits)
}
