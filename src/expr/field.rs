//! Writing conditions in Rust: `field("age").gt(25)`.

use std::{
    ops::{Bound, RangeBounds},
    sync::Arc,
};

use crate::{
    geometry::{GeoBox, Globe, LonLat, PreparedShape, Region},
    metric::Metric,
    object::{FieldPath, Value, VectorBuf},
};

use super::{Expr, Pattern, Predicate, Test};
#[cfg(feature = "text")]
use super::{Matching, Words};

/// A field, about to be tested.
///
/// Every test is false for a missing or incomparable value unless it says otherwise.
#[derive(Clone, Debug)]
pub struct Field(FieldPath);

/// Starts a condition on a field, or on a dotted path.
#[must_use]
pub fn field(path: impl Into<FieldPath>) -> Field {
    Field(path.into())
}

/// Numeric fields between two corners, edges included: one field, one lower and one upper limit for each dimension.
#[must_use]
pub fn in_box<P: Into<FieldPath>>(paths: impl IntoIterator<Item = P>, low: &[f64], high: &[f64]) -> Expr {
    coordinates(paths, Test::Box { low: low.to_vec(), high: high.to_vec() })
}

/// Numeric fields at most `radius` from a centre, by Euclidean distance, the surface included.
#[must_use]
pub fn in_ball<P: Into<FieldPath>>(paths: impl IntoIterator<Item = P>, center: &[f64], radius: f64) -> Expr {
    coordinates(paths, Test::Ball { center: center.to_vec(), radius })
}

fn coordinates<P: Into<FieldPath>>(paths: impl IntoIterator<Item = P>, test: Test) -> Expr {
    Expr::Leaf(Predicate { paths: paths.into_iter().map(Into::into).collect(), test })
}

#[allow(clippy::should_implement_trait, reason = "these build conditions, they do not compare")]
impl Field {
    /// Equal by value: 1 equals 1.0, null equals null, NaN equals nothing.
    #[must_use]
    pub fn eq(self, value: impl Into<Value>) -> Expr {
        self.test(Test::Equals(value.into()))
    }

    /// Everything that [`Field::eq`] does not match: missing and incomparable values too.
    #[must_use]
    pub fn ne(self, value: impl Into<Value>) -> Expr {
        !self.eq(value)
    }

    /// Less than a value of the same kind.
    #[must_use]
    pub fn lt(self, value: impl Into<Value>) -> Expr {
        self.test(Test::Range(Bound::Unbounded, Bound::Excluded(value.into())))
    }

    /// Less than or equal to a value of the same kind.
    #[must_use]
    pub fn le(self, value: impl Into<Value>) -> Expr {
        self.test(Test::Range(Bound::Unbounded, Bound::Included(value.into())))
    }

    /// Greater than a value of the same kind.
    #[must_use]
    pub fn gt(self, value: impl Into<Value>) -> Expr {
        self.test(Test::Range(Bound::Excluded(value.into()), Bound::Unbounded))
    }

    /// Greater than or equal to a value of the same kind.
    #[must_use]
    pub fn ge(self, value: impl Into<Value>) -> Expr {
        self.test(Test::Range(Bound::Included(value.into()), Bound::Unbounded))
    }

    /// Between two values of one kind, both included. Reversed, null or NaN bounds match nothing.
    #[must_use]
    pub fn between(self, low: impl Into<Value>, high: impl Into<Value>) -> Expr {
        self.test(Test::Range(Bound::Included(low.into()), Bound::Included(high.into())))
    }

    /// In a range of Rust's: `field("age").within(20..30)`.
    #[must_use]
    pub fn within<V: Into<Value> + Clone>(self, range: impl RangeBounds<V>) -> Expr {
        let bound = |bound: Bound<&V>| bound.map(|value| value.clone().into());
        self.test(Test::Range(bound(range.start_bound()), bound(range.end_bound())))
    }

    /// Equal to one of these; null among them matches null, not missing.
    #[must_use]
    pub fn is_in<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Expr {
        self.test(Test::In(values.into_iter().map(Into::into).collect()))
    }

    /// Is null; missing is not null.
    #[must_use]
    pub fn is_null(self) -> Expr {
        self.test(Test::IsNull)
    }

    /// Is missing; null is not missing.
    #[must_use]
    pub fn is_missing(self) -> Expr {
        self.test(Test::IsMissing)
    }

    /// Is null or missing: what SQL means by `IS NULL`.
    #[must_use]
    pub fn is_null_or_missing(self) -> Expr {
        self.clone().is_null().or(self.is_missing())
    }

    /// Is there, be it null.
    #[must_use]
    pub fn exists(self) -> Expr {
        !self.is_missing()
    }

    /// Text that starts with this.
    #[must_use]
    pub fn starts_with(self, prefix: impl Into<String>) -> Expr {
        self.test(Test::Prefix(prefix.into()))
    }

    /// Text that matches an SQL LIKE pattern: `%` any text, `_` one character, `\` takes the next one as it is.
    #[must_use]
    pub fn like(self, pattern: impl Into<String>) -> Expr {
        self.test(Test::Like(pattern.into()))
    }

    /// Text that has this text in it.
    #[must_use]
    pub fn contains_text(self, text: impl Into<String>) -> Expr {
        self.test(Test::ContainsText(text.into()))
    }

    /// Text at most so many edits from this, misspelt perhaps: characters inserted, deleted or replaced.
    /// [`MAX_EDITS`](super::MAX_EDITS) are the most.
    #[must_use]
    pub fn fuzzy(self, text: impl Into<String>, edits: u32) -> Expr {
        self.test(Test::Fuzzy { text: text.into(), edits })
    }

    /// Text in which a regular expression matches anything: `^` and `$` tie it to the ends. See [`Pattern`] for the syntax.
    ///
    /// ```
    /// use protobase::{Object, field, expr::evaluate};
    ///
    /// let country = Object::new().with("name", "Monaco");
    /// assert!(evaluate(&field("name").matches("^Mon.*o$"), &country));
    /// assert!(evaluate(&field("name").fuzzy("Monacco", 1), &country));
    /// ```
    #[must_use]
    pub fn matches(self, pattern: impl Into<String>) -> Expr {
        self.test(Test::Regex(Pattern::new(pattern)))
    }

    /// Text that has all words of this one, by their stems: in the language of the field's index, or in English.
    ///
    /// ```
    /// use protobase::{Object, field, expr::evaluate};
    ///
    /// let place = Object::new().with("about", "One of the oldest monasteries of Georgia");
    /// assert!(evaluate(&field("about").matching("monastery georgia"), &place));
    /// assert!(evaluate(&field("about").matching_any("castle monastery"), &place));
    /// assert!(evaluate(&field("about").phrase("the oldest monastery"), &place));
    /// assert!(!evaluate(&field("about").phrase("monastery georgia"), &place));
    /// ```
    #[cfg(feature = "text")]
    #[must_use]
    pub fn matching(self, words: impl Into<Arc<str>>) -> Expr {
        self.words(Words::new(words, Matching::All, None))
    }

    /// Text that has one word of this one at least.
    #[cfg(feature = "text")]
    #[must_use]
    pub fn matching_any(self, words: impl Into<Arc<str>>) -> Expr {
        self.words(Words::new(words, Matching::Any, None))
    }

    /// Text that has all words of this one, each as far from the others as here.
    #[cfg(feature = "text")]
    #[must_use]
    pub fn phrase(self, words: impl Into<Arc<str>>) -> Expr {
        self.words(Words::new(words, Matching::Phrase, None))
    }

    /// Text that has these words: [`Field::matching`] and its kin in any language.
    #[cfg(feature = "text")]
    #[must_use]
    pub fn words(self, words: Words) -> Expr {
        self.test(Test::Match(words))
    }

    /// A list with an element equal to this.
    #[must_use]
    pub fn contains(self, element: impl Into<Value>) -> Expr {
        self.test(Test::Contains(element.into()))
    }

    /// A list with one element for which all of the expression holds; paths inside start at the element.
    #[must_use]
    pub fn any(self, element: Expr) -> Expr {
        self.test(Test::Any(Arc::new(element)))
    }

    /// A point, line or area at most this many metres from a place, on the sphere. Inside of an area and on any boundary it is none.
    #[must_use]
    pub fn within_radius(self, place: LonLat, metres: f64) -> Expr {
        self.test(Test::WithinRadius(place, metres))
    }

    /// [`Field::within_radius`] with distances on the WGS84 ellipsoid: those on the sphere are up to 0.56 % longer, or 0.45 % shorter.
    #[must_use]
    pub fn within_geodesic(self, place: LonLat, metres: f64) -> Expr {
        self.test(Test::WithinGeodesic(place, metres))
    }

    /// A point, line or area at most this many metres from a shape: a [`PreparedShape`], or a place, box or region as it is. Where they have a
    /// place in common it is none.
    #[must_use]
    pub fn within_metres(self, shape: impl Into<Arc<PreparedShape>>, metres: f64, globe: Globe) -> Expr {
        let shape = shape.into();
        self.test(match (shape.as_place(), globe) {
            (Some(place), Globe::Sphere) => Test::WithinRadius(place, metres),
            (Some(place), Globe::Ellipsoid) => Test::WithinGeodesic(place, metres),
            (None, globe) => Test::WithinShape { shape, metres, globe },
        })
    }

    /// A point in a box or on its edge.
    #[must_use]
    pub fn within_box(self, area: GeoBox) -> Expr {
        self.test(Test::WithinBox(area))
    }

    /// A point in a region or on its boundary.
    #[must_use]
    pub fn within_region(self, region: impl Into<Arc<Region>>) -> Expr {
        self.test(Test::WithinRegion(region.into()))
    }

    /// A point, line or area that has a place in common with a shape: a [`PreparedShape`], or a place, box or region as it is. To touch
    /// is enough.
    ///
    /// ```
    /// use protobase::{Object, Value, field, expr::evaluate, geometry::{PreparedShape, from_wkt}};
    ///
    /// let park = Object::new().with("area", Value::from(from_wkt("POLYGON((0 0, 4 0, 4 4, 0 4, 0 0))")?));
    /// let path = PreparedShape::new(from_wkt("LINESTRING(-1 2, 1 2)")?)?;
    /// assert!(evaluate(&field("area").intersects(path.clone()), &park));
    /// assert!(!evaluate(&field("area").covers(path), &park));
    /// # Ok::<(), protobase::geometry::GeometryError>(())
    /// ```
    #[must_use]
    pub fn intersects(self, shape: impl Into<Arc<PreparedShape>>) -> Expr {
        self.test(Test::Intersects(shape.into()))
    }

    /// A point, line or area that is in a shape, its boundary included.
    #[must_use]
    pub fn covered_by(self, shape: impl Into<Arc<PreparedShape>>) -> Expr {
        self.test(Test::CoveredBy(shape.into()))
    }

    /// A point, line or area that has all of a shape in it, its boundary included.
    #[must_use]
    pub fn covers(self, shape: impl Into<Arc<PreparedShape>>) -> Expr {
        self.test(Test::Covers(shape.into()))
    }

    /// A vector at most this far from a target (distance: smaller is nearer).
    #[must_use]
    pub fn within_distance(self, target: impl Into<VectorBuf>, metric: Metric, distance: f64) -> Expr {
        self.test(Test::WithinDistance { target: target.into(), metric, distance, inclusive: true })
    }

    /// A vector nearer than this to a target (distance: smaller is nearer).
    #[must_use]
    pub fn nearer_than(self, target: impl Into<VectorBuf>, metric: Metric, distance: f64) -> Expr {
        self.test(Test::WithinDistance { target: target.into(), metric, distance, inclusive: false })
    }

    /// Any test.
    #[must_use]
    pub fn test(self, test: Test) -> Expr {
        Expr::Leaf(Predicate::new(self.0, test))
    }
}
