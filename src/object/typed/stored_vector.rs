//! Vectors of other elements than f32 in a Rust struct.

use super::super::{Element, Kind, ObjectError, Value, ValueRef, VectorBuf, coerce};
use super::serde_as_value;

macro_rules! stored_vector {
    ($(#[$about:meta])* $name:ident, $element:expr, $component:ty, $of:path) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name(VectorBuf);

        impl $name {
            /// A vector of these components.
            #[must_use]
            pub fn new(components: &[$component]) -> Self {
                Self($of(components))
            }

            /// The components as f32, bits as 0 and 1.
            #[must_use]
            pub fn components(&self) -> Vec<f32> {
                self.0.components().into_owned()
            }

            /// The vector in any element type, without copying.
            #[must_use]
            pub const fn as_vector(&self) -> &VectorBuf {
                &self.0
            }

            fn as_value_ref(&self) -> ValueRef<'_> {
                ValueRef::Vector(self.0.as_ref())
            }

            fn from_value(value: Value) -> Result<Self, ObjectError> {
                match coerce(value, Kind::Vector)? {
                    Value::Vector(vector) => vector.to_element($element).map(Self),
                    other => Err(ObjectError::unfit(&other, "vector", "it is null")),
                }
            }
        }

        serde_as_value!($name);

        impl Default for $name {
            fn default() -> Self {
                Self::new(&[])
            }
        }

        impl From<&[$component]> for $name {
            fn from(components: &[$component]) -> Self {
                Self::new(components)
            }
        }

        impl From<$name> for VectorBuf {
            fn from(vector: $name) -> Self {
                vector.0
            }
        }

        impl From<&$name> for VectorBuf {
            fn from(vector: &$name) -> Self {
                vector.0.clone()
            }
        }

        impl From<$name> for Value {
            fn from(vector: $name) -> Self {
                Self::Vector(vector.0)
            }
        }
    };
}

stored_vector! {
    /// A vector field of 16-bit floats: made of f32, each rounded to the nearest.
    F16Vector, Element::F16, f32, VectorBuf::f16
}

stored_vector! {
    /// A vector field of bfloat16 numbers: made of f32, each rounded to the nearest.
    Bf16Vector, Element::Bf16, f32, VectorBuf::bf16
}

stored_vector! {
    /// A vector field of whole numbers from -128 to 127.
    I8Vector, Element::I8, i8, VectorBuf::i8
}

stored_vector! {
    /// A vector field of bits.
    BitVector, Element::Binary, bool, VectorBuf::bits
}

impl BitVector {
    /// Eight bits a byte, as [`VectorBuf::packed_bits`] takes them.
    #[must_use]
    pub fn packed(dimension: usize, bytes: &[u8]) -> Option<Self> {
        VectorBuf::packed_bits(dimension, bytes).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::super::{Vector, from_bytes, to_bytes};
    use super::*;
    use crate::object::{Fields, PackedObject};

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Every {
        half: F16Vector,
        brain: Bf16Vector,
        whole: I8Vector,
        bits: BitVector,
    }

    #[test]
    fn fields_keep_their_element_type_in_bytes_and_in_json() {
        let every = Every {
            half: F16Vector::new(&[0.1, 2.0]),
            brain: Bf16Vector::new(&[0.1]),
            whole: I8Vector::new(&[-128, 127]),
            bits: BitVector::new(&[true, false, true]),
        };
        let bytes = to_bytes(&every).unwrap();
        assert_eq!(from_bytes::<Every>(&bytes).unwrap(), every);
        let element = |name: &str| match PackedObject::new(&bytes).field(&name.into()) {
            Some(ValueRef::Vector(vector)) => vector.element(),
            other => panic!("{other:?} is no vector"),
        };
        assert_eq!(
            ["half", "brain", "whole", "bits"].map(element),
            [Element::F16, Element::Bf16, Element::I8, Element::Binary]
        );
        let json = serde_json::to_string(&every).unwrap();
        assert_eq!(json, r#"{"half":[0.1,2.0],"brain":[0.1],"whole":[-128,127],"bits":[1,0,1]}"#);
        assert_eq!(serde_json::from_str::<Every>(&json).unwrap(), every);
    }

    #[test]
    fn any_element_type_reads_as_f32_and_others_only_what_fits() {
        #[derive(Serialize, Deserialize)]
        struct Of<V> {
            v: V,
        }
        let bytes = to_bytes(&Of { v: BitVector::new(&[true, false]) }).unwrap();
        assert_eq!(from_bytes::<Of<Vector>>(&bytes).unwrap().v, Vector::from([1.0, 0.0]));
        let bytes = to_bytes(&Of { v: Vector::from([0.5]) }).unwrap();
        let error = from_bytes::<Of<I8Vector>>(&bytes).err().unwrap().to_string();
        assert!(error.contains("component 0 of the vector is 0.5: expected a whole number"), "{error}");
    }
}
