//! An embedding in a Rust struct.

use std::ops::Deref;

use ndarray::{Array1, ArrayView1, ArrayView2};

use super::super::{Kind, ObjectError, Value, ValueRef, VectorBuf, VectorRef, coerce};
use super::serde_as_value;

/// A vector field: f32 components, stored as a vector and not as a list of numbers. In a field whose vector index declares another element
/// type it is stored in that one; a field of any element type can be read as this. [`F16Vector`](super::F16Vector) and its siblings are
/// stored in their own.
///
/// A vector index takes objects without the field, but refuses null in it: an `Option<Vector>` field that is indexed needs
/// `#[serde(default, skip_serializing_if = "Option::is_none")]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vector(Vec<f32>);

impl Vector {
    /// A vector of these components.
    #[must_use]
    pub const fn new(components: Vec<f32>) -> Self {
        Self(components)
    }

    /// The components as an `ndarray` view; nothing is copied.
    #[must_use]
    pub fn view(&self) -> ArrayView1<'_, f32> {
        ArrayView1::from(&self.0)
    }

    /// One vector a row of a matrix.
    pub fn rows<'a>(matrix: &'a ArrayView2<'_, f32>) -> impl ExactSizeIterator<Item = Self> + 'a {
        matrix.outer_iter().map(Self::from)
    }

    /// The components, without copying.
    #[must_use]
    pub fn into_components(self) -> Vec<f32> {
        self.0
    }

    fn as_value_ref(&self) -> ValueRef<'_> {
        ValueRef::Vector(VectorRef::Slice(&self.0))
    }

    fn from_value(value: Value) -> Result<Self, ObjectError> {
        match coerce(value, Kind::Vector)? {
            Value::Vector(vector) => Ok(Self(vector.components().into_owned())),
            other => Err(ObjectError::unfit(&other, "vector", "it is null")),
        }
    }
}

serde_as_value!(Vector);

impl Deref for Vector {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl AsRef<[f32]> for Vector {
    fn as_ref(&self) -> &[f32] {
        &self.0
    }
}

impl From<Vec<f32>> for Vector {
    fn from(components: Vec<f32>) -> Self {
        Self(components)
    }
}

impl From<&[f32]> for Vector {
    fn from(components: &[f32]) -> Self {
        Self(components.to_vec())
    }
}

impl<const N: usize> From<[f32; N]> for Vector {
    fn from(components: [f32; N]) -> Self {
        Self(components.to_vec())
    }
}

impl From<ArrayView1<'_, f32>> for Vector {
    fn from(view: ArrayView1<'_, f32>) -> Self {
        Self(view.to_vec())
    }
}

impl From<Array1<f32>> for Vector {
    fn from(array: Array1<f32>) -> Self {
        Self(array.to_vec())
    }
}

impl From<Vector> for Array1<f32> {
    fn from(vector: Vector) -> Self {
        Self::from_vec(vector.0)
    }
}

impl From<Vector> for Value {
    fn from(vector: Vector) -> Self {
        Self::Vector(vector.0.into())
    }
}

impl From<Vector> for VectorBuf {
    fn from(vector: Vector) -> Self {
        vector.0.into()
    }
}

impl From<&Vector> for VectorBuf {
    fn from(vector: &Vector) -> Self {
        vector.0.as_slice().into()
    }
}

impl From<&Vector> for Value {
    fn from(vector: &Vector) -> Self {
        Self::Vector(vector.as_ref().into())
    }
}

impl FromIterator<f32> for Vector {
    fn from_iter<I: IntoIterator<Item = f32>>(components: I) -> Self {
        Self(components.into_iter().collect())
    }
}
