//! Questions about places, asked of Protobase's database and of PostgreSQL with PostGIS in one run, over the same 170,391 cities and the
//! outlines of the countries: nearest, within a radius, in a box, nearest under filters, which country a place is in, and all pairs of a
//! country's cities that are near each other. Answers are compared.
//!
//! `cargo bench --manifest-path benches/peers/Cargo.toml --bench geo_postgis`. It starts a PostgreSQL of its own, in a temporary folder and without
//! a port, when Debian's packages `postgresql-15` and `postgresql-15-postgis-3` are installed; else it says so and does nothing.

mod data;
mod ours;
mod postgis;
mod server;

use std::time::Instant;

use data::{Data, Place, Random};

/// Questions of a kind that are timed. Each is asked once before.
const QUESTIONS: usize = 300;
/// Nearest in a country: where that is far away, PostGIS takes a second.
const FEW: usize = 50;
/// Joins are asked so often.
const JOINS: usize = 5;
const RADIUS: f64 = 50_000.0;
const NEARBY: f64 = 10_000.0;
const NEAREST: usize = 10;
const POPULOUS: i64 = 100_000;
/// Countries whose cities are joined and filtered by.
const JOINED: &str = "DE";
const COUNTRIES: [&str; 5] = ["US", "DE", "JP", "NZ", "AD"];

/// One that answers. Ids ascend, but for the nearest, which come in order.
pub trait Contender {
    fn nearest(&mut self, at: Place) -> Vec<i64>;
    fn nearest_in(&mut self, at: Place, country: &str) -> Vec<i64>;
    fn nearest_populous(&mut self, at: Place) -> Vec<i64>;
    fn within(&mut self, at: Place, metres: f64) -> Vec<i64>;
    fn in_box(&mut self, low: Place, high: Place) -> Vec<i64>;
    fn country_of(&mut self, at: Place) -> Vec<i64>;
    fn joined(&mut self, country: &str, metres: f64) -> Vec<(i64, i64)>;
}

/// What is asked, once.
enum Question {
    Nearest(Place),
    NearestIn(Place, &'static str),
    NearestPopulous(Place),
    Within(Place),
    Box(Place, Place),
    CountryOf(Place),
    Joined(&'static str),
}

/// What comes back, as numbers.
type Answer = Vec<(i64, i64)>;

impl Question {
    fn ask(&self, contender: &mut dyn Contender) -> Answer {
        let single = |ids: Vec<i64>| ids.into_iter().map(|id| (id, 0)).collect();
        match *self {
            Self::Nearest(at) => single(contender.nearest(at)),
            Self::NearestIn(at, country) => single(contender.nearest_in(at, country)),
            Self::NearestPopulous(at) => single(contender.nearest_populous(at)),
            Self::Within(at) => single(contender.within(at, RADIUS)),
            Self::Box(low, high) => single(contender.in_box(low, high)),
            Self::CountryOf(at) => single(contender.country_of(at)),
            Self::Joined(country) => contender.joined(country, NEARBY),
        }
    }

    /// Whether two answers are the same, but for what rounding decides: distances that differ by less than a millimetre.
    fn same(&self, data: &Data, one: &Answer, other: &Answer) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-3;
        match self {
            Self::Nearest(at) | Self::NearestIn(at, _) | Self::NearestPopulous(at) => {
                let metres = |answer: &Answer| -> Vec<f64> {
                    answer.iter().map(|(id, _)| data::metres(*at, data.place_of(*id))).collect()
                };
                let (one, other) = (metres(one), metres(other));
                one.len() == other.len() && one.iter().zip(&other).all(|(a, b)| near(*a, *b))
            }
            Self::Within(at) => differ(one, other).all(|(id, _)| near(data::metres(*at, data.place_of(id)), RADIUS)),
            Self::Joined(_) => {
                differ(one, other).all(|(a, b)| near(data::metres(data.place_of(a), data.place_of(b)), NEARBY))
            }
            Self::Box(..) | Self::CountryOf(_) => one == other,
        }
    }
}

/// What is in one of two ascending answers only.
fn differ<'a>(one: &'a Answer, other: &'a Answer) -> impl Iterator<Item = (i64, i64)> + 'a {
    let missing =
        |from: &'a Answer, among: &'a Answer| from.iter().filter(move |pair| among.binary_search(pair).is_err());
    missing(one, other).chain(missing(other, one)).copied()
}

fn main() {
    let Some(server) = server::Server::start() else { return };
    let Some(data) = Data::read() else { return };
    println!(
        "{} cities, {} countries; {QUESTIONS} questions of a kind, medians\n",
        data.cities.len(),
        data.countries.len()
    );
    let mut ours = ours::Protobase::load(&data);
    let mut theirs = postgis::PostGis::load(&server, &data);
    println!("{}; {}\n", theirs.version(), server.settings());
    println!("| question | answers a question | Protobase | PostGIS | times faster | same answers |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (name, questions) in questions(&data) {
        let (our_time, our_answers) = timed(&questions, &mut ours);
        let (their_time, their_answers) = timed(&questions, &mut theirs);
        let pairs = questions.iter().zip(our_answers.iter().zip(&their_answers));
        let same = pairs.filter(|(question, (one, other))| question.same(&data, one, other)).count();
        let found: usize = our_answers.iter().map(Vec::len).sum();
        println!(
            "| {name} | {:.1} | {our_time:.1} µs | {their_time:.1} µs | {:.0} | {same} of {} |",
            found as f64 / questions.len() as f64,
            their_time / our_time,
            questions.len()
        );
    }
}

/// The median time in microseconds, and all answers.
fn timed(questions: &[Question], contender: &mut dyn Contender) -> (f64, Vec<Answer>) {
    let answers = questions.iter().map(|question| question.ask(contender)).collect();
    let mut times: Vec<f64> = questions
        .iter()
        .map(|question| {
            let started = Instant::now();
            std::hint::black_box(question.ask(contender));
            started.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], answers)
}

fn questions(data: &Data) -> Vec<(String, Vec<Question>)> {
    let mut random = Random::new(42);
    let mut around = || data.around_a_city(&mut random);
    let places: Vec<Place> = (0..QUESTIONS).map(|_| around()).collect();
    let each = |question: &dyn Fn(Place) -> Question| places.iter().map(|at| question(*at)).collect::<Vec<_>>();
    let country = |number: usize| COUNTRIES[number % COUNTRIES.len()];
    let corner = |at: Place| Place { lon: at.lon.clamp(-179.0, 179.0), lat: at.lat.clamp(-89.0, 89.0) };
    let boxed = |at: Place| {
        let Place { lon, lat } = corner(at);
        Question::Box(Place { lon: lon - 1.0, lat: lat - 1.0 }, Place { lon: lon + 1.0, lat: lat + 1.0 })
    };
    let in_country: Vec<Question> =
        places.iter().take(FEW).enumerate().map(|(number, at)| Question::NearestIn(*at, country(number))).collect();
    let joins: Vec<Question> = (0..JOINS).map(|_| Question::Joined(JOINED)).collect();
    vec![
        (format!("nearest {NEAREST}"), each(&Question::Nearest)),
        ("within 50 km".to_owned(), each(&Question::Within)),
        ("box of 2 x 2 degrees".to_owned(), each(&boxed)),
        (format!("nearest {NEAREST} in a country ({})", COUNTRIES.join(", ")), in_country),
        (format!("nearest {NEAREST} with more than {POPULOUS} people"), each(&Question::NearestPopulous)),
        ("which country is a place in".to_owned(), each(&Question::CountryOf)),
        (format!("all pairs within 10 km, {JOINED}"), joins),
    ]
}
