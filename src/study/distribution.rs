//! Distributions of uncertain parameters, by their quantiles: a design turns coordinates into values.

use crate::math::{exp, ln, ln_1p, ln_gamma, normal_quantile, sqrt};

/// How a value is spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// Any value between two bounds alike.
    Uniform {
        /// Least.
        low: f64,
        /// Greatest.
        high: f64,
    },
    /// Any order of magnitude between two positive bounds alike.
    Loguniform {
        /// Least, above 0.
        low: f64,
        /// Greatest.
        high: f64,
    },
    /// Rises to the mode and falls.
    Triangular {
        /// Least.
        low: f64,
        /// Likeliest.
        mode: f64,
        /// Greatest.
        high: f64,
    },
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
    },
    /// The logarithm is normal.
    Lognormal {
        /// Median, above 0.
        median: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Beta on [0, 1].
    Beta {
        /// First shape, above 0.
        alpha: f64,
        /// Second shape, above 0.
        beta: f64,
    },
}

impl Distribution {
    /// What is wrong with its numbers, if anything.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        match *self {
            Self::Uniform { low, high } => (low >= high).then_some("`low` has to be below `high`"),
            Self::Loguniform { low, high } => {
                (low <= 0.0 || low >= high).then_some("`low` has to be above 0 and below `high`")
            }
            Self::Triangular { low, mode, high } => {
                (low >= high || mode < low || mode > high).then_some("`low`, `mode`, `high` have to ascend")
            }
            Self::Normal { sd, .. } => (sd <= 0.0).then_some("`sd` has to be above 0"),
            Self::Lognormal { median, sigma } => {
                (median <= 0.0 || sigma <= 0.0).then_some("the value and `sigma` have to be above 0")
            }
            Self::Beta { alpha, beta } => (alpha <= 0.0 || beta <= 0.0).then_some("the shapes have to be above 0"),
        }
    }

    /// The value below which a share `u` of the distribution lies; `u` strictly between 0 and 1.
    #[must_use]
    pub fn quantile(&self, u: f64) -> f64 {
        match *self {
            Self::Uniform { low, high } => low * (1.0 - u) + high * u,
            Self::Loguniform { low, high } => exp(ln(low) * (1.0 - u) + ln(high) * u).clamp(low, high),
            Self::Triangular { low, mode, high } => {
                let (left, right) = (mode - low, high - mode);
                if u * (high - low) < left {
                    low + sqrt(u * (high - low) * left)
                } else {
                    high - sqrt((1.0 - u) * (high - low) * right)
                }
            }
            Self::Normal { mean, sd } => mean + sd * normal_quantile(u),
            Self::Lognormal { median, sigma } => median * exp(sigma * normal_quantile(u)),
            Self::Beta { alpha, beta } => beta_quantile(alpha, beta, u),
        }
    }
}

/// By bisection of the regularised incomplete beta function: 60 halvings leave nothing of a double's digits.
fn beta_quantile(alpha: f64, beta: f64, u: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if incomplete_beta(alpha, beta, middle) < u { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The regularised incomplete beta function, by its continued fraction after Lentz.
///
/// # Source
/// DLMF 8.17.22, <https://dlmf.nist.gov/8.17#E22>.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front = exp(ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * ln(x) + b * ln_1p(-x)) / a;
    let away = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let (mut c, mut fraction) = (1.0, d);
    for m in 1..500 {
        let m = f64::from(m);
        for term in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            fraction *= d * c;
        }
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_scipy() {
        // scipy.stats: beta(2, 5).ppf, triang(0.25, 0, 4).ppf, loguniform(0.1, 10).ppf, lognorm(0.3, scale=2).ppf
        let cases = [
            (Distribution::Beta { alpha: 2.0, beta: 5.0 }, 0.1, 0.09259525891312873),
            (Distribution::Beta { alpha: 0.5, beta: 0.5 }, 0.9, 0.9755282581475768),
            (Distribution::Triangular { low: 0.0, mode: 1.0, high: 4.0 }, 0.6, 1.8091097699793353),
            (Distribution::Loguniform { low: 0.1, high: 10.0 }, 0.25, 0.31622776601683794),
            (Distribution::Lognormal { median: 2.0, sigma: 0.3 }, 0.975, 3.600729183494072),
            (Distribution::Normal { mean: 1.0, sd: 2.0 }, 0.5, 1.0),
            (Distribution::Uniform { low: -1.0, high: 3.0 }, 0.75, 2.0),
        ];
        for (distribution, u, expected) in cases {
            assert_eq!(distribution.fault(), None);
            let found = distribution.quantile(u);
            assert!((found - expected).abs() < 1e-8, "{distribution:?} {u}: {found}");
        }
    }
}
