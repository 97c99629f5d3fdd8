//! What changes in an object when only a part of it is to change?

use super::{FieldPath, Object, ObjectError, Value};

/// A partial change of objects: operators on field paths, done in the order given, without knowing the rest of the object.
///
/// ```
/// use protobase::{Object, Update};
///
/// let moved = Update::new().set("address.city", "Oslo").unset("phone").increment("moves", 1).append("cities", "Oslo");
/// let person = moved.apply(Object::new().with("name", "Nino").with("phone", 12))?;
/// assert_eq!(person.to_string(), r#"{name: "Nino", address: {city: "Oslo"}, moves: 1, cities: ["Oslo"]}"#);
///
/// let refused = Update::new().increment("name", 1).apply(person).unwrap_err();
/// assert_eq!(refused.to_string(), "name: Nino: expected a number, to which 1 is to be added");
/// # Ok::<(), protobase::object::ObjectError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    operators: Vec<(FieldPath, Operator)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Operator {
    Set(Value),
    Unset,
    Increment(Value),
    Append(Value),
}

impl Update {
    /// Changes nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a field a value, whatever it held. Maps that are missing on the way to it are made.
    #[must_use]
    pub fn set(self, path: impl Into<FieldPath>, value: impl Into<Value>) -> Self {
        self.with(path, Operator::Set(value.into()))
    }

    /// Removes a field; missing stays missing. The map around it stays, be it empty.
    #[must_use]
    pub fn unset(self, path: impl Into<FieldPath>) -> Self {
        self.with(path, Operator::Unset)
    }

    /// Adds a number to a field that holds one; a missing field becomes the number. Whole numbers stay whole, and more than an i64 holds is
    /// refused.
    #[must_use]
    pub fn increment(self, path: impl Into<FieldPath>, by: impl Into<Value>) -> Self {
        self.with(path, Operator::Increment(by.into()))
    }

    /// Adds a value at the end of a list; a missing field becomes a list of it alone.
    #[must_use]
    pub fn append(self, path: impl Into<FieldPath>, value: impl Into<Value>) -> Self {
        self.with(path, Operator::Append(value.into()))
    }

    fn with(mut self, path: impl Into<FieldPath>, operator: Operator) -> Self {
        self.operators.push((path.into(), operator));
        self
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operators.is_empty()
    }

    /// The object as it is after the change. Refuses the whole change when one operator does not fit the value it finds.
    pub fn apply(&self, mut object: Object) -> Result<Object, ObjectError> {
        for (path, operator) in &self.operators {
            if path.standing().is_some() {
                return Err(unfit(path, "an object's place", "a field; where an object stands does not change"));
            }
            match operator {
                Operator::Unset => unset(&mut object, path),
                Operator::Set(value) => set(&mut object, path, value.clone())?,
                Operator::Increment(by) => {
                    let sum = incremented(path, object.value_mut(path), by)?;
                    set(&mut object, path, sum)?;
                }
                Operator::Append(value) => match object.value_mut(path) {
                    Some(Value::List(values)) => values.push(value.clone()),
                    Some(other) => return Err(unfit(path, &*other, "a list, to which a value is to be appended")),
                    None => set(&mut object, path, Value::List(vec![value.clone()]))?,
                },
            }
        }
        Ok(object)
    }
}

/// Sets the value at a path, making the maps that are missing on the way.
fn set(object: &mut Object, path: &FieldPath, value: Value) -> Result<(), ObjectError> {
    let Some((last, way)) = path.names().split_last() else { return Ok(()) };
    let mut inner = object;
    for (depth, name) in way.iter().enumerate() {
        if inner.get(name).is_none() {
            inner.set(&**name, Object::new());
        }
        inner = match inner.get_mut(name) {
            Some(Value::Map(map)) => map,
            Some(other) => {
                let names: Vec<&str> = way[..=depth].iter().map(|name| &**name).collect();
                return Err(unfit(&FieldPath::of(&names), &*other, &format!("a map, in which '{path}' is to be set")));
            }
            // It has just been made.
            None => return Ok(()),
        };
    }
    inner.set(&**last, value);
    Ok(())
}

fn unset(object: &mut Object, path: &FieldPath) {
    let Some((last, way)) = path.names().split_last() else { return };
    let names: Vec<&str> = way.iter().map(|name| &**name).collect();
    let around = match names.is_empty() {
        true => Some(object),
        false => match object.value_mut(&FieldPath::of(&names)) {
            Some(Value::Map(map)) => Some(map),
            _ => None,
        },
    };
    if let Some(map) = around {
        map.unset(last);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a sum with a float is a float")]
fn incremented(path: &FieldPath, known: Option<&mut Value>, by: &Value) -> Result<Value, ObjectError> {
    let number = |value: &Value| match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    };
    let Some(step) = number(by) else {
        return Err(unfit(path, by, "a number to add"));
    };
    match (known, by) {
        (None, by) => Ok(by.clone()),
        (Some(Value::Int(known)), Value::Int(by)) => known.checked_add(*by).map(Value::Int).ok_or_else(|| {
            let expected = format!("a number to which {by} can be added without leaving the range of 64 bits");
            unfit(path, Value::Int(*known), &expected)
        }),
        (Some(known), by) => match number(known) {
            Some(known) => Ok(Value::Float(known + step)),
            None => Err(unfit(path, &*known, &format!("a number, to which {by} is to be added"))),
        },
    }
}

fn unfit(path: &FieldPath, found: impl Into<Value>, expected: &str) -> ObjectError {
    ObjectError::unfit_for_update(path, &found.into(), expected)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value as Json, json};

    use super::*;
    use crate::object::{from_json, to_json};

    fn refused(update: Update, object: &Object) -> String {
        update.apply(object.clone()).unwrap_err().to_string()
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let object = Object::new().with("n", i64::MAX).with("t", "text").with("z", ()).with("m", Object::new());
        let huge = refused(Update::new().increment("n", 1), &object);
        assert!(huge.starts_with("n: 9223372036854775807: expected a number to which 1"), "{huge}");
        assert_eq!(
            refused(Update::new().increment("m", 2), &object),
            "m: {}: expected a number, to which 2 is to be added"
        );
        assert_eq!(refused(Update::new().increment("new", "x"), &object), "new: x: expected a number to add");
        assert_eq!(
            refused(Update::new().append("t", 1), &object),
            "t: text: expected a list, to which a value is to be appended"
        );
        assert_eq!(
            refused(Update::new().append("z", 1), &object),
            "z: null: expected a list, to which a value is to be appended"
        );
        assert_eq!(
            refused(Update::new().set("t.a.b", 1), &object),
            "t: text: expected a map, in which 't.a.b' is to be set"
        );
        assert!(refused(Update::new().set(FieldPath::offset(), 1), &object).starts_with("_offset: "));
    }

    /// An operator, its path as names, and its operand.
    type Step = (u8, Vec<&'static str>, Json);

    /// The same operators over JSON, by their definitions; `None` where they are refused.
    fn twin(object: &mut Map<String, Json>, (operator, names, operand): &Step) -> Option<()> {
        let (name, rest) = names.split_first().expect("a path has names");
        if !rest.is_empty() {
            if *operator == 1 {
                return match object.get_mut(*name) {
                    Some(Json::Object(inner)) => twin(inner, &(1, rest.to_vec(), operand.clone())),
                    _ => Some(()),
                };
            }
            let inner = object.entry(*name).or_insert_with(|| json!({}));
            return twin(inner.as_object_mut()?, &(*operator, rest.to_vec(), operand.clone()));
        }
        match operator {
            0 => drop(object.insert((*name).to_owned(), operand.clone())),
            1 => drop(object.shift_remove(*name)),
            2 => {
                let step = operand.as_i64()?;
                let known = object.entry(*name).or_insert_with(|| json!(0)).as_i64()?;
                object.insert((*name).to_owned(), json!(known.checked_add(step)?));
            }
            _ => object.entry(*name).or_insert_with(|| json!([])).as_array_mut()?.push(operand.clone()),
        }
        Some(())
    }

    fn json_value() -> impl Strategy<Value = Json> {
        prop_oneof![
            Just(Json::Null),
            Just(json!({})),
            Just(json!([])),
            Just(json!("text")),
            (-3_i64..4).prop_map(|number| json!(number)),
            Just(json!(i64::MAX)),
            Just(json!({"a": 1, "b": {"c": [2]}})),
        ]
    }

    fn step() -> impl Strategy<Value = Step> {
        let name = prop::sample::select(vec!["a", "b", "c"]);
        (0_u8..4, prop::collection::vec(name, 1..4), json_value())
    }

    proptest! {
        #[test]
        fn operators_do_what_they_do_to_json(
            a in json_value(), b in json_value(), steps in prop::collection::vec(step(), 0..6),
        ) {
            let start = json!({"a": a, "b": b});
            let mut expected = start.as_object().cloned();
            let mut update = Update::new();
            for (operator, names, operand) in &steps {
                let (path, value) = (FieldPath::of(names), crate::object::value_from_json(operand).unwrap());
                update = match operator {
                    0 => update.set(path, value),
                    1 => update.unset(path),
                    2 => update.increment(path, value),
                    _ => update.append(path, value),
                };
                expected = expected.and_then(|mut object| {
                    twin(&mut object, &(*operator, names.clone(), operand.clone())).map(|()| object)
                });
            }
            let object = from_json(&start).unwrap();
            match (update.apply(object), expected) {
                (Ok(object), Some(expected)) => {
                    prop_assert_eq!(to_json(Value::Map(object).as_ref()), Json::Object(expected));
                },
                (Err(_), None) => {}
                (outcome, expected) => prop_assert!(false, "{:?} and {:?} after {:?}", outcome, expected, steps),
            }
        }
    }
}
