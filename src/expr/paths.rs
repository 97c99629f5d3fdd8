//! The same condition, or value, of an object whose fields have other names.

use std::sync::Arc;

use crate::object::FieldPath;

use super::{Computed, Expr, Function, Predicate, Scalar, Target, Test};

/// Where a field is found in the other object; `None` where it is not.
pub type Route<'r> = dyn Fn(&FieldPath) -> Option<FieldPath> + 'r;

impl Expr {
    /// The condition with its paths exchanged; `None` when one leads nowhere.
    #[must_use]
    pub fn rerouted(&self, route: &Route<'_>) -> Option<Self> {
        let members =
            |members: &[Self]| members.iter().map(|member| member.rerouted(route)).collect::<Option<Vec<_>>>();
        Some(match self {
            Self::And(all) => Self::And(members(all)?),
            Self::Or(any) => Self::Or(members(any)?),
            Self::Not(inner) => Self::Not(Box::new(inner.rerouted(route)?)),
            Self::Leaf(leaf) => Self::Leaf(leaf.rerouted(route)?),
        })
    }
}

impl Predicate {
    fn rerouted(&self, route: &Route<'_>) -> Option<Self> {
        if let Test::Compared { left, is, right } = &self.test {
            return Some(Self::compared(left.rerouted(route)?, *is, right.rerouted(route)?));
        }
        let paths = self.paths.iter().map(route).collect::<Option<_>>()?;
        Some(Self { paths, test: self.test.clone() })
    }
}

impl Scalar {
    /// The value with its paths exchanged; `None` when one leads nowhere.
    #[must_use]
    pub fn rerouted(&self, route: &Route<'_>) -> Option<Self> {
        Some(match self {
            Self::Field(path) => Self::Field(route(path)?),
            Self::Offset => Self::Field(route(&FieldPath::offset())?),
            Self::Distance(target) => Self::Distance(target.rerouted(route)?),
            Self::Longitude(path) => Self::Longitude(route(path)?),
            Self::Latitude(path) => Self::Latitude(route(path)?),
            Self::Wkt(path) => Self::Wkt(route(path)?),
            Self::GeoJson(path) => Self::GeoJson(route(path)?),
            Self::Wkb(path) => Self::Wkb(route(path)?),
            Self::Area(path) => Self::Area(route(path)?),
            Self::Length(path) => Self::Length(route(path)?),
            Self::Constant(value) => Self::Constant(value.clone()),
            Self::Computed(computed) => Self::Computed(Arc::new(computed.rerouted(route)?)),
        })
    }
}

impl Computed {
    fn rerouted(&self, route: &Route<'_>) -> Option<Self> {
        let function = match self.function() {
            Function::Case(conditions) => {
                Function::Case(conditions.iter().map(|condition| condition.rerouted(route)).collect::<Option<_>>()?)
            }
            other => other.clone(),
        };
        let arguments = self.arguments().iter().map(|argument| argument.rerouted(route)).collect::<Option<_>>()?;
        Some(Self::new(function, arguments))
    }
}

impl Target {
    fn rerouted(&self, route: &Route<'_>) -> Option<Self> {
        let mut target = self.clone();
        match &mut target {
            Self::Vector { path, .. }
            | Self::Place { path, .. }
            | Self::Geodesic { path, .. }
            | Self::Shape { path, .. }
            | Self::Best { path, .. } => *path = route(path)?,
            Self::Coordinates { paths, .. } => *paths = paths.iter().map(route).collect::<Option<_>>()?,
        }
        Some(target)
    }
}
