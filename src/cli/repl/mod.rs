//! How are statements typed, or piped, into a database?
//!
//! [`Shell`] runs them over one session and prints what they answer; `scripted` feeds it from a pipe, `interactive` from a prompt with
//! history, completion (`complete`) and lines that go on until a semicolon. What begins with a backslash is for the shell itself (`meta`).

mod complete;
mod interactive;
mod meta;
mod scripted;
mod shell;

pub(super) use interactive::interactive;
pub(super) use scripted::scripted;
pub(super) use shell::Shell;
