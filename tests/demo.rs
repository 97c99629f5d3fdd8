//! The demo, run as a user runs it: built, killed, run again, run twice at once.
#![cfg(feature = "cli")]

mod shell;

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use shell::Shell;

fn start(shell: &Shell) -> Child {
    Command::new(env!("CARGO_BIN_EXE_protobase"))
        .args(["demo", "--dir", "demo", "--datasets"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets"))
        .current_dir(shell.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn finish(child: Child) -> (String, String) {
    let output = child.wait_with_output().unwrap();
    let [said, errors] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{errors}");
    (said, errors)
}

/// The sets that are in the directory now, as another process sees them.
fn sets(shell: &Shell) -> String {
    let output = shell.run(&["info", "demo"]);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Waits until the build has come to a set, which takes seconds, and fails after minutes.
fn wait_for(shell: &Shell, set: &str, child: &mut Child) {
    let start = Instant::now();
    while !sets(shell).contains(set) {
        assert!(child.try_wait().unwrap().is_none(), "the demo was ready before '{set}' was seen");
        assert!(start.elapsed() < Duration::from_secs(300), "'{set}' never came");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_demo_that_is_killed_is_completed_and_a_second_one_waits() {
    let shell = Shell::new();
    // Killed when the mark is there, and again in the middle of the cities: nothing is lost that was whole, nothing is half.
    for stage in ["\ndemo:", "\ncities:"] {
        let mut child = start(&shell);
        wait_for(&shell, stage, &mut child);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut first = start(&shell);
    wait_for(&shell, "\ncountries:", &mut first);
    let second = start(&shell);
    let (built, _) = finish(first);
    let (reopened, waited) = finish(second);
    assert!(built.starts_with("outlines left out") && built.contains("built demo"), "{built}");
    assert!(waited.contains("another demo is being built in demo"), "{waited}");
    assert!(reopened.starts_with("reopened demo"), "{reopened}");
    for said in [built, reopened] {
        let summary = said.lines().find(|line| line.contains("approximate by graph")).unwrap();
        let approximate: usize = summary.split(' ').nth(2).unwrap().parse().unwrap();
        assert!(approximate >= 2 && summary.ends_with(" 0 exact answers that differ from the scan"), "{summary}");
        assert!(said.contains("170391 objects") && said.contains("1238 objects"), "{said}");
        let table = said.lines().filter(|line| line.contains("| yes ") || line.contains("| no "));
        let recalls: Vec<f64> = table.filter_map(|line| line.rsplit('|').nth(1)?.trim().parse().ok()).collect();
        assert!(recalls.len() == approximate && recalls.iter().all(|recall| *recall >= 0.95), "{recalls:?}");
    }
    assert!(!shell.path("demo/demo.lock").exists());
    assert!(shell.succeed(&["check", "demo"]).contains("sound"));
    outlines_are_their_own(&shell);
}

/// Ports, divided capitals and small neighbours do not mislead.
fn outlines_are_their_own(shell: &Shell) {
    for (code, inside, outside) in [
        ("IL", "35.0, 31.3", "35.2, 32.2"),
        ("CY", "33.0, 34.9", "33.3, 35.3"),
        ("TR", "32.9, 39.9", "44.8, 41.7"),
        ("MY", "101.7, 3.1", "100.5, 13.7"),
    ] {
        let sql = format!(
            "SELECT ST_Distance(outline, ST_Point({inside})) AS inside, ST_Distance(outline, ST_Point({outside})) AS outside \
             FROM countries WHERE country_code = '{code}'"
        );
        let found = shell.succeed(&["query", "demo", &sql, "--format", "json"]);
        let found: serde_json::Value = serde_json::from_str(&found).unwrap();
        assert!(found[0]["inside"] == 0.0 && found[0]["outside"].as_f64() > Some(0.0), "{code}: {found}");
    }
    let none =
        "SELECT COUNT(*) AS n FROM countries WHERE country_code IN ('SG', 'AD', 'HK', 'MC') AND outline IS NOT NULL";
    assert!(shell.succeed(&["query", "demo", none, "--format", "json"]).contains(r#""n":0"#));
}

#[test]
fn the_data_of_others_is_left_alone() {
    let shell = Shell::new();
    shell.write("a.jsonl", "{\"state\": \"mine\"}\n");
    for set in ["places", "demo"] {
        shell.succeed(&["import", set, set, "a.jsonl"]);
        let said = shell.fail(1, &["demo", "--dir", set]);
        assert!(said.contains("not the demo's") && said.contains("--dir"), "{said}");
        assert_eq!(
            shell.succeed(&["query", set, &format!("SELECT state FROM {set}"), "--format", "csv"]),
            "state\nmine\n"
        );
    }
}
