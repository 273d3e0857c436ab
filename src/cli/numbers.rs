//! Numbers of metrics as people read them.

use crate::statistics::WantedMetric;

use super::table::grouped;

/// A metric as people call it.
pub(super) fn words(metric: &WantedMetric) -> String {
    metric.name.trim_end_matches("_jpy").replace('_', " ")
}

/// The same with its unit where that is not plain.
pub(super) fn label(metric: &WantedMetric) -> String {
    let words = words(metric);
    if metric.unit == "JPY" { format!("{words}, JPY bn") } else { words }
}

/// What a value is divided by to be printed.
pub(super) fn scale_of(metric: &WantedMetric) -> f64 {
    if metric.unit == "JPY" { 1e9 } else { 1.0 }
}

/// A number in running text: three figures or more, whole where it is whole.
pub(super) fn figure(value: f64) -> String {
    if value == value.round() && value.abs() < 1e15 { grouped(value as i128) } else { plain(value) }
}

/// Three figures or more, thousands apart.
pub(super) fn plain(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        _ if !value.is_finite() => return "-".to_owned(),
        _ if size >= 99.95 => grouped(value.round() as i128),
        _ if size >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    // Rounding may leave a sign before nothing.
    if text.trim_start_matches('-').chars().all(|letter| letter == '0' || letter == '.') {
        "0".to_owned()
    } else {
        text
    }
}

/// The same with a sign before what is above nothing.
pub(super) fn signed(value: f64) -> String {
    let text = plain(value);
    if value > 0.0 && text != "0" { format!("+{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_never_minus_nothing() {
        let known = [
            (0.0, "0"),
            (-0.001, "0"),
            (0.123, "0.12"),
            (-9.99, "-9.99"),
            (12.34, "12.3"),
            (99.96, "100"),
            (-12345.6, "-12,346"),
        ];
        for (value, text) in known {
            assert_eq!(plain(value), text);
        }
        assert_eq!(
            (signed(0.5), signed(-0.5), signed(0.0), plain(f64::NAN)),
            ("+0.50".to_owned(), "-0.50".to_owned(), "0".to_owned(), "-".to_owned())
        );
    }
}
