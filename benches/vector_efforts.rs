//! What asking for a recall costs beside the best fixed beam: for each data set, filter and wanted recall the beam that was used, the recall
//! that it was calibrated for and the one that was measured, and the time a query beside that of the narrowest fixed beam that reaches the
//! wanted recall for the same queries, which nobody could have known before. One thread, its own processor time.
//!
//! `cargo bench --bench vector_efforts [-- NAME...] [-- --k=K] [-- --beams]` with data as for `vector_recall`.

#[path = "common/asked.rs"]
mod asked;
#[path = "common/vectors.rs"]
mod vectors;

use std::{error::Error, time::Instant};

use asked::{Data, accepted, load, timed, truths};
use protobase::{
    expr::Target,
    index::{IndexError, Options, SearchEffort, SearchPath, Slot, SlotSet, Work},
};
use vectors::Segment;

const NAMES: [&str; 4] = ["mnist", "glosses", "heldout", "factbook"];
const WANTED: [f32; 3] = [0.9, 0.95, 0.99];
const SHARES: [f64; 5] = [1.0, 0.75, 0.5, 0.2, 0.1];
/// Fixed beams that are tried.
const BEAMS: [usize; 36] = [
    1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 28, 32, 36, 40, 44, 48, 56, 64, 72, 80, 96, 112, 128, 144, 160, 192,
    224, 256, 320, 384, 448, 512, 640,
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let k = arguments.iter().find_map(|argument| argument.strip_prefix("--k=")?.parse().ok()).unwrap_or(10);
    let beams = arguments.iter().any(|argument| argument == "--beams");
    let named = |name: &&str| arguments.iter().any(|argument| argument == name);
    let any = NAMES.iter().any(named);
    for name in NAMES.into_iter().filter(|name| !any || named(name)) {
        match load(name) {
            Some(data) => measure(&data, k, beams)?,
            None => println!("skipped, not in PROTOBASE_DATA or datasets/extra: {name}"),
        }
    }
    Ok(())
}

/// Queries of one data set under one filter, with their answers.
struct Asked<'s> {
    segment: &'s Segment,
    targets: Vec<Target>,
    accept: SlotSet,
    truth: Vec<Vec<Slot>>,
    k: usize,
}

fn measure(data: &Data, k: usize, beams: bool) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let segment = Segment::build(data.base.clone(), data.metric, &Options::new().with("flat_threshold", 0))?;
    let seconds = start.elapsed().as_secs_f64();
    println!("\n{}: {} x {}, k = {k}, built in {seconds:.2} s", data.name, segment.len(), data.base.ncols());
    println!("  pass  wanted  beam   calibrated  recall   µs a query   best fixed beam   recall   µs a query   ratio");
    for share in SHARES {
        let accept = accepted(segment.len(), share);
        let targets = data.queries.rows().into_iter().map(|query| segment.target(query)).collect();
        let truth = truths(data, &vec![accept.clone(); data.queries.nrows()], k);
        let asked = Asked { segment: &segment, targets, accept, truth, k };
        let fixed: Vec<(usize, f64)> = BEAMS
            .iter()
            .map(|ef| Ok((*ef, asked.once(SearchEffort::EfSearch(*ef))?.0)))
            .collect::<Result<_, IndexError>>()?;
        for wanted in WANTED {
            asked.line(share, &wanted.to_string(), wanted, SearchEffort::Recall(wanted), &fixed)?;
        }
        asked.line(share, "default", 0.95, SearchEffort::Default, &fixed)?;
        if beams {
            println!(
                "        by beam: {}",
                fixed.iter().map(|(ef, recall)| format!("{ef} {recall:.4}")).collect::<Vec<_>>().join(", ")
            );
        }
    }
    Ok(())
}

impl Asked<'_> {
    fn ask(&self, at: usize, effort: SearchEffort) -> Result<(Vec<(Slot, f64)>, SearchPath), IndexError> {
        self.segment.nearest(&self.targets[at], self.k, &self.accept, effort, &mut Work::default())
    }

    fn recall<'h>(&self, answers: impl Iterator<Item = &'h Vec<(Slot, f64)>>) -> f64 {
        let found = |(truth, hits): (&Vec<Slot>, &Vec<(Slot, f64)>)| {
            truth.iter().filter(|slot| hits.iter().any(|(hit, _)| hit == *slot)).count()
        };
        let right: usize = self.truth.iter().zip(answers).map(found).sum();
        right as f64 / self.truth.iter().map(Vec::len).sum::<usize>().max(1) as f64
    }

    /// All queries once: recall, and the path of the first.
    fn once(&self, effort: SearchEffort) -> Result<(f64, SearchPath), IndexError> {
        let answers = (0..self.targets.len()).map(|at| self.ask(at, effort)).collect::<Result<Vec<_>, _>>()?;
        Ok((self.recall(answers.iter().map(|(hits, _)| hits)), answers[0].1))
    }

    fn time(&self, effort: SearchEffort) -> Result<f64, IndexError> {
        let (_, _, speed) = timed(self.targets.len(), |at| self.ask(at, effort))?;
        Ok(1e6 / speed)
    }

    fn line(
        &self,
        share: f64,
        name: &str,
        wanted: f32,
        effort: SearchEffort,
        fixed: &[(usize, f64)],
    ) -> Result<(), IndexError> {
        let (recall, path) = self.once(effort)?;
        let best = fixed.iter().find(|(_, recall)| *recall >= f64::from(wanted)).or(fixed.last());
        let (ef, reached) = best.copied().unwrap_or_default();
        let (ours, theirs) = (self.time(effort)?, self.time(SearchEffort::EfSearch(ef))?);
        let (beam, calibrated) = match path {
            SearchPath::Graph(told) => (told.beam.to_string(), format!("{:.4}", f64::from(told.promised) / 1e4)),
            other => (format!("{other:?}"), String::new()),
        };
        println!(
            "  {share:<5} {name:7} {beam:6} {calibrated:11} {recall:.4}   {ours:8.1}     {ef:6}            {reached:.4}   {theirs:8.1}     {:.2}",
            ours / theirs
        );
        Ok(())
    }
}
