//! Sets in sets, three levels deep.

use super::engine::TestEngine;
use crate::{
    object::{Object, Offset},
    set::{Engine, IndexableSet, SetError, SetSchema, WriteBatch},
};

fn countries() -> SetSchema {
    let streets = SetSchema::new("streets").unique("name").index("length", "hash");
    let cities = SetSchema::new("cities").unique("name").nested("streets", streets);
    SetSchema::new("countries").unique("code").nested("cities", cities)
}

fn named(name: &str) -> Object {
    Object::new().with("name", name)
}

#[test]
fn names_and_parents_follow_the_fields() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let countries = engine.declare::<Object>(&countries())?;
    let names: Vec<_> = engine.snapshot().families().map(|(_, declaration)| declaration.name.clone()).collect();
    assert_eq!(names, ["countries", "countries.cities", "countries.cities.streets"]);
    let cities = countries.nested_family::<Object>("cities")?;
    assert_eq!(cities.name()?, "countries.cities");
    assert_eq!(cities.nested_family::<Object>("streets")?.name()?, "countries.cities.streets");
    let error = countries.nested_family::<Object>("rivers").unwrap_err();
    assert_eq!(error.to_string(), "set 'countries' declares no nested sets at 'rivers'; declared are: cities");
    Ok(())
}

#[test]
fn deleting_an_owner_deletes_what_is_nested_level_by_level_53() -> Result<(), SetError> {
    for flushed in [false, true] {
        let engine = TestEngine::new();
        let countries = engine.declare::<Object>(&countries())?;
        let cities = countries.nested_family::<Object>("cities")?;
        let streets = cities.nested_family::<Object>("streets")?;
        let mut offsets = Vec::new();
        for code in ["GE", "IT"] {
            let country = countries.insert(&Object::new().with("code", code))?;
            for city in ["a", "b"] {
                let city = countries.nested::<Object>(country, "cities")?.insert(&named(city))?;
                cities.nested::<Object>(city, "streets")?.insert_many(&[named("x"), named("y")])?;
            }
            offsets.push(country);
        }
        if flushed {
            [&countries, &cities, &streets].into_iter().for_each(|set| engine.flush(set.family()));
        }
        assert_eq!((countries.len()?, cities.len()?, streets.len()?), (2, 4, 8));
        assert!(countries.remove(offsets[0])?);
        assert_eq!((countries.len()?, cities.len()?, streets.len()?), (1, 2, 4));
        assert!(matches!(countries.nested::<Object>(offsets[0], "cities"), Err(SetError::NotFound { .. })));
        let left: IndexableSet = countries.nested(offsets[1], "cities")?;
        assert_eq!(left.len()?, 2);
        assert!(left.find_unique("a")?.is_some());
        assert!(!countries.remove(offsets[0])?);
    }
    Ok(())
}

#[test]
fn updating_an_owner_leaves_its_nested_sets_alone_54a() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let countries = engine.declare::<Object>(&countries())?;
    let country = countries.insert(&Object::new().with("code", "GE"))?;
    let cities: IndexableSet = countries.nested(country, "cities")?;
    let city = cities.insert(&named("Tbilisi"))?;
    countries.update(country, &Object::new().with("code", "GE").with("people", 3_700_000))?;
    assert!(cities.contains(city)? && cities.len()? == 1);
    Ok(())
}

#[test]
fn each_nested_set_has_its_own_keys() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let countries = engine.declare::<Object>(&countries())?;
    let [one, two] = ["A", "B"].map(|code| countries.insert(&Object::new().with("code", code)).unwrap());
    let (first, second): (IndexableSet, IndexableSet) =
        (countries.nested(one, "cities")?, countries.nested(two, "cities")?);
    let there = first.insert(&named("Springfield"))?;
    let here = second.insert(&named("Springfield"))?;
    for flush in [false, true] {
        if flush {
            engine.flush(first.family());
        }
        assert_eq!((first.find_unique("Springfield")?, second.find_unique("Springfield")?), (Some(there), Some(here)));
        let again = second.insert(&named("Springfield")).unwrap_err();
        assert!(matches!(again, SetError::UniqueViolation { by, .. } if by == here), "{again}");
        assert!(!first.contains(here)?, "a handle sees its own nested set only");
    }
    Ok(())
}

#[test]
fn many_nested_sets_are_loaded_at_once_and_each_is_found_54() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let countries = engine.declare::<Object>(&countries())?;
    let owners = countries.insert_many(&(0..1_500).map(|code| Object::new().with("code", code)).collect::<Vec<_>>())?;
    let cities = countries.nested_family::<Object>("cities")?;
    let names = ["x", "y", "z"].map(named);
    let objects = names.iter().flat_map(|city| owners.iter().map(move |owner| (*owner, city)));
    let offsets = cities.insert_nested(objects)?;
    assert_eq!((offsets.len(), cities.len()?), (4_500, 4_500));
    for (at, owner) in owners.iter().enumerate().step_by(100) {
        let mine: IndexableSet = countries.nested(*owner, "cities")?;
        let found: Vec<_> =
            mine.view()?.iter().map(|object| object.map(|object| object.offset())).collect::<Result<_, _>>()?;
        assert_eq!(found, [offsets[at], offsets[at + 1_500], offsets[at + 3_000]]);
        assert_eq!(mine.find_unique("y")?, Some(offsets[at + 1_500]));
    }
    assert!(matches!(cities.insert_nested([(owners[0], &names[0])]), Err(SetError::UniqueViolation { .. })));
    assert!(matches!(cities.insert_nested([(Offset(u64::MAX), &names[0])]), Err(SetError::NotFound { .. })));
    Ok(())
}

#[test]
fn a_nested_set_needs_an_owner_that_is_there() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let countries = engine.declare::<Object>(&countries())?;
    let family = countries.nested_family::<Object>("cities")?;
    assert!(matches!(family.insert(&named("nowhere")), Err(SetError::Unsupported { .. })));
    let missing: IndexableSet = IndexableSet::new(engine.clone(), family.family(), Some(Offset(999)));
    assert!(matches!(missing.insert(&named("nowhere")), Err(SetError::NotFound { .. })));
    assert_eq!(missing.len()?, 0);
    Ok(())
}

#[test]
fn a_new_owner_and_what_is_nested_in_it_commit_together() -> Result<(), SetError> {
    let engine = TestEngine::new();
    let countries = engine.declare::<Object>(&countries())?;
    let cities = countries.nested_family::<Object>("cities")?;
    let mut batch = WriteBatch::new(engine.snapshot());
    let owner = batch.insert(
        engine.as_ref(),
        countries.family(),
        None,
        countries.encode(&Object::new().with("code", "GE"))?,
    )?;
    let city = batch.insert(engine.as_ref(), cities.family(), Some(owner), cities.encode(&named("Tbilisi"))?)?;
    assert!(batch.get(cities.family(), Some(owner), city)?.is_some());
    assert_eq!(batch.view(cities.family(), Some(owner))?.len()?, 1);
    let mut undone = batch.clone();
    engine.commit(batch)?;
    assert_eq!(countries.nested::<Object>(owner, "cities")?.len()?, 1);
    assert!(undone.remove(countries.family(), None, owner)?);
    assert!(undone.is_empty(), "what was new and removed again leaves nothing to log");
    Ok(())
}
