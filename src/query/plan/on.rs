//! Which objects of two sources belong together?
//!
//! A condition between two objects is a question that each left object asks of the right ones: so an index on the right answers it like any
//! other question. A new condition is one more variant of [`On`] and what it asks.

use std::{fmt, sync::Arc};

use crate::{
    expr::{Predicate, Target, Test},
    geometry::{Globe, PreparedShape},
    object::{FamilyId, FieldPath, Fields, Offset, Standing, Value, order},
};

/// What an object on the left and one on the right have in common. One that lacks the field, or has something else there, is in no pair.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum On {
    /// The right one's point, line or area is at most so many metres from the left one's: none where they have a place in common.
    Within {
        /// The field with the left one's shape.
        left: FieldPath,
        /// The field with the right one's shape.
        right: FieldPath,
        /// The greatest distance.
        metres: f64,
    },
    /// The right one's shape and the left one's have a place in common, be it on a boundary.
    Intersects {
        /// The field with the left one's shape.
        left: FieldPath,
        /// The field with the right one's shape.
        right: FieldPath,
    },
    /// The right one's shape is in the left one's, or on its boundary.
    Contains {
        /// The field with the left one's shape.
        left: FieldPath,
        /// The field with the right one's shape.
        right: FieldPath,
    },
    /// The left one's shape is in the right one's, or on its boundary.
    Inside {
        /// The field with the left one's shape.
        left: FieldPath,
        /// The field with the right one's shape.
        right: FieldPath,
    },
    /// Equal values, as [`Test::Equals`] has it; null belongs to nothing. Where the right field is an object's own offset, or that of its owner
    /// ([`FieldPath::offset`], [`FieldPath::owner`]), a reference on the left counts as the offset that it refers to.
    Equal {
        /// The left one's field.
        left: FieldPath,
        /// The right one's field.
        right: FieldPath,
    },
    /// The right one refers to the left one.
    Referring {
        /// The left one's offset.
        left: FieldPath,
        /// The left one's family.
        family: FamilyId,
        /// The right one's field with the reference.
        right: FieldPath,
    },
    /// Nothing: every two belong together.
    Anything {
        /// The offsets, which are not compared.
        offset: FieldPath,
    },
}

impl On {
    /// Equal values in two fields.
    #[must_use]
    pub fn equal(left: impl Into<FieldPath>, right: impl Into<FieldPath>) -> Self {
        Self::Equal { left: left.into(), right: right.into() }
    }

    /// What the left one's field refers to.
    #[must_use]
    pub fn reference(left: impl Into<FieldPath>) -> Self {
        Self::Equal { left: left.into(), right: FieldPath::offset() }
    }

    /// Whose owner the left one is.
    #[must_use]
    pub fn owned() -> Self {
        Self::Equal { left: FieldPath::offset(), right: FieldPath::owner() }
    }

    /// Every two.
    #[must_use]
    pub fn anything() -> Self {
        Self::Anything { offset: FieldPath::offset() }
    }

    /// Whether the right set finds what belongs to a left object by an offset: its own or that of its owner.
    #[must_use]
    pub fn is_by_place(&self) -> bool {
        matches!(self, Self::Equal { right, .. } if right.standing().is_some())
    }

    /// The value that both sides have in common, made of the left one's; `None` for conditions that are about no equal values, and for a value
    /// that belongs to nothing.
    #[must_use]
    pub fn key(&self, left: &Value) -> Option<Value> {
        let offset = |offset: Offset| i64::try_from(offset.0).ok().map(Value::Int);
        match (self, left) {
            (Self::Equal { right, .. }, Value::Reference(_, to)) if right.standing().is_some() => offset(*to),
            (Self::Equal { .. }, Value::Null) => None,
            (Self::Equal { .. }, value) => order::equals(value.as_ref(), value.as_ref()).then(|| value.clone()),
            (Self::Referring { family, .. }, Value::Int(from)) => {
                Some(Value::Reference(*family, Offset(u64::try_from(*from).ok()?)))
            }
            _ => None,
        }
    }

    /// The fields of the left and of the right objects.
    const fn fields(&self) -> (&FieldPath, &FieldPath) {
        match self {
            Self::Anything { offset } => (offset, offset),
            Self::Equal { left, right }
            | Self::Referring { left, right, .. }
            | Self::Within { left, right, .. }
            | Self::Intersects { left, right }
            | Self::Contains { left, right }
            | Self::Inside { left, right } => (left, right),
        }
    }

    /// The field of the left objects.
    #[must_use]
    pub const fn left(&self) -> &FieldPath {
        self.fields().0
    }

    /// The field of the right objects.
    #[must_use]
    pub const fn right(&self) -> &FieldPath {
        self.fields().1
    }

    /// What an object with this value on the left asks; `None` when the value belongs to nothing.
    #[must_use]
    pub fn question(&self, left: &Value) -> Option<Question> {
        match self {
            Self::Anything { .. } => return Some(Question::Anything),
            Self::Equal { right, .. } | Self::Referring { right, .. } => {
                let equals = |key| Question::Matching(Predicate::new(right.clone(), Test::Equals(key)));
                return self.key(left).map(equals);
            }
            _ => {}
        }
        let Value::Geometry(shape) = left else { return None };
        let prepared = || PreparedShape::new((**shape).clone()).ok().map(Arc::new);
        let test = match self {
            Self::Within { right, metres, .. } => {
                let target = Target::shape(right.clone(), prepared()?, Globe::Sphere);
                return Some(Question::Near { target, within: *metres });
            }
            Self::Intersects { .. } => Test::Intersects(prepared()?),
            Self::Contains { .. } => Test::CoveredBy(prepared()?),
            Self::Inside { .. } => Test::Covers(prepared()?),
            Self::Equal { .. } | Self::Referring { .. } | Self::Anything { .. } => return None,
        };
        Some(Question::Matching(Predicate::new(self.right().clone(), test)))
    }

    /// A condition like those that will be asked of the right objects: what tells which index answers them, and what is refused.
    #[must_use]
    pub fn example(&self) -> Option<Predicate> {
        let value = match self {
            Self::Equal { .. } | Self::Referring { .. } => Value::Int(0),
            _ => Value::from(geo::Point::new(0.0, 0.0)),
        };
        self.question(&value)?.predicate()
    }
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within { left, right, metres } => write!(f, "{right} within {metres} m of {left}"),
            Self::Intersects { left, right } => write!(f, "{right} intersects {left}"),
            Self::Contains { left, right } => write!(f, "{right} in {left}"),
            Self::Inside { left, right } => write!(f, "{right} around {left}"),
            Self::Equal { left, right } => write!(f, "{right} = {left}"),
            Self::Referring { left, right, .. } => write!(f, "{right} refers to {left}"),
            Self::Anything { .. } => f.write_str("every two"),
        }
    }
}

/// A right object that belongs to a left one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Partner {
    /// How far it is from the left one, where that was asked.
    pub distance: Option<f64>,
}

/// What one left object asks of the right ones.
#[derive(Clone, Debug)]
pub enum Question {
    /// What is near, nearest first.
    Near {
        /// To what.
        target: Target,
        /// The greatest distance.
        within: f64,
    },
    /// What a condition holds for, in the order of the right source.
    Matching(Predicate),
    /// All.
    Anything,
}

impl Question {
    /// The fields that it is about.
    #[must_use]
    pub fn paths(&self) -> &[FieldPath] {
        match self {
            Self::Near { target, .. } => target.paths(),
            Self::Matching(predicate) => &predicate.paths,
            Self::Anything => &[],
        }
    }

    /// How an object belongs to the left one; `None` when it does not.
    #[must_use]
    pub fn answered(&self, right: &dyn Fields) -> Option<Partner> {
        match self {
            Self::Near { target, within } => {
                let distance = target.distance(right).filter(|distance| distance <= within)?;
                Some(Partner { distance: Some(distance) })
            }
            Self::Matching(predicate) => predicate.matches(right).then_some(Partner { distance: None }),
            Self::Anything => Some(Partner { distance: None }),
        }
    }

    /// The condition that holds for the answers and for nothing else.
    #[must_use]
    pub fn predicate(&self) -> Option<Predicate> {
        match self {
            Self::Near { target, within } => target.within(*within, true),
            Self::Matching(predicate) => Some(predicate.clone()),
            Self::Anything => None,
        }
    }

    /// Where the answers stand, when that is what is asked for.
    #[must_use]
    pub fn place(&self) -> Option<(Standing, Offset)> {
        let Self::Matching(Predicate { paths, test: Test::Equals(Value::Int(offset)) }) = self else { return None };
        Some((paths.first()?.standing()?, Offset(u64::try_from(*offset).ok()?)))
    }
}
