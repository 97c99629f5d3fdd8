//! How does a thread let others go first?

/// Makes the calling thread run less than the program's first thread does, and others like it, by so many steps of 1.25 (`nice`); on Linux, where
/// each thread has a priority of its own, and nowhere else. A thread that has stepped back as far already, as one does that was started by such
/// a thread, stays where it is.
#[cfg(target_os = "linux")]
pub fn step_back(nice: i32) {
    use rustix::process::{getpid, getpriority_process};
    let stepped = getpriority_process(None).and_then(|own| {
        let wanted = getpriority_process(Some(getpid()))? + nice;
        if wanted > own { rustix::process::nice(wanted - own).map(drop) } else { Ok(()) }
    });
    if let Err(error) = stepped {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

/// Threads have no priority of their own here.
#[cfg(not(target_os = "linux"))]
pub fn step_back(_nice: i32) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use rustix::process::{getpid, getpriority_process};

    use super::step_back;

    #[test]
    fn steps_are_counted_from_the_first_thread_and_not_twice() {
        let own = || getpriority_process(None).expect("a priority");
        let first = getpriority_process(Some(getpid())).expect("a priority");
        let stepped = thread::spawn(move || {
            step_back(3);
            let once = own();
            let started = thread::spawn(move || {
                step_back(3);
                own()
            });
            (once, started.join().expect("no panic"))
        });
        let wanted = (first + 3).min(19);
        assert_eq!(stepped.join().expect("no panic"), (wanted, wanted));
    }
}
