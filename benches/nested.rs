//! Measures many small nested sets: 100,000 customers with 20 invoices each, loaded in bulk and compacted; opening them, asking one nested
//! set, asking all of them by an indexed field.
//!
//! `cargo bench --bench nested [-- CUSTOMERS]`

#[path = "common/median.rs"]
mod median;

use std::{
    error::Error,
    path::Path,
    time::{Duration, Instant},
};

use median::median;
use protobase::{Database, IndexableSet, Object, Offset, SetSchema, field};

const EACH: i64 = 20;
const TURNS: usize = 101;

fn main() -> Result<(), Box<dyn Error>> {
    let given = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let owners: i64 = given.unwrap_or(100_000);
    let folder = tempfile::tempdir()?;
    let customers = store(folder.path(), owners)?;
    let (mut open, mut one, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..TURNS {
        let start = Instant::now();
        let database = Database::options().background(false).read_only(true).open(folder.path())?;
        let set: IndexableSet = database.set("customers")?;
        open.push(start.elapsed());
        let at = turn * 7_919 % customers.len();
        one.push(timed(|| {
            let invoices: IndexableSet = set.nested(customers[at], "invoices")?;
            Ok(invoices.query().filter(field("total").ge(at as i64 + EACH / 2)).count()? == 10)
        })?);
        all.push(timed(|| {
            let invoices: IndexableSet = set.nested_family("invoices")?;
            Ok(invoices.query().filter(field("total").eq(owners / 2)).count()? == EACH as u64)
        })?);
    }
    println!("first answers of a fresh handle: open {:?}, one {:?}, all {:?}", median(open), median(one), median(all));
    again(folder.path(), &customers)
}

/// The same questions of one handle, again and again.
fn again(folder: &Path, customers: &[Offset]) -> Result<(), Box<dyn Error>> {
    let database = Database::options().background(false).read_only(true).open(folder)?;
    let set: IndexableSet = database.set("customers")?;
    let family: IndexableSet = set.nested_family("invoices")?;
    let (mut one, mut walked, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..TURNS * 10 {
        let at = turn * 7_919 % customers.len();
        let invoices: IndexableSet = set.nested(customers[at], "invoices")?;
        let low = at as i64 + EACH / 2;
        one.push(timed(|| Ok(invoices.query().filter(field("total").ge(low)).count()? == 10))?);
        walked.push(timed(|| Ok(invoices.iter()?.count() == EACH as usize))?);
        let value = EACH + (turn * 6_007 % (customers.len() - 2 * EACH as usize)) as i64;
        all.push(timed(|| Ok(family.query().filter(field("total").eq(value)).count()? == EACH as u64))?);
    }
    println!("later answers: one {:?}, walked {:?}, all {:?}", median(one), median(walked), median(all));
    Ok(())
}

fn store(folder: &Path, owners: i64) -> Result<Vec<Offset>, Box<dyn Error>> {
    let database = Database::options().background(false).open(folder)?;
    let schema = SetSchema::new("customers")
        .unique("id")
        .nested("invoices", SetSchema::new("invoices").index("total", "ordered"));
    let set: IndexableSet = database.declare(schema)?;
    let start = Instant::now();
    let offsets = set.insert_many(&(0..owners).map(|id| Object::new().with("id", id)).collect::<Vec<_>>())?;
    let objects: Vec<(Offset, Object)> = (0..)
        .zip(&offsets)
        .flat_map(|(c, owner)| (0..EACH).map(move |i| (*owner, Object::new().with("total", c + i))))
        .collect();
    let invoices: IndexableSet = set.nested_family("invoices")?;
    invoices.insert_nested(objects.iter().map(|(owner, object)| (*owner, object)))?;
    println!("{owners} owners and {} nested objects loaded in {:.1} s", objects.len(), start.elapsed().as_secs_f64());
    let start = Instant::now();
    database.compact()?;
    println!("compacted in {:.1} s", start.elapsed().as_secs_f64());
    Ok(offsets)
}

fn timed(ask: impl FnOnce() -> Result<bool, Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    assert!(ask()?, "the answer has the wrong number of objects");
    Ok(start.elapsed())
}
