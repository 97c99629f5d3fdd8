//! What a writer does over and over, so that losing any part of it shows: one transaction adds an object, takes the oldest away, and
//! counts in a third.

use protobase::{Database, Error, IndexableSet, Object, SetSchema, Value, field};

/// So many objects of a lane are kept.
pub const KEPT: i64 = 8;
/// The counter of a lane has this number; its objects have those from one on.
const COUNTER: i64 = 0;

/// One writer's objects: numbered, of one lane.
pub struct Lane {
    database: Database,
    set: IndexableSet<Object>,
    id: i64,
    /// The number of the last transaction.
    pub last: i64,
}

pub fn declare(database: &Database) -> Result<IndexableSet<Object>, Error> {
    database.declare(SetSchema::new("lanes").unique("key").index("lane", "ordered"))
}

fn key(lane: i64, number: i64) -> i64 {
    lane << 40 | number
}

fn object(lane: i64, number: i64) -> Object {
    let text = "abcdefgh".repeat((number % 40) as usize);
    Object::new().with("key", key(lane, number)).with("lane", lane).with("number", number).with("text", text)
}

fn counter(lane: i64, number: i64) -> Object {
    Object::new().with("key", key(lane, COUNTER)).with("lane", lane).with("number", number)
}

fn number(object: &Object) -> i64 {
    if let Some(Value::Int(number)) = object.get("number") { *number } else { -1 }
}

impl Lane {
    /// Goes on where the lane stands.
    pub fn new(database: &Database, lane: i64) -> Result<Self, Error> {
        let set = declare(database)?;
        let last = match set.find_unique(key(lane, COUNTER))? {
            Some(offset) => set.get(offset)?.map_or(0, |counter| number(&counter)),
            None => 0,
        };
        Ok(Self { database: database.clone(), set, id: lane, last })
    }

    /// One transaction; acknowledged when this returns its number.
    pub fn commit(&mut self) -> Result<i64, Error> {
        let (set, lane, next) = (&self.set, self.id, self.last + 1);
        self.database.write(|tx| {
            match tx.lookup(set, &Value::Int(key(lane, COUNTER)))? {
                Some(offset) => tx.update(set, offset, &counter(lane, next))?,
                None => drop(tx.insert(set, &counter(lane, next))?),
            }
            tx.insert(set, &object(lane, next))?;
            if next > KEPT
                && let Some(oldest) = tx.lookup(set, &Value::Int(key(lane, next - KEPT)))?
            {
                tx.remove(set, oldest)?;
            }
            Ok(())
        })?;
        self.last = next;
        Ok(next)
    }
}

/// Looks at a lane in one snapshot: whole, and not behind what was acknowledged. Returns where it stands.
pub fn check(set: &IndexableSet<Object>, lane: i64, acknowledged: i64) -> Result<i64, String> {
    let fail = |what: String| format!("lane {lane}: {what}");
    let hits = set.query().filter(field("lane").eq(lane)).run().map_err(|error| fail(error.to_string()))?;
    let (mut numbers, mut counted) = (Vec::new(), 0);
    for hit in hits.iter() {
        let found: Object = hit.get().map_err(|error| fail(error.to_string()))?;
        let number = number(&found);
        if found == counter(lane, number) {
            counted = number;
        } else if found == object(lane, number) {
            numbers.push(number);
        } else {
            return Err(fail(format!("an object that was never written: {found}")));
        }
    }
    numbers.sort_unstable();
    let expected: Vec<i64> = ((counted - KEPT + 1).max(1)..=counted).collect();
    if numbers != expected {
        return Err(fail(format!("part of a transaction: the counter is at {counted}, the objects are {numbers:?}")));
    }
    if counted < acknowledged {
        return Err(fail(format!("lost: {acknowledged} was acknowledged, the counter is at {counted}")));
    }
    Ok(counted)
}
