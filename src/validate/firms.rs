//! V1 to V4: sizes, growth and exits of companies.

use crate::math::{exp, ln, ln_gamma, pow, quantile_sorted, sqrt};
use crate::world::organisation::StartupStatus;

use super::history::History;

/// V1: maximum-likelihood exponent of a Pareto tail over the largest fifth of companies at the end (Hill).
pub(super) fn size_tail(history: &History) -> Vec<Option<f64>> {
    let Some(last) = history.notes.sizes.last() else { return vec![None] };
    let mut sizes: Vec<f64> = last.iter().copied().filter(|size| *size >= 1.0).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    let tail = sizes.len() / 5;
    if tail < 20 {
        return vec![None];
    }
    let least = sizes[tail];
    let mean = sizes[..tail].iter().map(|size| ln(size / least)).sum::<f64>() / tail as f64;
    vec![(mean > 0.0).then_some(1.0 / mean)]
}

/// Yearly logarithmic growth with the size before, of companies of at least ten people.
fn growth(history: &History) -> Vec<(f64, f64)> {
    let mut pairs = Vec::new();
    for years in history.notes.sizes.windows(2) {
        for (before, after) in years[0].iter().zip(&years[1]) {
            if *before >= 10.0 && *after >= 1.0 {
                pairs.push((ln(*before), ln(after / before)));
            }
        }
    }
    pairs
}

/// V2: shape of the Subbotin density of growth rates about the median of their class of size, over its spread, by maximum likelihood; 1 is a tent, 2 a normal.
pub(super) fn growth_shape(history: &History) -> Vec<Option<f64>> {
    let mut pairs = growth(history);
    if pairs.len() < 500 {
        return vec![None];
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Larger companies vary less: pooled as they are, spreads of all widths would make any shape look more pointed than each is.
    let mut off = Vec::with_capacity(pairs.len());
    for class in pairs.chunks_exact(pairs.len() / 10) {
        let mut rates: Vec<f64> = class.iter().map(|(_, rate)| *rate).collect();
        rates.sort_by(f64::total_cmp);
        let Some(median) = quantile_sorted(&rates, 0.5) else { return vec![None] };
        let spread = sqrt(rates.iter().map(|rate| (rate - median) * (rate - median)).sum::<f64>() / rates.len() as f64);
        off.extend(rates.iter().map(|rate| (rate - median).abs() / spread.max(1e-12)));
    }
    // Companies that did not change at all have no place on a logarithm.
    off.retain(|off| *off > 1e-9);
    let n = off.len() as f64;
    let likelihood = |shape: f64| {
        let width = pow(off.iter().map(|off| pow(*off, shape)).sum::<f64>() / n, 1.0 / shape);
        -ln(2.0 * width) - ln(shape) / shape - ln_gamma(1.0 + 1.0 / shape) - 1.0 / shape
    };
    let shapes = (6..=60).map(|step| f64::from(step) * 0.05);
    vec![shapes.max_by(|a, b| likelihood(*a).total_cmp(&likelihood(*b)))]
}

/// V3: slope of the logarithm of the spread of growth on the logarithm of size, over ten classes of size.
pub(super) fn size_variance(history: &History) -> Vec<Option<f64>> {
    let mut pairs = growth(history);
    if pairs.len() < 500 {
        return vec![None];
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let class = pairs.len() / 10;
    let points: Vec<(f64, f64)> = pairs
        .chunks_exact(class)
        .filter_map(|class| {
            let n = class.len() as f64;
            let size = class.iter().map(|(size, _)| size).sum::<f64>() / n;
            let mean = class.iter().map(|(_, rate)| rate).sum::<f64>() / n;
            let variance = class.iter().map(|(_, rate)| (rate - mean) * (rate - mean)).sum::<f64>() / n;
            (variance > 0.0).then(|| (size, 0.5 * ln(variance)))
        })
        .collect();
    vec![slope(&points)]
}

/// Least-squares slope.
pub(super) fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let n = points.len() as f64;
    let (x, y) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let spread: f64 = points.iter().map(|p| (p.0 - x) * (p.0 - x)).sum();
    (points.len() > 2 && spread > 0.0).then(|| points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>() / spread)
}

/// V4: failures and sales a company-year at the age of 6 to 10 years over those at 2 to 4, of startups founded in the run.
pub(super) fn exit_by_age(history: &History) -> Vec<Option<f64>> {
    let (mut exits, mut exposure) = ([0.0; 2], [0.0; 2]);
    let end = history.scenario.months;
    for startup in &history.world.startups {
        let org = &history.world.orgs[startup.org.ix()];
        if org.founded.0 == 0 {
            continue;
        }
        let left = org.closed.map_or(end, |closed| closed.0);
        let age = left.saturating_sub(org.founded.0);
        let ended = matches!(startup.status, StartupStatus::Failed | StartupStatus::Acquired) && org.closed.is_some();
        for (class, (from, to)) in [(24, 60), (72, 132)].into_iter().enumerate() {
            exposure[class] += f64::from(age.min(to).saturating_sub(from));
            exits[class] += f64::from(u8::from(ended && (from..to).contains(&age)));
        }
    }
    let enough = exits[0] >= 10.0 && exposure[1] >= 1200.0;
    vec![enough.then(|| (exits[1] / exposure[1]) / (exits[0] / exposure[0]))]
}

/// Rank correlation after Spearman, ties at their mean rank.
pub(super) fn rank_correlation(points: &[(f64, f64)]) -> Option<f64> {
    let ranks = |values: Vec<f64>| -> Vec<f64> {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let mut ranks = vec![0.0; values.len()];
        let mut from = 0;
        while from < order.len() {
            let to = (from..order.len()).find(|at| values[order[*at]] > values[order[from]]).unwrap_or(order.len());
            order[from..to].iter().for_each(|row| ranks[*row] = (from + to - 1) as f64 / 2.0);
            from = to;
        }
        ranks
    };
    let (a, b) = (ranks(points.iter().map(|p| p.0).collect()), ranks(points.iter().map(|p| p.1).collect()));
    let pairs: Vec<(f64, f64)> = a.iter().copied().zip(b.iter().copied()).collect();
    let swapped: Vec<(f64, f64)> = b.into_iter().zip(a).collect();
    let (there, back) = (slope(&pairs)?, slope(&swapped)?);
    Some(sqrt((there * back).max(0.0)).copysign(there))
}

/// Slope and intercept of a logistic regression on one variable for grouped data (x, successes, trials), by Newton's method.
pub(super) fn logit_slope(groups: &[(f64, f64, f64)]) -> Option<f64> {
    let (mut a, mut b) = (-5.0, 0.0);
    for _ in 0..60 {
        let mut gradient = [0.0; 2];
        let mut information = [1e-9, 0.0, 1e-9];
        for (x, successes, trials) in groups {
            let p = 1.0 / (1.0 + exp(-(a + b * x)));
            let (off, weight) = (successes - trials * p, trials * p * (1.0 - p));
            gradient[0] += off;
            gradient[1] += off * x;
            information[0] += weight;
            information[1] += weight * x;
            information[2] += weight * x * x;
        }
        let determinant = information[0] * information[2] - information[1] * information[1];
        if determinant.is_nan() || determinant <= 0.0 {
            return None;
        }
        a += ((information[2] * gradient[0] - information[1] * gradient[1]) / determinant).clamp(-2.0, 2.0);
        b += ((information[0] * gradient[1] - information[1] * gradient[0]) / determinant).clamp(-2.0, 2.0);
    }
    b.is_finite().then_some(b)
}

/// Coefficient of x in choices among options in proportion to size times exp(coefficient x), by Newton's method on the
/// likelihood of all groups of options; of each option x, how often it was chosen, and its size.
pub(super) fn choice_slope(groups: &[Vec<(f64, f64, f64)>]) -> Option<f64> {
    let mut b = 0.0;
    for _ in 0..60 {
        let (mut gradient, mut information) = (0.0, 0.0);
        for options in groups {
            let chosen: f64 = options.iter().map(|option| option.1).sum();
            let [mut all, mut first, mut second] = [0.0; 3];
            for (x, _, size) in options {
                let weight = size * exp(b * x);
                all += weight;
                first += weight * x;
                second += weight * x * x;
            }
            if all > 0.0 {
                let mean = first / all;
                gradient += options.iter().map(|(x, times, _)| times * (x - mean)).sum::<f64>();
                information += chosen * (second / all - mean * mean);
            }
        }
        if information.is_nan() || information <= 1e-9 {
            return None;
        }
        b += (gradient / information).clamp(-1.0, 1.0);
    }
    b.is_finite().then_some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_slopes_are_those_of_textbooks() {
        let line: Vec<(f64, f64)> = (0..9).map(|x| (f64::from(x), f64::from(x * x))).collect();
        assert!((rank_correlation(&line).unwrap() - 1.0).abs() < 1e-12);
        let falling: Vec<(f64, f64)> = line.iter().map(|(x, y)| (*x, -y)).collect();
        assert!((rank_correlation(&falling).unwrap() + 1.0).abs() < 1e-12);
        assert!((slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]).unwrap() - 2.0).abs() < 1e-12);
        // Odds 1:9 and 1:99: the logit falls by ln 11 over one step.
        let found = logit_slope(&[(0.0, 100.0, 1000.0), (1.0, 10.0, 1000.0)]).unwrap();
        assert!((found + ln(11.0)).abs() < 1e-6, "{found}");
    }
}
