//! What could not be saved.

use serde::Serialize;

use crate::{codec::CodecError, object::Offset};

/// Something that is damaged or gone, and what is lost with it as far as that can be known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The file.
    pub file: String,
    /// Where in it the damage starts.
    pub position: Option<u64>,
    /// The set, where it is known.
    pub set: Option<String>,
    /// What is wrong, and what follows from it.
    pub what: String,
    /// How many objects are lost: zero when the damage does no harm, `None` when nobody can tell.
    pub objects: Option<u64>,
    /// The offsets of lost objects, as far as they are known.
    pub offsets: Vec<u64>,
}

impl Loss {
    pub(super) fn of(damage: &CodecError, set: Option<&str>) -> Self {
        let (file, position, what) = match damage {
            CodecError::Damaged { file, position, what } => (file.clone(), Some(*position), what.clone()),
            CodecError::NewerFormat { file, .. } => (file.clone(), None, damage.to_string()),
        };
        Self { file, position, set: set.map(str::to_owned), what, objects: None, offsets: Vec::new() }
    }

    pub(super) fn missing(file: &str, set: Option<&str>, what: impl Into<String>) -> Self {
        let (file, set) = (file.to_owned(), set.map(str::to_owned));
        Self { file, position: None, set, what: what.into(), objects: None, offsets: Vec::new() }
    }

    /// Nothing is lost by it.
    pub(super) fn harmless(mut self, why: &str) -> Self {
        self.what = format!("{}; {why}", self.what);
        self.objects = Some(0);
        self
    }
}

/// Losses, those of one place together.
#[derive(Debug, Default)]
pub(super) struct Losses(pub Vec<Loss>);

impl Losses {
    pub fn add(&mut self, loss: Loss) {
        self.0.push(loss);
    }

    /// Whether a file was named already.
    pub fn mention(&self, file: &str) -> bool {
        self.0.iter().any(|loss| loss.file == file && loss.position.is_some())
    }

    /// One object more that is lost to some damage.
    pub fn object(&mut self, damage: &CodecError, set: &str, offset: Option<Offset>) {
        let new = Loss::of(damage, Some(set));
        let same = |loss: &&mut Loss| (&loss.file, loss.position, &loss.set) == (&new.file, new.position, &new.set);
        let loss = match self.0.iter_mut().rev().find(same) {
            Some(loss) => loss,
            None => {
                self.0.push(Loss { objects: Some(0), ..new });
                let last = self.0.len() - 1;
                &mut self.0[last]
            }
        };
        loss.objects = Some(loss.objects.unwrap_or(0) + 1);
        loss.offsets.extend(offset.map(|offset| offset.0));
    }
}
