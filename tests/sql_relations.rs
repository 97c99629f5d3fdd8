//! SELECT over several sets, over groups, and over other statements.

#![cfg(feature = "sql")]

use protobase::{Database, IndexableSet, Object, Parameters, SetSchema, object::FamilyId};

/// Customers with nested invoices, products that they refer to, and places.
fn database() -> Database {
    let database = Database::options().background(false).in_memory();
    let invoices = SetSchema::new("invoices").index("total", "ordered");
    let customers: IndexableSet =
        database.declare(SetSchema::new("customers").index("country", "hash").nested("invoices", invoices)).unwrap();
    let orders: IndexableSet = database.declare(SetSchema::new("orders").index("customer", "hash")).unwrap();
    let all = [("Nino", Some("GE"), 30), ("Ola", Some("NO"), 41), ("Per", Some("NO"), 25), ("Zoe", None, 52)];
    for (at, (name, country, age)) in all.into_iter().enumerate() {
        let mut object = Object::new().with("id", at as i64 + 1).with("name", name).with("age", age);
        if let Some(country) = country {
            object.set("country", country);
        }
        let customer = customers.insert(&object).unwrap();
        let invoices: IndexableSet = customers.nested(customer, "invoices").unwrap();
        for n in 0..at {
            invoices.insert(&Object::new().with("total", 100 * (n as i64 + 1)).with("year", 2_024 + n as i64)).unwrap();
        }
        let reference = protobase::Value::Reference(FamilyId(customers.family().0), customer);
        if at < 3 {
            orders
                .insert(
                    &Object::new().with("customer", at as i64 + 1).with("of", reference).with("sum", 10 + at as i64),
                )
                .unwrap();
        }
    }
    orders.insert(&Object::new().with("customer", 1).with("sum", 5)).unwrap();
    orders.insert(&Object::new().with("customer", 99).with("sum", 7)).unwrap();
    database.flush().unwrap();
    database
}

/// The answer as lines of `name=value` in the order of columns.
fn lines(sql: &str) -> Vec<String> {
    let database = database();
    let answer = database.sql(sql, &Parameters::new().with("age", 30)).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let plan = database.sql(&format!("EXPLAIN {sql}"), &Parameters::new().with("age", 30));
    plan.unwrap_or_else(|error| panic!("EXPLAIN {sql}: {error}"));
    let line = |object: &Object| {
        let cell = |column: &String| {
            object
                .get(column)
                .map_or("-".to_owned(), |value| value.to_string().trim_matches('\'').trim_matches('"').to_owned())
        };
        answer.columns.iter().map(cell).collect::<Vec<_>>().join(" ")
    };
    answer.objects.iter().map(line).collect()
}

#[test]
fn joins() {
    assert_eq!(
        lines("SELECT c.name, o.sum FROM customers c JOIN orders o ON c.id = o.customer ORDER BY o.sum"),
        ["Nino 5", "Nino 10", "Ola 11", "Per 12"]
    );
    assert_eq!(
        lines("SELECT name, sum FROM customers, orders WHERE id = customer AND age > $age ORDER BY name"),
        ["Ola 11"]
    );
    assert_eq!(
        lines(
            "SELECT c.name, o.sum FROM customers c LEFT JOIN orders o ON c.id = o.customer AND o.sum > 5 ORDER BY c.name"
        ),
        ["Nino 10", "Ola 11", "Per 12", "Zoe -"]
    );
    assert_eq!(
        lines("SELECT c.name, o.sum FROM customers c RIGHT JOIN orders o ON c.id = o.customer WHERE c.name IS NULL"),
        ["- 7"]
    );
    assert_eq!(lines("SELECT COUNT(*) AS n FROM customers c FULL JOIN orders o ON c.id = o.customer"), ["6"]);
    assert_eq!(lines("SELECT COUNT(*) AS n FROM customers CROSS JOIN orders"), ["20"]);
    assert_eq!(
        lines(
            "SELECT a.name, b.name AS other FROM customers a JOIN customers b ON a.country = b.country AND a.id < b.id"
        ),
        ["Ola Per"]
    );
    assert_eq!(
        lines("SELECT c.name FROM customers c JOIN orders o ON o.of = c._offset ORDER BY c.name"),
        ["Nino", "Ola", "Per"]
    );
    assert_eq!(
        lines("SELECT c.name FROM orders o JOIN customers c ON o.of = c._offset ORDER BY c.name DESC"),
        ["Per", "Ola", "Nino"]
    );
}

#[test]
fn nested_sets() {
    assert_eq!(
        lines("SELECT c.name, i.total FROM customers c, c.invoices i WHERE i.total >= 200 ORDER BY i.total, c.name"),
        ["Per 200", "Zoe 200", "Zoe 300"]
    );
    assert_eq!(
        lines(
            "SELECT c.name, SUM(i.total) AS all_of_it FROM customers c LEFT JOIN c.invoices i ON i.year > 2024 GROUP BY c.name ORDER BY c.name"
        ),
        ["Nino -", "Ola -", "Per 200", "Zoe 500"]
    );
    assert_eq!(
        lines("SELECT c.name FROM customers c WHERE EXISTS (SELECT 1 FROM c.invoices i WHERE i.total = 300)"),
        ["Zoe"]
    );
}

#[test]
fn groups() {
    assert_eq!(
        lines(
            "SELECT country, COUNT(*) AS n, MIN(age) AS youngest, AVG(age) AS mean FROM customers GROUP BY country ORDER BY n DESC, country"
        ),
        ["NO 2 25 33.0", "GE 1 30 30.0", "- 1 52 52.0"]
    );
    assert_eq!(lines("SELECT country FROM customers GROUP BY country HAVING COUNT(*) > 1"), ["NO"]);
    assert_eq!(lines("SELECT SUM(age) + 1 AS more, COUNT(DISTINCT country) AS countries FROM customers"), ["149 2"]);
    assert_eq!(
        lines("SELECT COUNT(*) FILTER (WHERE age > 30) AS old, COUNT(country) AS known FROM customers"),
        ["2 3"]
    );
    assert_eq!(
        lines("SELECT age / 10 AS decade, COUNT(*) AS n FROM customers GROUP BY decade ORDER BY 1"),
        ["2 1", "3 1", "4 1", "5 1"]
    );
    assert_eq!(lines("SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY age) AS median FROM customers"), ["35.5"]);
    assert_eq!(lines("SELECT MAX(age) AS oldest FROM customers WHERE age > 100"), ["-"]);
    assert_eq!(lines("SELECT DISTINCT country FROM customers ORDER BY country NULLS FIRST"), ["-", "GE", "NO"]);
    assert_eq!(
        lines("SELECT country, COUNT(*) AS n FROM customers GROUP BY country ORDER BY COUNT(*) DESC LIMIT 1"),
        ["NO 2"]
    );
}

#[test]
fn statements_inside() {
    assert_eq!(
        lines("SELECT name FROM customers WHERE id IN (SELECT customer FROM orders WHERE sum > 10) ORDER BY name"),
        ["Ola", "Per"]
    );
    assert_eq!(
        lines("SELECT name FROM customers WHERE id NOT IN (SELECT customer FROM orders) ORDER BY name"),
        ["Zoe"]
    );
    assert_eq!(lines("SELECT name FROM customers WHERE age = (SELECT MAX(age) FROM customers)"), ["Zoe"]);
    assert_eq!(
        lines("SELECT name FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id)"),
        ["Zoe"]
    );
    assert_eq!(
        lines(
            "SELECT n, COUNT(*) AS times FROM (SELECT country, COUNT(*) AS n FROM customers GROUP BY country) AS t GROUP BY n ORDER BY n"
        ),
        ["1 2", "2 1"]
    );
    assert_eq!(
        lines(
            "WITH old AS (SELECT name, age FROM customers WHERE age > 28) SELECT name FROM old WHERE age < 50 ORDER BY age DESC"
        ),
        ["Ola", "Nino"]
    );
    assert_eq!(
        lines(
            "SELECT name FROM customers WHERE age < 30 UNION SELECT name FROM customers WHERE country = 'NO' ORDER BY name"
        ),
        ["Ola", "Per"]
    );
    assert_eq!(lines("SELECT id FROM customers EXCEPT SELECT customer FROM orders"), ["4"]);
    assert_eq!(
        lines("SELECT id FROM customers INTERSECT SELECT customer FROM orders ORDER BY 1 DESC LIMIT 2"),
        ["3", "2"]
    );
}

#[test]
fn computed_values() {
    assert_eq!(
        lines(
            "SELECT UPPER(name) || '-' || age AS label FROM customers WHERE age * 2 > 80 ORDER BY LENGTH(name), name"
        ),
        ["OLA-41", "ZOE-52"]
    );
    assert_eq!(
        lines(
            "SELECT name, CASE WHEN age < 30 THEN 'young' WHEN age < 50 THEN 'middle' ELSE 'old' END AS is FROM customers ORDER BY name"
        ),
        ["Nino middle", "Ola middle", "Per young", "Zoe old"]
    );
    assert_eq!(
        lines(
            "SELECT COALESCE(country, 'none') AS country, SUBSTRING(name FROM 2 FOR 2) AS part FROM customers WHERE country IS NULL"
        ),
        ["none oe"]
    );
    assert_eq!(
        lines("SELECT EXTRACT(YEAR FROM TIMESTAMP '2024-02-29 12:00:00') AS year FROM customers LIMIT 1"),
        ["2024"]
    );
    assert_eq!(
        lines("SELECT name FROM customers WHERE id = age - 29 OR LOWER(name) LIKE 'x%' OR id + 0 IN (2, 77)").len(),
        2
    );
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let database = database();
    for (sql, named) in [
        ("SELECT name FROM customers c JOIN orders o ON c.id = o.customer WHERE of > 1 AND nothing = 2", "nothing"),
        ("SELECT id FROM customers a JOIN customers b ON a.id = b.id", "a and of b"),
        ("SELECT name, COUNT(*) AS n FROM customers GROUP BY country", "name"),
        ("SELECT country, name FROM customers GROUP BY country", "name"),
        ("SELECT SUM(name) AS s FROM customers", "sum(name)"),
        ("SELECT name FROM customers WHERE age = (SELECT age FROM customers)", "4 objects"),
        ("SELECT name FROM customers c JOIN missing m ON c.id = m.id", "missing"),
        ("SELECT id, name FROM customers UNION SELECT id FROM customers", "2 columns"),
        ("SELECT name FROM customers c, orders c", "'c'"),
        ("SELECT DISTINCT * FROM customers", "DISTINCT *"),
        ("SELECT COUNT(*) OVER () AS n FROM customers", "OVER"),
        (
            "SELECT c.id FROM customers c JOIN orders o ON c.id = o.customer WHERE c.name > TIMESTAMP '2024-01-01T00:00:00Z'",
            "TIMESTAMP",
        ),
        ("WITH RECURSIVE t AS (SELECT 1 FROM customers) SELECT * FROM t", "RECURSIVE"),
        ("SELECT DISTINCT name FROM customers ORDER BY age", "age"),
        ("SELECT PERCENTILE_CONT(2) WITHIN GROUP (ORDER BY age) AS p FROM customers", "fraction"),
    ] {
        let error = database.sql(sql, &Parameters::new()).expect_err(sql).to_string();
        assert!(error.contains(named), "{sql}: {error}");
    }
}

#[test]
fn what_writes_asks_others_and_sees_its_own() {
    let database = database();
    let mut session = protobase::sql::Session::new(&database);
    let mut run = |sql: &str| session.execute(sql, &Parameters::new()).unwrap_or_else(|error| panic!("{sql}: {error}"));
    run("BEGIN");
    run("INSERT INTO orders (customer, sum) VALUES (4, 1000)");
    let found = run("SELECT c.name FROM customers c JOIN orders o ON o.customer = c.id WHERE o.sum = 1000");
    assert_eq!(found.objects.len(), 1);
    assert_eq!(
        run("UPDATE customers SET rich = true WHERE id IN (SELECT customer FROM orders WHERE sum > 11)")
            .done
            .to_string(),
        "2 objects updated"
    );
    assert_eq!(
        run("DELETE FROM orders WHERE customer NOT IN (SELECT id FROM customers)").done.to_string(),
        "1 object deleted"
    );
    run("COMMIT");
    run("CREATE SET totals");
    let written = run(
        "INSERT INTO totals (name, total) SELECT c.name, SUM(o.sum) FROM customers c JOIN orders o ON o.customer = c.id GROUP BY c.name",
    );
    assert_eq!(written.done.to_string(), "4 objects inserted");
    let all = run("SELECT name, total FROM totals ORDER BY total DESC LIMIT 1");
    assert_eq!(all.objects[0], Object::new().with("name", "Zoe").with("total", 1_000));
    let star = run("SELECT o.*, c.name FROM orders o JOIN customers c ON o.customer = c.id WHERE c.id = 4");
    assert_eq!(star.objects[0], Object::new().with("customer", 4).with("sum", 1_000).with("name", "Zoe"));
}

#[test]
fn the_questions_of_the_readme_are_answered() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let questions =
        readme.split("nested ones and groups:").nth(1).and_then(|rest| rest.split("```sql\n").nth(1)).unwrap();
    let questions = questions.split("```").next().unwrap();
    let database = Database::options().background(false).in_memory();
    let mut session = protobase::sql::Session::new(&database);
    let setup = "CREATE SET customers (invoices SET (INDEX USING ordered (year))); CREATE SET orders; CREATE SET visited;
        CREATE SET towns (INDEX USING geo (location)); CREATE SET stations (INDEX USING geo (location));
        CREATE SET places (INDEX USING hash (country));
        INSERT INTO customers (name) VALUES ('Nino'), ('Ola') RETURNING _offset;
        INSERT INTO orders (customer, sum) SELECT _offset, 5 AS sum FROM customers;
        INSERT INTO towns (name, country, visits, location) VALUES ('Mestia', 'GE', 7, ST_Point(42.73, 43.05)), ('Oslo', 'NO', 1, ST_Point(10.7, 59.9));
        INSERT INTO stations (name, location) VALUES ('Mestia bus', ST_Point(42.74, 43.05)), ('far', ST_Point(0, 0));
        INSERT INTO visited (country) VALUES ('GR');
        INSERT INTO places (name, country, year, elevation_m, highest) VALUES ('a', 'GE', 400, 9, NULL), ('b', 'GR', 900, 8, 1), ('c', 'NO', 1900, 7, 1)";
    session.execute_script(setup, &Parameters::new()).unwrap();
    let owner = session.execute("SELECT _offset FROM customers WHERE name = 'Ola'", &Parameters::new()).unwrap();
    let owner = owner.first().unwrap().clone();
    let invoices = "INSERT INTO customers.invoices (_owner, year, total, paid) VALUES ($o, 2026, 900, true), ($o, 2026, 300, false), ($o, 2025, 7, true)";
    session.execute(invoices, &Parameters::new().with("o", owner)).unwrap();
    let answers = session.execute_script(questions, &Parameters::new()).unwrap();
    let column = |at: usize, name: &str| {
        let of = |object: &Object| object.get(name).map_or("-".to_owned(), ToString::to_string);
        answers[at].objects.iter().map(of).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(answers.len(), 5);
    assert_eq!((column(0, "name"), column(0, "total"), column(0, "paid")), ("Ola".into(), "1200".into(), "1".into()));
    assert_eq!(answers[1].objects.len(), 2);
    assert_eq!(column(2, "station"), "Mestia bus");
    assert_eq!(column(3, "country"), "GE");
    assert_eq!((column(4, "name"), column(4, "age")), ("A".into(), "old".into()));
}

#[test]
fn what_a_reviewer_found_stays_mended() {
    for (sql, expected) in [
        ("SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o LIMIT 0)", ""),
        ("SELECT COUNT(*) AS n FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o LIMIT 0)", "4"),
        (
            "SELECT COUNT(*) AS n FROM customers c WHERE EXISTS (SELECT COUNT(*) AS k FROM orders o WHERE sum > 9999)",
            "4",
        ),
        (
            "SELECT x.name FROM (SELECT * FROM customers WHERE id IN (SELECT customer FROM orders)) x WHERE x.id = 2",
            "Ola",
        ),
        (
            "WITH w AS (SELECT * FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id)) SELECT COUNT(id) AS n FROM w",
            "3",
        ),
        (
            "SELECT * FROM orders WHERE sum = 7 UNION SELECT * FROM orders o WHERE o.sum IN (SELECT sum FROM orders WHERE sum = 7)",
            "99 7",
        ),
        ("SELECT PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY age DESC) AS p FROM customers", "43.75"),
        ("SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM orders WHERE sum = 11 AND customer = c.id)", "2"),
        (
            "SELECT c.id FROM customers c WHERE EXISTS (SELECT 1 FROM customers d WHERE d.id = c.id + 3 AND age > 50)",
            "1",
        ),
        (
            "SELECT 1 / 0 AS a, 1.0 / 0 AS b, -9223372036854775808 AS c FROM customers LIMIT 1",
            "null null -9223372036854775808",
        ),
    ] {
        assert_eq!(lines(sql).join(" "), expected, "{sql}");
    }
    let database = database();
    let chain = |part: &str, by: &str, n: usize| vec![part; n].join(by);
    for (sql, named) in [
        ("SELECT * FROM customers GROUP BY id".to_owned(), "* of groups"),
        (
            "SELECT COUNT(*) AS n FROM customers a, customers b RIGHT JOIN orders o ON o.customer = b.id".to_owned(),
            "comma",
        ),
        ("SELECT id FROM customers RIGHT JOIN orders USING (id)".to_owned(), "USING"),
        ("SELECT x.nosuch FROM customers x JOIN orders o ON x.id = o.customer".to_owned(), "x.nosuch"),
        ("SELECT x._offset FROM (SELECT id FROM customers) x".to_owned(), "x._offset"),
        (
            "SELECT id FROM customers c WHERE EXISTS (SELECT nosuch FROM orders o WHERE o.customer = c.id)".to_owned(),
            "nosuch",
        ),
        (chain("SELECT id FROM customers", " UNION ALL ", 1_000), "combined"),
    ] {
        let error = database.sql(&sql, &Parameters::new()).expect_err(&sql).to_string();
        assert!(error.contains(named), "{sql}: {error}");
    }
    let long = format!(
        "SELECT a.id FROM customers a JOIN customers b ON a.id = b.id WHERE {}",
        chain("a.age + 0 = b.age + 0", " AND ", 4_000)
    );
    assert_eq!(database.sql(&long, &Parameters::new()).unwrap().objects.len(), 4);
}
