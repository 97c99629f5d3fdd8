//! What goes on in the background while something else does.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    object::Object,
    set::{IndexableSet, SetSchema, Thresholds},
};

use super::Database;

/// A flush that has to wait for its bytes goes on for as long as this test; what is committed meanwhile is frozen all the same.
#[test]
fn tails_are_frozen_while_maintenance_is_busy() {
    let thresholds = Thresholds { flush_objects: 256, ..Thresholds::default() };
    let database = Database::options().maintenance_speed(Some(1)).thresholds(thresholds).in_memory();
    let set: IndexableSet<Object> = database.declare(SetSchema::new("things").index("n", "ordered")).expect("declared");
    // Fewer than would make maintenance hurry.
    for n in 0..1_000 {
        set.insert(&Object::new().with("n", n)).expect("inserted");
    }
    let loose = || set.view().expect("a view").loose().len();
    let is_busy = || database.info().expect("known").maintenance.is_some();
    let start = Instant::now();
    // The flush may begin after the tails are frozen, and is not over then.
    while loose() > 256 || !is_busy() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{} are loose, a flush is under way: {}",
            loose(),
            is_busy()
        );
        thread::sleep(Duration::from_millis(10));
    }
}
