//! How did a plan become what it is?

use std::sync::Arc;

use super::{Explain, Facts, Node, QueryError, Rule, optimize::optimize_traced};

/// The trees that the rules make one after the other, as text, each under the name of its rule; those that a rule leaves as they were are
/// left out.
pub fn steps(
    written: Node,
    facts: &Facts<'_>,
    more: &[Arc<dyn Rule>],
) -> Result<Vec<(&'static str, String)>, QueryError> {
    let mut steps = vec![("as written", Explain::new(&written, facts, None).to_string())];
    optimize_traced(written, facts, more, &mut |rule, plan| {
        let text = Explain::new(plan, facts, None).to_string();
        if steps.last().is_none_or(|(_, last)| *last != text) {
            steps.push((rule, text));
        }
    })?;
    Ok(steps)
}
