//! Verifying the files of segments that nobody has looked at yet.

use crate::codec::{CodecError, Scrubbed};

use super::{IndexId, SegmentView};

impl SegmentView {
    /// How much of the segment's files has been verified. What was never on disk need not be.
    #[must_use]
    pub fn scrubbed(&self) -> Scrubbed {
        self.files().map(|(_, file)| file.scrubbed()).fold(Scrubbed::default(), Scrubbed::and)
    }

    /// Verifies up to about so many bytes that nobody has looked at; returns how many it was. A damaged part is taken out of use;
    /// damaged objects are an error.
    pub fn scrub(&self, at_most: u64) -> Result<u64, CodecError> {
        let mut done = 0;
        for (index, file) in self.files() {
            if done >= at_most {
                break;
            }
            match (file.scrub(at_most - done), index) {
                (Err(damage), Some(index)) => self.distrust(index, &damage),
                (verified, _) => done += verified?,
            }
        }
        Ok(done)
    }

    /// The files that are in use: the object file, and a part for each index.
    fn files(&self) -> impl Iterator<Item = (Option<IndexId>, &crate::codec::Container)> {
        let segment = self.segment();
        let parts = segment.trusted().filter_map(|part| Some((Some(part.index.id), part.container.as_ref()?)));
        segment.objects.container().map(|objects| (None, objects)).into_iter().chain(parts)
    }
}
