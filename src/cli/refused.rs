//! Which objects of an import does the set refuse, and what is told about them?

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{
    import::{Import, ImportError, Loaded},
    object::{FieldPath, Fields, Kind, Object, Offset, key_bytes},
    set::{IndexableSet, SetError, SetView, Step, key_text},
};

use super::{CliError, progress::Bar};

/// Objects that a set refuses, by their place among those that were read, with the reason.
pub(super) type Refused = Vec<(usize, SetError)>;

/// What the set would refuse; nothing is stored.
pub(super) fn refused(set: &IndexableSet, loaded: &Loaded, bar: &Bar) -> Result<Refused, CliError> {
    let step = format!("{}: {}", set.name().map_err(crate::Error::from)?, Step::CheckObjects);
    let checked = bar.objects(&step, loaded.objects.len() as u64);
    Ok(set.refused(loaded.objects.iter().inspect(|_| checked())).map_err(crate::Error::from)?)
}

/// The objects with the key of a stored one, whether or not the set watches over that key yet.
pub(super) fn taken(stored: &IndexableSet, key: &FieldPath, loaded: &Loaded) -> Result<Refused, CliError> {
    let view = stored.view().map_err(crate::Error::from)?;
    let declaration = view.declaration();
    let is_watched = declaration.unique.as_ref() == Some(key);
    let keys = if is_watched { HashSet::new() } else { stored_keys(&view, key).map_err(crate::Error::from)? };
    let mut taken = Refused::new();
    for (at, object) in loaded.objects.iter().enumerate() {
        let Some(value) = object.field(key).filter(|value| value.kind() != Kind::Null) else { continue };
        let found = if is_watched { view.find_unique(&value.to_value()) } else { Ok(None) };
        let by = found.map_err(crate::Error::from)?;
        if by.is_some() || keys.contains(&key_bytes(value)) {
            let (set, key) = (declaration.name.as_str().into(), key.to_string().into());
            let value = key_text(value).as_ref().into();
            taken.push((at, SetError::UniqueViolation { set, key, value, by: by.unwrap_or(Offset(0)) }));
        }
    }
    Ok(taken)
}

fn stored_keys(view: &SetView, key: &FieldPath) -> Result<HashSet<Vec<u8>>, SetError> {
    let mut keys = HashSet::new();
    view.read_while(|object| {
        keys.extend(object.field(key).filter(|value| value.kind() != Kind::Null).map(key_bytes));
        true
    })?;
    Ok(keys)
}

/// Moves what is refused to the skipped lines; without `skip_bad`, the first of them is the error.
pub(super) fn drop_refused(
    set: &IndexableSet,
    import: &Import,
    loaded: &mut Loaded,
    mut refused: Refused,
    skip_bad: bool,
) -> Result<(), CliError> {
    if refused.is_empty() {
        return Ok(());
    }
    refused.sort_by_key(|(at, _)| *at);
    refused.dedup_by_key(|(at, _)| *at);
    let reasons = Reasons::new(set, import, loaded)?;
    if !skip_bad {
        return Err(reasons.bad_line(refused.swap_remove(0)).into());
    }
    let bad: BTreeSet<usize> = refused.iter().map(|(at, _)| *at).collect();
    let skipped: Vec<_> = refused.into_iter().map(|refused| reasons.bad_line(refused)).collect();
    loaded.skipped.extend(skipped);
    import.sort(&mut loaded.skipped);
    let mut at = 0..;
    loaded.objects.retain(|_| at.next().is_none_or(|at| !bad.contains(&at)));
    let mut at = 0..;
    loaded.places.retain(|_| at.next().is_none_or(|at| !bad.contains(&at)));
    Ok(())
}

/// Tells why the set refused objects: by file, line and field.
pub(super) struct Reasons<'a> {
    set: String,
    import: &'a Import,
    loaded: &'a Loaded,
    /// The first object with each unique key.
    firsts: HashMap<Vec<u8>, usize>,
}

impl<'a> Reasons<'a> {
    pub fn new(set: &IndexableSet, import: &'a Import, loaded: &'a Loaded) -> Result<Self, crate::Error> {
        let snapshot = set.engine().snapshot();
        let declaration = snapshot.declaration(set.family())?;
        let mut firsts = HashMap::new();
        for (at, object) in loaded.objects.iter().enumerate() {
            if let Some(key) = declaration.unique.as_ref().and_then(|path| object.field(path)) {
                firsts.entry(key_bytes(key)).or_insert(at);
            }
        }
        Ok(Self { set: declaration.name.clone(), import, loaded, firsts })
    }

    fn bad_line(&self, (at, why): (usize, SetError)) -> ImportError {
        let place = self.import.place(self.loaded.places[at]);
        match why {
            SetError::Value { field, value, expected, .. } => {
                ImportError::Field { place, field: field.into(), what: format!("{value}: expected {expected}") }
            }
            SetError::UniqueViolation { key, value, .. } => {
                let path = FieldPath::from(&*key);
                let first = self.loaded.objects[at].field(&path).and_then(|value| self.firsts.get(&key_bytes(value)));
                let other = match first {
                    Some(first) if *first < at => self.import.place(self.loaded.places[*first]).to_string(),
                    _ => format!("an object in set '{}'", self.set),
                };
                let what = format!("{value}: expected a unique key, but {other} has it, too");
                ImportError::Field { place, field: key.into(), what }
            }
            SetError::Object { source, .. } => ImportError::object(place, &source),
            other => ImportError::Line { place, what: other.to_string() },
        }
    }

    /// What storing ended with: another program may have taken a key since the objects were looked through.
    pub fn refusal(&self, error: SetError) -> CliError {
        let has = |path: &FieldPath, text: &str| {
            let value = |object: &Object| object.field(path).is_some_and(|value| *key_text(value) == *text);
            self.loaded.objects.iter().position(value)
        };
        let at = match &error {
            SetError::UniqueViolation { key, value, .. } => has(&FieldPath::from(&**key), value),
            SetError::Value { object, .. } => object.parse().ok().filter(|at| *at < self.loaded.objects.len()),
            _ => None,
        };
        match at {
            Some(at) => self.bad_line((at, error)).into(),
            None => crate::Error::from(error).into(),
        }
    }
}
