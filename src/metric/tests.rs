//! Properties of all metrics.

use super::*;

#[test]
fn names_parse_and_others_are_refused() {
    for metric in Metric::ALL {
        assert_eq!(Metric::parse(metric.name()), Ok(metric));
    }
    let error = Metric::parse("manhattan").unwrap_err();
    assert_eq!(error.to_string(), "unknown metric 'manhattan': expected one of l2, cosine, ip, hamming, jaccard");
}

#[test]
fn different_dimensions_have_no_distance() {
    for metric in Metric::ALL {
        assert!(metric.distance(&[1.0, 2.0], &[1.0]).is_nan());
    }
}

/// Vectors of every size that f32 has: distances are finite and ordered as they are in f64.
#[test]
fn distances_of_extreme_vectors_are_finite_and_in_order() {
    const SIZES: [f32; 11] = [f32::MAX, -f32::MAX, 3e38, 2e38, 1e30, 1e19, 1.0, 1e-19, 1e-30, -1e-38, 1e-45];
    for dimension in [1, 2, 3, 17, 384, 4_096] {
        let mut vectors: Vec<Vec<f32>> = SIZES.iter().map(|size| vec![*size; dimension]).collect();
        let turned = |size: &f32| (0..dimension).map(|i| if i % 3 == 0 { -size } else { size / 3.0 }).collect();
        vectors.extend(SIZES.iter().map(turned));
        for metric in Metric::of(Element::F32).iter().copied() {
            for a in &vectors {
                let pair = |b: &Vec<f32>| (plain(metric, a, b), metric.distance(a, b));
                let mut pairs: Vec<(f64, f64)> = vectors.iter().map(pair).collect();
                pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
                for (exact, found) in &pairs {
                    let tolerance = if metric == Metric::Cosine { 1e-6 } else { exact.abs() * 1e-5 };
                    assert!(found.is_finite() && (found - exact).abs() <= tolerance, "{metric} {found} {exact}");
                }
                let out_of_order = pairs.windows(2).find(|two| two[0].0 * 1.0001 < two[1].0 && two[0].1 > two[1].1);
                assert!(out_of_order.is_none() || metric == Metric::Cosine, "{metric} {out_of_order:?}");
            }
        }
    }
}

fn plain(metric: Metric, a: &[f32], b: &[f32]) -> f64 {
    let sum = |of: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| of((*a).into(), (*b).into())).sum::<f64>();
    match metric {
        Metric::L2 => sum(&|a, b| (a - b).powi(2)).sqrt(),
        Metric::InnerProduct => -sum(&|a, b| a * b),
        Metric::Cosine => 1.0 - sum(&|a, b| a * b) / sum(&|a, _| a * a).sqrt() / sum(&|_, b| b * b).sqrt(),
        Metric::Hamming | Metric::Jaccard => f64::NAN,
    }
}

#[test]
fn known_distances() {
    let (a, b) = ([3.0, 0.0], [0.0, 4.0]);
    assert_eq!(Metric::L2.distance(&a, &b), 5.0);
    assert_eq!(Metric::Cosine.distance(&a, &b), 1.0);
    assert_eq!(Metric::Cosine.distance(&a, &[9.0, 0.0]), 0.0);
    assert_eq!(Metric::Cosine.distance(&a, &[-9.0, 0.0]), 2.0);
    assert_eq!(Metric::InnerProduct.distance(&a, &[2.0, 7.0]), -6.0);
}

#[test]
fn known_distances_of_bits() {
    let (a, b) =
        (pack([true, true, false, false, true].into_iter()), pack([false, true, true, false, true].into_iter()));
    let (a, b) = (VectorRef::Bits(BitsRef::new(5, &a).unwrap()), VectorRef::Bits(BitsRef::new(5, &b).unwrap()));
    assert_eq!(Metric::Hamming.distance(a, b), 2.0);
    assert_eq!(Metric::Jaccard.distance(a, b), 0.5);
    assert_eq!(Metric::Jaccard.distance(a, a), 0.0);
    for metric in Metric::ALL {
        let numbers: &[f32] = &[1.0, 1.0, 0.0, 0.0, 1.0];
        assert!(metric.distance(a, numbers).is_nan() && metric.distance(numbers, a).is_nan(), "{metric}");
        assert_eq!(metric.distance(a, b).is_nan(), !metric.is_of_bits(), "{metric}");
        assert_eq!(metric.distance(numbers, numbers).is_nan(), metric.is_of_bits(), "{metric}");
    }
}

/// All element types of some components, which every one of them can hold, with an address that is not aligned.
fn in_every_element_type(components: &[f32]) -> Vec<(VectorType, Vec<u8>)> {
    let of = |element| VectorType { element, dimension: components.len() };
    let bytes = |element| -> Vec<u8> {
        match element {
            Element::F32 => components.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Element::F16 => components.iter().flat_map(|x| half::f16::from_f32(*x).to_le_bytes()).collect(),
            Element::Bf16 => components.iter().flat_map(|x| half::bf16::from_f32(*x).to_le_bytes()).collect(),
            Element::I8 | Element::Binary => components.iter().map(|x| *x as i8 as u8).collect(),
        }
    };
    let numbers = [Element::F32, Element::F16, Element::Bf16, Element::I8];
    numbers.map(|element| (of(element), [vec![0], bytes(element)].concat())).into()
}

/// A distance to narrower components is bit for bit that to the same numbers as f32, in either order, on odd lengths and extreme values.
#[test]
fn element_types_do_not_change_a_distance() {
    for length in (0..70).chain([127, 129, 383, 384, 385, 4096]) {
        let query: Vec<f32> = (0..length).map(|i| ((i * 37 % 101) as f32 - 50.0) * 0.173).collect();
        let whole: Vec<f32> = (0..length).map(|i| [-128.0, 127.0, 0.0, 1.0, -3.0, 64.0, -96.0][i * 5 % 7]).collect();
        for metric in Metric::of(Element::F32).iter().copied() {
            let expected = metric.distance(&query, &whole);
            let stored = in_every_element_type(&whole);
            for (of, bytes) in stored.iter().filter(|(of, _)| of.element != Element::Bf16) {
                let vector = VectorRef::new(*of, &bytes[1..]).unwrap();
                assert_eq!(vector.components(), &whole[..], "{of}");
                assert_eq!(metric.distance(&query, vector).to_bits(), expected.to_bits(), "{metric} {of}");
                assert_eq!(metric.distance(vector, &query).to_bits(), expected.to_bits(), "{metric} {of}");
            }
            for (of, bytes) in &stored {
                let vector = VectorRef::new(*of, &bytes[1..]).unwrap();
                let wide = vector.components();
                assert_eq!(
                    metric.distance(vector, vector).to_bits(),
                    metric.distance(&*wide, &*wide).to_bits(),
                    "{of}"
                );
            }
        }
    }
}

/// Every instruction set widens as plain Rust does: all 65,536 halves of either kind, all bytes.
#[test]
fn every_half_and_byte_is_widened_exactly() {
    let halves: Vec<[u8; 2]> = (0..=u16::MAX).map(u16::to_le_bytes).collect();
    let finite = |bytes: &&[u8; 2], of: fn([u8; 2]) -> f32| of(**bytes).is_finite();
    let f16: fn([u8; 2]) -> f32 = |bytes| half::f16::from_le_bytes(bytes).to_f32();
    let bf16: fn([u8; 2]) -> f32 = |bytes| half::bf16::from_le_bytes(bytes).to_f32();
    for (element, widen) in [(Element::F16, f16), (Element::Bf16, bf16)] {
        let bytes: Vec<[u8; 2]> = halves.iter().filter(|bytes| finite(bytes, widen)).copied().collect();
        for chunk in bytes.chunks(17) {
            let of = VectorType { element, dimension: chunk.len() };
            let flat = chunk.concat();
            let vector = VectorRef::new(of, &flat).unwrap();
            let wide: Vec<f32> = chunk.iter().map(|bytes| widen(*bytes)).collect();
            assert_eq!(vector.components(), &wide[..]);
            let ones = vec![1.0; chunk.len()];
            for metric in Metric::of(element).iter().copied() {
                let (found, expected) = (metric.distance(&ones, vector), metric.distance(&ones, &wide));
                assert_eq!(found.to_bits(), expected.to_bits(), "{metric} {element} {wide:?}");
            }
        }
    }
}
