//! Is an owner, or an offset, the same thing wherever SQL text names it? Every condition is compared with a plain model, in the delta, in a
//! segment and across both.

#![cfg(feature = "sql")]

use protobase::{Database, IndexableSet, Object, Offset, Parameters, SetSchema, Value};

/// What is known of one city.
struct City {
    offset: i64,
    owner: i64,
    people: i64,
}

struct World {
    database: Database,
    cities: Vec<City>,
    owners: Vec<i64>,
}

fn number(offset: Offset) -> i64 {
    i64::try_from(offset.0).unwrap()
}

/// Three countries with seven cities each; every city also stores a text field that is named `owner`.
fn world(flush_after: &[usize]) -> World {
    let database = Database::options().background(false).in_memory();
    let schema = SetSchema::new("countries").unique("name");
    let cities = SetSchema::new("cities").index("people", "ordered");
    let countries: IndexableSet = database.declare(schema.nested("cities", cities)).unwrap();
    let mut world = World { database, cities: Vec::new(), owners: Vec::new() };
    for country in 0..3 {
        world.owners.push(number(countries.insert(&Object::new().with("name", format!("c{country}"))).unwrap()));
    }
    for city in 0..21 {
        if flush_after.contains(&city) {
            world.database.flush().unwrap();
        }
        let owner = world.owners[city % 3];
        let nested: IndexableSet = countries.nested(Offset(owner as u64), "cities").unwrap();
        let people = city as i64 * 10;
        let object = Object::new().with("people", people).with("owner", format!("mayor {}", city % 2));
        world.cities.push(City { offset: number(nested.insert(&object).unwrap()), owner, people });
    }
    if flush_after.contains(&21) {
        world.database.flush().unwrap();
    }
    world
}

type Expected<'a> = Box<dyn Fn(&City) -> bool + 'a>;

#[test]
fn owners_and_offsets_are_the_same_everywhere() {
    for flush_after in [&[][..], &[21], &[10], &[5, 12]] {
        let world = world(flush_after);
        let (one, two, three) = (world.owners[0], world.owners[1], world.owners[2]);
        let (first, last) = (world.cities[2].offset, world.cities[17].offset);
        let parameters = Parameters::new().with("one", one).with("two", two).with("first", first).with("last", last);
        let parameters = parameters.with("both", vec![Value::Int(one), Value::Int(three)]);
        let cases: Vec<(&str, Expected<'_>)> = vec![
            ("owner = $one", Box::new(|c| c.owner == one)),
            ("$one = owner", Box::new(|c| c.owner == one)),
            ("_owner = $one", Box::new(|c| c.owner == one)),
            ("cities.owner = $one", Box::new(|c| c.owner == one)),
            ("countries.cities.owner = $one", Box::new(|c| c.owner == one)),
            ("countries.cities.people = 30", Box::new(|c| c.people == 30)),
            ("owner = $one AND people > 60", Box::new(|c| c.owner == one && c.people > 60)),
            (
                "(owner = $one AND people > 60) AND people < 100",
                Box::new(|c| c.owner == one && c.people > 60 && c.people < 100),
            ),
            ("owner = $one OR owner = $two", Box::new(|c| c.owner == one || c.owner == two)),
            ("owner = $one OR people = 10", Box::new(|c| c.owner == one || c.people == 10)),
            ("owner = $one AND owner = $two", Box::new(|_| false)),
            ("owner = $one AND owner <> $two", Box::new(|c| c.owner == one)),
            ("owner IN ($one)", Box::new(|c| c.owner == one)),
            ("owner IN ($one, $two)", Box::new(|c| c.owner == one || c.owner == two)),
            ("owner IN ($both)", Box::new(|c| c.owner == one || c.owner == three)),
            ("owner NOT IN ($one, $two)", Box::new(|c| c.owner == three)),
            ("owner BETWEEN $one AND $two", Box::new(|c| (one..=two).contains(&c.owner))),
            ("NOT owner = $one", Box::new(|c| c.owner != one)),
            ("NOT (owner = $one AND people > 60)", Box::new(|c| !(c.owner == one && c.people > 60))),
            ("owner <> $one AND people > 60", Box::new(|c| c.owner != one && c.people > 60)),
            ("owner > $one", Box::new(|c| c.owner > one)),
            ("owner = -1", Box::new(|_| false)),
            ("owner = NULL", Box::new(|_| false)),
            ("owner IS NULL", Box::new(|_| false)),
            ("owner IS NOT NULL", Box::new(|_| true)),
            ("owner IS MISSING", Box::new(|_| false)),
            ("\"owner\" = 'mayor 0'", Box::new(|c| c.people % 20 == 0)),
            ("cities.\"owner\" = 'mayor 0' AND owner = $two", Box::new(|c| c.people % 20 == 0 && c.owner == two)),
            ("_offset = $first", Box::new(|c| c.offset == first)),
            ("_offset = 99999999", Box::new(|_| false)),
            ("_offset <> $first", Box::new(|c| c.offset != first)),
            ("_offset IN ($first, $last)", Box::new(|c| c.offset == first || c.offset == last)),
            ("_offset BETWEEN $first AND $last", Box::new(|c| (first..=last).contains(&c.offset))),
            ("NOT _offset <= $first OR people = 0", Box::new(|c| c.offset > first || c.people == 0)),
            ("_offset > $first AND owner = $two", Box::new(|c| c.offset > first && c.owner == two)),
        ];
        for (condition, expected) in &cases {
            let mut wanted: Vec<i64> =
                world.cities.iter().filter(|city| expected(city)).map(|city| city.offset).collect();
            let sql = format!("SELECT _offset FROM countries.cities WHERE {condition} ORDER BY _offset DESC");
            let answer = world.database.sql(&sql, &parameters).unwrap_or_else(|error| panic!("{sql}: {error}"));
            wanted.reverse();
            let found: Vec<i64> = answer.offsets.iter().map(|offset| number(*offset)).collect();
            assert_eq!(found, wanted, "{condition}, flushed after {flush_after:?}");
            let sql = format!("SELECT COUNT(*) FROM countries.cities WHERE {condition}");
            let counted = world.database.sql(&sql, &parameters).unwrap().first().unwrap().to_string();
            assert_eq!(counted, wanted.len().to_string(), "{condition}, flushed after {flush_after:?}");
        }
    }
}

#[test]
fn owners_are_selected_and_ordered_by() {
    for flush_after in [&[][..], &[21], &[10]] {
        let world = world(flush_after);
        let sql = "SELECT owner, _owner AS also, \"owner\" AS mayor, _offset, people FROM countries.cities \
                   ORDER BY owner DESC, people LIMIT 8";
        let answer = world.database.sql(sql, &Parameters::new()).unwrap();
        assert_eq!(answer.columns, ["owner", "also", "mayor", "_offset", "people"]);
        let mut cities: Vec<&City> = world.cities.iter().collect();
        cities.sort_by_key(|city| (-city.owner, city.people));
        for (object, city) in answer.objects.iter().zip(cities) {
            let int = |name: &str| object.get(name).unwrap().as_ref().as_i64().unwrap();
            assert_eq!(
                (int("owner"), int("also"), int("_offset"), int("people")),
                (city.owner, city.owner, city.offset, city.people)
            );
            assert!(object.get("mayor").unwrap().to_string().contains("mayor"));
        }
        assert_eq!(answer.objects.len(), 8);
    }
}

#[test]
fn a_statement_gives_the_same_over_a_whole_family() {
    let world = world(&[10]);
    let family: IndexableSet = world.database.set::<Object>("countries").unwrap().nested_family("cities").unwrap();
    let parameters = Parameters::new().with("one", world.owners[1]);
    let prepared =
        protobase::sql::Prepared::new("SELECT COUNT(*) FROM countries.cities WHERE owner = $one", &parameters).unwrap();
    assert_eq!(prepared.run(&family).unwrap().first().unwrap().to_string(), "7");
    assert_eq!(prepared.run(&family.query().run().unwrap()).unwrap().first().unwrap().to_string(), "7");
}

#[test]
fn what_is_no_owner_is_refused() {
    let world = world(&[]);
    for (sql, named) in [
        ("SELECT people FROM countries.cities WHERE owner = 'c1'", "_owner: c1: expected an offset or a reference"),
        ("SELECT people FROM countries.cities WHERE owner IN (1, 'c1')", "expected an offset or a reference"),
        ("SELECT people FROM countries.cities WHERE _offset > true", "_offset: true: expected an offset"),
        ("SELECT people FROM countries.cities WHERE owner.name = 'c1'", "owner.name is not supported"),
        ("SELECT people FROM countries.cities WHERE owner", "a condition"),
        ("SELECT _owner FROM countries", "_owner in the top-level set 'countries'"),
        ("SELECT owner FROM countries", "has a field 'owner'"),
    ] {
        let message = world.database.sql(sql, &Parameters::new()).expect_err(sql).to_string();
        assert!(message.contains(named), "{sql}: {message}");
    }
}
