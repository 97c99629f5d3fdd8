//! The plan as JSON, for programs.

use serde_json::{Map, Value as Json, json};

use super::{Explain, Misjudged, PlanLine};

impl Explain {
    /// The plan as one JSON object a node: `operator`, `detail`, `estimate` (`min`, `expected`, `max`), after `analyze` also `actual` (`in`,
    /// `out`, `milliseconds`, and what it did), and `inputs`, the nodes that it reads from.
    ///
    /// ```
    /// # use protobase::{Database, Object, SetSchema, field};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let numbers = Database::in_memory().declare::<Object>(SetSchema::new("numbers").index("n", "ordered"))?;
    /// numbers.insert(&Object::new().with("n", 1))?;
    /// let plan = numbers.query().filter(field("n").eq(1)).analyze()?.plan.to_json();
    /// assert_eq!(plan["actual"]["out"], 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut lines = self.lines.iter().peekable();
        lines.next().map_or(Json::Null, |top| node(top, &mut lines))
    }
}

/// A node with the lines below it, which stand deeper.
fn node<'a>(line: &PlanLine, rest: &mut std::iter::Peekable<impl Iterator<Item = &'a PlanLine>>) -> Json {
    let mut inputs = Vec::new();
    while let Some(input) = rest.next_if(|next| next.depth > line.depth) {
        inputs.push(node(input, rest));
    }
    let mut fields = Map::new();
    fields.insert("operator".into(), line.operator.into());
    fields.insert("detail".into(), line.detail.as_str().into());
    let estimate = line.estimate;
    fields.insert("estimate".into(), json!({"min": estimate.min, "expected": estimate.expected, "max": estimate.max}));
    if let Some(actual) = actual(line) {
        fields.insert("actual".into(), actual);
    }
    if !inputs.is_empty() {
        fields.insert("inputs".into(), inputs.into());
    }
    Json::Object(fields)
}

fn actual(line: &PlanLine) -> Option<Json> {
    let stats = line.actual.as_ref()?;
    let mut actual = json!({
        "in": stats.input,
        "out": stats.output,
        "milliseconds": stats.elapsed.as_secs_f64() * 1_000.0,
        "visited": stats.work.visited,
        "distances": stats.work.distances,
        "fetched": stats.work.fetched,
        "sorted": stats.work.sorted,
        "segments_without_the_index": stats.without_part,
    });
    if let Some(misjudged) = line.misjudged() {
        actual["misjudged"] = match misjudged {
            Misjudged::More(times) => json!({"more": times}),
            Misjudged::Fewer(times) => json!({"fewer": times}),
        };
    }
    Some(actual)
}
