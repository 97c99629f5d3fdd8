//! Objects whose indexed fields hold whatever the kind accepts.

#[cfg(feature = "text")]
use crate::text::Analysis;
use crate::{
    codec::Random,
    geometry::LonLat,
    index::{IndexKind, Options},
    object::{Element, FieldPath, Kind, Object, Value, VectorBuf, VectorType},
};

/// Makes objects and questions for one kind of index.
pub(super) struct Generator<'a> {
    kind: &'a dyn IndexKind,
    pub(super) fields: &'a [FieldPath],
    options: &'a Options,
    random: Random,
}

impl<'a> Generator<'a> {
    pub fn new(kind: &'a dyn IndexKind, fields: &'a [FieldPath], options: &'a Options, random: Random) -> Self {
        Self { kind, fields, options, random }
    }

    /// How the kind finds words.
    #[cfg(feature = "text")]
    pub fn analysis(&self) -> Option<Analysis> {
        self.kind.analysis(self.options)
    }

    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// An object with other fields around the indexed ones, some of which are missing or null.
    pub fn object(&mut self) -> Object {
        let mut object = Object::new().with("other", 1);
        for at in 0..self.fields.len() {
            if !self.random.once_in(8)
                && let Some(value) = self.accepted(at)
            {
                set(&mut object, self.fields[at].names(), value);
            }
        }
        object
    }

    /// A value that the kind accepts in a field.
    fn accepted(&mut self, field: usize) -> Option<Value> {
        for _ in 0..60 {
            let value = self.value_of_choice();
            let mut values = vec![None; self.fields.len()];
            values[field] = Some(value.as_ref());
            if self.kind.check_values(self.fields, self.options, &values).is_ok() {
                return Some(value);
            }
        }
        None
    }

    /// Mostly what the kind is about, else anything.
    fn value_of_choice(&mut self) -> Value {
        match self.kind.wants() {
            Some(Kind::Vector) if !self.random.once_in(10) => self.vector(),
            Some(Kind::Geometry) if self.random.once_in(6) => self.line_or_area(),
            Some(Kind::Geometry) if !self.random.once_in(10) => self.point(),
            Some(Kind::Number) if !self.random.once_in(10) => self.number(),
            _ if self.fields.len() > 1 && !self.random.once_in(10) => self.number(),
            _ => self.value(),
        }
    }

    /// Any value; few of each kind, so that they meet.
    pub fn value(&mut self) -> Value {
        match self.random.index(14) {
            0 => Value::Null,
            1 => Value::Bool(self.random.once_in(2)),
            2..=4 => self.number(),
            5 | 6 => self.text().into(),
            7 => Value::Timestamp(self.random.index(5) as i64 - 2),
            8 => Value::Bytes(vec![self.random.index(3) as u8; self.random.index(3)]),
            9 | 10 => {
                let length = self.random.index(4);
                Value::List(
                    (0..length)
                        .map(|_| if self.random.once_in(2) { self.number() } else { self.text().into() })
                        .collect(),
                )
            }
            11 => Value::Map(Object::new().with("x", self.number())),
            12 => self.point(),
            _ => self.vector(),
        }
    }

    pub fn number(&mut self) -> Value {
        const BIG: i64 = 1 << 53;
        match self.random.index(12) {
            0..=3 => Value::Int(self.random.index(20) as i64 - 5),
            4..=6 => Value::Float((self.random.index(40) as f64 - 10.0) / 4.0),
            7..=8 => Value::Float(self.random.between(-100.0, 100.0)),
            9 => Value::Int(BIG - 2 + self.random.index(5) as i64),
            10 => Value::Float(BIG as f64),
            _ => Value::Float([f64::NAN, -0.0, f64::INFINITY, f64::NEG_INFINITY, -7.5][self.random.index(5)]),
        }
    }

    pub fn text(&mut self) -> String {
        // Only kinds that are about words see some: kept parts of other kinds are those of the objects that are made without.
        if self.is_about_words() && self.random.once_in(3) {
            return self.words();
        }
        let length = self.random.index(4);
        (0..length).map(|_| ['a', 'b', 'á', '%', '\0'][self.random.index(5)]).collect()
    }

    #[cfg(feature = "text")]
    fn is_about_words(&self) -> bool {
        self.analysis().is_some()
    }

    /// Without the feature no kind is.
    #[cfg(not(feature = "text"))]
    #[allow(clippy::unused_self, reason = "as with the feature")]
    fn is_about_words(&self) -> bool {
        false
    }

    /// Some words, which share stems and come again.
    pub fn words(&mut self) -> String {
        const WORDS: [&str; 8] = ["old", "Older", "monastery", "monasteries", "the", "á", "Klöster", "a"];
        let between = [" ", ", "][self.random.index(2)];
        let count = 1 + self.random.index(4);
        let words: Vec<&str> = (0..count).map(|_| WORDS[self.random.index(WORDS.len())]).collect();
        words.join(between)
    }

    /// A place: in one of a few towns, anywhere, or where longitudes meet.
    #[allow(clippy::unreachable, reason = "nothing but what is written here is generated")]
    pub fn place(&mut self) -> LonLat {
        let (lon, lat) = match self.random.index(8) {
            0..=2 => (self.random.index(5) as f64 * 40.0 + self.random.fraction(), self.random.index(3) as f64 * 20.0),
            3..=5 => (self.random.between(-180.0, 180.0), self.random.between(-90.0, 90.0)),
            6 => ([-180.0, 180.0, 179.9, -179.9][self.random.index(4)], self.random.between(-20.0, 20.0)),
            _ => (self.random.between(-180.0, 180.0), [90.0, -90.0, 89.9][self.random.index(3)]),
        };
        LonLat::new(lon, lat).unwrap_or_else(|_| unreachable!("generated on the globe"))
    }

    fn point(&mut self) -> Value {
        Value::Geometry(Box::new(self.place().into()))
    }

    /// A line or an area around a place.
    fn line_or_area(&mut self) -> Value {
        let (middle, reach) = (self.place(), [0.01, 1.0, 40.0][self.random.index(3)]);
        let corners: Vec<geo::Coord<f64>> = (0..3)
            .map(|_| geo::Coord {
                x: (middle.lon + self.random.between(-reach, reach)).clamp(-180.0, 180.0),
                y: (middle.lat + self.random.between(-reach, reach)).clamp(-90.0, 90.0),
            })
            .collect();
        Value::from(match self.random.below(4) {
            0 => geo::Geometry::from(geo::LineString(corners)),
            1 => geo::MultiPoint(corners.into_iter().map(geo::Point).collect()).into(),
            2 => geo::Rect::new(corners[0], corners[1]).to_polygon().into(),
            _ => geo::Polygon::new(geo::LineString(corners), Vec::new()).into(),
        })
    }

    fn vector(&mut self) -> Value {
        Value::Vector(self.stored_vector())
    }

    /// A vector of the type that the kind keeps, near to one of a few centres.
    fn stored_vector(&mut self) -> VectorBuf {
        let element = self.vector_type().element;
        let components = self.components();
        let whole = |size: f32| components.iter().map(|x| (x * size).round()).collect::<Vec<f32>>();
        let fitting = match element {
            Element::I8 => whole(20.0),
            _ => components,
        };
        VectorBuf::from(&fitting).to_element(element).unwrap_or_default()
    }

    /// What the kind keeps.
    pub fn vector_type(&self) -> VectorType {
        let few = VectorType { element: Element::F32, dimension: 3 };
        self.kind.vector_column(self.options).unwrap_or(few)
    }

    /// Numbers that a stored vector can be asked for by: near to one of a few centres, of the dimension that the kind keeps; 0 and 1 where it
    /// keeps bits.
    pub fn components(&mut self) -> Vec<f32> {
        let VectorType { element, dimension } = self.vector_type();
        let center = self.random.index(5);
        #[allow(clippy::cast_possible_truncation, reason = "a random component is not exact")]
        let component = |at: usize, random: &mut Random| {
            ((at * 7 + center * 3) % 5) as f32 - 2.0 + random.between(-0.5, 0.5) as f32
        };
        let near: Vec<f32> = (0..dimension).map(|at| component(at, &mut self.random)).collect();
        match element {
            Element::Binary => near.iter().map(|x| f32::from(u8::from(*x > 0.3))).collect(),
            _ => near,
        }
    }
}

/// Sets a value at a path, with the maps that lead there.
fn set(object: &mut Object, names: &[Box<str>], value: Value) {
    match names {
        [] => {}
        [name] => {
            object.set(&**name, value);
        }
        [name, rest @ ..] => {
            let mut inner = match object.unset(name) {
                Some(Value::Map(inner)) => inner,
                _ => Object::new(),
            };
            set(&mut inner, rest, value);
            object.set(&**name, Value::Map(inner));
        }
    }
}
