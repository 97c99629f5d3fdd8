//! Random values and objects for property tests.

use proptest::{collection::vec, prelude::*};

use super::{FamilyId, Object, Offset, Value, VectorBuf};

/// Numbers where comparing goes wrong when it goes wrong.
fn tricky_number() -> impl Strategy<Value = Value> {
    let near = prop_oneof![Just(0i64), Just(1 << 53), Just(-(1 << 53)), Just(i64::MAX - 2), Just(i64::MIN + 2)];
    let int = (near, -2i64..3).prop_map(|(near, step)| near + step);
    prop_oneof![
        int.clone().prop_map(Value::Int),
        #[allow(clippy::cast_precision_loss)]
        int.prop_map(|int| Value::Float(int as f64)),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        prop_oneof![Just(f64::NAN), Just(-0.0), Just(f64::INFINITY), Just(0.5)].prop_map(Value::Float),
    ]
}

/// A valid shape.
pub fn shape() -> impl Strategy<Value = geo::Geometry<f64>> {
    let place = || (-180.0..=180.0f64, -90.0..=90.0f64);
    prop_oneof![
        place().prop_map(|at| geo::Point::from(at).into()),
        vec(place(), 2..5).prop_map(|at| geo::LineString::from(at).into()),
        (-170.0..160.0f64, -80.0..70.0f64, 0.5..9.0f64).prop_map(|(x, y, size)| {
            geo::Rect::new(geo::coord! { x: x, y: y }, geo::coord! { x: x + size, y: y + size }).to_polygon().into()
        }),
        vec(place(), 1..4).prop_map(|at| geo::MultiPoint::from(at).into()),
    ]
}

/// A vector of any element type.
fn vector() -> impl Strategy<Value = VectorBuf> {
    prop_oneof![
        vec(-2.0..2.0f32, 0..6).prop_map(VectorBuf::from),
        vec(-2.0..2.0f32, 0..6).prop_map(|components| VectorBuf::f16(&components)),
        vec(-2.0..2.0f32, 0..6).prop_map(|components| VectorBuf::bf16(&components)),
        vec(any::<i8>(), 0..6).prop_map(|components| VectorBuf::i8(&components)),
        vec(any::<bool>(), 0..20).prop_map(|bits| VectorBuf::bits(&bits)),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        tricky_number(),
        "[a-c\u{0}áZ]{0,4}".prop_map(Value::String),
        "\\PC{0,40}".prop_map(Value::String),
        vec(0u8..3, 0..4).prop_map(Value::Bytes),
        any::<i64>().prop_map(Value::Timestamp),
        vector().prop_map(Value::Vector),
        shape().prop_map(Value::from),
        (0u32..3, 0u64..3).prop_map(|(family, offset)| Value::Reference(FamilyId(family), Offset(offset))),
        Just(Value::Nested),
    ]
}

/// Any value, lists and maps a few levels deep.
pub fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::List),
            vec(("[a-d]{1,2}", inner), 0..4).prop_map(|fields| Value::Map(fields.into_iter().collect())),
        ]
    })
}

/// Any object.
pub fn object() -> impl Strategy<Value = Object> {
    vec(("[a-d]{1,2}", value()), 0..8).prop_map(|fields| fields.into_iter().collect())
}
