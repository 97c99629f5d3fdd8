//! Wrong input as a user meets it: the binary is run, and what it says names the thing, the value and what was expected.
#![cfg(feature = "cli")]

mod shell;

use std::{
    fs,
    path::{Path, PathBuf},
};

use shell::{Shell, matrix};

/// Runs each case in a folder with good files beside; a case is arguments, exit code, and what must be said.
fn refused(shell: &Shell, cases: &[(&[&str], i32, &[&str])]) {
    for (arguments, code, named) in cases {
        let said = shell.fail(*code, arguments);
        for name in *named {
            assert!(said.contains(name), "{arguments:?}: {said:?} lacks {name:?}");
        }
        assert!(!said.contains("expected expected") && !said.contains("Error {"), "{said}");
    }
}

fn three_objects() -> Shell {
    let shell = Shell::new();
    shell
        .write("p.jsonl", "{\"id\": 1, \"name\": \"A\"}\n{\"id\": 2, \"name\": \"B\"}\n{\"id\": 3, \"name\": \"C\"}\n");
    shell
}

#[test]
fn matrices_that_do_not_fit() {
    let shell = three_objects();
    let good = [1.0_f32, 0.0, 0.0, 1.0, 0.7, 0.7].map(f32::to_le_bytes).concat();
    shell.write("rows.npy", matrix("<f4", "2, 2", "False", &good[..16]));
    shell.write("more.npy", matrix("<f4", "6, 1", "False", &good));
    shell.write("type.npy", matrix("<i8", "3, 1", "False", &good));
    shell.write("cut.npy", matrix("<f4", "3, 2", "False", &good[..20]));
    shell.write("fortran.npy", matrix("<f4", "3, 2", "True", &good));
    shell.write("single.npy", matrix("<f4", "3,", "False", &good[..12]));
    shell.write("empty.npy", "");
    let nan = [&good[..8], &f32::NAN.to_le_bytes(), &good[12..]].concat();
    shell.write("nan.npy", matrix("<f4", "3, 2", "False", &nan));
    let zero = [&[0; 8], &good[8..]].concat();
    shell.write("zero.npy", matrix("<f4", "3, 2", "False", &zero));
    for (file, named) in [
        ("rows", &["--vectors v=rows.npy", "2 rows", "3 objects"][..]),
        ("more", &["6 rows", "3 objects"]),
        ("type", &["type.npy", "'<i8'", "<f4"]),
        ("cut", &["cut.npy", "3 x 2", "5 elements"]),
        ("fortran", &["fortran.npy", "Fortran order", "ascontiguousarray"]),
        ("single", &["single.npy", "shape (3,)", "expected (n, d)"]),
        ("empty", &["empty.npy", "not a .npy file"]),
        ("none", &["none.npy", "No such file"]),
        ("nan", &["p.jsonl, line 2, field 'v'", "component 0", "NaN"]),
        ("zero", &["p.jsonl, line 1, field 'v'", "zero vector", "cosine"]),
    ] {
        let vectors = format!("v={file}.npy");
        let import = ["import", "db", "p", "p.jsonl", "--vectors", &vectors, "--index", "v:vector:metric=cosine"];
        refused(&shell, &[(&import, 1, named)]);
    }
    assert!(shell.said("db").contains("no protobase database"), "a failed import leaves no database");
}

#[test]
fn files_that_are_not_what_their_name_says() {
    let shell = Shell::new();
    for (name, text, named) in [
        ("twice.jsonl", &b"{\"id\": 1}\n{\"id\": 2, \"m\": {\"a\": 1, \"a\": 2}}\n"[..], &["line 2", "'m.a'", "twice"][..]),
        ("latin.jsonl", b"{\"a\": \"\xe9\"}\n", &["line 1", "no UTF-8 from byte 8"]),
        ("half.jsonl", b"{\"id\": \n", &["line 1", "no JSON", "column"]),
        ("list.jsonl", b"[1]\n", &["line 1", "not a list"]),
        ("huge.jsonl", b"{\"m\": {\"id\": 18446744073709551615}}\n", &["line 1, field 'm.id'", "is greater than"]),
        ("north.jsonl", b"{\"at\": [1, 91]}\n", &["line 1, field 'at': [1, 91]: latitude 91: expected a number from -90 to 90"]),
        ("wkt.jsonl", b"{\"at\": \"PONT(1 2)\"}\n", &["line 1, field 'at'", "PONT", "WKT"]),
        ("ragged.csv", b"a,b\n1,2\n3\n", &["line 3", "1 cell: expected 2"]),
        ("head.csv", b"a,a\n1,2\n", &["head.csv", "'a' twice"]),
        ("semicolons.csv", b"a;b\n1,5;2\n", &["semicolons.csv", "separated by semicolons: expected commas"]),
        ("tabs.csv", b"a\tb\n1\t2\n", &["tabs.csv", "separated by tabs: expected commas"]),
        ("empty.csv", b"", &["empty.csv", "no heading: expected a first line that names the columns"]),
        ("blank.csv", b"\n\n", &["blank.csv", "no heading"]),
        ("latin.csv", b"a,b\n1,\xe9\n", &["line 2", "no UTF-8 in cell 2"]),
        ("point.geojson", b"{\"type\": \"Point\"}", &["point.geojson", "FeatureCollection"]),
        ("empty.geojson", b"", &["empty.geojson", "no JSON"]),
        ("plain.jsonl.gz", b"{}", &["plain.jsonl.gz", "not a gzip file"]),
        ("letter.txt", b"hello", &["'.txt'", ".jsonl, .csv or .geojson"]),
        (
            "shapes.geojson",
            br#"{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1}}, {"type": "Feature", "properties": {"a": 1, "a": 2}}]}"#,
            &["shapes.geojson, feature 2, field 'a'", "twice"],
        ),
        (
            "north.geojson",
            br#"{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 100]}}]}"#,
            &["feature 1, field 'geometry'", "latitude 100"],
        ),
        (
            "shape.geojson",
            br#"{"features": [{"type": "Feature"}, {"type": "Feature", "properties": {"geometry": "round"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}]}"#,
            &["shape.geojson, feature 2, field 'geometry'", "\"round\"", "rename the property"],
        ),
        (
            "ids.geojson",
            br#"{"features": [{"type": "Feature", "id": 1, "properties": {"id": 1}}, {"type": "Feature", "id": 2, "properties": {"id": "two"}}]}"#,
            &["ids.geojson, feature 2, field 'id'", "\"two\"", "rename the property"],
        ),
        ("seven.geojson", br#"{"features": [{"type": "Feature"}, 7]}"#, &["seven.geojson, feature 2", "expected a Feature"]),
    ] {
        shell.write(name, text);
        refused(&shell, &[(&["import", "db", "s", name, "--index", "at:geo"], 1, named)]);
    }
    fs::create_dir(shell.path("folder.csv")).unwrap();
    refused(&shell, &[(&["import", "db", "s", "folder.csv"], 1, &["folder.csv", "a directory"])]);
    shell.write("none.jsonl", "");
    assert!(shell.succeed(&["import", "db", "s", "none.jsonl"]).contains("0 objects"));
}

#[test]
fn options_that_do_not_fit() {
    let shell = three_objects();
    shell.write("letter.txt", "hello");
    let import = |more: &[&'static str]| [&["import", "db", "s", "p.jsonl"], more].concat();
    for (more, code, named) in [
        (&["--index", "name:btree"][..], 2, &["'btree'", "hash, ordered, plane, geo, vector, trie, text"][..]),
        (&["--index", "nosuch:hash"], 2, &["--index", "no object of the files has a field 'nosuch'"]),
        (&["--index", "name:hash:depth=3"], 1, &["'hash'", "depth", "no options"]),
        (&["--index", "name,id:hash"], 1, &["2 fields (name, id)", "expected 1 field"]),
        (&["--index", "id:plane"], 1, &["1 field (id)", "2 to 16 fields"]),
        (&["--index", "v:vector"], 2, &["dimension", "no object of the files has a value in field 'v'"]),
        (&["--index", "name:hash", "--index", "name:hash"], 2, &["name:hash", "twice"]),
        (&["--type", "name:colour"], 2, &["'colour'", "int, float, text"]),
        (&["--type", "name:int"], 1, &["p.jsonl, line 1, field 'name'", "\"A\"", "an integer"]),
        (&["--type", "nothing:int"], 2, &["--type", "'nothing'"]),
        (&["--key", "nothing"], 2, &["--key", "'nothing'"]),
        (&["--point", "at=nothing,id"], 2, &["--point", "'nothing'"]),
        (&["--point", "at=id"], 2, &["FIELD=LON,LAT"]),
    ] {
        refused(&shell, &[(&import(more), code, named)]);
    }
    refused(
        &shell,
        &[
            (&["import", "letter.txt", "s", "p.jsonl"], 1, &["letter.txt", "it is a file"]),
            (&["info", "nowhere"], 1, &["nowhere is no protobase database"]),
            (&["demo", "--dir", "d", "--datasets", "nowhere"], 2, &["--datasets nowhere", "atlas/places.jsonl"]),
        ],
    );
    assert!(!shell.path("d").exists() && !shell.path("db").exists(), "nothing is made for nothing");
}

#[test]
fn a_field_of_the_file_is_not_overwritten_by_an_option() {
    let shell = Shell::new();
    shell.write("c.csv", "id,lon,lat,at\n1,2,3,\n2,4,5,harbour\n");
    shell.write("f.geojson", r#"{"features": [{"type": "Feature", "properties": {"at": "harbour"}}]}"#);
    shell.write("v.npy", matrix("<f4", "2, 1", "False", &[0; 8]));
    for (file, more, named) in [
        (
            "c.csv",
            &["--point", "at=lon,lat"][..],
            &["--point at=lon,lat", "c.csv, line 3", "'at'", "another FIELD"][..],
        ),
        ("c.csv", &["--vectors", "id=v.npy"], &["--vectors id=v.npy", "c.csv, line 2", "'id'", "another FIELD"]),
        ("f.geojson", &["--vectors", "at=v.npy"], &["--vectors at=v.npy", "f.geojson, feature 1", "'at'"]),
        (
            "c.csv",
            &["--point", "v=lon,lat", "--vectors", "v=v.npy"],
            &["--vectors v=v.npy", "--point v=lon,lat makes this field, too", "another FIELD"],
        ),
    ] {
        for skip in [&[][..], &["--skip-bad"]] {
            refused(&shell, &[(&[&["import", "db", "s", file], more, skip].concat(), 1, named)]);
        }
    }
    shell.succeed(&["import", "db", "s", "c.csv", "--point", "lon=lon,lat"]);
    let points = shell.json("SELECT ST_AsText(lon) AS at FROM s ORDER BY id");
    assert_eq!(points.to_string(), r#"[{"at":"POINT(2 3)"},{"at":"POINT(4 5)"}]"#);
}

#[test]
fn taken_keys_are_told_by_line_field_and_value() {
    let shell = Shell::new();
    shell.write("keys.jsonl", "{\"id\": 7}\n\n{\"id\": 8}\n{\"id\": 7}\n");
    let import = ["import", "db", "s", "keys.jsonl", "--key", "id"];
    refused(
        &shell,
        &[(&import, 1, &["keys.jsonl, line 4, field 'id': 7: expected a unique key, but keys.jsonl, line 1 has it"])],
    );
    let said = shell.succeed(&[&import[..], &["--skip-bad"]].concat());
    assert!(said.contains("2 objects") && said.contains("1 bad line skipped") && said.contains("line 4"), "{said}");
    refused(&shell, &[(&import[..4], 1, &["keys.jsonl, line 1, field 'id': 7", "an object in set 's' has it, too"])]);
    assert_eq!(shell.json("SELECT COUNT(*) AS n FROM s").to_string(), r#"[{"n":2}]"#);
}

#[test]
fn a_null_vector_is_told_by_line_and_field_b55() {
    let shell = Shell::new();
    shell.write("v.jsonl", "{\"v\": [1, 2]}\n{}\n{\"v\": null}\n");
    refused(
        &shell,
        &[(&["import", "db", "s", "v.jsonl", "--index", "v:vector"], 1, &["v.jsonl, line 3, field 'v'", "null"])],
    );
    assert!(
        shell.succeed(&["import", "db", "s", "v.jsonl", "--index", "v:vector", "--skip-bad"]).contains("2 objects")
    );
}

#[test]
fn vector_indexes_and_searches_that_cannot_be_meant() {
    let shell = Shell::new();
    shell.write("p.jsonl", "{\"id\": 1, \"v\": [1, 0]}\n");
    for (index, named) in [
        ("v:vector:dimension=0", &["dimension", "'0'", "a whole number from 1 to 4096"][..]),
        ("v:vector:dimension=4097", &["dimension", "'4097'", "a whole number from 1 to 4096"]),
        ("v:vector:dimension=65537,element=binary", &["dimension", "'65537'", "a whole number from 1 to 65536"]),
        ("v:vector:element=f64", &["element", "'f64'", "f32, f16, bf16, i8 or binary"]),
        ("v:vector:element=binary,metric=l2", &["metric", "'l2'", "hamming or jaccard"]),
        ("v:vector:ef_search=0", &["ef_search", "'0'", "a whole number from 1 to 100000"]),
        ("v:vector:m=1", &["m = '1'", "a whole number from 4 to 64"]),
        ("v:vector:dimension=3", &["p.jsonl, line 1, field 'v'", "a vector of 2", "3 finite components"]),
    ] {
        refused(&shell, &[(&["import", "db", "p", "p.jsonl", "--index", index], 1, named)]);
    }
    shell.succeed(&["import", "good", "p", "p.jsonl", "--index", "v:vector:metric=cosine"]);
    for (order, code, named) in [
        ("v <=> '[0, 0]' LIMIT 1", 1, &["field 'v'", "zero vector"][..]),
        ("v <=> '[nan, 0]' LIMIT 1", 1, &["field 'v'", "component 0 is NaN"]),
        ("v <=> '[1, 0]' LIMIT -1", 2, &["LIMIT", "-1"]),
        ("v <~> '11' LIMIT 1", 1, &["field 'v'", "hamming"]),
    ] {
        refused(&shell, &[(&["query", "good", &format!("SELECT id FROM p ORDER BY {order}")], code, named)]);
    }
}

#[test]
fn statements_and_parameters_that_cannot_be_answered() {
    let shell = Shell::new();
    shell.write("p.jsonl", "{\"id\": 1, \"at\": [43.28, 41.38], \"v\": [1, 0]}\n");
    shell.succeed(&["import", "db", "p", "p.jsonl", "--index", "at:geo", "--index", "v:vector:metric=cosine"]);
    shell.write("v.npy", matrix("<f4", "1, 2", "False", &[0; 8]));
    let near = "SELECT id FROM p WHERE ST_DWithin(at, $here, 1000)";
    for (sql, code, more, named) in [
        ("SELEC", 2, &[][..], &["SQL cannot be read", "SELEC"][..]),
        ("SELECT id FROM p WHERE id BETWEEN 1", 2, &[], &["expected AND", "ends after"]),
        ("SELECT id FROM q", 1, &[], &["'q'", "there are: p"]),
        ("SELECT nothing FROM p", 1, &[], &["'nothing'", "set 'p'"]),
        ("SELECT id, COUNT(*) FROM p", 2, &[], &["id, which is not one value of a group", "group by it"]),
        ("SELECT FOO(id) FROM p", 2, &[], &["FOO", "ST_Distance"]),
        (
            "SELECT id FROM p WHERE ST_DWithin(at, ST_Point(1, 91), 5)",
            2,
            &[],
            &["ST_Point: (1, 91): latitude 91: expected a number"],
        ),
        ("SELECT id FROM p WHERE ST_DWithin(at, ST_Point(1, 2))", 2, &[], &["ST_DWithin: 2 arguments: expected 3"]),
        ("SELECT id FROM p WHERE ST_Within(at, ST_MakeEnvelope(1, 2, 3))", 2, &[], &["3 arguments: expected 4 or 5"]),
        ("SELECT id FROM p WHERE ST_Within(at, ST_GeomFromText('POLY'))", 2, &[], &["'POLY': not valid WKT"]),
        ("SELECT id FROM p ORDER BY v <=> '[1, 2, 3]' LIMIT 1", 1, &[], &["field 'v'", "3 dimensions", "expected 2"]),
        ("SELECT id FROM p WHERE ST_DWithin(id, ST_Point(1, 2), 5)", 1, &[], &["field 'id'", "number", "geometries"]),
        ("SELECT id FROM p ORDER BY v <-> ST_Point(1, 2)", 1, &[], &["field 'v'", "'vector'", "geometries"]),
        ("SELECT id FROM p ORDER BY 1 DESC", 2, &[], &["ORDER BY: 1: expected a field", "orders nothing"]),
        ("SELECT id FROM p ORDER BY $a", 2, &["--param", "a=id"], &["ORDER BY: $a: expected a field"]),
        ("SELECT id FROM p WHERE id = $a", 2, &[], &["parameter $a has no value"]),
        ("SELECT id FROM p", 2, &["--param", "a=1"], &["--param a", "has no $a", "none"]),
        ("SELECT id FROM p WHERE id = $a", 2, &["--param", "a=1", "--param", "a=2"], &["--param a is given twice"]),
        (
            "SELECT id FROM p WHERE id = $a",
            2,
            &["--param", "a={\"x\": 1, \"x\": 2}"],
            &["--param a", "'x' stands twice"],
        ),
        ("SELECT id FROM p WHERE id = $a", 2, &["--param", "a=@v.npy[1]"], &["row 1", "rows 0 to 0"]),
        (near, 2, &["--param", "here=[43.28, 141]"], &["latitude 141", "[lon, lat]"]),
        (near, 2, &["--param", "here=nonsense"], &["nonsense"]),
    ] {
        refused(&shell, &[(&[&["query", "db", sql], more].concat(), code, named)]);
    }
    for here in
        ["here=[43.28, 41.38]", r#"here={"type": "Point", "coordinates": [43.28, 41.38]}"#, "here=POINT(43.28 41.38)"]
    {
        let found = shell.succeed(&["query", "db", near, "--param", here, "--format", "json"]);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&found).unwrap().to_string(), r#"[{"id":1}]"#, "{here}");
    }
}

#[test]
fn the_help_tells_the_exit_codes_and_a_statement_is_read_before_a_database() {
    let shell = Shell::new();
    let help = shell.succeed(&["--help"]);
    assert!(help.contains("Exit codes: 0") && help.contains("SQL that cannot be read"), "{help}");
    refused(
        &shell,
        &[
            (&["query", "nowhere", "SELECT id FROM"], 2, &["SQL cannot be read"]),
            (&["query", "nowhere", "SELECT 'a FROM p"], 2, &["SQL cannot be read"]),
            (&["query", "nowhere", "SELECT id FROM p FETCH FIRST 1 ROWS ONLY"], 2, &["FETCH", "not supported"]),
            (&["query", "nowhere", "SELECT id FROM p"], 1, &["nowhere is no protobase database"]),
        ],
    );
}

#[test]
fn parameters_have_the_type_that_is_asked_for() {
    let shell = Shell::new();
    shell.write("p.jsonl", "{\"id\": 1, \"zip\": \"99999\", \"at\": \"2020-05-01T00:00:00Z\"}\n");
    shell.succeed(&["import", "db", "p", "p.jsonl", "--type", "at:timestamp"]);
    let asked = |condition: &str, parameter: &str| {
        let sql = format!("SELECT id FROM p WHERE {condition}");
        shell.succeed(&["query", "db", &sql, "--param", parameter, "--format", "csv"]).lines().skip(1).count()
    };
    for (condition, parameter, found) in [
        ("zip = $z", "z=99999", 0),
        ("zip = $z", "z:text=99999", 1),
        ("zip = $z::text", "z=99999", 1),
        ("at > $t", "t:timestamp=2019-01-01T00:00:00Z", 1),
        ("at > $t::timestamp", "t=2019-01-01T00:00:00Z", 1),
        ("at > CAST($t AS TIMESTAMP)", "t=2021-01-01", 0),
        ("id = $i", "i:integer=1", 1),
        ("id = $i", "i:float=1", 1),
        ("id IN ($i)", "i:json=[1, 2]", 1),
        ("$b", "b:bool=true", 1),
    ] {
        assert_eq!(asked(condition, parameter), found, "{condition}, {parameter}");
    }
    for (condition, parameter, code, named) in [
        (
            "at > $t",
            "t=2019-01-01T00:00:00Z",
            1,
            &["at: '2019-01-01T00:00:00Z': expected a timestamp", "--param name:timestamp"][..],
        ),
        ("at > $t", "t:timestamp=tomorrow", 2, &["--param t:timestamp=tomorrow", "YYYY-MM-DD"]),
        ("id = $i", "i:integer=1.5", 2, &["--param i:integer=1.5", "a whole number"]),
        ("id = $i", "i:bool=1", 2, &["expected true or false"]),
        ("id = $i", "i:json=[1", 2, &["no JSON"]),
        ("id = $i", "i:colour=1", 2, &["expected the type text, integer, float, bool, timestamp or json"]),
    ] {
        let sql = format!("SELECT id FROM p WHERE {condition}");
        refused(&shell, &[(&["query", "db", &sql, "--param", parameter], code, named)]);
    }
}

#[test]
fn bad_lines_are_told_in_the_order_of_the_file() {
    let shell = Shell::new();
    shell.write("bad.jsonl", "{\"id\": 1}\n{\"id\": 1}\n{\"id\": \n{\"id\": 2}\n{\"id\": 2}\n");
    let import = ["import", "db", "s", "bad.jsonl", "--key", "id"];
    refused(&shell, &[(&import, 1, &["bad.jsonl, line 2, field 'id': 1: expected a unique key"])]);
    let said = shell.succeed(&[&import[..], &["--skip-bad"]].concat());
    let lines: Vec<&str> =
        said.lines().filter_map(|line| line.split(", line ").nth(1)?.split([',', ':']).next()).collect();
    assert_eq!(lines, ["2", "3", "5"], "{said}");
    // The same in a set that exists.
    refused(&shell, &[(&import[..4], 1, &["bad.jsonl, line 1, field 'id': 1", "an object in set 's' has it, too"])]);
}

#[test]
fn a_gzip_file_that_is_cut_off_is_named() {
    let shell = Shell::new();
    let text: String = (0..5_000).map(|n| format!("{n},{}\n", n * 7919 % 1_000)).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, format!("a,b\n{text}").as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    shell.write("cut.csv.gz", &packed[..packed.len() / 2]);
    refused(
        &shell,
        &[(&["import", "db", "s", "cut.csv.gz"], 1, &["cut.csv.gz: not a gzip file, damaged, or cut off"])],
    );
}

#[test]
fn a_plan_is_its_lines_and_a_directory_is_not_spoken_of_as_one_to_create() {
    let shell = three_objects();
    shell.succeed(&["import", "db", "p", "p.jsonl"]);
    let sql = "SELECT id FROM p WHERE id = 2";
    let stated = shell.succeed(&["query", "db", &format!("EXPLAIN {sql}")]);
    assert_eq!(stated, shell.succeed(&["query", "db", sql, "--explain"]));
    assert!(!stated.is_empty() && !stated.contains("objects\n"), "{stated}");
    shell.write("folder.txt", "");
    for command in ["check", "info"] {
        let foreign = shell.fail(1, &[command, "."]);
        assert!(foreign.contains("it holds") && !foreign.contains("created"), "{foreign}");
        let missing = shell.fail(1, &[command, "nowhere"]);
        assert!(missing.contains("nowhere") && missing.contains("there is no such directory"), "{missing}");
    }
}

/// A database of one segment with an index, and the names of its files.
fn settled() -> Shell {
    let shell = three_objects();
    shell.succeed(&["import", "db", "p", "p.jsonl", "--key", "id", "--index", "name:ordered"]);
    shell.succeed(&["compact", "db"]);
    shell
}

/// Destroys the files in a folder of the database whose names start like this.
fn destroy_all(shell: &Shell, folder: &str, prefix: &str, destroy: fn(&Path)) {
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix));
    let listed = fs::read_dir(shell.path(folder)).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = listed.filter(named).collect();
    assert!(!files.is_empty(), "{folder}/{prefix}");
    files.iter().for_each(|path| destroy(path));
}

/// Flips every bit of a file.
fn damage(path: &Path) {
    let bytes: Vec<u8> = fs::read(path).unwrap().iter().map(|byte| !byte).collect();
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}

#[test]
fn a_damaged_database_says_what_to_do_and_doing_it_helps() {
    let all = "SELECT name FROM p";
    for (folder, prefix, destroy) in [
        ("db", "head", remove as fn(&Path)),
        ("db", "head", damage),
        ("db", "protobase.format", remove),
        ("db", "protobase.format", damage),
        ("db", "log-", remove),
        ("db/blobs", "objects-", remove),
        ("db/blobs", "objects-", damage),
    ] {
        let shell = settled();
        destroy_all(&shell, folder, prefix, destroy);
        // All that was committed is in a checkpoint: who only reads does without the log.
        let reads = prefix != "log-";
        for command in [&["query", "db", all][..], &["check", "db"]].into_iter().skip(usize::from(!reads)) {
            let said = shell.fail(1, command);
            assert!(said.contains(prefix), "{command:?} of {prefix}: {said}");
            for advised in ["what to do: ", "protobase salvage DB DEST", "protobase check DB", "backup"] {
                assert!(said.contains(advised), "{command:?} of {prefix}: {said:?} lacks {advised:?}");
            }
        }
        let salvaged = shell.succeed(&["salvage", "db", "saved"]);
        assert!(salvaged.contains("p: 3 objects saved"), "{prefix}: {salvaged}");
        shell.succeed(&["check", "saved"]);
    }
}

#[test]
fn a_damaged_part_is_told_to_be_no_loss_and_is_built_anew() {
    for destroy in [remove as fn(&Path), damage] {
        let shell = settled();
        destroy_all(&shell, "db/blobs", "part-", destroy);
        shell.succeed(&["query", "db", "SELECT name FROM p WHERE name = 'B'"]);
        let said = shell.fail(1, &["check", "db"]);
        assert!(said.contains("no object is concerned") && said.contains("protobase compact DB"), "{said}");
        assert!(!said.contains("salvage"), "{said}");
        shell.succeed(&["compact", "db"]);
        shell.succeed(&["check", "db"]);
    }
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_told_with_what_to_allow() {
    use std::os::unix::fs::PermissionsExt;
    let shell = settled();
    let marker = shell.path("db/protobase.format");
    fs::set_permissions(&marker, fs::Permissions::from_mode(0o0)).unwrap();
    if fs::read(&marker).is_ok() {
        // Whoever may do everything is denied nothing.
        return;
    }
    let said = shell.fail(1, &["info", "db"]);
    assert!(said.contains("protobase.format") && said.contains("what to do: give this user the right"), "{said}");
}

#[test]
fn errors_that_say_it_all_come_without_advice() {
    let shell = settled();
    for command in [&["info", "nowhere"][..], &["query", "db", "SELECT name FROM q"]] {
        let said = shell.fail(1, command);
        assert!(!said.contains("what to do"), "{said}");
    }
}
