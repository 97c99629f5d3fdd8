//! A commit of which nobody knows whether it is durable.

use std::{error::Error, fmt, sync::Arc};

/// Why nobody knows whether a commit is durable: it may be, or not, and only the store itself tells, opened anew. Never a failure: who
/// tries again without looking may do everything twice.
#[derive(Clone, Debug)]
pub struct Doubt {
    /// What was under way when the outcome got lost.
    pub under_way: String,
    /// What it was lost to, where that is known.
    pub cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl Doubt {
    /// The outcome got lost to an error.
    pub fn new(under_way: impl Into<String>, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { under_way: under_way.into(), cause: Some(Arc::new(cause)) }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "whether the commit is durable is not known, since it was lost while {}", self.under_way)?;
        if let Some(cause) = &self.cause {
            write!(f, ": {cause}")?;
        }
        f.write_str("; it may be durable or not: open the database anew and look before trying again")
    }
}

impl Error for Doubt {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as &(dyn Error + 'static))
    }
}
