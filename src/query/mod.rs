//! How does a question find its answer?
