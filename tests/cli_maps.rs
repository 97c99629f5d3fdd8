//! Answers as GeoJSON and as maps, and the ways that places come in: through the binary.
#![cfg(feature = "cli")]

mod shell;

use serde_json::{Value, json};
use shell::Shell;

/// Places in the columns that spreadsheets have them in, and shapes as WKT and WKB.
fn places() -> Shell {
    let shell = Shell::new();
    let lines = "id,name,Longitude,LATITUDE\n1,Suva,178.4,-18.1\n2,Apia,-171.8,-13.8\n3,\"<Tonga> & co\",-175.2,-21.1\n4,nowhere,,\n";
    shell.write("places.csv", lines);
    shell.succeed(&["import", "db", "places", "places.csv", "--point", "at", "--index", "at:geo"]);
    let shapes = "id,name,shape\n1,square,\"POLYGON((0 0, 0 2, 2 2, 2 0, 0 0))\"\n2,road,\"LINESTRING(0 0, 3 1)\"\n\
        3,spot,010100000000000000000029403333333333F34440\n";
    shell.write("shapes.csv", shapes);
    shell.succeed(&["import", "db", "shapes", "shapes.csv", "--index", "shape:geo"]);
    shell
}

fn geojson(shell: &Shell, sql: &str, more: &[&str]) -> Value {
    let arguments = [&["query", "db", sql, "--format", "geojson"], more].concat();
    serde_json::from_str(&shell.succeed(&arguments)).expect("JSON")
}

#[test]
fn points_are_made_of_columns_by_their_names() {
    let shell = places();
    let points = shell.json("SELECT ST_AsText(at) AS at FROM places ORDER BY id");
    assert_eq!(points[0]["at"], "POINT(178.4 -18.1)");
    assert_eq!(points[3]["at"], Value::Null);

    shell.write("both.csv", "id,lon,lng,lat\n1,2,3,4\n");
    let refused = shell.fail(1, &["import", "other", "s", "both.csv", "--point", "at"]);
    assert!(refused.contains("both 'lon' and 'lng'") && refused.contains("FIELD=LON,LAT"), "{refused}");
    shell.succeed(&["import", "other", "s", "both.csv", "--point", "at=lng,lat"]);
    shell.write("none.csv", "id,x,y\n1,2,3\n");
    let refused = shell.fail(2, &["import", "none", "s", "none.csv", "--point", "at"]);
    assert!(refused.contains("--point: no object of the files has a field 'at'"), "{refused}");
    shell.write("far.csv", "id,lon,lat\n1,2,91\n");
    let refused = shell.fail(1, &["import", "far", "s", "far.csv", "--point", "at"]);
    assert!(refused.contains("far.csv, line 2") && refused.contains("latitude 91"), "{refused}");
}

#[test]
fn shapes_come_as_wkt_and_wkb_70() {
    let shell = places();
    let shapes = shell.json("SELECT ST_AsText(shape) AS shape FROM shapes ORDER BY id");
    assert_eq!(shapes[1]["shape"], "LINESTRING(0 0,3 1)");
    assert_eq!(shapes[2]["shape"], "POINT(12.5 41.9)");
    let lines = "{\"id\": 4, \"shape\": \"0101000020E610000000000000000029403333333333F34440\"}\n{\"id\": 5, \"shape\": \"POINT(1 2)\"}\n";
    shell.write("more.jsonl", lines);
    shell.succeed(&["import", "db", "shapes", "more.jsonl"]);
    let shapes = shell.json("SELECT ST_AsText(shape) AS shape FROM shapes WHERE id > 3 ORDER BY id");
    assert_eq!(shapes.to_string(), r#"[{"shape":"POINT(12.5 41.9)"},{"shape":"POINT(1 2)"}]"#);
    shell.write("bad.csv", "id,shape\n1,0101000000\n");
    let refused = shell.fail(1, &["import", "bad", "s", "bad.csv", "--type", "shape:geometry"]);
    assert!(refused.contains("line 2") && refused.contains("not valid WKB"), "{refused}");
}

#[test]
fn answers_are_feature_collections() {
    let shell = places();
    let all = geojson(&shell, "SELECT id, name, at FROM places ORDER BY id", &[]);
    assert_eq!(all["type"], "FeatureCollection");
    assert_eq!(all["features"].as_array().map(Vec::len), Some(4));
    let suva = json!({
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [178.4, -18.1]},
        "properties": {"id": 1, "name": "Suva"},
    });
    assert_eq!(all["features"][0], suva);
    assert_eq!(all["features"][3]["geometry"], Value::Null);
    assert_eq!(geojson(&shell, "SELECT * FROM places WHERE id = 9", &[])["features"], json!([]));

    // Outer rings turn counterclockwise, as the standard wants them.
    let square = geojson(&shell, "SELECT shape FROM shapes WHERE id = 1", &[]);
    let ring = json!([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0], [0.0, 0.0]]);
    assert_eq!(square["features"][0]["geometry"]["coordinates"], json!([ring]));
    // What comes out can come in.
    shell.write("again.geojson", geojson(&shell, "SELECT id, name, shape FROM shapes", &[]).to_string());
    shell.succeed(&["import", "again", "s", "again.geojson"]);
    let again =
        shell.succeed(&["query", "again", "SELECT ST_AsText(geometry) AS g FROM s ORDER BY id", "--format", "csv"]);
    assert!(again.contains("LINESTRING(0 0,3 1)") && again.contains("POINT(12.5 41.9)"), "{again}");
}

#[test]
fn the_geometry_is_the_named_one() {
    let shell = Shell::new();
    shell.write("two.jsonl", "{\"id\": 1, \"a\": \"POINT(1 2)\", \"b\": \"POINT(3 4)\", \"t\": \"x\"}\n");
    let types = ["--type", "a:geometry", "--type", "b:geometry"];
    shell.succeed(&[&["import", "db", "s", "two.jsonl"], &types[..]].concat());
    let at = |more: &[&str]| geojson(&shell, "SELECT id, a, b, t FROM s", more)["features"][0].clone();
    assert_eq!(at(&[])["geometry"]["coordinates"], json!([1.0, 2.0]));
    let second = at(&["--geometry", "b"]);
    assert_eq!(second["geometry"]["coordinates"], json!([3.0, 4.0]));
    assert_eq!(second["properties"]["a"], json!({"type": "Point", "coordinates": [1.0, 2.0]}));
    for (sql, more, said) in [
        ("SELECT id, a FROM s", &["--geometry", "c"][..], "the answer has no such column"),
        ("SELECT t, a FROM s", &["--geometry", "t"], "--geometry t: an object of the answer has a text there"),
        ("SELECT id FROM s", &[], "no object of the answer has a geometry"),
        ("SELECT COUNT(*) FROM s", &["--map", "m.svg"], "no object of the answer has a geometry"),
    ] {
        let refused = shell.fail(1, &[&["query", "db", sql, "--format", "geojson"], more].concat());
        assert!(refused.contains(said), "{refused}");
    }
    shell.fail(2, &["query", "db", "SELECT a FROM s", "--format", "geojson", "--explain"]);
    shell.fail(2, &["query", "db", "SELECT a FROM s", "--map", "m.svg", "--analyze"]);
    assert!(!shell.path("m.svg").exists());
    let refused = shell.fail(1, &["query", "db", "SELECT a FROM s", "--map", "nowhere/m.svg"]);
    assert!(refused.contains("--map nowhere/m.svg"), "{refused}");
}

/// The numbers of an attribute, in order.
fn numbers(svg: &str, attribute: &str) -> Vec<f64> {
    let before = format!(" {attribute}=\"");
    let all = svg.split(&before).skip(1);
    all.map(|rest| rest.split('"').next().and_then(|number| number.parse().ok()).expect("a number")).collect()
}

#[test]
fn maps_show_hits_over_outlines() {
    let shell = places();
    let sql = "SELECT name, at FROM places WHERE id < 9 ORDER BY id";
    shell.succeed(&["query", "db", sql, "--map", "map.svg"]);
    let svg = std::fs::read_to_string(shell.path("map.svg")).expect("a map");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
    assert!(
        svg.contains("3 hits, and 1 without a place: SELECT name, at FROM places WHERE id &lt; 9 ORDER BY id"),
        "{svg}"
    );
    assert!(svg.contains("Natural Earth"), "{svg}");
    assert!(svg.contains("&lt;Tonga&gt; &amp; co") && !svg.contains("<Tonga>"), "{svg}");
    // Both sides of the antimeridian are one map: from west to east Suva, Tonga, Apia.
    let across = numbers(&svg, "cx");
    assert!(across[0] < across[2] && across[2] < across[1] && across.len() == 3, "{across:?}");
    assert!(across.iter().all(|x| (0.0..=1_000.0).contains(x)), "{across:?}");
    let down = numbers(&svg, "cy");
    assert!(down[1] < down[0] && down[0] < down[2], "{down:?}");

    shell.succeed(&["query", "db", "SELECT name, shape FROM shapes", "--map", "shapes.svg", "--format", "geojson"]);
    let svg = std::fs::read_to_string(shell.path("shapes.svg")).expect("a map");
    assert!(svg.contains("3 hits:"), "{svg}");
    assert_eq!(svg.matches("class=\"area\"").count(), 1, "{svg}");
    assert_eq!(svg.matches("class=\"line\"").count(), 1, "{svg}");
    assert_eq!(svg.matches("<circle").count(), 1, "{svg}");

    // Without hits, the whole globe.
    shell.succeed(&["query", "db", "SELECT * FROM places WHERE id = 9", "--map", "empty.svg"]);
    let svg = std::fs::read_to_string(shell.path("empty.svg")).expect("a map");
    assert!(svg.contains("0 hits:") && svg.matches("<path").count() > 150, "{}", svg.len());
}
