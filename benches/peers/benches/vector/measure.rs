//! What building takes, and the narrowest beam that reaches a recall.

use std::{fs::OpenOptions, io::Write, path::Path, time::Instant};

use protobase::index::{Slot, SlotSet};
use serde_json::{Value, json};

use crate::{
    Make,
    asked::{Data, Filter, filters, timed, truths},
    contender::{Contender, K, Outcome, SETTINGS},
    process::{forget_most_resident, most_resident, processor_seconds, resident},
};

const BEAMS: [usize; 18] = [10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 192, 256, 384, 512, 768, 1_024];
const WANTED: [f64; 2] = [0.95, 0.99];
const FILTERED_WANTED: [f64; 1] = [0.95];
/// The best counts.
const ROUNDS: usize = 3;

/// One contender on one data set.
pub struct Measure<'a> {
    pub data: &'a Data,
    pub name: &'static str,
    pub lines: Option<&'a Path>,
}

impl Measure<'_> {
    pub fn all(&self, make: Make, parts: &[String]) -> Outcome<()> {
        let truth = Truth::of(self.data);
        let before = resident();
        forget_most_resident();
        let (start, used) = (Instant::now(), processor_seconds());
        let mut contender = make(self.data)?;
        self.tell(json!({
            "part": "build",
            "build_s": start.elapsed().as_secs_f64(),
            "build_cpu_s": processor_seconds() - used,
            "build_peak_mib": most_resident().saturating_sub(before),
        }))?;
        let has = |part: &str| parts.iter().any(|wanted| wanted == part);
        if has("plain") {
            self.tell(json!({"part": "memory", "resident_mib": resident().saturating_sub(before)}))?;
            self.asked(contender.as_mut(), "plain", "none", &WANTED, &truth)?;
        }
        if has("filtered") {
            for filter in filters(self.data) {
                if contender.filter(Some(&filter)) {
                    let truth = Truth::under(self.data, &filter);
                    self.asked(contender.as_mut(), "filtered", &filter.name, &FILTERED_WANTED, &truth)?;
                }
            }
        }
        Ok(())
    }

    /// Beams from narrow to wide until one reaches each wanted recall; then the settings of ours.
    fn asked(
        &self,
        contender: &mut dyn Contender,
        part: &str,
        filter: &str,
        wanted: &[f64],
        truth: &Truth,
    ) -> Outcome<()> {
        let mut left = wanted;
        let mut best: f64 = 0.0;
        for ef in BEAMS {
            let [first, ..] = left else { break };
            contender.beam(ef)?;
            let recall = truth.recall(contender)?;
            best = best.max(recall);
            if recall >= *first {
                let speed = speed(contender, truth.0.len())?;
                while let [first, rest @ ..] = left
                    && recall >= *first
                {
                    self.tell(json!({
                        "part": part, "filter": filter, "wanted": first, "effort": ef.to_string(), "recall": recall, "queries_s": speed,
                    }))?;
                    left = rest;
                }
            }
        }
        for wanted in left {
            self.tell(json!({
                "part": part, "filter": filter, "wanted": wanted, "effort": null, "recall": best, "queries_s": null,
            }))?;
        }
        for (called, effort) in SETTINGS {
            let Some(own) = contender.effort() else { break };
            *own = effort;
            let (recall, speed) = (truth.recall(contender)?, speed(contender, truth.0.len())?);
            self.tell(json!({
                "part": part, "filter": filter, "wanted": called, "effort": called, "recall": recall, "queries_s": speed,
            }))?;
        }
        Ok(())
    }

    /// Prints a line, and writes it where lines are kept.
    fn tell(&self, line: Value) -> Outcome<()> {
        let mut all = json!({"set": self.data.name, "contender": self.name});
        if let (Value::Object(all), Value::Object(line)) = (&mut all, line) {
            all.extend(line);
        }
        println!("{all}");
        if let Some(file) = self.lines {
            writeln!(OpenOptions::new().create(true).append(true).open(file)?, "{all}")?;
        }
        Ok(())
    }
}

/// The k nearest accepted of each query.
struct Truth(Vec<Vec<Slot>>);

impl Truth {
    fn of(data: &Data) -> Self {
        let all = vec![SlotSet::all(data.base.nrows() as u32); data.queries.nrows()];
        Self(truths(data, &all, K))
    }

    fn under(data: &Data, filter: &Filter) -> Self {
        Self(truths(data, &filter.accepts, K))
    }

    fn recall(&self, contender: &mut dyn Contender) -> Outcome<f64> {
        let (mut right, mut possible) = (0, 0);
        for (query, truth) in self.0.iter().enumerate() {
            let found = contender.search(query)?;
            let found: Vec<u32> = found.into_iter().map(|called| contender.line(called)).collect();
            right += truth.iter().filter(|slot| found.contains(&slot.0)).count();
            possible += truth.len();
        }
        Ok(right as f64 / possible.max(1) as f64)
    }
}

/// Queries a second.
fn speed(contender: &mut dyn Contender, queries: usize) -> Outcome<f64> {
    let mut best: f64 = 0.0;
    for _ in 0..ROUNDS {
        best = best.max(timed(queries, |query| contender.search(query))?.2);
    }
    Ok(best)
}
