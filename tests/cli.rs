//! The command line as a user meets it: the binary is run, its output and exit codes are read.
#![cfg(feature = "cli")]

mod shell;

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use shell::{Shell, matrix};

const PLACES: &str = r#"{"id": 1, "name": "Vardzia", "at": [43.28, 41.38], "year": 1185, "tags": ["cave", "monastery"]}
{"id": 2, "name": "Gergeti", "at": {"lon": 44.62, "lat": 42.66}, "year": null, "tags": []}

{"id": 3, "name": "Meteora", "at": "POINT(21.63 39.72)", "tags": ["monastery"]}
"#;

/// A 3 x 2 matrix of f4.
fn npy(values: [f32; 6]) -> Vec<u8> {
    matrix("<f4", "3, 2", "False", &values.map(f32::to_le_bytes).concat())
}

fn places() -> Shell {
    let shell = Shell::new();
    shell.write("places.jsonl", PLACES);
    shell.write("places.npy", npy([1.0, 0.0, 0.0, 1.0, 0.7, 0.7]));
    let said = shell.succeed(&[
        "import",
        "db",
        "places",
        "places.jsonl",
        "--key",
        "id",
        "--index",
        "at:geo",
        "--index",
        "year:ordered",
        "--index",
        "tags:hash",
        "--vectors",
        "v=places.npy",
        "--index",
        "v:vector:metric=cosine",
    ]);
    assert!(said.contains("3 objects"), "{said}");
    shell
}

#[test]
fn import_then_ask() {
    let shell = places();
    let found = shell
        .json("SELECT name AS n, year FROM places WHERE ST_DWithin(at, ST_Point(44.8, 41.7), 300000) ORDER BY name");
    assert_eq!(found.to_string(), r#"[{"n":"Gergeti","year":null},{"n":"Vardzia","year":1185}]"#);
    let found = shell.json("SELECT COUNT(*) AS n FROM places WHERE year IS MISSING");
    assert_eq!(found.to_string(), r#"[{"n":1}]"#);
    assert_eq!(shell.json("SELECT id FROM places WHERE id > 7").to_string(), "[]");

    let csv = shell.succeed(&["query", "db", "SELECT id, name FROM places ORDER BY id", "--format", "csv"]);
    assert_eq!(csv, "id,name\n1,Vardzia\n2,Gergeti\n3,Meteora\n");
    let table = shell.succeed(&[
        "query",
        "db",
        "SELECT name FROM places ORDER BY v <=> $q LIMIT 1",
        "--param",
        "q=@places.npy[1]",
    ]);
    assert!(table.contains("Gergeti") && table.contains("1 object"), "{table}");
    let plan = shell.succeed(&["query", "db", "SELECT name FROM places WHERE year > 1000", "--explain"]);
    assert!(plan.contains("year > 1000"), "{plan}");
    let plan =
        shell.succeed(&["query", "db", "SELECT name FROM places WHERE year > $y", "--param", "y=1000", "--analyze"]);
    assert!(plan.contains("year > 1000"), "{plan}");
}

#[test]
fn look_check_and_compact() {
    let shell = places();
    let info = shell.succeed(&["info", "db"]);
    assert!(info.contains("places") && info.contains("vector"), "{info}");
    let info: serde_json::Value = serde_json::from_str(&shell.succeed(&["info", "db", "--json"])).unwrap();
    assert_eq!(info["sets"][0]["name"], "places", "{info}");
    assert!(shell.succeed(&["check", "db"]).contains("sound"));
    shell.succeed(&["compact", "db"]);
    assert!(shell.succeed(&["check", "db"]).contains("sound"));
    assert_eq!(shell.json("SELECT COUNT(*) AS n FROM places").to_string(), r#"[{"n":3}]"#);
}

#[test]
fn an_integer_too_wide_for_its_column_of_numbers_is_told() {
    let shell = Shell::new();
    shell.write("ids.csv", "id,code,name\n1,7,a\n99999999999999999999,8,99999999999999999999\n");
    let import = |set: &str, more: &[&str]| {
        let output = shell.run(&[&["import", "db", set, "ids.csv"], more].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    let told = import("things", &[]);
    assert!(
        told.starts_with("protobase: note: ids.csv, line 3, field 'id': 99999999999999999999 is an integer"),
        "{told}"
    );
    assert!(
        told.contains("--type id:text") && told.lines().count() == 1,
        "neither of the codes nor of the names: {told}"
    );
    assert_eq!(import("asked", &["--type", "id:text"]), "", "who asks for text is told nothing");
    assert_eq!(import("rounded", &["--type", "id:float"]), "");
    let ids = shell.json("SELECT id FROM things ORDER BY code").to_string();
    assert_eq!(ids, r#"[{"id":"1"},{"id":"99999999999999999999"}]"#);
}

#[test]
fn backup_and_restore() {
    let shell = places();
    let said = shell.succeed(&["backup", "db", "saved"]);
    assert!(said.contains("saved: everything up to commit"), "{said}");
    assert!(shell.succeed(&["backup", "db", "saved"]).contains("copied 0 files"), "nothing is new");
    let said = shell.fail(1, &["backup", "db", "db"]);
    assert!(said.contains("belongs to no backup"), "{said}");
    shell.succeed(&["restore", "saved", "copy"]);
    assert!(shell.succeed(&["check", "copy"]).contains("sound"));
    let names = |db| shell.succeed(&["query", db, "SELECT * FROM places ORDER BY id", "--format", "json"]);
    assert_eq!(names("copy"), names("db"));
    let said = shell.fail(1, &["restore", "saved", "copy"]);
    assert!(said.contains("is not empty"), "{said}");
    std::fs::create_dir(shell.path("bare")).expect("creates");
    for folder in ["bare", "db", "nowhere"] {
        let said = shell.fail(1, &["restore", folder, "another"]);
        assert!(said.contains(&format!("{folder} holds no backup: expected")) && said.contains("backup-"), "{said}");
        assert!(!shell.path("another").exists(), "nothing was begun");
    }
}

#[test]
fn salvage_saves_what_is_intact() {
    let shell = places();
    assert!(shell.succeed(&["salvage", "db", "saved"]).contains("nothing is damaged"));
    let head = shell.path("db").join("head");
    fs::write(&head, b"nonsense").expect("writes");
    let said = shell.succeed(&["salvage", "db", "again"]);
    assert!(said.contains("places: 3 objects saved") && said.contains("head"), "{said}");
    assert!(shell.succeed(&["check", "again"]).contains("sound"));
    let report: serde_json::Value =
        serde_json::from_str(&shell.succeed(&["salvage", "db", "third", "--json"])).expect("is JSON");
    assert_eq!(report["sets"][0], serde_json::json!(["places", 3]), "{report}");
    assert_eq!(report["losses"][0]["file"], "head", "{report}");
    assert!(shell.fail(1, &["salvage", "db", "saved"]).contains("is not empty"));
}

#[test]
fn csv_is_typed_and_empty_cells_are_missing() {
    let shell = Shell::new();
    shell.write(
        "cities.csv",
        "name,code,lon,lat,people,share\nTbilisi,01,44.83,41.69,1049498,0.5\n\"Rome, Italy\",02,12.5,41.9,,1\n",
    );
    shell.succeed(&[
        "import",
        "db",
        "cities",
        "cities.csv",
        "--point",
        "at=lon,lat",
        "--index",
        "at:geo",
        "--index",
        "lon,lat:plane",
    ]);
    let found = shell.json("SELECT name, code, people, share FROM cities ORDER BY at <-> ST_Point(44, 41)");
    assert_eq!(
        found.to_string(),
        r#"[{"name":"Tbilisi","code":"01","people":1049498,"share":0.5},{"name":"Rome, Italy","code":"02","people":null,"share":1.0}]"#
    );
    assert_eq!(shell.json("SELECT COUNT(*) AS n FROM cities WHERE people IS MISSING").to_string(), r#"[{"n":1}]"#);
    shell.succeed(&["import", "db", "typed", "cities.csv", "--type", "people:text", "--type", "code:int"]);
    assert_eq!(shell.json("SELECT code, people FROM typed LIMIT 1").to_string(), r#"[{"code":1,"people":"1049498"}]"#);
    shell.write("prices.csv", "price\n1.50\n+5\n");
    shell.succeed(&["import", "db", "prices", "prices.csv", "--type", "price:text"]);
    assert_eq!(shell.json("SELECT price FROM prices").to_string(), r#"[{"price":"1.50"},{"price":"+5"}]"#);
}

#[test]
fn moments_in_a_csv_are_compared_as_such() {
    let shell = Shell::new();
    let log = "id,at,day\n1,2020-05-01T10:00:00+02:00,2020-05-01\n2,2020-05-01T08:30:00Z,2020-05-02\n3,,\n";
    shell.write("log.csv", log);
    shell.succeed(&["import", "db", "log", "log.csv"]);
    let after = shell.json("SELECT id FROM log WHERE at > TIMESTAMP '2020-05-01T08:15:00Z'");
    assert_eq!(after.to_string(), r#"[{"id":2}]"#);
    assert_eq!(shell.json("SELECT day FROM log WHERE day >= '2020-05-02'").to_string(), r#"[{"day":"2020-05-02"}]"#);
    shell.succeed(&["import", "db", "typed", "log.csv", "--type", "at:text", "--type", "day:timestamp"]);
    let typed = shell.json("SELECT at, day FROM typed WHERE id = 1");
    assert_eq!(typed.to_string(), r#"[{"at":"2020-05-01T10:00:00+02:00","day":"2020-05-01T00:00:00Z"}]"#);
}

#[test]
fn altitudes_are_left_out_and_that_is_told_once() {
    let shell = Shell::new();
    let shapes = r#"{"features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}},
        {"type": "Feature", "geometry": {"type": "GeometryCollection", "geometries": [{"type": "LineString", "coordinates": [[1, 2], [3, 4, 5]]}]}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2, 3]}}]}"#;
    shell.write("high.geojson", shapes);
    shell.write("flat.geojson", shapes.replace(", 5]", "]").replace(", 3]", "]"));
    let told = |file: &str| {
        let output = shell.run(&["import", "db", "shapes", file, "--index", "geometry:geo"]);
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let said = told("high.geojson");
    assert_eq!(said.matches("note: ").count(), 1, "{said}");
    assert!(said.contains("high.geojson, feature 2, field 'geometry': the altitude"), "{said}");
    assert!(!told("flat.geojson").contains("altitude"));
    let texts = shell.json("SELECT ST_AsText(geometry) AS wkt FROM shapes LIMIT 3");
    assert_eq!(texts[2].to_string(), r#"{"wkt":"POINT(1 2)"}"#);
}

#[test]
fn geojson_features_are_objects() {
    let shell = Shell::new();
    shell.write(
        "shapes.geojson",
        "\u{feff}".to_owned()
            + r#"{"type": "FeatureCollection", "features": [
            {"type": "Feature", "id": 7, "properties": {"name": "a"}, "geometry": {"type": "Point", "coordinates": [1, 2]}},
            {"type": "Feature", "properties": {"name": "b"}, "geometry": null}]}"#,
    );
    shell.succeed(&["import", "db", "shapes", "shapes.geojson", "--index", "geometry:geo"]);
    let found = shell.json("SELECT id, name, ST_AsText(geometry) AS wkt FROM shapes ORDER BY name");
    assert_eq!(found.to_string(), r#"[{"id":7,"name":"a","wkt":"POINT(1 2)"},{"id":null,"name":"b","wkt":null}]"#);
}

#[test]
fn a_bad_line_is_named_and_nothing_is_kept() {
    let shell = Shell::new();
    let good = "{\"id\": 1, \"at\": [1, 2]}\n";
    let cases = [
        ("{\"id\": 2, \"at\": [1, 91]}\n", "at"),
        ("{\"id\": 2, \"at\": \n", "line 2"),
        ("[1, 2]\n", "line 2"),
        ("{\"id\": 1, \"at\": [3, 4]}\n", "line 2"),
    ];
    for (bad, named) in cases {
        shell.write("bad.jsonl", format!("{good}{bad}{{\"id\": 3, \"at\": [5, 6]}}\n"));
        let said = shell.fail(1, &["import", "db", "places", "bad.jsonl", "--key", "id", "--index", "at:geo"]);
        assert!(said.contains("bad.jsonl") && said.contains("line 2") && said.contains(named), "{bad}: {said}");
        let kept = shell.run(&["query", "db", "SELECT COUNT(*) AS n FROM places", "--format", "csv"]);
        let kept = String::from_utf8(kept.stdout).unwrap();
        assert!(kept.is_empty() || kept == "n\n0\n", "{bad}: {kept}");
    }
    let mut all = good.to_owned();
    all.extend(cases.iter().map(|(bad, _)| *bad));
    all.push_str("{\"id\": 3, \"at\": [5, 6]}\n");
    shell.write("bad.jsonl", all);
    let said =
        shell.succeed(&["import", "db", "places", "bad.jsonl", "--key", "id", "--index", "at:geo", "--skip-bad"]);
    assert!(said.contains("2 objects") && said.contains("4 bad lines skipped") && said.contains("line 5"), "{said}");
    assert_eq!(shell.json("SELECT id FROM places ORDER BY id").to_string(), r#"[{"id":1},{"id":3}]"#);
}

#[test]
fn errors_say_what_to_do() {
    let shell = places();
    for (arguments, named) in [
        (&["query", "nowhere", "SELECT 1 FROM a"][..], "nowhere"),
        (&["query", "db", "SELECT name FROM palaces"], "there are: places"),
        (&["query", "db", "SELECT name FROM places ORDER BY v <=> '[1, 2, 3]' LIMIT 1"], "2"),
        (&["import", "db", "places", "none.jsonl"], "none.jsonl"),
        (&["import", "db", "places", "places.npy"], ".jsonl, .csv or .geojson"),
        (&["import", "db", "places", "places.jsonl", "--vectors", "v=places.jsonl"], "not a .npy file"),
        (&["import", "db", "other", "places.jsonl", "--index", "name:hash:depth=3"], "depth"),
        (&["info", "places.npy"], "places.npy"),
        (&["check", "nowhere"], "nowhere"),
        (&["compact", "nowhere"], "nowhere"),
    ] {
        let said = shell.fail(1, arguments);
        assert!(said.contains(named), "{arguments:?}: {said}");
    }
    for arguments in [
        &["frobnicate"][..],
        &["query", "db"],
        &["query", "db", "SELEC"],
        &["query", "db", "SELECT name FROM places WHERE a = $p"],
        &["import", "db", "places"],
        &["import", "db", "places", "places.jsonl", "--index", "name"],
        &["import", "db", "places", "places.jsonl", "--type", "name:colour"],
        &["query", "db", "SELECT 1 FROM places", "--format", "xml"],
        &["query", "db", "SELECT 1 FROM places", "--param", "q=@places.npy[9]"],
        &["query", "db", "SELECT 1 FROM places", "--param", "q"],
        &["query", "db", "SELECT 1 FROM places", "--explain", "--analyze"],
    ] {
        shell.fail(2, arguments);
    }
    assert!(!shell.path("nowhere").exists(), "asking makes no database");
    shell.write("folder-of-files", "");
    fs::create_dir(shell.path("strange")).unwrap();
    shell.write("strange/letter.txt", "hello");
    let said = shell.fail(1, &["import", "strange", "places", "places.jsonl"]);
    assert!(said.contains("strange"), "{said}");
}

#[test]
fn damage_is_found_and_named() {
    let shell = places();
    shell.succeed(&["compact", "db"]);
    let objects = largest_file(&shell.path("db"));
    let mut bytes = fs::read(&objects).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&objects, bytes).unwrap();
    let said = shell.fail(1, &["check", "db"]);
    let name = objects.file_name().unwrap().to_string_lossy().into_owned();
    assert!(said.contains(&name), "{said} names {name}");
}

/// The largest immutable file of a database: an object file or a part.
fn largest_file(folder: &Path) -> PathBuf {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|extension| extension != "log")
                && !path.to_string_lossy().contains("log")
            {
                files.push(path);
            }
        }
    }
    files.into_iter().max_by_key(|path| path.metadata().unwrap().len()).unwrap()
}

#[test]
fn every_command_has_help_with_an_example() {
    let shell = Shell::new();
    for command in ["demo", "import", "query", "info", "check", "compact"] {
        let help = shell.succeed(&[command, "--help"]);
        assert!(help.contains("Example:"), "{command}: {help}");
    }
}

#[test]
fn a_failed_import_leaves_no_declaration_and_a_second_one_uses_what_is_declared() {
    let shell = places();
    shell.write("bad.jsonl", "{\"id\": 1}\n{\"id\": 1}\n");
    shell.fail(1, &["import", "db", "other", "bad.jsonl", "--key", "id", "--index", "id:hash"]);
    let info: serde_json::Value = serde_json::from_str(&shell.succeed(&["info", "db", "--json"])).unwrap();
    assert_eq!(info["sets"].as_array().unwrap().len(), 1, "{info}");

    // Neither --index nor --key: the set knows that `at` is a place, `v` a vector, `id` its key.
    shell.write("more.jsonl", "{\"id\": 4, \"name\": \"Ushguli\", \"at\": [43.01, 42.92], \"v\": [0.5, 0.5]}\n");
    assert!(shell.succeed(&["import", "db", "places", "more.jsonl"]).contains("1 object added"));
    let near = "SELECT name FROM places WHERE ST_DWithin(at, ST_Point(43, 43), 50000)";
    assert_eq!(shell.json(near).to_string(), r#"[{"name":"Ushguli"}]"#);
    shell.succeed(&["compact", "db"]);
    let alike = "SELECT name FROM places ORDER BY v <=> '[0.5, 0.5]' LIMIT 1";
    let plan = shell.succeed(&["query", "db", alike, "--explain"]);
    assert!(plan.contains("through vector on v"), "{plan}");
    let said = shell.fail(1, &["import", "db", "places", "more.jsonl"]);
    assert!(said.contains("field 'id': 4"), "{said}");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let shell = Shell::new();
    shell.write("bom.jsonl", "\u{feff}{\"id\": 1}\r\n{\"id\": 2}");
    shell.write("bom.csv", "\u{feff}id,name\n1,x\n");
    shell.succeed(&["import", "db", "lines", "bom.jsonl"]);
    shell.succeed(&["import", "db", "cells", "bom.csv"]);
    assert_eq!(shell.json("SELECT id FROM lines").to_string(), r#"[{"id":1},{"id":2}]"#);
    assert_eq!(shell.json("SELECT id FROM cells").to_string(), r#"[{"id":1}]"#);
}

#[test]
fn json_is_one_array_of_the_selected_names_and_nothing_else() {
    let shell = places();
    let sql = "SELECT name AS n, id, ST_AsText(at) AS place FROM places ORDER BY id LIMIT 1";
    let output = shell.run(&["query", "db", sql, "--format", "json"]);
    let expected = "[\n  {\"n\":\"Vardzia\",\"id\":1,\"place\":\"POINT(43.28 41.38)\"}\n]\n";
    assert_eq!((String::from_utf8(output.stdout).unwrap().as_str(), output.stderr.as_slice()), (expected, &b""[..]));
    for plan in ["--explain", "--analyze"] {
        let printed = shell.succeed(&["query", "db", sql, "--format", "json", plan]);
        let lines: serde_json::Value = serde_json::from_str(&printed).unwrap();
        assert!(lines[0]["plan"].is_string(), "{printed}");
    }
}

#[test]
fn whoever_stops_reading_hears_no_complaint() {
    let shell = Shell::new();
    let lines: String = (0..20_000).map(|id| format!("{{\"id\": {id}}}\n")).collect();
    shell.write("many.jsonl", lines);
    shell.succeed(&["import", "db", "many", "many.jsonl"]);
    for format in ["table", "json", "csv"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_protobase"))
            .args(["query", "db", "SELECT id FROM many", "--format", format])
            .current_dir(shell.path("."))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 64];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{format}: {:?} {said}", output.status);
    }
}

#[test]
fn changes_are_told_one_a_line() {
    let shell = places();
    let told = shell.succeed(&["changes", "db"]);
    let lines: Vec<serde_json::Value> =
        told.lines().map(|line| serde_json::from_str(line).expect("JSON on every line")).collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(lines.iter().all(|line| line["set"] == "places" && line["new"]["id"].is_number()), "{told}");
    let newest = lines[0]["sequence"].as_u64().expect("a number").to_string();
    assert_eq!(shell.succeed(&["changes", "db", "--from", &newest, "--old"]), "");
}

#[test]
fn every_selected_name_is_printed_and_nothing_is_shortened() {
    let shell = Shell::new();
    let vector: Vec<String> = (0..9).map(|n| format!("{n}.5")).collect();
    let long: Vec<String> = (0..60).map(|n| format!("[{n}.25, 1.5]")).collect();
    let line = format!("{{\"type\": \"LineString\", \"coordinates\": [{}]}}", long.join(", "));
    shell.write(
        "p.jsonl",
        format!("{{\"id\": 1, \"v\": [{}], \"at\": {line}}}\n{{\"id\": 2, \"b\": null}}\n", vector.join(", ")),
    );
    shell.succeed(&["import", "db", "p", "p.jsonl", "--type", "v:vector", "--type", "at:geometry"]);
    assert_eq!(shell.json("SELECT b, id FROM p ORDER BY id").to_string(), r#"[{"b":null,"id":1},{"b":null,"id":2}]"#);
    assert_eq!(shell.json("SELECT * FROM p WHERE id = 2").to_string(), r#"[{"id":2,"b":null}]"#);
    let csv = |sql: &str| shell.succeed(&["query", "db", sql, "--format", "csv"]);
    assert_eq!(csv("SELECT v FROM p WHERE id = 1"), format!("v\n\"[{}]\"\n", vector.join(",")));
    assert!(csv("SELECT at FROM p WHERE id = 1").contains("59.25 1.5"));
    assert_eq!(csv("SELECT * FROM p WHERE id > 7"), "");
    assert_eq!(csv("SELECT id FROM p WHERE id > 7"), "id\n");
}

#[test]
fn signs_and_long_integers_in_csv() {
    let shell = Shell::new();
    shell.write("n.csv", "a,b\n+5,9223372036854775808\n-3,1\n");
    shell.succeed(&["import", "db", "n", "n.csv"]);
    let found = shell.json("SELECT a, b FROM n ORDER BY a");
    assert_eq!(found.to_string(), r#"[{"a":-3,"b":"1"},{"a":5,"b":"9223372036854775808"}]"#);
}

#[test]
fn a_failed_import_into_a_set_declares_nothing() {
    let shell = Shell::new();
    shell.write("first.jsonl", "{\"id\": 1, \"at\": [1, 2]}\n{\"id\": 2, \"at\": [3, 4]}\n");
    shell.write("again.jsonl", "{\"id\": 3, \"at\": [1, 2]}\n{\"id\": 2, \"at\": [3, 4]}\n");
    shell.write("north.jsonl", "{\"id\": 5, \"at\": [1, 95]}\n");
    shell.succeed(&["import", "db", "s", "first.jsonl"]);
    // The sequence goes on: offsets were leased.
    let sets = || shell.succeed(&["info", "db"]).split_once('\n').map(|(_, sets)| sets.to_owned());
    let before = sets();
    let taken = shell.fail(1, &["import", "db", "s", "again.jsonl", "--key", "id"]);
    assert!(taken.contains("again.jsonl, line 2, field 'id': 2: expected a unique key"), "{taken}");
    let north = shell.fail(1, &["import", "db", "s", "north.jsonl", "--index", "at:geo"]);
    assert!(north.contains("line 1, field 'at'"), "{north}");
    assert_eq!(sets(), before);

    let skipped = shell.succeed(&["import", "db", "s", "again.jsonl", "--key", "id", "--skip-bad"]);
    assert!(skipped.contains("1 object added") && skipped.contains("1 bad line skipped"), "{skipped}");
    assert_eq!(shell.json("SELECT id FROM s ORDER BY id").to_string(), r#"[{"id":1},{"id":2},{"id":3}]"#);
}

#[test]
fn booleans_are_read_as_other_programs_write_them() {
    let shell = Shell::new();
    shell.write("pandas.csv", "n,open\n1,True\n2,False\n3,\n");
    shell.write("calc.csv", "n,open\n4,TRUE\n5,FALSE\n");
    shell.succeed(&["import", "db", "s", "pandas.csv", "calc.csv"]);
    assert_eq!(shell.json("SELECT n FROM s WHERE open ORDER BY n").to_string(), r#"[{"n":1},{"n":4}]"#);
}

#[test]
fn a_skipped_line_is_told_where_it_alone_has_the_field() {
    let shell = Shell::new();
    shell.write("high.jsonl", "{\"id\": 1, \"loc\": [1, 99]}\n{\"id\": 2}\n");
    let said = shell.succeed(&["import", "db", "s", "high.jsonl", "--index", "loc:geo", "--skip-bad"]);
    assert!(said.contains("1 object added") && said.contains("line 1, field 'loc'"), "{said}");
    // A line that says nothing of the field does not vouch for it.
    shell.write("cut.jsonl", "{\"id\": 3}\noops\n");
    let typo = shell.fail(2, &["import", "db", "s", "cut.jsonl", "--key", "idd", "--skip-bad"]);
    assert!(typo.contains("no object of the files has a field 'idd'"), "{typo}");
}

#[test]
fn what_is_declared_otherwise_is_told_before_the_lines() {
    let shell = Shell::new();
    shell.write("first.jsonl", "{\"id\": 1, \"e\": [1, 2], \"k\": \"a\"}\n");
    shell.write("more.jsonl", "{\"id\": 2, \"e\": [0, 0], \"k\": \"a\"}\n");
    shell.succeed(&["import", "db", "s", "first.jsonl", "--key", "id", "--index", "e:vector:metric=l2"]);
    let key = shell.fail(1, &["import", "db", "s", "more.jsonl", "--key", "k"]);
    assert!(key.contains("expected 'id', which is the set's unique key already"), "{key}");
    let metric = shell.fail(1, &["import", "db", "s", "more.jsonl", "--index", "e:vector:metric=cosine"]);
    assert!(!metric.contains("line 1") && metric.contains("metric"), "{metric}");
}

#[test]
fn an_index_may_be_named_that_only_stored_objects_have_a_value_for() {
    let shell = Shell::new();
    shell.write("a.jsonl", "{\"id\": 1, \"n\": {\"k\": 5}}\n");
    shell.write("b.jsonl", "{\"id\": 2}\n");
    shell.succeed(&["import", "db", "s", "a.jsonl"]);
    shell.succeed(&["import", "db", "s", "b.jsonl", "--index", "n.k:ordered"]);
    let typo = shell.fail(2, &["import", "db", "s", "b.jsonl", "--index", "n.kk:ordered"]);
    assert!(typo.contains("has a field 'n.kk'"), "{typo}");
}

#[test]
fn what_is_skipped_takes_no_key() {
    let shell = Shell::new();
    shell.write("first.jsonl", "{\"id\": 1}\n");
    shell.write("more.jsonl", "{\"id\": 5, \"e\": [1, 2]}\n{\"id\": 5, \"e\": [1, 2, 3]}\n{\"id\": 5}\n");
    shell.succeed(&["import", "db", "s", "first.jsonl", "--key", "id"]);
    let index = ["--index", "e:vector:dimension=3,metric=l2"];
    let said = shell.succeed(&[&["import", "db", "s", "more.jsonl", "--skip-bad"], &index[..]].concat());
    assert!(said.contains("1 object added") && said.contains("2 bad lines skipped"), "{said}");
    assert!(said.contains("line 1, field 'e'") && said.contains("line 3, field 'id': 5"), "{said}");
    // The other way round: the index is there, the key is new.
    shell.write("indexed.jsonl", "{\"id\": 1, \"e\": [1, 2, 3]}\n");
    shell.succeed(&[&["import", "db", "t", "indexed.jsonl"], &index[..]].concat());
    let said = shell.succeed(&["import", "db", "t", "more.jsonl", "--key", "id", "--skip-bad"]);
    assert!(said.contains("1 object added") && said.contains("2 bad lines skipped"), "{said}");
    assert_eq!(shell.json("SELECT id, e FROM t WHERE id = 5").to_string(), r#"[{"id":5,"e":[1.0,2.0,3.0]}]"#);
}

#[test]
fn fields_that_a_line_is_made_from_are_those_of_the_file() {
    let shell = Shell::new();
    shell.write("a.jsonl", "{\"id\": 1, \"lon\": 1, \"lat\": 2}\n");
    shell.write("b.jsonl", "{\"ident\": 2, \"lng\": 1, \"latitude\": 2}\n");
    shell.succeed(&["import", "db", "s", "a.jsonl", "--point", "loc=lon,lat", "--key", "id"]);
    for (option, value, field) in
        [("--point", "loc=lon,lat", "lon"), ("--key", "id", "id"), ("--type", "lat:float", "lat")]
    {
        let refused = shell.fail(2, &["import", "db", "s", "b.jsonl", option, value]);
        assert!(refused.contains(&format!("no object of the files has a field '{field}'")), "{refused}");
    }
}
