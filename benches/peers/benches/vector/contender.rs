//! What every contender offers.

use std::error::Error;

use crate::asked::Filter;
use protobase::{index::SearchEffort, metric::Metric};

/// Hits a query.
pub const K: usize = 10;
/// Edges of a node in the upper layers; at the bottom twice as many.
pub const M: usize = 16;
/// How many candidates are looked at for a new node.
pub const EF_CONSTRUCTION: usize = 200;

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// A library with a data set in it.
pub trait Contender {
    /// How hard searches try from here on, where they are ours.
    fn effort(&mut self) -> Option<&mut SearchEffort> {
        None
    }

    /// Searches use this beam from here on.
    fn beam(&mut self, ef: usize) -> Outcome<()> {
        *self.effort().ok_or("a contender without a beam")? = SearchEffort::EfSearch(ef);
        Ok(())
    }

    /// Searches have a filter from here on; or none. False, when it cannot filter.
    fn filter(&mut self, filter: Option<&Filter>) -> bool;

    /// What it finds for the query with a number, as it calls it.
    fn search(&mut self, query: usize) -> Outcome<Vec<u64>>;

    /// The line of the data set that it calls so.
    fn line(&self, called: u64) -> u32 {
        called as u32
    }
}

/// The settings of ours.
pub const SETTINGS: [(&str, SearchEffort); 2] =
    [("default", SearchEffort::Default), ("Recall(0.99)", SearchEffort::Recall(0.99))];

/// A distance by our kernels, which suit this processor better than what the peers in Rust bring along.
pub fn distance(metric: Metric, a: &[f32], b: &[f32]) -> f32 {
    metric.distance(a, b) as f32
}
