//! Axes: which range, which ticks, and where a value lies.

use super::figure::{Figure, Language, Scale, Step, ValueKind};
use super::numbers::{decimals_of, grouped, unit};
use crate::math;

/// Values beyond this are treated as missing, so that differences and ratios stay finite.
const LARGEST: f64 = 1e300;

/// What an axis must know of the values along it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ruler {
    pub(super) kind: ValueKind,
    pub(super) language: Language,
    pub(super) scale: Scale,
    /// Whether a linear axis must reach zero.
    pub(super) zero_baseline: bool,
}

impl Ruler {
    /// A linear ruler that reaches zero.
    pub(super) fn from_zero(kind: ValueKind, language: Language) -> Self {
        Self { kind, language, scale: Scale::Linear, zero_baseline: true }
    }
}

impl From<&Figure> for Ruler {
    fn from(figure: &Figure) -> Self {
        let &Figure { kind, language, scale, zero_baseline, .. } = figure;
        Self { kind, language, scale, zero_baseline }
    }
}

/// A labelled position on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Value (vertical axis) or steps since the start (time axis).
    pub(super) at: f64,
    /// Text beside it.
    pub(super) label: String,
}

/// A vertical axis: its ends, its ticks, and linear or logarithmic in between.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<Tick>,
    scale: Scale,
}

impl Axis {
    /// The axis that holds every value in `values` that can be drawn, with about `wanted` ticks.
    pub(super) fn fitting(ruler: Ruler, values: impl Iterator<Item = f64>, wanted: usize) -> Self {
        let drawable = values.filter(|&value| is_drawable(value, ruler.scale));
        let range = drawable.fold(None, |range: Option<(f64, f64)>, value| {
            Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        });
        let empty = range.is_none();
        let (low, high) = range.unwrap_or(if ruler.scale == Scale::Log { (1.0, 10.0) } else { (0.0, 1.0) });
        let mut axis = match ruler.scale {
            Scale::Linear => linear_axis(ruler, low, high, wanted),
            Scale::Log => log_axis(ruler, low, high),
        };
        if empty {
            axis.ticks.clear();
        }
        axis
    }

    /// Where a value lies between the ends, 0 at the low and 1 at the high one; `None` if it has no place.
    pub(super) fn share(&self, value: f64) -> Option<f64> {
        if !is_drawable(value, self.scale) {
            return None;
        }
        let place = |value: f64| {
            if self.scale == Scale::Log { math::log10(value) } else { value }
        };
        let (low, high) = (place(self.low), place(self.high));
        Some(((place(value) - low) / (high - low)).clamp(0.0, 1.0))
    }
}

fn is_drawable(value: f64, scale: Scale) -> bool {
    match scale {
        Scale::Linear => value.abs() <= LARGEST,
        Scale::Log => (1e-30..=LARGEST).contains(&value),
    }
}

fn linear_axis(ruler: Ruler, low: f64, high: f64, wanted: usize) -> Axis {
    let (mut low, mut high) = (low, high);
    if ruler.zero_baseline {
        (low, high) = (low.min(0.0), high.max(0.0));
    }
    if high <= low {
        // All values are equal: open the range around them, or above zero if they are all zero.
        let margin = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
        (low, high) = if low == 0.0 { (0.0, margin) } else { (low - margin, high + margin) };
    }
    let step = best_step(low, high, wanted, ruler.kind == ValueKind::Count);
    // Ticks come from their index, so that no rounding error adds up; a hundred is more than any axis asks for.
    let (first, last) = ((low / step).floor(), (high / step).ceil());
    let count = (last - first).clamp(1.0, 100.0) as u32;
    let values: Vec<f64> = (0..=count).map(|index| (first + f64::from(index)) * step + 0.0).collect();
    let high = values[values.len() - 1];
    Axis { low: values[0], high, ticks: label_ticks(ruler, &values, step), scale: Scale::Linear }
}

/// The round step whose ticks enclose `low..=high` with little waste and about `wanted` intervals.
///
/// Round is 1, 2, 5 or, less liked, 2.5 times a power of ten. Each interval costs as much as 4 % of empty axis.
fn best_step(low: f64, high: f64, wanted: usize, whole_numbers: bool) -> f64 {
    let rough = (high - low) / wanted.max(1) as f64;
    let mut power = 1.0;
    while power * 10.0 <= rough {
        power *= 10.0;
    }
    while power > rough && power > 1e-300 {
        power /= 10.0;
    }
    let intervals = |step: f64| (high / step).ceil() - (low / step).floor();
    let mut best = (f64::INFINITY, 10.0 * power);
    for (digits, dislike) in [(0.5, 0.0), (1.0, 0.0), (2.0, 0.0), (2.5, 0.08), (5.0, 0.0), (10.0, 0.0)] {
        let step = digits * power;
        let count = intervals(step);
        if (whole_numbers && step.fract() != 0.0) || count > wanted as f64 + 1.0 {
            continue;
        }
        let sparse = if count < 3.0 { 0.1 } else { 0.0 };
        let cost = count * step / (high - low) + 0.04 * count + dislike + sparse;
        if count >= 2.0 && cost < best.0 {
            best = (cost, step);
        }
    }
    if whole_numbers { best.1.max(1.0) } else { best.1 }
}

/// Ticks at 1, 2 and 5 times powers of ten, or at powers of ten alone if the range is wide.
fn log_axis(ruler: Ruler, low: f64, high: f64) -> Axis {
    let mut candidates = Vec::new();
    let mut power = 1e-31;
    while power <= high * 10.0 {
        candidates.extend([1.0, 2.0, 5.0].map(|digit| digit * power));
        power *= 10.0;
    }
    let candidates: Vec<f64> = candidates.into_iter().map(cleaned).collect();
    let first = candidates.iter().rposition(|&value| value <= low).unwrap_or(0);
    let last = candidates.iter().position(|&value| value >= high).unwrap_or(candidates.len() - 1).max(first + 1);
    let mut inside: Vec<f64> = candidates[first..=last.min(candidates.len() - 1)].to_vec();
    // The axis hugs the values if two ticks remain; there is no zero to reach.
    let (near_low, near_high) = (low / 1.2, high * 1.2);
    let near: Vec<f64> = inside.iter().copied().filter(|tick| (near_low..=near_high).contains(tick)).collect();
    let (low, high) = if near.len() >= 2 {
        inside = near;
        (near_low, near_high)
    } else {
        (inside[0], inside[inside.len() - 1])
    };
    if inside.len() > 9 {
        let powers: Vec<f64> = inside.iter().copied().filter(|&value| is_power_of_ten(value)).collect();
        let every = powers.len().div_ceil(8).max(1);
        inside = powers.into_iter().step_by(every).collect();
    }
    let ticks = inside.iter().map(|&at| Tick { at, label: one_tick_label(ruler, at) }).collect();
    Axis { low, high, ticks, scale: Scale::Log }
}

/// The float nearest to the decimal number with six digits: removes what repeated multiplication has added.
fn cleaned(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

fn is_power_of_ten(value: f64) -> bool {
    format!("{value:e}").starts_with("1e")
}

fn one_tick_label(ruler: Ruler, value: f64) -> String {
    let unit = unit(ruler.kind, ruler.language, value);
    let scaled = value / unit.divisor;
    format!("{}{}", grouped(scaled, decimals_of(scaled)), unit.word)
}

/// Tick labels in one unit; only the topmost carries the unit's word.
fn label_ticks(ruler: Ruler, values: &[f64], step: f64) -> Vec<Tick> {
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let unit = unit(ruler.kind, ruler.language, largest);
    let decimals = decimals_of(step / unit.divisor);
    let last = values.len() - 1;
    let label = |index: usize, at: f64| {
        let word = if index == last { unit.word } else { "" };
        format!("{}{word}", grouped(at / unit.divisor, decimals))
    };
    values.iter().enumerate().map(|(index, &at)| Tick { at, label: label(index, at) }).collect()
}

/// Ticks of the time axis: as many years (or months, for less than two years) as leave `spacing` pixels between.
///
/// `at` counts steps from the left edge. `width` is the length of the axis and `label_width` measures a label.
pub(super) fn time_ticks(figure: &Figure, steps: usize, width: f64, label_width: impl Fn(&str) -> f64) -> Vec<Tick> {
    let steps = steps.max(1);
    let per_step = width / steps as f64;
    let month = i64::from(figure.start.month.clamp(1, 12)) - 1;
    let (labels, offset): (Vec<(i64, String)>, f64) = match figure.step {
        // A year's value is marked in the middle of its slot.
        Step::Year => ((0..steps as i64).map(|at| (at, year_of(figure, at))).collect(), 0.5),
        Step::Month if steps < 24 => ((0..steps as i64).map(|at| (at, month_of(figure, month + at))).collect(), 0.5),
        Step::Month => {
            let first = if month == 0 { 0 } else { 1 };
            let years = first..=(steps as i64 + month) / 12;
            (years.map(|year| (12 * year - month, year_of(figure, year))).collect(), 0.0)
        }
    };
    let widest = labels.iter().map(|(_, label)| label_width(label)).fold(0.0, f64::max);
    let spacing = labels.get(1).map_or(1, |second| second.0 - labels[0].0) as f64 * per_step;
    let every = [1usize, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]
        .into_iter()
        .find(|&every| every as f64 * spacing >= widest * 1.5)
        .unwrap_or(labels.len().max(1));
    // Years are marked at round numbers (2030, 2035), months from the first on.
    let by_years = figure.step == Step::Year || steps >= 24;
    let round = if by_years { every as i64 } else { 1 };
    let first_year = i64::from(figure.start.year) + i64::from(by_years && figure.step == Step::Month && month > 0);
    let skip = if by_years { (-first_year).rem_euclid(round) as usize } else { 0 };
    let skip = if skip < labels.len() { skip } else { 0 };
    let mut ticks: Vec<Tick> = Vec::new();
    // The start is worth a label of its own if the first round year leaves room for it.
    if skip > 0 && labels[skip].0 as f64 * per_step >= widest + 5.5 {
        ticks.push(Tick { at: labels[0].0 as f64 + offset, label: labels[0].1.clone() });
    }
    let chosen = labels.into_iter().skip(skip).step_by(every);
    ticks.extend(chosen.map(|(at, label)| Tick { at: at as f64 + offset, label }));
    ticks
}

/// What a step of the time axis is called: its year, or its month.
pub(super) fn step_name(figure: &Figure, step: usize) -> String {
    match figure.step {
        Step::Year => year_of(figure, step as i64),
        Step::Month => month_of(figure, i64::from(figure.start.month.clamp(1, 12)) - 1 + step as i64),
    }
}

fn year_of(figure: &Figure, years_on: i64) -> String {
    (i64::from(figure.start.year) + years_on).to_string()
}

fn month_of(figure: &Figure, months_on: i64) -> String {
    const ENGLISH: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month) = (year_of(figure, months_on.div_euclid(12)), months_on.rem_euclid(12) as usize);
    match figure.language {
        Language::English => format!("{} {year}", ENGLISH[month]),
        Language::Japanese => format!("{year}年{}月", month + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::figure::YearMonth;

    fn figure(kind: ValueKind, scale: Scale) -> Figure {
        let mut figure = Figure::lines("", YearMonth { year: 2024, month: 1 }, kind, Vec::new());
        figure.scale = scale;
        figure
    }

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_only_the_top_one_carries_the_unit() {
        let yen = figure(ValueKind::Yen, Scale::Linear);
        assert_eq!(
            labels(&Axis::fitting(Ruler::from(&yen), [3.2e9, 27e9].into_iter(), 3).ticks),
            ["0", "10", "20", "30 bn"]
        );
        let count = figure(ValueKind::Count, Scale::Linear);
        assert_eq!(labels(&Axis::fitting(Ruler::from(&count), [0.0, 1.0].into_iter(), 4).ticks), ["0", "1"]);
        assert_eq!(
            labels(&Axis::fitting(Ruler::from(&count), [-30.0, 55.0].into_iter(), 4).ticks),
            ["−40", "−20", "0", "20", "40", "60"]
        );
    }

    #[test]
    fn log_ticks_are_round_and_zero_has_no_place() {
        let count = figure(ValueKind::Count, Scale::Log);
        let axis = Axis::fitting(Ruler::from(&count), [0.0, 40.0, f64::NAN, 5100.0].into_iter(), 4);
        let expected = ["50", "100", "200", "500", "1,000", "2,000", "5,000"];
        assert_eq!(labels(&axis.ticks), expected);
        assert_eq!(axis.share(0.0), None);
        assert!(axis.share(40.0).is_some_and(|share| (0.02..0.06).contains(&share)));
        let wide = Axis::fitting(Ruler::from(&count), [3.0, 20_000.0].into_iter(), 4);
        assert_eq!(labels(&wide.ticks), ["10", "100", "1,000", "10,000"]);
    }

    #[test]
    fn years_are_marked_at_round_numbers() {
        let count = figure(ValueKind::Count, Scale::Linear);
        let ticks = time_ticks(&count, 360, 200.0, |_| 26.0);
        assert_eq!(labels(&ticks), ["2024", "2030", "2040", "2050"]);
        assert_eq!(ticks[1].at, 72.0);
        assert_eq!(labels(&time_ticks(&count, 1, 200.0, |_| 50.0)), ["Jan 2024"]);
        assert_eq!(labels(&time_ticks(&count, 0, 200.0, |_| 50.0)), ["Jan 2024"]);
    }

    #[test]
    fn odd_ranges_give_an_axis() {
        for scale in [Scale::Linear, Scale::Log] {
            for values in [vec![], vec![f64::NAN], vec![0.0], vec![1e300, -1e300], vec![5.0; 3], vec![1e-29, 1e299]] {
                let axis = Axis::fitting(Ruler::from(&figure(ValueKind::Index, scale)), values.iter().copied(), 4);
                assert!(axis.high > axis.low, "{values:?} {axis:?}");
                assert!(axis.ticks.iter().all(|tick| tick.at.is_finite()), "{values:?}");
            }
        }
    }
}
