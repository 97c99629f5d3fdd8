//! Is maintenance keeping up with the writers?
//!
//! Counts what was committed since maintenance last looked. Commits wake the background threads when there is enough to do, and wait for
//! maintenance when the delta has grown to four times the size at which it should have been flushed.

use std::time::Duration;

use crate::{
    codec::sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    object::Sequence,
};

use super::{DatabaseOptions, locked::lock};

/// How many times the flush size the delta may reach before commits wait.
const THROTTLE: u64 = 4;

/// A commit that waits this long goes ahead: a slow disk is no reason to stop for ever.
const PATIENCE: Duration = Duration::from_secs(10);

/// After this many objects a tail may have become full, and is looked for. Until it is frozen, queries read its objects one by one, and a
/// look costs next to nothing.
const FREEZE: u64 = 256;

/// What was committed and not maintained.
#[derive(Debug)]
pub(super) struct Pressure {
    flush_bytes: u64,
    flush_objects: u64,
    checkpoint_frames: u64,
    bytes: AtomicU64,
    objects: AtomicU64,
    thawed: AtomicU64,
    frames: AtomicU64,
    throttled: AtomicU64,
    checkpoint: AtomicU64,
    attended: AtomicBool,
    signal: Mutex<Signal>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Signal {
    work: bool,
    /// Whether a tail may have become full.
    full: bool,
    stop: bool,
    /// How many passes maintenance has made.
    passes: u64,
}

impl Pressure {
    /// Nothing committed yet; the newest checkpoint stands at `checkpoint`.
    pub fn new(options: &DatabaseOptions, checkpoint: Sequence) -> Self {
        Self {
            flush_bytes: options.thresholds.flush_bytes,
            flush_objects: options.thresholds.flush_objects,
            checkpoint_frames: options.checkpoint_frames,
            bytes: AtomicU64::new(0),
            objects: AtomicU64::new(0),
            thawed: AtomicU64::new(0),
            frames: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
            checkpoint: AtomicU64::new(checkpoint.0),
            attended: AtomicBool::new(false),
            signal: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Takes in one frame and wakes those who have something to do. Returns whether an unattended tail may be full.
    pub fn committed(&self, bytes: u64, objects: u64) -> bool {
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let objects_now = self.objects.fetch_add(objects, Ordering::Relaxed) + objects;
        let thawed = self.thawed.fetch_add(objects, Ordering::Relaxed) + objects;
        let frames = self.frames.fetch_add(1, Ordering::Relaxed) + 1;
        let flush = bytes >= self.flush_bytes || objects_now >= self.flush_objects;
        if flush || frames >= self.checkpoint_frames {
            self.wake();
        }
        let attended = self.attended.load(Ordering::Relaxed);
        if thawed >= FREEZE && attended {
            lock(&self.signal).full = true;
            self.changed.notify_all();
        }
        thawed >= FREEZE && !attended
    }

    /// Waits, when a maintenance thread is there and has fallen far behind.
    pub fn wait(&self) {
        let behind = || self.is_behind();
        if !behind() || !self.attended.load(Ordering::Relaxed) {
            return;
        }
        self.throttled.fetch_add(1, Ordering::Relaxed);
        self.wake();
        let signal = lock(&self.signal);
        let passes = signal.passes;
        let waiting = |signal: &mut Signal| !signal.stop && signal.passes == passes && behind();
        drop(self.changed.wait_timeout_while(signal, PATIENCE, waiting));
    }

    /// Whether so much is in memory that commits wait.
    pub fn is_behind(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > THROTTLE * self.flush_bytes
            || self.objects.load(Ordering::Relaxed) > THROTTLE * self.flush_objects
    }

    /// Wakes maintenance.
    pub fn wake(&self) {
        lock(&self.signal).work = true;
        self.changed.notify_all();
    }

    /// Waits for work, at most this long; `false` when maintenance should end.
    pub fn wait_for_work(&self, at_most: Duration) -> bool {
        self.wait_for(|signal| &mut signal.work, at_most)
    }

    /// Waits until a tail may have become full, at most this long; `false` when freezing should end.
    pub fn wait_for_full(&self, at_most: Duration) -> bool {
        self.wait_for(|signal| &mut signal.full, at_most)
    }

    fn wait_for(&self, due: fn(&mut Signal) -> &mut bool, at_most: Duration) -> bool {
        let idle = |signal: &mut Signal| !*due(signal) && !signal.stop;
        let Ok((mut signal, _)) = self.changed.wait_timeout_while(lock(&self.signal), at_most, idle) else {
            return false;
        };
        *due(&mut signal) = false;
        !signal.stop
    }

    /// Background threads are there from now on, or no longer.
    pub fn attend(&self, attended: bool) {
        self.attended.store(attended, Ordering::Relaxed);
    }

    /// Ends the background threads.
    pub fn stop(&self) {
        lock(&self.signal).stop = true;
        self.changed.notify_all();
    }

    /// Whether the background threads were told to end.
    pub fn stopping(&self) -> bool {
        lock(&self.signal).stop
    }

    /// Maintenance made a pass and left this much in the delta.
    pub fn passed(&self, bytes: u64, objects: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
        self.objects.store(objects, Ordering::Relaxed);
        lock(&self.signal).passes += 1;
        self.changed.notify_all();
    }

    /// Full tails are frozen from here on.
    pub fn frozen(&self) {
        self.thawed.store(0, Ordering::Relaxed);
    }

    /// A checkpoint was written, or adopted.
    pub fn checkpointed(&self, sequence: Sequence) {
        self.checkpoint.store(sequence.0, Ordering::Relaxed);
        self.frames.store(0, Ordering::Relaxed);
    }

    /// Where the newest checkpoint that this process knows stands.
    pub fn checkpoint(&self) -> Sequence {
        Sequence(self.checkpoint.load(Ordering::Relaxed))
    }

    /// How much was committed since the last checkpoint.
    pub fn commits(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// How many commits have waited.
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }
}
