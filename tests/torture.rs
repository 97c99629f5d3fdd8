//! The hazards that need real processes and a real file system, for a few seconds each, by the program that runs them for hours:
//! behaviours 78 (kill -9) and 81 (a full disk) of the acceptance list, and a crowd of threads.
#![cfg(feature = "cli")]

use std::process::Command;

fn torture(hazard: &str, minutes: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_torture"));
    command.args(["--only", hazard, "--minutes", minutes, "--folder"]).arg(folder.path());
    let output = command.output().expect("runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn acknowledged_commits_survive_kill_9_of_several_processes_78() {
    assert!(torture("kill -9", "0.15").contains("acknowledged commits"));
}

#[test]
fn a_full_disk_of_two_megabytes_fails_cleanly_81() {
    let said = torture("full disk", "0.05");
    assert!(said.contains("times full"), "{said}");
}

#[test]
fn sixteen_threads_see_no_violation() {
    assert!(torture("soak", "0.1").contains("snapshots"));
}

#[test]
fn an_unknown_hazard_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_torture")).args(["--only", "sunshine"]).output().expect("runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("power cuts"), "the hazards are named");
}
