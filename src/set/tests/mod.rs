//! Sets against an obvious twin: a map in memory.

mod columns;
mod engine;
mod kind;
mod loads;
mod model;
mod nested;
mod objects;
mod sets;
