//! Sines, cosines and arcsines without branches and tables: products and sums, in one order.
//!
//! So they are the same to the bit on every machine, whatever its mathematical library, and compilers can work out several at once. Angles are
//! in degrees, whose differences and complements are exact where radians are not: the cosine of 90 degrees is zero. Results are
//! wrong by less than four units in the last place.

use std::f64::consts::FRAC_PI_2;

const RADIANS: f64 = std::f64::consts::PI / 180.0;

/// 1/3!, 1/5!, .. with their signs: the Taylor series of sin(x)/x in x^2, which is wrong by less than 10^-19 up to 45 degrees.
const SINE: [f64; 8] = [
    -1.0 / 6.0,
    1.0 / 120.0,
    -1.0 / 5_040.0,
    1.0 / 362_880.0,
    -1.0 / 39_916_800.0,
    1.0 / 6_227_020_800.0,
    -1.0 / 1_307_674_368_000.0,
    1.0 / 355_687_428_096_000.0,
];

/// The Taylor series of the cosine in x^2, after the one: wrong by less than 10^-17 up to 45 degrees.
const COSINE: [f64; 8] = [
    -1.0 / 2.0,
    1.0 / 24.0,
    -1.0 / 720.0,
    1.0 / 40_320.0,
    -1.0 / 3_628_800.0,
    1.0 / 479_001_600.0,
    -1.0 / 87_178_291_200.0,
    1.0 / 20_922_789_888_000.0,
];

/// The Chebyshev interpolation of asin(x)/x in x^2 for x up to a half, after the one: wrong by less than 10^-19.
const ARCSINE: [f64; 14] = [
    0.166_666_666_666_666_57,
    0.075_000_000_000_028_56,
    0.044_642_857_139_506_77,
    0.030_381_944_649_750_525,
    0.022_372_151_536_955_744,
    0.017_352_945_180_225_48,
    0.013_961_891_184_389_839,
    0.011_585_679_919_089_5,
    0.009_484_697_869_045_622,
    0.010_003_606_639_881_351,
    0.000_709_392_594_325_246_2,
    0.024_754_876_283_869_6,
    -0.026_044_488_873_720_434,
    0.033_577_146_947_428_7,
];

/// The sine and the cosine of 0 to 90 degrees.
#[inline(always)]
pub(super) fn sine_cosine(degrees: f64) -> (f64, f64) {
    let beyond = degrees > 45.0;
    let x = (if beyond { 90.0 - degrees } else { degrees }) * RADIANS;
    let square = x * x;
    let (sine, cosine) = (x + x * square * series(&SINE, square), 1.0 + square * series(&COSINE, square));
    if beyond { (cosine, sine) } else { (sine, cosine) }
}

/// The square of the sine of half an angle of up to 180 degrees.
#[inline(always)]
pub(super) fn half_sine_square(degrees: f64) -> f64 {
    let (sine, _) = sine_cosine(degrees.abs() * 0.5);
    sine * sine
}

/// The arcsine, in radians, of the root of a number of 0 to 1.
#[inline(always)]
pub(super) fn arcsine_of_root(square: f64) -> f64 {
    let root = square.sqrt();
    // asin x = 90 degrees - 2 asin sqrt((1 - x) / 2)
    let beyond = root > 0.5;
    let square = if beyond { (1.0 - root) * 0.5 } else { square };
    let x = if beyond { square.sqrt() } else { root };
    let angle = x + x * square * series(&ARCSINE, square);
    if beyond { FRAC_PI_2 - 2.0 * angle } else { angle }
}

/// A polynomial by Horner's rule.
#[inline(always)]
fn series<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every hundredth of a degree, and what is very near to an end.
    fn angles() -> impl Iterator<Item = f64> {
        let ends = (1..60).flat_map(|bits| [0.5_f64.powi(bits), 90.0 - 0.5_f64.powi(bits), 45.0 + 0.5_f64.powi(bits)]);
        (0..=9_000).map(|step| f64::from(step) / 100.0).chain(ends).filter(|angle| *angle <= 90.0)
    }

    #[test]
    fn as_the_mathematical_library_says() {
        let near = |a: f64, b: f64| (a - b).abs() <= 4.0 * f64::EPSILON * b.abs().max(f64::MIN_POSITIVE);
        for degrees in angles() {
            // Complements are exact in degrees, so that the library is asked where it has all digits.
            let exact =
                |angle: f64| if angle > 45.0 { (90.0 - angle).to_radians().cos() } else { angle.to_radians().sin() };
            let (sine, cosine) = sine_cosine(degrees);
            assert!(near(sine, exact(degrees)), "sin {degrees} = {sine}: expected {}", exact(degrees));
            let expected =
                if degrees > 45.0 { (90.0 - degrees).to_radians().sin() } else { degrees.to_radians().cos() };
            assert!(near(cosine, expected), "cos {degrees} = {cosine}: expected {expected}");
            assert!(near(half_sine_square(2.0 * degrees), sine * sine));
            let root = (degrees / 90.0).powi(2);
            let expected = root.sqrt().asin();
            let found = arcsine_of_root(root);
            assert!(
                (found - expected).abs() <= 4.0 * f64::EPSILON * expected,
                "asin sqrt {root} = {found}: expected {expected}"
            );
        }
    }

    #[test]
    fn ends_are_exact() {
        assert_eq!(sine_cosine(0.0), (0.0, 1.0));
        assert_eq!(sine_cosine(90.0), (1.0, 0.0));
        assert_eq!((half_sine_square(180.0), half_sine_square(0.0)), (1.0, 0.0));
        assert_eq!((arcsine_of_root(0.0), arcsine_of_root(1.0)), (0.0, FRAC_PI_2));
    }
}
