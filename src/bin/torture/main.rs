//! Can the store be trusted with anything? Power cuts, damage, faults, kills and crowds, for as long as wanted.

mod budget;
mod check;
mod ledger;
mod model;
mod power;
mod session;
mod steps;

use std::{process::ExitCode, time::Duration};

use budget::Budget;

fn main() -> ExitCode {
    let mut cuts = power::PowerCuts::new(Budget::lasting(Duration::from_secs(30)), 1);
    match cuts.run(5) {
        Ok(()) => println!("{:?}", cuts.tally),
        Err(error) => {
            println!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
