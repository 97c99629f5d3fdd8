//! What a database holds, to the byte: compared without decoding anything, as often as wanted.

use protobase::{Database, IndexableSet, Object, Offset, SetView, StoredObject};

use super::model::{PARTS, THINGS, text};

/// All sets of a store with their objects, in their order.
#[derive(Debug, Default)]
pub struct Image(Vec<SetImage>);

#[derive(Debug)]
struct SetImage {
    declaration: Vec<u8>,
    objects: Vec<ObjectImage>,
}

#[derive(Debug)]
struct ObjectImage {
    owner: Option<Offset>,
    offset: Offset,
    bytes: Vec<u8>,
}

impl Image {
    /// What a database holds now.
    pub fn of(database: &Database) -> Result<Self, String> {
        let sets = views(database)?.iter().map(SetImage::of).collect::<Result<_, _>>()?;
        Ok(Self(sets))
    }

    /// Whether a database holds just this. What cannot be read is an error.
    pub fn is_in(&self, database: &Database) -> Result<bool, String> {
        let views = views(database)?;
        if views.len() != self.0.len() {
            return Ok(false);
        }
        self.0.iter().zip(&views).try_fold(true, |same, (image, view)| Ok(same && image.is_in(view)?))
    }
}

/// The set that everything happens in, and what is nested in it; none before it was declared.
fn views(database: &Database) -> Result<Vec<SetView>, String> {
    let Ok(things) = database.set::<Object>(THINGS) else { return Ok(Vec::new()) };
    let parts: IndexableSet<Object> = things.nested_family(PARTS).map_err(text)?;
    Ok(vec![things.view().map_err(text)?, parts.view().map_err(text)?])
}

impl SetImage {
    fn of(view: &SetView) -> Result<Self, String> {
        let objects = view.iter().map(|stored| ObjectImage::of(&stored.map_err(text)?)).collect::<Result<_, _>>()?;
        Ok(Self { declaration: view.declaration().encode().to_vec(), objects })
    }

    fn is_in(&self, view: &SetView) -> Result<bool, String> {
        if view.declaration().encode() != self.declaration {
            return Ok(false);
        }
        let mut expected = self.objects.iter();
        for stored in view.iter() {
            let stored = stored.map_err(text)?;
            match expected.next() {
                Some(expected) if expected.is(&stored)? => {}
                _ => return Ok(false),
            }
        }
        Ok(expected.next().is_none())
    }
}

impl ObjectImage {
    fn of(stored: &StoredObject) -> Result<Self, String> {
        let bytes = stored.to_bytes().map_err(text)?.into_owned();
        Ok(Self { owner: stored.owner(), offset: stored.offset(), bytes })
    }

    fn is(&self, stored: &StoredObject) -> Result<bool, String> {
        let placed = (stored.owner(), stored.offset()) == (self.owner, self.offset);
        Ok(placed && stored.to_bytes().map_err(text)?[..] == self.bytes[..])
    }
}
