//! PostGIS: cities as geography under a GiST index, for boxes as geometry, too, which are flat in degrees as ours are; outlines as geometry.
//! Distances are those on the sphere, as ours. Every statement is prepared once.

use std::io::Write;

use postgres::{Client, NoTls, Statement, types::ToSql};
use protobase::{Object, Value, geometry};

use super::{Contender, NEAREST, POPULOUS, Place, data::Data, server::Server};

pub struct PostGis {
    client: Client,
    nearest: Statement,
    nearest_in: Statement,
    nearest_populous: Statement,
    within: Statement,
    in_box: Statement,
    country_of: Statement,
    joined: Statement,
}

const SCHEMA: &str = "
    CREATE EXTENSION postgis;
    CREATE TABLE cities (id bigint PRIMARY KEY, name text, country text, population bigint, lon float8, lat float8);
    CREATE TABLE countries (id bigint PRIMARY KEY, name text, wkb bytea);";

const INDEXES: &str = "
    ALTER TABLE cities ADD location geography(Point, 4326), ADD flat geometry(Point, 4326);
    UPDATE cities SET flat = ST_SetSRID(ST_MakePoint(lon, lat), 4326), location = ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography;
    ALTER TABLE countries ADD area geometry(Geometry, 4326);
    UPDATE countries SET area = ST_SetSRID(ST_GeomFromWKB(wkb), 4326);
    CREATE INDEX ON cities USING gist (location);
    CREATE INDEX ON cities USING gist (flat);
    CREATE INDEX ON cities (country);
    CREATE INDEX ON cities (population);
    CREATE INDEX ON countries USING gist (area);";

const HERE: &str = "ST_SetSRID(ST_MakePoint($1, $2), 4326)";

impl PostGis {
    pub fn load(server: &Server, data: &Data) -> Self {
        let host = server.socket().to_str().expect("a readable path");
        let mut client = postgres::Config::new().host(host).user("postgres").connect(NoTls).expect("a connection");
        client.batch_execute(SCHEMA).expect("the extension");
        copy_cities(&mut client, &data.cities);
        for (id, (name, outline)) in (0_i64..).zip(&data.countries) {
            let row: [&(dyn ToSql + Sync); 3] = [&id, name, &geometry::to_wkb(outline)];
            client.execute("INSERT INTO countries VALUES ($1, $2, $3)", &row).expect("a country");
        }
        client.batch_execute(INDEXES).expect("indexes");
        client.batch_execute("VACUUM (FULL, ANALYZE) cities").expect("vacuumed");
        client.batch_execute("VACUUM (FULL, ANALYZE) countries").expect("vacuumed");
        let mut prepared = |statement: &str| client.prepare(statement).expect(statement);
        let near = |filter: &str| {
            format!("SELECT id FROM cities {filter} ORDER BY location <-> {HERE}::geography LIMIT {NEAREST}")
        };
        Self {
            nearest: prepared(&near("")),
            nearest_in: prepared(&near("WHERE country = $3")),
            nearest_populous: prepared(&near(&format!("WHERE population > {POPULOUS}"))),
            within: prepared(&format!(
                "SELECT id FROM cities WHERE ST_DWithin(location, {HERE}::geography, $3, false)"
            )),
            in_box: prepared("SELECT id FROM cities WHERE flat && ST_MakeEnvelope($1, $2, $3, $4, 4326)"),
            country_of: prepared(&format!("SELECT id FROM countries WHERE ST_Covers(area, {HERE})")),
            joined: prepared(
                "SELECT a.id, b.id FROM cities a JOIN cities b ON ST_DWithin(a.location, b.location, $2, false) \
                 WHERE a.country = $1 AND b.country = $1",
            ),
            client,
        }
    }

    pub fn version(&mut self) -> String {
        let row = self.client.query_one("SELECT version(), postgis_lib_version()", &[]).expect("a version");
        let (server, postgis): (String, String) = (row.get(0), row.get(1));
        format!("{}, PostGIS {postgis}", server.split(" on ").next().unwrap_or_default())
    }

    fn ids(&mut self, statement: &Statement, parameters: &[&(dyn ToSql + Sync)]) -> Vec<i64> {
        self.client.query(statement, parameters).expect("answers").iter().map(|row| row.get(0)).collect()
    }

    fn ascending(&mut self, statement: &Statement, parameters: &[&(dyn ToSql + Sync)]) -> Vec<i64> {
        let mut ids = self.ids(statement, parameters);
        ids.sort_unstable();
        ids
    }
}

fn copy_cities(client: &mut Client, cities: &[Object]) {
    let mut copy = client.copy_in("COPY cities FROM STDIN").expect("a copy");
    for city in cities {
        let text = |name: &str| match city.get(name) {
            None | Some(Value::Null) => "\\N".to_owned(),
            Some(value) => value.as_ref().as_str().map_or_else(|| value.to_string(), |text| text.replace('\\', "\\\\")),
        };
        let cells = ["id", "name", "country", "population", "lon", "lat"].map(text);
        writeln!(copy, "{}", cells.join("\t")).expect("a line");
    }
    copy.finish().expect("copied");
}

impl Contender for PostGis {
    fn nearest(&mut self, at: Place) -> Vec<i64> {
        self.ids(&self.nearest.clone(), &[&at.lon, &at.lat])
    }

    fn nearest_in(&mut self, at: Place, country: &str) -> Vec<i64> {
        self.ids(&self.nearest_in.clone(), &[&at.lon, &at.lat, &country])
    }

    fn nearest_populous(&mut self, at: Place) -> Vec<i64> {
        self.ids(&self.nearest_populous.clone(), &[&at.lon, &at.lat])
    }

    fn within(&mut self, at: Place, metres: f64) -> Vec<i64> {
        self.ascending(&self.within.clone(), &[&at.lon, &at.lat, &metres])
    }

    fn in_box(&mut self, low: Place, high: Place) -> Vec<i64> {
        self.ascending(&self.in_box.clone(), &[&low.lon, &low.lat, &high.lon, &high.lat])
    }

    fn country_of(&mut self, at: Place) -> Vec<i64> {
        self.ascending(&self.country_of.clone(), &[&at.lon, &at.lat])
    }

    fn joined(&mut self, country: &str, metres: f64) -> Vec<(i64, i64)> {
        let rows = self.client.query(&self.joined.clone(), &[&country, &metres]).expect("pairs");
        let mut pairs: Vec<(i64, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        pairs.sort_unstable();
        pairs
    }
}
