//! Elementary functions with the same bits on every machine, and sums with one order.
//!
//! The platform's `exp`, `ln` and `pow` differ in the last bit between processors, C libraries and even
//! between two runs of one binary on different hardware. Everything that can change a result therefore goes
//! through the pinned `libm` crate, which is plain arithmetic on IEEE doubles. `sqrt`, `abs`, `floor` and the
//! four operations are exactly rounded everywhere and need no detour; `sqrt` is here for completeness.
//!
//! Nothing in this file knows what is being simulated.

use std::sync::LazyLock;

/// `e^x`.
#[inline]
#[must_use]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// `e^x - 1`, with full precision for small `x`.
#[inline]
#[must_use]
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// Natural logarithm. Minus infinity at 0, not a number below.
#[inline]
#[must_use]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// `ln(x)` to within a ten-millionth, at a fifth of the cost: for those who first ask whether they need it exactly.
///
/// With x = m 2^e, and c the middle of the 128th part of [1, 2) that m lies in: `ln x = e ln 2 + ln c + ln(1 + r)` with
/// `r = m / c - 1`, at most a 256th, and `ln(1 + r) = r - r^2 / 2` to within `r^3 / 3 < 2.1e-8`. For a positive normal
/// number; other bits give some finite number.
#[inline]
#[must_use]
pub fn ln_roughly(x: f64) -> f64 {
    static MIDDLES: LazyLock<[(f64, f64); 128]> = LazyLock::new(|| {
        std::array::from_fn(|part| {
            let middle = 1.0 + (part as f64 + 0.5) / 128.0;
            (ln(middle), 1.0 / middle)
        })
    });
    let bits = x.to_bits();
    let exponent = f64::from((bits >> 52) as i32 - 1023);
    let mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | 1023 << 52);
    let (of_middle, inverse) = MIDDLES[(bits >> 45) as usize & 127];
    let r = mantissa * inverse - 1.0;
    exponent * std::f64::consts::LN_2 + of_middle + (r - r * r / 2.0)
}

/// `ln(1 + x)`, with full precision for small `x`. Minus infinity at -1, not a number below.
#[inline]
#[must_use]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// Decimal logarithm. Minus infinity at 0, not a number below.
#[inline]
#[must_use]
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// `base^exponent`. Costs several times an [`exp`]: write squares and cubes as products.
#[inline]
#[must_use]
pub fn pow(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}

/// Square root, exactly rounded on every machine. Not a number below 0.
#[inline]
#[must_use]
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}

/// The nearest whole number, halves away from zero; at the ends of the range beyond it, and 0 for what is not a number.
///
/// Half a step less than one half is added, and the fraction cut off: what lies just below a half must not reach it.
/// Conversion cuts off by itself, where rounding proper is a call into a library on many processors.
///
/// ```
/// assert_eq!(trihelix::math::round(-2.5), -3);
/// assert_eq!(trihelix::math::round(0.49999999999999994), 0);
/// ```
#[inline]
#[must_use]
pub fn round(x: f64) -> i64 {
    (x + (0.5 - 0.25 * f64::EPSILON).copysign(x)) as i64
}

/// Natural logarithm of the gamma function's absolute value: `ln_gamma(n + 1) = ln(n!)`.
#[inline]
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Logistic function `1 / (1 + e^-x)`: 0 at minus infinity, 1 at plus infinity, never overflows.
///
/// ```
/// assert_eq!(trihelix::math::sigmoid(0.0), 0.5);
/// assert_eq!(trihelix::math::sigmoid(-800.0) + trihelix::math::sigmoid(800.0), 1.0);
/// ```
#[inline]
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    // The exponential is taken of a number that is never positive, so that it cannot overflow.
    if x >= 0.0 {
        1.0 / (1.0 + exp(-x))
    } else {
        let odds = exp(x);
        odds / (1.0 + odds)
    }
}

/// Log odds `ln(p / (1 - p))`, the inverse of [`sigmoid`]: infinite at 0 and 1, not a number outside.
#[inline]
#[must_use]
pub fn logit(p: f64) -> f64 {
    ln(p) - ln_1p(-p)
}

/// Sum in index order with Neumaier's correction, so that small terms survive large ones.
///
/// The order is part of the result: never hand these terms to a parallel sum. A sum that overflows, or that
/// contains an infinity, is what plain addition gives.
///
/// # Source
/// Neumaier (1974), "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54, 39-51.
///
/// ```
/// assert_eq!(trihelix::math::sum_in_order(&[1.0, 1e100, 1.0, -1e100]), 2.0);
/// ```
#[must_use]
pub fn sum_in_order(terms: &[f64]) -> f64 {
    if crate::fault::planted("unordered-sum") {
        return unordered(terms);
    }
    let mut sum = 0.0_f64;
    let mut lost = 0.0_f64;
    for &term in terms {
        let next = sum + term;
        // What the addition rounded away is recovered from the larger of the two operands.
        lost += if sum.abs() >= term.abs() { (sum - next) + term } else { (term - next) + sum };
        sum = next;
    }
    // Infinity minus infinity inside the correction would turn an honest infinity into not-a-number.
    if sum.is_finite() { sum + lost } else { sum }
}

/// The planted fault of a sum in as many parts as there are threads, which rounds by their number.
fn unordered(terms: &[f64]) -> f64 {
    let parts = rayon::current_num_threads();
    let part = |nth: usize| terms.iter().skip(nth).step_by(parts).fold(0.0, |sum, term| sum + term);
    (0..parts).map(part).fold(0.0, |sum, part| sum + part)
}

/// Quantile of an ascending sample, by linear interpolation between order statistics.
///
/// The smallest value is the quantile at 0, the largest at 1 (definition 7 of Hyndman and Fan, the default
/// of R and `NumPy`). `None` if the sample is empty or `q` is outside [0, 1] or not a number.
///
/// # Source
/// Hyndman and Fan (1996), "Sample quantiles in statistical packages", The American Statistician 50(4), 361-365.
///
/// ```
/// assert_eq!(trihelix::math::quantile_sorted(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
/// ```
#[must_use]
pub fn quantile_sorted(ascending: &[f64], q: f64) -> Option<f64> {
    debug_assert!(ascending.is_sorted(), "the sample must be in ascending order");
    let last = ascending.len().checked_sub(1)?;
    if !(0.0..=1.0).contains(&q) {
        return None;
    }
    let position = q * last as f64;
    let below = (position.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let weight = position - below as f64;
    // Written so that both ends, and samples of equal values, come out exact.
    if weight == 0.0 {
        return Some(ascending[below]);
    }
    Some(ascending[below] * (1.0 - weight) + ascending[above] * weight)
}

/// Sine of an angle in radians.
#[inline]
#[must_use]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Probability that a standard normal number is below `z`.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / core::f64::consts::SQRT_2)
}

/// Quantile of the standard normal distribution, to about 16 digits.
///
/// Minus infinity at 0, plus infinity at 1, not a number outside [0, 1].
///
/// # Source
/// Wichura (1988), "Algorithm AS 241: the percentage points of the normal distribution",
/// Applied Statistics 37(3), 477-484 (routine PPND16).
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let from_middle = p - 0.5;
    if from_middle.abs() <= 0.425 {
        let r = 0.180_625 - from_middle * from_middle;
        return from_middle * polynomial(&MIDDLE_OVER, r) / polynomial(&MIDDLE_UNDER, r);
    }
    let tail = if from_middle < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return if tail < 0.0 { f64::NAN } else { from_middle.signum() * f64::INFINITY };
    }
    let r = sqrt(-ln(tail));
    let distance = if r <= 5.0 {
        polynomial(&TAIL_OVER, r - 1.6) / polynomial(&TAIL_UNDER, r - 1.6)
    } else {
        polynomial(&FAR_OVER, r - 5.0) / polynomial(&FAR_UNDER, r - 5.0)
    };
    distance * from_middle.signum()
}

/// Value of a polynomial, coefficients from the constant upwards, by Horner's rule.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |value, coefficient| value * x + coefficient)
}

// Rational approximations of AS 241: middle (within 0.425 of one half), tails, far tails (below e^-25).
const MIDDLE_OVER: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const MIDDLE_UNDER: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const TAIL_OVER: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    7.745_450_142_783_414e-4,
];
const TAIL_UNDER: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const FAR_OVER: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_UNDER: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

/// Great-circle distance on a sphere of the Earth's mean radius.
///
/// # Units
/// Degrees in, kilometres out.
#[must_use]
pub fn great_circle_km(latitude_a: f64, longitude_a: f64, latitude_b: f64, longitude_b: f64) -> f64 {
    let radians = core::f64::consts::PI / 180.0;
    let half_sine = |degrees: f64| libm::sin(degrees * radians / 2.0);
    let across = half_sine(latitude_b - latitude_a);
    let along = half_sine(longitude_b - longitude_a);
    let shrink = libm::cos(latitude_a * radians) * libm::cos(latitude_b * radians);
    // The haversine formula; the minimum keeps rounding from leaving the domain of the arc sine at antipodes.
    let chord = (across * across + shrink * along * along).min(1.0);
    2.0 * 6_371.0 * libm::asin(sqrt(chord))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rough_logarithm_is_near() {
        let spread = (1..40_000).map(|ix| f64::from(ix) / 40_000.0);
        let small = std::iter::successors(Some(1.37), |x| Some(x / 2.0)).take(1_000);
        for x in spread.chain(small).chain([1.0, 1.0 - f64::EPSILON, 1.99, 700.0, f64::MIN_POSITIVE]) {
            assert!((ln_roughly(x) - ln(x)).abs() < 1e-7, "of {x}");
        }
    }

    #[test]
    fn sums_keep_small_terms() {
        let mut terms = vec![1e16];
        terms.extend([1.0; 1000]);
        terms.push(-1e16);
        assert_eq!(sum_in_order(&terms), 1000.0);
        assert_eq!(sum_in_order(&[]), 0.0);
        assert_eq!(sum_in_order(&[f64::MAX, f64::MAX]), f64::INFINITY);
    }

    #[test]
    fn quantiles_at_the_ends_and_between() {
        let sample = [1.0, 2.0, 3.0, 10.0];
        assert_eq!(quantile_sorted(&sample, 0.0), Some(1.0));
        assert_eq!(quantile_sorted(&sample, 1.0), Some(10.0));
        assert_eq!(quantile_sorted(&sample, 0.5), Some(2.5));
        assert_eq!(quantile_sorted(&[7.0], 0.3), Some(7.0));
        assert_eq!(quantile_sorted(&[], 0.5), None);
        assert_eq!(quantile_sorted(&sample, 1.01), None);
        assert_eq!(quantile_sorted(&sample, f64::NAN), None);
    }

    #[test]
    fn rounding_is_that_of_the_library() {
        let halves = (-40..40).map(|n| f64::from(n) / 2.0);
        let large = (0..64).flat_map(|power| [-1.0, 1.0].map(|sign| sign * (1_u64 << power) as f64));
        let odd = [0.0, -0.0, f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e15 + 0.5, 4.5e15 + 0.5];
        for x in halves.chain(large).chain(odd) {
            for x in [x.next_down(), x, x.next_up()] {
                assert_eq!(round(x), x.round() as i64, "{x}");
            }
        }
    }

    #[test]
    fn logit_undoes_sigmoid() {
        for x in [-30.0, -2.5, 0.0, 0.1, 7.0] {
            assert!((logit(sigmoid(x)) - x).abs() < 1e-3 * (1.0 + x.abs()) * 1e-6, "{x}");
        }
        assert_eq!(logit(0.0), f64::NEG_INFINITY);
        assert_eq!(logit(1.0), f64::INFINITY);
        assert!(logit(1.5).is_nan());
    }

    #[test]
    fn normal_quantile_known_points() {
        assert_eq!(normal_quantile(0.5), 0.0);
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
        assert!((normal_quantile(1e-10) + 6.361_340_902_404_056).abs() < 1e-13);
        assert!((normal_quantile(1e-300) + 37.047_096_299_361_2).abs() < 1e-11);
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
        assert!(normal_quantile(-0.1).is_nan() && normal_quantile(1.1).is_nan());
    }

    /// Pins the bits themselves: another library or version would change every published result.
    #[test]
    fn value_stability() {
        let bits = [exp(1.25), exp_m1(1e-3), ln(0.37), ln_1p(-0.02), log10(42.0), pow(1.7, 2.3), ln_gamma(12.5)]
            .map(f64::to_bits);
        assert_eq!(
            bits,
            [
                4615041972421327600,
                4562256815529185082,
                13830502684735539640,
                13804852292192611314,
                4609989284072012319,
                4614813082225259754,
                4625966467711740544
            ]
        );
    }
}
