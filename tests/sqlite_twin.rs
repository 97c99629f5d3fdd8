//! Random SELECTs, answered as SQLite answers them: by the module of that name of Python's library. Skipped where there is no Python.
//!
//! `PROTOBASE_STATEMENTS` says how many (2,000 without), `PROTOBASE_SEED` from which seed; a difference prints the statement and both answers.

#![cfg(feature = "sql")]

use std::{
    env,
    io::Write,
    process::{Command, Stdio},
};

use protobase::{Database, IndexableSet, Object, Parameters, SetSchema, Value};

/// A small generator of numbers (SplitMix64), so that a seed says everything.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn of<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }
}

const TABLES: [(&str, usize); 3] = [("one", 40), ("two", 30), ("three", 12)];

/// The objects of the tables: `id` whole and never null, `a` and `b` whole, `r` in quarters, `t` text.
fn objects(draws: &mut Draws) -> Vec<Vec<Object>> {
    let object = |id: usize, draws: &mut Draws| {
        let mut object = Object::new().with("id", id as i64);
        for name in ["a", "b"] {
            match draws.below(10) {
                0 => {}
                1 => {
                    object.set(name, Value::Null);
                }
                _ => {
                    object.set(name, draws.below(9) as i64 - 2);
                }
            }
        }
        if !draws.chance(15) {
            object.set("r", (draws.below(40) as f64 - 10.0) / 4.0);
        }
        if !draws.chance(15) {
            object.set("t", draws.of(&["ab", "Ab", "abc", "b", "", "bc", "x_y", "50%"]));
        }
        object
    };
    TABLES.iter().map(|(_, n)| (0..*n).map(|id| object(id, draws)).collect()).collect()
}

/// Writes statements over tables whose names are in scope.
struct Writer<'d> {
    draws: &'d mut Draws,
}

impl Writer<'_> {
    fn number(&mut self, scope: &[&str], depth: usize) -> String {
        match self.draws.below(if depth == 0 { 5 } else { 12 }) {
            0 => (self.draws.below(12) as i64 - 3).to_string(),
            1..=4 => format!("{}.{}", self.draws.of(scope), self.draws.of(&["id", "a", "b", "a", "b"])),
            5 => format!("{}.r", self.draws.of(scope)),
            6 | 7 => {
                let operator = self.draws.of(&["+", "-", "*", "/", "%"]);
                let operator = if operator == "%" || operator == "/" { "+" } else { operator };
                format!("({} {operator} {})", self.number(scope, depth - 1), self.number(scope, depth - 1))
            }
            8 => format!("({}.a {} {}.b)", self.draws.of(scope), self.draws.of(&["/", "%"]), self.draws.of(scope)),
            9 => format!("ABS({})", self.number(scope, depth - 1)),
            10 => format!("COALESCE({}, {})", self.number(scope, depth - 1), self.number(scope, 0)),
            _ => format!(
                "CASE WHEN {} THEN {} ELSE {} END",
                self.condition(scope, depth - 1),
                self.number(scope, depth - 1),
                self.number(scope, 0)
            ),
        }
    }

    fn text(&mut self, scope: &[&str]) -> String {
        let field = format!("{}.t", self.draws.of(scope));
        match self.draws.below(6) {
            0 => format!("UPPER({field})"),
            1 => format!("LOWER({field})"),
            2 => format!("SUBSTR({field}, {}, {})", 1 + self.draws.below(3), self.draws.below(3)),
            3 => format!("({field} || 'z')"),
            _ => field,
        }
    }

    fn condition(&mut self, scope: &[&str], depth: usize) -> String {
        let comparison = self.draws.of(&["=", "<>", "<", "<=", ">", ">="]);
        match self.draws.below(if depth == 0 { 9 } else { 13 }) {
            0 | 1 => format!("{} {comparison} {}", self.number(scope, depth.min(1)), self.number(scope, 0)),
            2 => format!(
                "{}.{} {comparison} {}",
                self.draws.of(scope),
                self.draws.of(&["a", "b", "r"]),
                self.draws.below(8)
            ),
            3 => format!("{} IS {}NULL", self.number(scope, depth.min(1)), self.draws.of(&["", "NOT "])),
            4 => format!(
                "{}.a {}BETWEEN {} AND {}",
                self.draws.of(scope),
                self.draws.of(&["", "NOT "]),
                self.number(scope, 0),
                self.draws.below(7)
            ),
            5 => format!(
                "{}.b {}IN ({}, {}, 3)",
                self.draws.of(scope),
                self.draws.of(&["", "NOT "]),
                self.draws.below(7),
                self.draws.of(&["1", "NULL"])
            ),
            6 => format!(
                "{} {}LIKE '{}'",
                self.text(scope),
                self.draws.of(&["", "NOT "]),
                self.draws.of(&["a%", "%b", "_b%", "%", "ab", "x\\_y"])
            ),
            7 => format!("{} {comparison} '{}'", self.text(scope), self.draws.of(&["ab", "abc", "", "b"])),
            8 => format!(
                "{}.{} {comparison} {}.{}",
                self.draws.of(scope),
                self.draws.of(&["a", "id"]),
                self.draws.of(scope),
                self.draws.of(&["b", "id"])
            ),
            9 => format!("({} AND {})", self.condition(scope, depth - 1), self.condition(scope, depth - 1)),
            10 => format!("({} OR {})", self.condition(scope, depth - 1), self.condition(scope, depth - 1)),
            11 => format!("NOT ({})", self.condition(scope, depth - 1)),
            _ => self.asking(scope),
        }
    }

    /// A condition with a statement inside.
    fn asking(&mut self, scope: &[&str]) -> String {
        let table = self.draws.of(&["one", "two", "three"]);
        let inner = self.condition(&["s"], 0);
        match self.draws.below(3) {
            0 => format!(
                "{}.a {}IN (SELECT s.b FROM {table} s WHERE {inner})",
                self.draws.of(scope),
                self.draws.of(&["", "NOT "])
            ),
            1 => format!("{}.a >= (SELECT MIN(s.a) AS least FROM {table} s WHERE {inner})", self.draws.of(scope)),
            _ => format!("{}.b < (SELECT COUNT(*) AS n FROM {table} s WHERE {inner})", self.draws.of(scope)),
        }
    }

    fn from(&mut self) -> (String, Vec<&'static str>) {
        const NAMES: [&str; 3] = ["x", "y", "z"];
        let count = 1 + usize::from(self.draws.chance(60)) + usize::from(self.draws.chance(20));
        let mut text = String::new();
        for at in 0..count {
            let source = if self.draws.chance(15) {
                let inner = self.condition(&["s"], 1);
                let table = self.draws.of(&["two", "three"]);
                format!("(SELECT s.id, s.a, s.b + 0 AS b, s.r, s.t FROM {table} s WHERE {inner}) AS {}", NAMES[at])
            } else {
                // The first may be large, the others are small enough for every two to be looked at.
                format!("{} {}", self.draws.of(if at == 0 { &["one", "two"] } else { &["two", "three"] }), NAMES[at])
            };
            if at == 0 {
                text = source;
                continue;
            }
            let kind =
                self.draws.of(&["JOIN", "LEFT JOIN", "JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", "LEFT JOIN"]);
            text = format!("{text} {kind} {source}");
            if kind != "CROSS JOIN" {
                let left = NAMES[self.draws.below(at)];
                let equal = format!(
                    "{left}.{} = {}.{}",
                    self.draws.of(&["a", "b", "id"]),
                    NAMES[at],
                    self.draws.of(&["a", "b", "id"])
                );
                let more = self.draws.chance(35).then(|| self.condition(&NAMES[..=at], 0));
                text = match more {
                    Some(more) => format!("{text} ON {equal} AND {more}"),
                    None => format!("{text} ON {equal}"),
                };
            }
        }
        (text, NAMES[..count].to_vec())
    }

    fn aggregate(&mut self, scope: &[&str]) -> String {
        let filter =
            if self.draws.chance(15) { format!(" FILTER (WHERE {})", self.condition(scope, 0)) } else { String::new() };
        let distinct = self.draws.of(&["", "", "DISTINCT "]);
        match self.draws.below(6) {
            0 => format!("COUNT(*){filter}"),
            1 => format!("COUNT({distinct}{}){filter}", self.number(scope, 1)),
            2 => format!("SUM({distinct}{}){filter}", self.number(scope, 1)),
            3 => format!("AVG({}){filter}", self.number(scope, 1)),
            4 => format!("MIN({}){filter}", self.number(scope, 1)),
            _ => format!("MAX({}){filter}", self.text(scope)),
        }
    }

    /// The number of columns is given, so that statements can be combined.
    fn select(&mut self, columns: usize) -> String {
        let (from, scope) = self.from();
        let filter =
            if self.draws.chance(70) { format!(" WHERE {}", self.condition(&scope, 2)) } else { String::new() };
        let item = |at: usize, text: String| format!("{text} AS c{at}");
        if self.draws.chance(35) {
            let keys = if columns == 1 { 0 } else { 1 + self.draws.below(columns - 1) };
            let key: Vec<String> =
                (0..keys).map(|at| if at == 1 { self.text(&scope) } else { self.number(&scope, 1) }).collect();
            let mut items: Vec<String> = key.iter().enumerate().map(|(at, key)| item(at, key.clone())).collect();
            items.extend((keys..columns).map(|at| item(at, self.aggregate(&scope))));
            let is_key = |key: &String| key.parse::<i64>().is_err();
            let key: Vec<&String> = key.iter().filter(|key| is_key(key)).collect();
            let texts: Vec<&str> = key.iter().map(|key| key.as_str()).collect();
            let by = if texts.is_empty() { String::new() } else { format!(" GROUP BY {}", texts.join(", ")) };
            let having = if !texts.is_empty() && self.draws.chance(40) {
                format!(" HAVING {} {} {}", self.aggregate(&scope), self.draws.of(&["<", ">="]), self.draws.below(4))
            } else {
                String::new()
            };
            // A text against a number is no comparison here.
            let having = if having.contains("HAVING MAX") { String::new() } else { having };
            return format!("SELECT {} FROM {from}{filter}{by}{having}", items.join(", "));
        }
        let items: Vec<String> =
            (0..columns).map(|at| item(at, if at == 1 { self.text(&scope) } else { self.number(&scope, 2) })).collect();
        let distinct = if self.draws.chance(25) { "DISTINCT " } else { "" };
        format!("SELECT {distinct}{} FROM {from}{filter}", items.join(", "))
    }

    fn statement(&mut self) -> String {
        let columns = 1 + self.draws.below(3);
        let mut text = self.select(columns);
        while self.draws.chance(15) {
            let operator = self.draws.of(&["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
            // SQLite knows no precedence here, the standard has INTERSECT first: one operator is the same in both.
            if text.contains(" UNION ") || text.contains(" EXCEPT ") || text.contains(" INTERSECT ") {
                break;
            }
            text = format!("{text} {operator} {}", self.select(columns));
        }
        if self.draws.chance(40) {
            let keys: Vec<String> = (0..columns)
                .map(|at| format!("c{at}{} NULLS {}", self.draws.of(&["", " DESC"]), self.draws.of(&["FIRST", "LAST"])))
                .collect();
            text = format!(
                "{text} ORDER BY {} LIMIT {} OFFSET {}",
                keys.join(", "),
                self.draws.below(12),
                self.draws.below(3)
            );
        }
        text
    }
}

const TWIN: &str = r#"
import json, sqlite3, sys
setup, statements = json.load(sys.stdin)
db = sqlite3.connect(":memory:")
db.execute("PRAGMA case_sensitive_like = ON")
for name, rows in setup:
    db.execute(f"CREATE TABLE {name} (id INTEGER, a INTEGER, b INTEGER, r REAL, t TEXT)")
    db.executemany(f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?)", rows)
for statement in statements:
    try:
        print(json.dumps(db.execute(statement.replace("\\_y'", "\\_y' ESCAPE '\\'")).fetchall()))
    except Exception as error:
        print(json.dumps(str(error)))
"#;

/// What SQLite says, a line a statement; `None` without a Python that has it.
fn twin(objects: &[Vec<Object>], statements: &[String]) -> Option<Vec<serde_json::Value>> {
    let value = |object: &Object, name: &str| match object.get(name) {
        Some(Value::Int(n)) => serde_json::json!(n),
        Some(Value::Float(n)) => serde_json::json!(n),
        Some(Value::String(text)) => serde_json::json!(text),
        _ => serde_json::Value::Null,
    };
    let row = |object: &Object| ["id", "a", "b", "r", "t"].map(|name| value(object, name));
    let rows = |all: &Vec<Object>| all.iter().map(row).collect::<Vec<_>>();
    let setup: Vec<_> =
        TABLES.iter().zip(objects).map(|((name, _), all)| serde_json::json!([name, rows(all)])).collect();
    let python = env::var("PROTOBASE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut child =
        Command::new(python).args(["-c", TWIN]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    child.stdin.take()?.write_all(serde_json::json!([setup, statements]).to_string().as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

fn cell(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "null".to_owned(),
        serde_json::Value::Number(number) => format!("{:.6}", number.as_f64().unwrap_or(f64::NAN) + 0.0),
        serde_json::Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}

fn ours(database: &Database, statement: &str) -> Result<Vec<String>, String> {
    let answer = database.sql(statement, &Parameters::new()).map_err(|error| error.to_string())?;
    let value = |object: &Object, name: &String| match object.get(name) {
        Some(Value::Int(n)) => serde_json::json!(n),
        Some(Value::Float(n)) => serde_json::json!(n),
        Some(Value::String(text)) => serde_json::json!(text),
        _ => serde_json::Value::Null,
    };
    let line =
        |object: &Object| answer.columns.iter().map(|name| cell(&value(object, name))).collect::<Vec<_>>().join(" ");
    Ok(answer.objects.iter().map(line).collect())
}

#[test]
fn answers_are_those_of_sqlite() {
    let number =
        |name: &str, otherwise: u64| env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (count, first) = (number("PROTOBASE_STATEMENTS", 2_000), number("PROTOBASE_SEED", 1));
    let (mut asked, mut with_objects) = (0, 0);
    for seed in (first..).take(usize::try_from(count.div_ceil(500)).unwrap()) {
        let mut draws = Draws(seed);
        let objects = objects(&mut draws);
        let database = Database::options().background(false).in_memory();
        for ((name, _), all) in TABLES.iter().zip(&objects) {
            let schema = match draws.below(3) {
                0 => SetSchema::new(*name),
                1 => SetSchema::new(*name).index("a", "hash").index("id", "ordered"),
                _ => SetSchema::new(*name).index("a", "ordered").index("b", "hash").index("t", "ordered"),
            };
            let set: IndexableSet = database.declare(schema).unwrap();
            let (flushed, rest) = all.split_at(draws.below(all.len()));
            set.insert_many(flushed).unwrap();
            database.flush().unwrap();
            set.insert_many(rest).unwrap();
        }
        let statements: Vec<String> = (0..500).map(|_| Writer { draws: &mut draws }.statement()).collect();
        let Some(expected) = twin(&objects, &statements) else {
            println!("skipped: no Python with sqlite3");
            return;
        };
        for (statement, expected) in statements.iter().zip(expected) {
            let serde_json::Value::Array(rows) = &expected else {
                panic!("SQLite refuses {statement}: {expected}");
            };
            let line = |row: &serde_json::Value| row.as_array().unwrap().iter().map(cell).collect::<Vec<_>>().join(" ");
            let mut expected: Vec<String> = rows.iter().map(line).collect();
            let mut found =
                ours(&database, statement).unwrap_or_else(|error| panic!("seed {seed}: {statement}\n{error}"));
            if !statement.contains(" LIMIT ") {
                expected.sort();
                found.sort();
            }
            assert_eq!(found, expected, "seed {seed}: {statement}");
            asked += 1;
            with_objects += u64::from(!found.is_empty());
        }
    }
    println!("{asked} statements, {with_objects} of them with objects in the answer");
    assert!(with_objects * 2 > asked, "most statements find nothing");
}
