//! Between two vectors.

use crate::object::{VectorBuf, VectorRef};

/// Halfway between two vectors of one type: numbers as f32; of bits in which they differ every other one from either.
pub(super) fn midpoint(a: VectorRef<'_>, b: VectorRef<'_>) -> VectorBuf {
    if let (VectorRef::Bits(a), VectorRef::Bits(b)) = (a, b) {
        let mut differing = 0;
        let mut between = |(a, b): (bool, bool)| {
            differing += usize::from(a != b);
            if differing % 2 == 0 { a } else { b }
        };
        return VectorBuf::bits(&a.iter().zip(b.iter()).map(&mut between).collect::<Vec<_>>());
    }
    let (a, b) = (a.components(), b.components());
    let middle: Vec<f32> = a.iter().zip(b.iter()).map(|(a, b)| a + (b - a) * 0.5).collect();
    // Between opposite vectors there is no direction, and between huge ones of opposite signs no finite difference.
    let usable = middle.iter().any(|x| *x != 0.0) && middle.iter().all(|x| x.is_finite());
    if usable { middle.into() } else { a.as_ref().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_midpoint_is_equally_far_from_both() {
        let bits = |text: &str| VectorBuf::bits(&text.chars().map(|bit| bit == '1').collect::<Vec<_>>());
        let (a, b) = (bits("1111000011"), bits("1100110011"));
        let middle = midpoint(a.as_ref(), b.as_ref());
        for end in [&a, &b] {
            assert_eq!(crate::metric::Metric::Hamming.distance(end, &middle), 2.0);
        }
        assert_eq!(midpoint(VectorRef::I8(&[1, -3]), VectorRef::I8(&[2, 3])).components()[..], [1.5, 0.0]);
        assert_eq!(midpoint(VectorRef::Slice(&[1.0]), VectorRef::Slice(&[-1.0])).components()[..], [1.0]);
    }
}
