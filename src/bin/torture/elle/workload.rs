//! Threads that append to lists and read them.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use protobase::{
    Database, Error, IndexableSet, Isolation, Object, SetSchema, Value, codec::Random, field, query::Ascending,
};

use super::history::{Element, History, Key, Outcome, Step, Transaction};

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the choice of steps starts.
    pub seed: u64,
    /// Threads that work at once.
    pub threads: usize,
    /// Transactions of all threads.
    pub transactions: usize,
    /// Lists that are appended to at the same time. The fewer, the more conflicts.
    pub keys: u64,
    /// How the transactions are kept apart.
    pub isolation: Isolation,
    /// How lists are stored.
    pub form: Form,
}

/// How lists are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One object a list, found by its unique key.
    Whole,
    /// One object an element, found by a query: then appending to a list is a phantom to who reads it. Only serializable transactions keep
    /// such lists in order.
    Elements,
}

/// Lists are left alone after about so many transactions for each, so that they stay short.
const PER_LIST: usize = 24;

/// Runs a plan on a database, in a set that is declared for it, and reads the lists when all is over.
pub fn run(database: &Database, plan: &Plan) -> Result<History, Error> {
    let schema = match plan.form {
        Form::Whole => SetSchema::new(format!("lists {}", plan.seed)).unique("key"),
        Form::Elements => SetSchema::new(format!("elements {}", plan.seed)).index("key", "hash"),
    };
    let lists = Lists { set: database.declare(schema)?, form: plan.form };
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(plan.transactions)));
    thread::scope(|scope| {
        let work = || -> Result<(), Error> {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= plan.transactions {
                    return Ok(());
                }
                let transaction = one(database, plan, &lists, number)?;
                done.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(transaction);
            }
        };
        let threads: Vec<_> = (0..plan.threads).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(Error::above("a thread panicked"))))
    })?;
    let transactions = done.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut history = History { transactions, ..History::default() };
    let steps = history.transactions.iter().flat_map(|transaction| &transaction.steps);
    let keys: BTreeSet<Key> = steps
        .map(|step| match step {
            Step::Append(key, _) | Step::Read(key, _) => *key,
        })
        .collect();
    let reading = database.begin()?;
    for key in keys {
        history.end.insert(key, lists.read(&reading, key)?);
    }
    Ok(history)
}

/// One transaction: up to five steps on lists that others use, too.
fn one(database: &Database, plan: &Plan, lists: &Lists, number: usize) -> Result<Transaction, Error> {
    let mut random = Random::new(plan.seed ^ (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let first_key = (number / (PER_LIST * plan.keys as usize)) as u64 * plan.keys;
    let mut transaction = database.begin_with(plan.isolation)?;
    let mut steps = Vec::new();
    for step in 0..=random.below(5) {
        let key = first_key + random.below(plan.keys);
        if random.below(2) == 0 {
            steps.push(Step::Read(key, lists.read(&transaction, key)?));
        } else {
            let element = number as u64 * 8 + step;
            lists.append(&mut transaction, key, element)?;
            steps.push(Step::Append(key, element));
        }
        if random.below(4) == 0 {
            thread::yield_now();
        }
    }
    let outcome = match transaction.commit() {
        Ok(_) => Outcome::Committed,
        Err(error) if error.is_conflict() => Outcome::Aborted,
        Err(Error::SnapshotTooOld { .. }) => Outcome::Aborted,
        Err(Error::Unknown(_)) => Outcome::Unknown,
        Err(error) => return Err(error),
    };
    Ok(Transaction { steps, outcome })
}

/// Lists in a set.
struct Lists {
    set: IndexableSet<Object>,
    form: Form,
}

impl Lists {
    fn read(&self, transaction: &protobase::Transaction, key: Key) -> Result<Vec<Element>, Error> {
        match self.form {
            Form::Whole => match transaction.lookup(&self.set, &Value::Int(key as i64))? {
                Some(offset) => Ok(transaction.get(&self.set, offset)?.map_or_else(Vec::new, |list| elements(&list))),
                None => Ok(Vec::new()),
            },
            Form::Elements => {
                let query = transaction.query(&self.set)?.filter(field("key").eq(key as i64));
                let objects = query.order_by("place", Ascending).run()?.objects()?;
                Ok(objects.iter().filter_map(|object| number(object.get("element"))).collect())
            }
        }
    }

    fn append(&self, transaction: &mut protobase::Transaction, key: Key, element: Element) -> Result<(), Error> {
        let mut list = self.read(transaction, key)?;
        match self.form {
            Form::Whole => {
                list.push(element);
                let values: Vec<Value> = list.iter().map(|element| Value::Int(*element as i64)).collect();
                let object = Object::new().with("key", key as i64).with("list", Value::List(values));
                transaction.upsert(&self.set, &object).map(drop)
            }
            Form::Elements => {
                let object = Object::new().with("key", key as i64).with("element", element as i64);
                transaction.insert(&self.set, &object.with("place", list.len() as i64)).map(drop)
            }
        }
    }
}

fn elements(list: &Object) -> Vec<Element> {
    match list.get("list") {
        Some(Value::List(values)) => values.iter().filter_map(|value| number(Some(value))).collect(),
        _ => Vec::new(),
    }
}

fn number(value: Option<&Value>) -> Option<Element> {
    match value {
        Some(Value::Int(value)) => u64::try_from(*value).ok(),
        _ => None,
    }
}
