//! Is what nobody has read for long still what was written?
//!
//! Blocks are verified when they are first touched. The scrub touches the rest, a little at a time while nothing else is to be done, so
//! that damage is found while a backup still has what was there.

use std::{collections::BTreeSet, time::Duration};

use serde::Serialize;

use crate::{codec::Scrubbed, set::SegmentView};

use super::{Database, Error, core::Core, locked::lock};

/// How far the scrub is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ScrubInfo {
    /// Bytes of segments that this process has verified since it opened them.
    pub verified_bytes: u64,
    /// Bytes of all segments that can be verified.
    pub bytes: u64,
    /// Damage that was found, with file and position.
    pub damaged: Vec<String>,
}

impl Database {
    /// Verifies up to about so many bytes of segments that nobody has read since they were opened; [`Database::check`] reads everything
    /// again. Damaged index parts are taken out of use, damage to objects is reported here and by whoever reads them.
    pub fn scrub(&self, at_most: u64) -> Result<ScrubInfo, Error> {
        self.core.scrub(at_most)?;
        self.core.scrub_info()
    }
}

impl Core {
    /// Verifies some bytes; returns how many.
    pub fn scrub(&self, at_most: u64) -> Result<u64, Error> {
        let mut done = 0;
        for segment in self.segments_on_disk()? {
            if done >= at_most {
                break;
            }
            match segment.scrub(at_most - done) {
                Ok(verified) => done += verified,
                Err(damage) => {
                    let damage = damage.to_string();
                    if lock(&self.damaged).insert(damage.clone()) {
                        tracing::error!(%damage, "objects are damaged; restore a backup, or salvage");
                    }
                }
            }
        }
        Ok(done)
    }

    /// What background maintenance does when there is nothing else to do.
    pub fn scrub_a_while(&self, period: Duration) {
        let bytes = u64::try_from(u128::from(self.options.scrub_speed) * period.as_millis() / 1_000);
        if let Err(error) = self.scrub(bytes.unwrap_or(u64::MAX)) {
            tracing::warn!(%error, "the scrub failed and will be tried again");
        }
    }

    pub fn scrub_info(&self) -> Result<ScrubInfo, Error> {
        let segments = self.segments_on_disk()?;
        let Scrubbed { verified, total } =
            segments.iter().map(SegmentView::scrubbed).fold(Scrubbed::default(), Scrubbed::and);
        let damaged: BTreeSet<String> = lock(&self.damaged).clone();
        Ok(ScrubInfo { verified_bytes: verified, bytes: total, damaged: damaged.into_iter().collect() })
    }

    fn segments_on_disk(&self) -> Result<Vec<SegmentView>, Error> {
        let snapshot = self.snapshot();
        let mut segments = Vec::new();
        for (family, _) in snapshot.families() {
            let view = snapshot.view(family, None)?;
            segments.extend(view.segments().iter().filter(|segment| !segment.in_memory()).cloned());
        }
        Ok(segments)
    }
}
