//! A point in time in a Rust struct.

use std::{
    fmt,
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

use super::super::{Kind, ObjectError, Value, ValueRef, coerce, timestamp};
use super::serde_as_value;

/// A timestamp field: microseconds since 1970-01-01T00:00:00 UTC. As text it is RFC 3339.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The time now.
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    const fn as_value_ref(&self) -> ValueRef<'_> {
        ValueRef::Timestamp(self.0)
    }

    fn from_value(value: Value) -> Result<Self, ObjectError> {
        match coerce(value, Kind::Timestamp)? {
            Value::Timestamp(micros) => Ok(Self(micros)),
            other => Err(ObjectError::unfit(&other, "timestamp", "it is null")),
        }
    }
}

serde_as_value!(Timestamp);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&timestamp::format(self.0))
    }
}

impl FromStr for Timestamp {
    type Err = ObjectError;

    fn from_str(text: &str) -> Result<Self, ObjectError> {
        Self::from_value(Value::from(text))
    }
}

/// Times before 1970 count backwards; what an i64 of microseconds cannot hold becomes the nearest that it can.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
        })
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Timestamp(time.0)
    }
}
