//! The questions of the demo: each in words and in SQL.

/// One question.
pub struct Question {
    /// In words.
    pub words: &'static str,
    /// As SQL.
    pub sql: &'static str,
    /// The line of the atlas's questions whose embedding is `$q`.
    pub meaning: Option<usize>,
    /// A first query, whose first object's field `answer` becomes `$here`.
    pub here: Option<&'static str>,
}

const fn plain(words: &'static str, sql: &'static str) -> Question {
    Question { words, sql, meaning: None, here: None }
}

const fn meaning(line: usize, words: &'static str, sql: &'static str) -> Question {
    Question { words, sql, meaning: Some(line), here: None }
}

/// Meaning, place and attributes, in every mixture.
pub const QUESTIONS: &[Question] = &[
    meaning(
        1,
        "Places like \"a quiet monastery high on a cliff\"",
        "SELECT name, country, category, embedding <=> $q AS distance FROM places ORDER BY embedding <=> $q LIMIT 5",
    ),
    Question {
        words: "Places like \"rock-hewn churches\" within 800 km of the largest city of Georgia, above 1,000 m, older than 1500",
        sql: "SELECT name, country, elevation_m, year, ST_Distance(location, $here) AS metres FROM places \
              WHERE ST_DWithin(location, $here, 800000) AND elevation_m > 1000 AND year < 1500 ORDER BY embedding <=> $q LIMIT 10",
        meaning: Some(37),
        here: Some("SELECT location AS answer FROM cities WHERE country = 'GE' ORDER BY population DESC LIMIT 1"),
    },
    meaning(
        30,
        "Places like \"a modern museum of striking architecture\" outside France (a very loose filter)",
        "SELECT name, country, year, embedding <=> $q AS distance FROM places WHERE country <> 'France' ORDER BY embedding <=> $q LIMIT 5",
    ),
    meaning(
        6,
        "Places like \"glowing lava and steam\" that are a volcano in Iceland (a very selective filter)",
        "SELECT name, elevation_m, embedding <=> $q AS distance FROM places WHERE category = 'volcano' AND country = 'Iceland' \
         ORDER BY embedding <=> $q LIMIT 5",
    ),
    meaning(
        36,
        "Places like \"the ruins of a Roman town\" around the Mediterranean, by a polygon, built before the year 500",
        "SELECT name, country, year, embedding <=> $q AS distance FROM places WHERE ST_Within(location, ST_GeomFromText('POLYGON((-6 30, 37 30, \
         37 42, 28 42, 14 46, 3 44, -6 37, -6 30))')) AND year < 500 AND NOT category = 'village' ORDER BY embedding <=> $q LIMIT 5",
    ),
    meaning(
        12,
        "How many places are closer in meaning than 0.6 to \"turquoise water and coral for snorkelling\"? (a complete range search)",
        "SELECT COUNT(*) AS places FROM places WHERE embedding <=> $q < 0.6",
    ),
    plain(
        "The cities nearest to 179.9 E, 16.8 S: across the antimeridian",
        "SELECT name, country, lon, lat, ST_Distance(location, ST_Point(179.9, -16.8)) AS metres FROM cities \
         ORDER BY location <-> ST_Point(179.9, -16.8) LIMIT 8",
    ),
    plain(
        "The largest cities in a box from 175 E to 170 W: its west lies east of its east",
        "SELECT name, country, lon, population FROM cities WHERE ST_Within(location, ST_MakeEnvelope(175, -25, -170, -10)) \
         ORDER BY population DESC LIMIT 5",
    ),
    plain(
        "The cities of a million people nearest to the Matterhorn",
        "SELECT name, country, population, ST_Distance(location, ST_Point(7.6586, 45.9763)) AS metres FROM cities WHERE population >= 1000000 \
         ORDER BY location <-> ST_Point(7.6586, 45.9763) LIMIT 5",
    ),
    plain(
        "How many Italian cities have 10,000 to 50,000 people?",
        "SELECT COUNT(*) AS cities FROM cities WHERE country = 'IT' AND population BETWEEN 10000 AND 50000",
    ),
    plain(
        "Cities in a ball of half a degree around 8.68, 50.11 in the longitude and latitude planes",
        "SELECT name, population, POINT(lon, lat) <-> POINT(8.68, 50.11) AS degrees FROM cities \
         WHERE POINT(lon, lat) <-> POINT(8.68, 50.11) <= 0.5 AND population > 50000 ORDER BY population DESC LIMIT 5",
    ),
    Question {
        words: "Inside Japan's own set of cities: those of 300,000 to 400,000 people, the largest first",
        sql: "SELECT name, population FROM countries.cities WHERE owner = $here AND population BETWEEN 300000 AND 400000 \
              ORDER BY population DESC LIMIT 5",
        meaning: None,
        here: Some("SELECT _offset AS answer FROM countries WHERE country_code = 'JP'"),
    },
    meaning(
        32,
        "Over all countries' sets of places as one: like \"sacred mountain that pilgrims walk around\", above 2,000 m",
        "SELECT name, country, elevation_m, embedding <=> $q AS distance FROM countries.places WHERE elevation_m > 2000 \
         ORDER BY embedding <=> $q LIMIT 5",
    ),
    plain(
        "The highest places of all",
        "SELECT name, country, category, elevation_m FROM places ORDER BY elevation_m DESC NULLS LAST LIMIT 5",
    ),
];
