//! What was acknowledged when? The only witness that counts after a crash.

use std::sync::Arc;

use super::model::Model;

/// What the store should hold over time, where time is the number of operations on the disk.
#[derive(Debug, Default)]
pub struct Ledger {
    events: Vec<(u64, Event)>,
}

#[derive(Debug)]
enum Event {
    /// A commit is tried: from here on its outcome may be there.
    Tried(Arc<Model>),
    /// What was tried was acknowledged.
    Acknowledged,
    /// It was refused: it must never be there.
    Refused,
    /// Nobody can tell.
    Doubtful,
}

/// What may be found: the last acknowledged state, or one of those whose commits were under way.
#[derive(Debug, Clone)]
pub struct Allowed {
    /// What was acknowledged.
    pub floor: Arc<Model>,
    /// What may be there instead.
    pub tried: Vec<Arc<Model>>,
}

impl Allowed {
    /// Whether a content is one of these.
    pub fn has(&self, found: &Model) -> bool {
        *self.floor == *found || self.tried.iter().any(|tried| **tried == *found)
    }
}

impl Ledger {
    pub fn tried(&mut self, now: u64, model: &Model) {
        self.events.push((now, Event::Tried(Arc::new(model.clone()))));
    }

    pub fn acknowledged(&mut self, now: u64) {
        self.events.push((now, Event::Acknowledged));
    }

    pub fn refused(&mut self, now: u64) {
        self.events.push((now, Event::Refused));
    }

    pub fn doubtful(&mut self, now: u64) {
        self.events.push((now, Event::Doubtful));
    }

    /// What may be found when the power goes after so many operations, and before the next one.
    pub fn allowed(&self, operations: u64) -> Allowed {
        let mut floor: Arc<Model> = Arc::default();
        let mut tried = Vec::new();
        for (_, event) in self.events.iter().take_while(|(at, _)| *at <= operations) {
            match event {
                Event::Tried(model) => tried.push(model.clone()),
                Event::Acknowledged => floor = tried.drain(..).next_back().unwrap_or(floor),
                Event::Refused => drop(tried.pop()),
                Event::Doubtful => {}
            }
        }
        Allowed { floor, tried }
    }

    /// Forgets what only earlier moments need.
    pub fn settle(&mut self, model: &Model) {
        self.events.clear();
        self.tried(0, model);
        self.acknowledged(0);
    }
}
