//! How do the two sides of a join become objects?

use std::{fmt, sync::Arc};

use crate::expr::Expr;

use super::{On, SourceId};

/// Which objects of two sides come out of a join.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JoinKind {
    /// Every pair that belongs together.
    #[default]
    Inner,
    /// These, and each left object without a partner alone.
    Left,
    /// These, and after them each right object without a partner alone.
    Right,
    /// These, and what is alone on either side.
    Full,
    /// Each left object that has a partner, once, without it.
    Semi,
    /// Each left object that has no partner.
    Anti,
}

impl JoinKind {
    /// Whether left objects come out that have no partner.
    #[must_use]
    pub const fn keeps_left(self) -> bool {
        matches!(self, Self::Left | Self::Full | Self::Anti)
    }

    /// Whether right objects come out that have no partner.
    #[must_use]
    pub const fn keeps_right(self) -> bool {
        matches!(self, Self::Right | Self::Full)
    }

    /// Whether only left objects come out.
    #[must_use]
    pub const fn is_left_only(self) -> bool {
        matches!(self, Self::Semi | Self::Anti)
    }

    /// The word for it in plans.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inner => "inner",
            Self::Left => "left",
            Self::Right => "right",
            Self::Full => "full",
            Self::Semi => "semi",
            Self::Anti => "anti",
        }
    }
}

/// What a join pairs, and what it makes of the pairs.
#[derive(Clone, Debug)]
pub struct Pairing {
    /// What the two have in common.
    pub on: On,
    /// What else must hold of a pair, whose fields stand under the names of the sides.
    pub also: Option<Expr>,
    /// Which objects come out.
    pub kind: JoinKind,
    /// What is on the left and on the right; `None` for joins that give pairs by themselves, not as objects.
    pub sides: Option<(Sides, Sides)>,
}

impl Pairing {
    /// Pairs by a condition alone.
    #[must_use]
    pub const fn on(on: On) -> Self {
        Self { on, also: None, kind: JoinKind::Inner, sides: None }
    }
}

impl fmt::Display for Pairing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != JoinKind::Inner {
            write!(f, "{}: ", self.kind.name())?;
        }
        self.on.fmt(f)?;
        match &self.also {
            Some(also) => write!(f, " and {also}"),
            None => Ok(()),
        }
    }
}

/// The objects that stand beside each other in a joined one, each under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides(Arc<[Side]>);

/// One of several objects that are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The field that it is in the joined object.
    pub name: Arc<str>,
    /// Where it is from.
    pub source: SourceId,
}

impl Sides {
    /// One object of a source, under a name.
    #[must_use]
    pub fn one(name: &str, source: SourceId) -> Self {
        Self(Arc::new([Side { name: name.into(), source }]))
    }

    /// These, and others after them.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        Self(self.0.iter().chain(&*others.0).cloned().collect())
    }

    /// The sides in order.
    #[must_use]
    pub fn all(&self) -> &[Side] {
        &self.0
    }

    /// Whether a joined object has a field of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|side| &*side.name == name)
    }
}
