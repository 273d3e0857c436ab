//! Two forecasts that know nothing: constant growth, and a logistic curve, fitted to the same years of the same series.

use crate::math::{exp, ln};

/// Constant growth by least squares on logarithms; of one year, that year for ever.
#[must_use]
pub fn constant_growth(points: &[(i32, f64)], years: &[i32]) -> Vec<f64> {
    let n = points.len() as f64;
    let x = points.iter().map(|(year, _)| f64::from(*year)).sum::<f64>() / n;
    let y = points.iter().map(|(_, value)| ln(*value)).sum::<f64>() / n;
    let spread: f64 = points.iter().map(|(year, _)| (f64::from(*year) - x) * (f64::from(*year) - x)).sum();
    let product: f64 = points.iter().map(|(year, value)| (f64::from(*year) - x) * (ln(*value) - y)).sum();
    let slope = if spread > 0.0 { product / spread } else { 0.0 };
    years.iter().map(|year| exp(y + slope * (f64::from(*year) - x))).collect()
}

/// A logistic curve by least squares on logarithms, over ceilings up to ten times the greatest value, speeds and midpoints
/// tried in turn; `None` below three years.
#[must_use]
pub fn logistic(points: &[(i32, f64)], years: &[i32]) -> Option<Vec<f64>> {
    let ((first, _), (last, _)) = (points.first()?, points.last()?);
    if points.len() < 3 {
        return None;
    }
    let most = points.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let curve =
        |[ceiling, speed, middle]: [f64; 3], year: i32| ceiling / (1.0 + exp(-speed * (f64::from(year) - middle)));
    let off = |shape: [f64; 3]| -> f64 {
        points.iter().map(|(year, value)| ln(curve(shape, *year) / value)).map(|off| off * off).sum()
    };
    let mut best = ([most, 0.1, f64::from(*first)], f64::INFINITY);
    for ceiling in (0..=30).map(|step| most * 1.01 * exp(ln(10.0) * f64::from(step) / 30.0)) {
        for speed in (1..=40).map(|step| 0.02 * f64::from(step)) {
            for middle in (*first - 10)..=(*last + 20) {
                let shape = [ceiling, speed, f64::from(middle)];
                let error = off(shape);
                if error < best.1 {
                    best = (shape, error);
                }
            }
        }
    }
    Some(years.iter().map(|year| curve(best.0, *year)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finds_its_own_curve() {
        let growth: Vec<(i32, f64)> = (0..6).map(|k| (2000 + k, 100.0 * exp(0.05 * f64::from(k)))).collect();
        assert!((constant_growth(&growth, &[2010])[0] - 100.0 * exp(0.5)).abs() < 1e-6);
        let s: Vec<(i32, f64)> =
            (0..10).map(|k| (2000 + k, 400.0 / (1.0 + exp(-0.3 * (f64::from(k) - 4.0))))).collect();
        let found = logistic(&s, &[2015]).unwrap()[0];
        assert!((found / (400.0 / (1.0 + exp(-0.3 * 11.0))) - 1.0).abs() < 0.1, "{found}");
        assert_eq!(logistic(&s[..2], &[2015]), None);
    }
}
