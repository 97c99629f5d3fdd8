//! What the demo prints of each question: words, SQL, answer, plan, time, and the full scan beside it.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use crate::{
    cli::{CliError, output},
    database::Database,
    object::Value,
    query::{Source, SourceObject},
    set::SetView,
    sql::{Answer, Parameters, Prepared, SqlError, sql},
};

use super::{data::Atlas, questions::Question};

/// Question and full scan are both answered so often, one after the other on the same snapshot; the best time counts of both.
pub const TRIES: usize = 3;

/// One answered question, for the summary.
pub struct Outcome {
    /// How long the database took, the best of [`TRIES`].
    pub time: Duration,
    /// How long the full scan took, the best of as many.
    pub scan_time: Duration,
    /// Whether both gave the same answer.
    pub same: bool,
    /// The share of the scan's hits that the database found.
    pub recall: f64,
    /// Whether a graph was traversed, or signs were trusted: then the answer is approximate.
    pub approximate: bool,
}

/// Answers a question, prints it, and compares it with the full scan.
pub fn answer(
    number: usize,
    question: &Question,
    database: &Database,
    atlas: &Atlas,
    out: &mut dyn Write,
) -> Result<Outcome, CliError> {
    let parameters = parameters(question, database, atlas)?;
    let snapshot = database.snapshot();
    let prepared = Prepared::new(question.sql, &parameters)?;
    let view = prepared.view(&snapshot)?;
    let (time, found) = best_of(TRIES, || sql(&snapshot, question.sql, &parameters))?;
    let plan = prepared.analyze(&view)?;
    print_question(number, question, &found, &plan, time, out)?;

    let scan = FullScan(view);
    let (scan_time, expected) = best_of(TRIES, || prepared.run(&scan))?;
    let (same, recall) = compare(&found, &expected);
    let approximate = ["graph", "signs"].iter().any(|path| plan.contains(path));
    Ok(Outcome { time, scan_time, same, recall, approximate })
}

fn parameters(question: &Question, database: &Database, atlas: &Atlas) -> Result<Parameters, CliError> {
    let mut parameters = Parameters::new();
    if let Some(line) = question.meaning {
        parameters = parameters.with("q", atlas.question(line)?);
    }
    if let Some(here) = question.here {
        let found = database.sql(here, &parameters)?;
        let value = found.first().cloned().unwrap_or(Value::Null);
        parameters = parameters.with("here", value);
    }
    Ok(parameters)
}

fn best_of(tries: usize, mut run: impl FnMut() -> Result<Answer, SqlError>) -> Result<(Duration, Answer), SqlError> {
    let mut best: Option<(Duration, Answer)> = None;
    for _ in 0..tries {
        let start = Instant::now();
        let answer = run()?;
        let time = start.elapsed();
        if best.as_ref().is_none_or(|(known, _)| time < *known) {
            best = Some((time, answer));
        }
    }
    Ok(best.unwrap_or_default())
}

fn print_question(
    number: usize,
    question: &Question,
    found: &Answer,
    plan: &str,
    time: Duration,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "\n{number}. {}\n", question.words)?;
    if let Some(here) = question.here {
        writeln!(out, "   $here: {here}")?;
    }
    writeln!(out, "   {}\n", question.sql)?;
    writeln!(out, "{}\n", output::table(&found.columns, &found.objects))?;
    for line in plan.lines() {
        writeln!(out, "   {line}")?;
    }
    writeln!(out, "   answered in {} (best of {TRIES})", super::milliseconds(time))
}

/// Whether two answers are the same, and the share of the expected hits that was found.
fn compare(found: &Answer, expected: &Answer) -> (bool, f64) {
    if expected.offsets.is_empty() {
        let text = |answer: &Answer| answer.first().map(ToString::to_string);
        let same = text(found) == text(expected) && found.offsets.is_empty();
        return (same, f64::from(u8::from(same)));
    }
    let hits = expected.offsets.iter().filter(|offset| found.offsets.contains(*offset)).count();
    #[expect(clippy::cast_precision_loss, reason = "a handful of hits")]
    let recall = hits as f64 / expected.offsets.len() as f64;
    (found.offsets == expected.offsets, recall)
}

/// The same objects without their indexes: every object is read and evaluated.
struct FullScan(SetView);

impl Source for FullScan {
    fn objects(&self) -> Box<dyn Iterator<Item = Result<SourceObject<'_>, crate::query::QueryError>> + '_> {
        self.0.objects()
    }
}
