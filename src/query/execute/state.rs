//! One aggregate under way.

use std::collections::HashSet;

use crate::{
    object::{Kind, Value, ValueRef, key_bytes, order},
    query::{Aggregate, AggregateFunction, QueryError},
};

/// What is known of the values so far.
pub struct State {
    of: String,
    function: AggregateFunction,
    /// The keys of the values so far, where equal ones count once.
    known: Option<HashSet<Vec<u8>>>,
    so_far: SoFar,
}

enum SoFar {
    Count(i64),
    Sum(Sum),
    Extreme(Option<Value>),
    Numbers(Vec<f64>),
    Values(Vec<Value>),
}

impl State {
    pub fn new(aggregate: &Aggregate) -> Self {
        let so_far = match aggregate.function {
            AggregateFunction::Count => SoFar::Count(0),
            AggregateFunction::Sum | AggregateFunction::Avg => SoFar::Sum(Sum::default()),
            AggregateFunction::Min | AggregateFunction::Max => SoFar::Extreme(None),
            AggregateFunction::Percentile(_) => SoFar::Numbers(Vec::new()),
            AggregateFunction::Collect => SoFar::Values(Vec::new()),
        };
        let known = aggregate.distinct.then(HashSet::new);
        Self { of: aggregate.to_string(), function: aggregate.function, known, so_far }
    }

    /// Counts an object.
    pub fn count(&mut self) {
        if let SoFar::Count(count) = &mut self.so_far {
            *count += 1;
        }
    }

    /// Takes a value; null is none.
    pub fn take(&mut self, value: ValueRef<'_>) -> Result<(), QueryError> {
        if value.kind() == Kind::Null || self.known.as_mut().is_some_and(|known| !known.insert(key_bytes(value))) {
            return Ok(());
        }
        match &mut self.so_far {
            SoFar::Count(count) => *count += 1,
            SoFar::Sum(sum) => match value {
                ValueRef::Int(integer) => sum.integer(integer),
                ValueRef::Float(float) => sum.float(float),
                other => return Err(self.refused(other)),
            },
            SoFar::Numbers(numbers) => match value {
                ValueRef::Int(integer) => numbers.push(integer as f64),
                ValueRef::Float(float) => numbers.push(float),
                other => return Err(self.refused(other)),
            },
            SoFar::Values(values) => values.push(value.to_value()),
            SoFar::Extreme(extreme) => {
                let better = |known: &Value| {
                    let order = order::compare(value, known.as_ref());
                    if self.function == AggregateFunction::Min { order.is_lt() } else { order.is_gt() }
                };
                if extreme.as_ref().is_none_or(better) {
                    *extreme = Some(value.to_value());
                }
            }
        }
        Ok(())
    }

    fn refused(&self, value: ValueRef<'_>) -> QueryError {
        QueryError::value(&self.of, format!("a {} value", value.kind()), "numbers")
    }

    /// The value of it; `None` of nothing.
    pub fn finish(self) -> Option<Value> {
        match self.so_far {
            SoFar::Count(count) => Some(Value::Int(count)),
            SoFar::Sum(sum) if self.function == AggregateFunction::Avg => sum.mean().map(Value::Float),
            SoFar::Sum(sum) => sum.total(),
            SoFar::Extreme(extreme) => extreme,
            SoFar::Values(values) => (!values.is_empty()).then_some(Value::List(values)),
            SoFar::Numbers(numbers) => match self.function {
                AggregateFunction::Percentile(fraction) => percentile(numbers, fraction).map(Value::Float),
                _ => None,
            },
        }
    }
}

/// A sum of integers, exact, and of floats by Neumaier (1974): with what each addition loses.
#[derive(Default)]
struct Sum {
    count: u64,
    integers: i128,
    floats: f64,
    lost: f64,
    has_floats: bool,
}

impl Sum {
    fn integer(&mut self, integer: i64) {
        self.count += 1;
        self.integers += i128::from(integer);
    }

    fn float(&mut self, float: f64) {
        self.count += 1;
        self.has_floats = true;
        let sum = self.floats + float;
        let (large, small) = if self.floats.abs() >= float.abs() { (self.floats, float) } else { (float, self.floats) };
        self.lost += (large - sum) + small;
        self.floats = sum;
    }

    fn as_float(&self) -> f64 {
        // What infinities lose is no number.
        let floats = if self.lost.is_finite() { self.floats + self.lost } else { self.floats };
        floats + self.integers as f64
    }

    fn total(&self) -> Option<Value> {
        match i64::try_from(self.integers) {
            _ if self.count == 0 => None,
            Ok(sum) if !self.has_floats => Some(Value::Int(sum)),
            _ => Some(Value::Float(self.as_float())),
        }
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.as_float() / self.count as f64)
    }
}

fn percentile(mut numbers: Vec<f64>, fraction: f64) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    let last = numbers.len().checked_sub(1)?;
    let at = fraction * last as f64;
    let (below, part) = (at.floor(), at.fract());
    let low = numbers[below as usize];
    Some(low + (numbers[(below as usize + 1).min(last)] - low) * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(aggregate: &Aggregate, values: &[Value]) -> Option<Value> {
        let mut state = State::new(aggregate);
        values.iter().for_each(|value| state.take(value.as_ref()).unwrap());
        state.finish()
    }

    #[test]
    fn sums_keep_what_they_can() {
        let sum = |values: &[Value]| state(&Aggregate::sum("a"), values);
        assert_eq!(sum(&[]), None);
        assert_eq!(sum(&[1.into(), 2.into(), Value::Null]), Some(Value::Int(3)));
        assert_eq!(sum(&[i64::MAX.into(), i64::MAX.into(), (-i64::MAX).into()]), Some(Value::Int(i64::MAX)));
        assert_eq!(sum(&[i64::MAX.into(), i64::MAX.into()]), Some(Value::Float(2.0 * i64::MAX as f64)));
        assert_eq!(sum(&[1e100.into(), 1.0.into(), (-1e100).into()]), Some(Value::Float(1.0)));
        assert_eq!(sum(&[f64::INFINITY.into(), 1.into()]), Some(Value::Float(f64::INFINITY)));
        assert_eq!(state(&Aggregate::sum("a").distinct(), &[1.into(), 1.0.into(), 2.into()]), Some(Value::Int(3)));
    }

    #[test]
    fn percentiles_are_between_numbers() {
        let numbers: Vec<Value> = [4, 1, 3, 2].map(Value::Int).into();
        let at = |fraction| state(&Aggregate::percentile("a", fraction), &numbers);
        assert_eq!(at(0.0), Some(Value::Float(1.0)));
        assert_eq!(at(0.5), Some(Value::Float(2.5)));
        assert_eq!(at(1.0), Some(Value::Float(4.0)));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let mut state = State::new(&Aggregate::avg("a"));
        let error = state.take(ValueRef::String("x")).unwrap_err().to_string();
        assert!(error.contains("avg(a)") && error.contains("numbers"), "{error}");
    }
}
