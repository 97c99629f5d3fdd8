//! `protobase sql`, fed from a pipe.

#![cfg(feature = "cli")]

mod shell;

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use shell::Shell;

fn piped(shell: &Shell, arguments: &[&str], script: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_protobase"))
        .args(arguments)
        .current_dir(shell.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Standard output and standard error of a script that must succeed.
fn succeed(shell: &Shell, arguments: &[&str], script: &str) -> (String, String) {
    let output = piped(shell, arguments, script);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    (String::from_utf8(output.stdout).unwrap(), errors)
}

const SCRIPT: &str = "-- A database from nothing.
CREATE SET towns (UNIQUE (id), INDEX USING hash (country));
INSERT INTO towns (id, name, country) VALUES
    (1, 'Mestia; Svaneti', 'GE'),
    (2, 'Bergen', 'NO');
BEGIN;
UPDATE towns SET seen = true WHERE country = 'GE' RETURNING id, seen; DELETE FROM towns WHERE id = 2;
ROLLBACK;
SELECT id, name FROM towns ORDER BY id";

#[test]
fn a_script_builds_a_database_and_asks_it() {
    let shell = Shell::new();
    let (out, errors) = succeed(&shell, &["sql", "db"], SCRIPT);
    let told: Vec<&str> = out.lines().filter(|line| !line.starts_with('|')).collect();
    let expected = [
        "set 'towns' declared",
        "2 objects inserted",
        "transaction begun",
        "1 object updated",
        "1 object deleted",
        "rolled back",
        "2 objects",
    ];
    assert_eq!(told, expected, "{out}");
    assert!(out.contains("Mestia; Svaneti") && out.contains("|  1 | true |"), "{out}");
    assert_eq!(errors, "");
    // What was rolled back was never there.
    let first = serde_json::json!([{"id": 1, "name": "Mestia; Svaneti", "country": "GE"}]);
    assert_eq!(shell.json("SELECT * FROM towns ORDER BY id LIMIT 1"), first);
}

#[test]
fn formats_for_programs_are_answers_and_nothing_else() {
    let shell = Shell::new();
    succeed(&shell, &["sql", "db"], SCRIPT);
    let script = "\\timing\nUPDATE towns SET n = 1;\nSELECT id, n FROM towns ORDER BY id LIMIT 1;";
    let (out, errors) = succeed(&shell, &["sql", "db", "--format", "json"], script);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap(), serde_json::json!([{"id": 1, "n": 1}]));
    assert!(errors.starts_with("timing is on\n2 objects updated\ntime: "), "{errors}");
    let (out, _) = succeed(&shell, &["sql", "db"], "\\format csv\nSELECT id FROM towns ORDER BY id;");
    assert_eq!(out, "id\n1\n2\n");
    let (out, _) = succeed(&shell, &["sql", "db"], "EXPLAIN (FORMAT JSON) SELECT id FROM towns;");
    assert!(serde_json::from_str::<serde_json::Value>(&out).unwrap()["operator"].is_string(), "{out}");
}

#[test]
fn the_shell_describes_what_there_is() {
    let shell = Shell::new();
    succeed(&shell, &["sql", "db"], SCRIPT);
    succeed(&shell, &["sql", "db"], "CREATE SET towns.streets; INSERT INTO towns (id, name) VALUES (3, 7);");
    let (out, _) = succeed(&shell, &["sql", "db"], "\\d\n\\d towns;\n\\?\n\\q\nthis is not read");
    let lines: Vec<String> = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for wanted in [
        "| towns | 3 | id | 2 |",
        "set 'towns': 3 objects",
        "unique key: id",
        "nested sets: towns.streets",
        "| towns_country_hash | hash | country | |",
        "| name | text, number |",
    ] {
        assert!(lines.iter().any(|line| line == wanted), "{wanted}: {out}");
    }
    assert!(out.contains("\\timing"), "{out}");
}

#[test]
fn the_first_error_is_the_end() {
    let shell = Shell::new();
    let failed = |code: i32, script: &str| {
        let output = piped(&shell, &["sql", "db"], script);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{errors}");
        errors
    };
    let errors = failed(
        1,
        "CREATE SET a (UNIQUE (n));\nINSERT INTO a (n) VALUES (1); INSERT INTO a (n)\nVALUES (1);\nDELETE FROM a;",
    );
    assert!(errors.starts_with("protobase: statement 3, line 2: set 'a': n = 1 is taken"), "{errors}");
    assert_eq!(shell.json("SELECT n FROM a"), serde_json::json!([{"n": 1}]));
    let errors = failed(2, "SELECT n FROM a;\n\n SELEC 1;");
    assert!(errors.starts_with("protobase: statement 2, line 3: SQL cannot be read"), "{errors}");
    let errors = failed(2, "\\d a\nDELETE FROM a WHERE 'open;\n");
    assert!(errors.starts_with("protobase: statement 1, line 2: SQL cannot be read"), "{errors}");
    assert!(failed(2, "\\nothing").contains("no such command"));
    let errors = failed(1, "BEGIN; DELETE FROM a;");
    assert!(errors.contains("COMMIT is missing"), "{errors}");
    assert_eq!(shell.json("SELECT n FROM a"), serde_json::json!([{"n": 1}]));
    assert!(shell.fail(2, &["sql", "db", "--format", "geojson"]).contains("expected table, json or csv"));
}

#[test]
fn a_script_of_many_lines_is_run_as_it_comes() {
    let shell = Shell::new();
    let mut script = "CREATE SET many (UNIQUE (n));\n".to_owned();
    script.extend((0..500).map(|n| format!("INSERT INTO many (n, text) VALUES ({n}, 'a\n;b');\n")));
    script += "SELECT COUNT(*) AS all_of_them FROM many WHERE text = 'a\n;b';";
    let (out, _) = succeed(&shell, &["sql", "db", "--format", "csv"], &script);
    assert_eq!(out, "all_of_them\n500\n");
}
