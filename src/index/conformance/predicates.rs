//! Questions of every kind, about values that occur and values that do not.

use std::{ops::Bound, sync::Arc};

use geo::{Coord, LineString, Polygon};

#[cfg(feature = "text")]
use crate::expr::{Matching, Words};
use crate::{
    expr::{Expr, Pattern, Predicate, Target, Test},
    geometry::{GeoBox, Globe, PreparedShape, Region},
    metric::Metric,
    object::{FieldPath, Fields, Object, Value, VectorBuf},
};

use super::objects::Generator;

impl Generator<'_> {
    /// A predicate on one of the fields, on several of them, or on one that has no index.
    pub fn predicate(&mut self, objects: &[Object]) -> Predicate {
        if self.fields.len() > 1 && self.random().once_in(2) {
            return self.shape(objects);
        }
        let path = match self.random().index(20) {
            0 => FieldPath::from("other"),
            _ => self.path(),
        };
        let test = self.test(&path, objects);
        Predicate::new(path, test)
    }

    /// A target of any sort on the fields.
    pub fn target(&mut self, objects: &[Object]) -> Target {
        if self.fields.len() > 1 {
            let paths = self.some_paths();
            let center = self.coordinates(&paths, objects);
            return Target::Coordinates { paths, center: center.into() };
        }
        let path = self.path();
        match self.random().index(8) {
            0 | 1 => Target::Place { path, place: self.place() },
            2 => Target::Geodesic { path, place: self.place() },
            3 | 4 => Target::shape(path.clone(), self.known_shape(&path, objects), self.globe()),
            _ => Target::Vector { path, vector: self.components().into(), metric: self.metric() },
        }
    }

    fn path(&mut self) -> FieldPath {
        let fields = self.fields;
        fields[self.random().index(fields.len())].clone()
    }

    fn metric(&mut self) -> Metric {
        let known = Metric::of(self.vector_type().element);
        known[self.random().index(known.len())]
    }

    /// All fields in order, now and then only some, in another order.
    fn some_paths(&mut self) -> Vec<FieldPath> {
        let mut paths = self.fields.to_vec();
        if self.random().once_in(3) {
            let turn = self.random().index(paths.len());
            paths.rotate_left(turn);
            let left = 1 + self.random().index(paths.len());
            paths.truncate(left);
        }
        paths
    }

    /// A value that some object has in a field, or any other.
    fn known_value(&mut self, path: &FieldPath, objects: &[Object]) -> Value {
        let known = self.random().pick(objects).and_then(|object| object.field(path)).map(|value| value.to_value());
        match known {
            Some(value) if !self.random().once_in(4) => value,
            _ => self.value(),
        }
    }

    /// A value, or an element of the list that it is.
    fn element(&mut self, path: &FieldPath, objects: &[Object]) -> Value {
        match self.known_value(path, objects) {
            Value::List(mut elements) if !elements.is_empty() => {
                let at = self.random().index(elements.len());
                elements.swap_remove(at)
            }
            value => value,
        }
    }

    fn bound(&mut self, path: &FieldPath, objects: &[Object]) -> Bound<Value> {
        match self.random().index(5) {
            0 => Bound::Unbounded,
            1 | 2 => Bound::Included(self.known_value(path, objects)),
            _ => Bound::Excluded(self.known_value(path, objects)),
        }
    }

    fn test(&mut self, path: &FieldPath, objects: &[Object]) -> Test {
        match self.random().index(33) {
            0..=2 => Test::Equals(self.known_value(path, objects)),
            3 => {
                let count = self.random().index(5);
                Test::In((0..count).map(|_| self.known_value(path, objects)).collect())
            }
            4..=7 => self.range(path, objects),
            8 => Test::IsNull,
            9 => Test::IsMissing,
            10 => Test::Prefix(self.text()),
            11 => Test::Like(self.text() + ["%", "_", ""][self.random().index(3)]),
            12 => Test::ContainsText(self.text()),
            13 | 14 => Test::Contains(self.element(path, objects)),
            15 => Test::Any(Arc::new(Expr::Leaf(Predicate::new("x", Test::Equals(self.number()))))),
            16 | 17 => Test::WithinRadius(self.place(), 10.0_f64.powf(self.random().between(2.0, 7.4))),
            18 => Test::WithinBox(self.area()),
            19 => self.region().map_or(Test::IsMissing, |region| Test::WithinRegion(Arc::new(region))),
            20 => Test::WithinGeodesic(self.place(), 10.0_f64.powf(self.random().between(2.0, 7.4))),
            21 | 22 => self.against_shape(path, objects),
            23 => self.near_shape(path, objects),
            24 | 25 => Test::Fuzzy { text: self.known_text(path, objects), edits: self.random().index(4) as u32 },
            26 | 27 => Test::Regex(self.pattern(path, objects)),
            #[cfg(feature = "text")]
            28..=30 => Test::Match(self.words_of(path, objects)),
            _ => self.within_distance(path, objects),
        }
    }

    /// A text that some object has, or any other.
    fn known_text(&mut self, path: &FieldPath, objects: &[Object]) -> String {
        match self.known_value(path, objects) {
            Value::String(text) => text,
            _ => self.text(),
        }
    }

    /// The words of such a text, as the kind finds them or in another language.
    #[cfg(feature = "text")]
    fn words_of(&mut self, path: &FieldPath, objects: &[Object]) -> Words {
        let text = if self.random().once_in(2) { self.words() } else { self.known_text(path, objects) };
        let how = [Matching::All, Matching::Any, Matching::Phrase][self.random().index(3)];
        let words = Words::new(text, how, None);
        self.analysis().and_then(|analysis| words.by(&analysis)).unwrap_or(words)
    }

    /// The pattern of such a text, or of one that is a little like it; now and then one that cannot be compiled.
    fn pattern(&mut self, path: &FieldPath, objects: &[Object]) -> Pattern {
        let text = self.known_text(path, objects).replace('%', ".");
        let (before, after) =
            [("^", "$"), ("^", ""), ("", ".$"), ("", ""), ("[^a]", "*"), ("(", "")][self.random().index(6)];
        Pattern::new(format!("{before}{text}{after}"))
    }

    /// A comparison with such a shape.
    fn against_shape(&mut self, path: &FieldPath, objects: &[Object]) -> Test {
        let shape = self.known_shape(path, objects);
        match self.random().index(3) {
            0 => Test::Intersects(shape),
            1 => Test::CoveredBy(shape),
            _ => Test::Covers(shape),
        }
    }

    /// The distance of some object itself, so that the edge of the answer is tested, or any other.
    fn near_shape(&mut self, path: &FieldPath, objects: &[Object]) -> Test {
        let (shape, globe) = (self.known_shape(path, objects), self.globe());
        let target = Target::Shape { path: path.clone(), shape: shape.clone(), globe };
        let known = self.random().pick(objects).and_then(|object| target.distance(object));
        let metres = known.unwrap_or_else(|| 10.0_f64.powf(self.random().between(2.0, 7.0)));
        Test::WithinShape { shape, metres, globe }
    }

    fn globe(&mut self) -> Globe {
        if self.random().once_in(3) { Globe::Ellipsoid } else { Globe::Sphere }
    }

    /// A shape that some object has, or a box, a region or a place.
    fn known_shape(&mut self, path: &FieldPath, objects: &[Object]) -> Arc<PreparedShape> {
        let known = match self.known_value(path, objects) {
            Value::Geometry(shape) => PreparedShape::new(*shape).ok(),
            _ => None,
        };
        let shape = match self.random().index(4) {
            0 => self.area().into(),
            1 => self.region().map_or_else(|| self.place().into(), PreparedShape::from),
            _ => known.unwrap_or_else(|| self.area().into()),
        };
        Arc::new(shape)
    }

    /// Two bounds, mostly of one kind of value.
    fn range(&mut self, path: &FieldPath, objects: &[Object]) -> Test {
        let low = self.bound(path, objects);
        if self.random().once_in(4) {
            return Test::Range(low, self.bound(path, objects));
        }
        for _ in 0..8 {
            let high = self.bound(path, objects);
            if let (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) = (&low, &high)
                && a.as_ref().kind() != b.as_ref().kind()
            {
                continue;
            }
            return Test::Range(low, high);
        }
        Test::Range(low, Bound::Unbounded)
    }

    fn area(&mut self) -> GeoBox {
        let (a, b) = (self.place(), self.place());
        GeoBox::new(a.lon, a.lat.min(b.lat), b.lon, a.lat.max(b.lat)).unwrap_or_else(|_| GeoBox::globe())
    }

    /// A triangle somewhere; `None` when it has no inside.
    fn region(&mut self) -> Option<Region> {
        let mut corner = || {
            let place = self.place();
            Coord { x: place.lon, y: place.lat }
        };
        let corners = LineString(vec![corner(), corner(), corner()]);
        Region::new(Polygon::new(corners, Vec::new())).ok()
    }

    /// The distance of some object itself, so that the edge of the answer is tested, or any other.
    fn within_distance(&mut self, path: &FieldPath, objects: &[Object]) -> Test {
        let (vector, metric) = (VectorBuf::from(self.components()), self.metric());
        let target = Target::Vector { path: path.clone(), vector: vector.clone(), metric };
        let known = self.random().pick(objects).and_then(|object| target.distance(object));
        let distance = known.unwrap_or_else(|| self.random().between(0.0, 3.0));
        Test::WithinDistance { target: vector, metric, distance, inclusive: self.random().once_in(2) }
    }

    /// A box or a ball over several fields.
    fn shape(&mut self, objects: &[Object]) -> Predicate {
        let paths = self.some_paths();
        let center = self.coordinates(&paths, objects);
        let size = 10.0_f64.powf(self.random().between(-1.0, 2.5));
        let test = if self.random().once_in(2) {
            let other = self.coordinates(&paths, objects);
            let radius = Target::Coordinates { paths: paths.clone(), center: center.clone().into() };
            let known = self.random().pick(objects).and_then(|object| radius.distance(object));
            let finite = known.filter(|distance| distance.is_finite() && other[0] > 0.0);
            Test::Ball { center, radius: finite.unwrap_or(size) }
        } else {
            let mut edge = |center: &f64| if self.random().once_in(6) { f64::INFINITY } else { center + size };
            let high = center.iter().map(&mut edge).collect();
            Test::Box { low: center, high }
        };
        Predicate { paths, test }
    }

    /// Where some object is, or anywhere.
    fn coordinates(&mut self, paths: &[FieldPath], objects: &[Object]) -> Vec<f64> {
        let object = self.random().pick(objects).cloned().unwrap_or_default();
        let known = |path| object.field(path)?.as_f64().filter(|coordinate: &f64| coordinate.is_finite());
        let mut coordinate = |path| known(path).unwrap_or_else(|| self.random().between(-20.0, 20.0));
        paths.iter().map(&mut coordinate).collect()
    }
}
