//! Numbers and units as text: the same characters whatever the locale.

use super::figure::{Language, ValueKind};

/// A unit in which values are written: `value / divisor`, then the word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    /// What one unit is worth.
    pub(super) divisor: f64,
    /// Written after the number; may be empty.
    pub(super) word: &'static str,
}

const PLAIN: Unit = Unit { divisor: 1.0, word: "" };

/// The unit for values up to `largest` (absolute).
pub(super) fn unit(kind: ValueKind, language: Language, largest: f64) -> Unit {
    let choices: &[(f64, &'static str)] = match (kind, language) {
        (ValueKind::Count | ValueKind::Index, Language::English) => &[(1e9, " bn"), (1e6, " m")],
        (ValueKind::Count | ValueKind::Index, Language::Japanese) => &[(1e8, "億"), (1e4, "万")],
        (ValueKind::Yen, Language::English) => &[(1e12, " tn"), (1e9, " bn"), (1e6, " m")],
        (ValueKind::Yen, Language::Japanese) => &[(1e12, "兆円"), (1e8, "億円"), (1e4, "万円"), (1.0, "円")],
        (ValueKind::UsDollars, Language::English) => &[(1e12, " tn"), (1e9, " bn"), (1e6, " m")],
        (ValueKind::UsDollars, Language::Japanese) => {
            &[(1e12, "兆ドル"), (1e8, "億ドル"), (1e4, "万ドル"), (1.0, "ドル")]
        }
        (ValueKind::Share, _) => {
            return Unit { divisor: 0.01, word: " %" };
        }
        (ValueKind::Hours, Language::English) => {
            return Unit { divisor: 1.0, word: " h" };
        }
        (ValueKind::Hours, Language::Japanese) => {
            return Unit { divisor: 1.0, word: "時間" };
        }
    };
    // Counts stay plain numbers up to ten of the unit: 12,000 reads better than 1.2万 and 4,500,000 than 4.5 m.
    let patience = if matches!(kind, ValueKind::Yen | ValueKind::UsDollars) { 1.0 } else { 10.0 };
    let chosen = choices.iter().find(|(divisor, _)| largest >= divisor * patience);
    chosen.map_or(PLAIN, |&(divisor, word)| Unit { divisor, word })
}

/// A number with thousands separators, a true minus sign and no negative zero. `decimals` at most 9.
pub(super) fn grouped(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value.abs() >= 1e15 {
        return format!("{value:.1e}").replace('-', "−");
    }
    let text = format!("{:.*}", decimals.min(9), value.abs());
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut written = String::new();
    if value < 0.0 && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        written.push('−');
    }
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            written.push(',');
        }
        written.push(digit);
    }
    written + fraction
}

/// Decimals needed to write multiples of `step` apart, at most 9.
pub(super) fn decimals_of(step: f64) -> usize {
    let mut scaled = step.abs();
    for decimals in 0..9 {
        if scaled >= 1.0 && (scaled - scaled.round()).abs() < 1e-6 * scaled {
            return decimals;
        }
        scaled *= 10.0;
    }
    9
}

/// One value in a label: three significant figures or so, with its unit (`148`, `1,204`, `45.2 bn`, `0.82`).
pub(super) fn value_label(value: f64, kind: ValueKind, language: Language) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let unit = unit(kind, language, value.abs());
    let scaled = value / unit.divisor;
    let whole = kind == ValueKind::Count && unit.divisor == 1.0 && (scaled - scaled.round()).abs() < 1e-9;
    let decimals = match scaled.abs() {
        _ if whole || scaled == 0.0 => 0,
        size if kind == ValueKind::Count && unit.divisor == 1.0 && size >= 0.995 => usize::from(size < 99.95),
        size if kind == ValueKind::Share => usize::from(size < 9.95),
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        _ => 2,
    };
    format!("{}{}", grouped(scaled, decimals), unit.word)
}

/// What a unit is called when it stands alone, for example `JPY bn` or `億円`; empty for plain numbers.
pub(super) fn unit_name(kind: ValueKind, language: Language, unit: Unit) -> String {
    let currency = match (kind, language) {
        (ValueKind::Yen, Language::English) => "JPY",
        (ValueKind::UsDollars, Language::English) => "USD",
        _ => "",
    };
    format!("{currency}{}", unit.word).trim().to_owned()
}

/// As [`value_label`], with a plus sign before a gain: for differences.
pub(super) fn signed_label(value: f64, kind: ValueKind, language: Language) -> String {
    let text = value_label(value, kind, language);
    let gain = value > 0.0 && value.is_finite() && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
    if gain { format!("+{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, Japanese};
    use ValueKind::{Count, Hours, Index, Yen};

    #[test]
    fn groups_thousands_and_never_writes_minus_zero() {
        assert_eq!(grouped(1_234_567.0, 0), "1,234,567");
        assert_eq!(grouped(-1234.5, 1), "−1,234.5");
        assert_eq!(grouped(-0.0001, 2), "0.00");
        assert_eq!(grouped(999.0, 0), "999");
        assert_eq!(grouped(f64::NAN, 0), "–");
        assert_eq!(grouped(2e300, 0), "2.0e300");
    }

    #[test]
    fn labels_carry_units_in_both_languages() {
        assert_eq!(value_label(45.23e9, Yen, English), "45.2 bn");
        assert_eq!(value_label(1.2e12, Yen, English), "1.20 tn");
        assert_eq!(value_label(45.23e9, Yen, Japanese), "452億円");
        assert_eq!(value_label(1204.0, Count, English), "1,204");
        assert_eq!(value_label(2.5, Hours, Japanese), "2.50時間");
        assert_eq!(value_label(0.0, Index, English), "0");
        assert_eq!(value_label(0.034, ValueKind::Share, English), "3.4 %");
        assert_eq!(value_label(0.42, ValueKind::Share, Japanese), "42 %");
        assert_eq!(value_label(-3.1e8, ValueKind::UsDollars, English), "−310 m");
        assert_eq!(signed_label(12.0, Count, English), "+12");
        assert_eq!(signed_label(-12.0, Count, English), "−12");
        assert_eq!(signed_label(0.0001, Index, English), "0.00");
        assert_eq!(value_label(f64::INFINITY, Count, English), "–");
    }

    #[test]
    fn decimals_follow_the_step() {
        assert_eq!([1.0, 0.5, 0.25, 20.0, 0.002].map(decimals_of), [0, 1, 2, 0, 3]);
    }
}
