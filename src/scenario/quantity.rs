//! Numbers with units: what a user may write, and its conversion to the units that the program works in.

use super::registry::Kind;
use super::registry::Parameter;
use crate::math;
use std::collections::BTreeMap;

/// A decimal number as written: digits and a power of ten, so that `6 %` is exactly `0.06`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decimal {
    digits: String,
    exponent: i32,
}

impl Decimal {
    /// Splits `27 MUSD` into the number and the rest; `None` if it does not start with a number.
    pub fn split(text: &str) -> Option<(Self, &str)> {
        let text = text.trim();
        let bytes = text.as_bytes();
        let digits_from = |mut at: usize| {
            while bytes.get(at).is_some_and(|b| b.is_ascii_digit() || *b == b'_') {
                at += 1;
            }
            at
        };
        let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
        let mut end = digits_from(sign);
        if bytes.get(end) == Some(&b'.') {
            end = digits_from(end + 1);
        }
        let digits: String = text[..end].chars().filter(|c| *c != '_').collect();
        if !digits.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut exponent = 0;
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let signed = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let after = digits_from(signed);
            if after > signed {
                exponent = text[end + 1..after].replace('_', "").parse().ok()?;
                end = after;
            }
        }
        Some((Self { digits, exponent }, text[end..].trim()))
    }

    pub fn from_f64(number: f64) -> Self {
        Self { digits: format!("{number}"), exponent: 0 }
    }

    /// The number times ten to the `shift`, correctly rounded; `None` if it is too large for a float.
    pub fn value(&self, shift: i32) -> Option<f64> {
        let exponent = self.exponent.checked_add(shift)?;
        let number: f64 = format!("{}e{exponent}", self.digits).parse().ok()?;
        number.is_finite().then_some(number + 0.0)
    }
}

/// A month or a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    Month,
    Year,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Base {
    /// Nothing, or per cent.
    One,
    /// An ISO 4217 code in capitals, and the year of the exchange rate.
    Currency(String, Option<i32>),
    /// Time, in months of the calendar and in hours of the clock where it is either.
    Time { months: Option<f64>, hours: Option<f64> },
    /// Any other word of the registry.
    Named(String),
}

/// A unit: a power of ten, what is counted, and per what time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unit {
    pub shift: i32,
    pub base: Base,
    pub per: Option<Period>,
}

/// Why a unit was not accepted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum UnitError {
    /// The word that is no unit, and the nearest that is.
    Unknown(String, Option<String>),
    /// A unit of another dimension.
    Dimension,
    /// No exchange rate for this currency and year.
    NoRate(String, i32),
    /// Beyond what a number can hold.
    Overflow,
}

/// Exchange rates by currency and year.
#[derive(Debug, Clone, Default)]
pub(super) struct Rates {
    pub base_year: i32,
    pub jpy: BTreeMap<(String, i32), f64>,
}

const TIMES: &[(&str, Option<f64>, Option<f64>)] = &[
    ("min", None, Some(1.0 / 60.0)),
    ("minute", None, Some(1.0 / 60.0)),
    ("minutes", None, Some(1.0 / 60.0)),
    ("h", None, Some(1.0)),
    ("hour", None, Some(1.0)),
    ("hours", None, Some(1.0)),
    ("day", Some(12.0 / 365.25), Some(24.0)),
    ("days", Some(12.0 / 365.25), Some(24.0)),
    ("week", Some(84.0 / 365.25), None),
    ("weeks", Some(84.0 / 365.25), None),
    ("month", Some(1.0), None),
    ("months", Some(1.0), None),
    ("mo", Some(1.0), None),
    ("quarter", Some(3.0), None),
    ("quarters", Some(3.0), None),
    ("year", Some(12.0), None),
    ("years", Some(12.0), None),
    ("yr", Some(12.0), None),
    ("y", Some(12.0), None),
];

/// Prefixes of currencies and their powers of ten.
const PREFIXES: &[(&str, i32)] = &[("k", 3), ("K", 3), ("M", 6), ("bn", 9), ("B", 9), ("", 0)];

/// Words for nothing: the dimensionless units of the registry that `%` and a bare number may stand for.
const PARTS: &[&str] = &["share", "ratio", ""];

impl Unit {
    /// The unit of a registry entry; unknown words are kept as they are.
    pub fn of_registry(text: &str) -> Self {
        Self::parse(text, &["JPY", "USD"]).unwrap_or(Self { shift: 0, base: Base::Named(text.to_owned()), per: None })
    }

    /// Reads a unit such as `%/year`, `MUSD@2023` or `months`.
    pub fn parse(text: &str, currencies: &[&str]) -> Result<Self, UnitError> {
        let text = text.trim().replace(" per ", "/");
        let text = text.strip_prefix("per ").map_or(text.clone(), |rest| format!("/{rest}"));
        let mut parts = text.split('/').map(str::trim);
        let head = parts.next().unwrap_or("");
        let per = match parts.next() {
            None => None,
            Some("month" | "months" | "mo") => Some(Period::Month),
            Some("year" | "years" | "yr" | "y" | "a") => Some(Period::Year),
            Some(other) => return Err(unknown(other, &["month".to_owned(), "year".to_owned()])),
        };
        if let Some(more) = parts.next() {
            return Err(UnitError::Unknown(more.to_owned(), None));
        }
        let (shift, base) = Self::head(head, currencies)?;
        Ok(Self { shift, base, per })
    }

    fn head(text: &str, currencies: &[&str]) -> Result<(i32, Base), UnitError> {
        if PARTS.contains(&text) {
            return Ok((0, Base::One));
        }
        if matches!(text, "%" | "percent") {
            return Ok((-2, Base::One));
        }
        if let Some((_, months, hours)) = TIMES.iter().find(|(name, ..)| *name == text) {
            return Ok((0, Base::Time { months: *months, hours: *hours }));
        }
        let (word, year) = match text.split_once('@') {
            Some((word, year)) => match year.trim().parse::<i32>() {
                Ok(year) => (word.trim(), Some(year)),
                Err(_) => return Err(UnitError::Unknown(text.to_owned(), None)),
            },
            None => (text, None),
        };
        for (prefix, shift) in PREFIXES {
            if let Some(code) = word.strip_prefix(prefix) {
                let code = code.trim().to_ascii_uppercase();
                if code == "JPY" || currencies.contains(&code.as_str()) {
                    return Ok((*shift, Base::Currency(code, year)));
                }
            }
        }
        let mut known: Vec<String> = TIMES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        known.push("%".to_owned());
        for code in currencies.iter().chain(&["JPY"]) {
            known.extend(["", "k", "M", "bn"].iter().map(|prefix| format!("{prefix}{code}")));
        }
        Err(unknown(text, &known))
    }
}

fn unknown(word: &str, known: &[String]) -> UnitError {
    UnitError::Unknown(word.to_owned(), super::near::nearest(word, known.iter().map(String::as_str)))
}

/// Rounds to 15 significant digits, so that `0.7 years` and `8.4 months` are one number.
pub(super) fn round15(number: f64) -> f64 {
    format!("{number:.14e}").parse().unwrap_or(number)
}

/// Converts a number written with `unit` (bare: the parameter's own) to the unit that the program works in:
/// money in JPY, money rates in JPY per month, durations in months, times in hours, all else in the registry's unit.
pub(super) fn convert(
    parameter: &Parameter,
    number: &Decimal,
    unit: Option<&str>,
    rates: &Rates,
) -> Result<f64, UnitError> {
    let unit = match unit {
        Some(text) if text != parameter.unit => {
            let mut currencies: Vec<&str> = rates.jpy.keys().map(|(code, _)| code.as_str()).collect();
            currencies.dedup();
            parse_for(parameter, text, &currencies)?
        }
        _ => parameter.parsed_unit.clone(),
    };
    let value = number.value(unit.shift).ok_or(UnitError::Overflow)?;
    match (parameter.kind, &unit.base, unit.per) {
        (Kind::Money, Base::Currency(code, year), None) => Ok(round15(value * rates.jpy(code, *year)?)),
        (Kind::MoneyRate, Base::Currency(code, year), Some(per)) => {
            let yen = value * rates.jpy(code, *year)?;
            Ok(round15(if per == Period::Year { yen / 12.0 } else { yen }))
        }
        (Kind::Duration, Base::Time { months: Some(months), .. }, None) => Ok(round15(value * months)),
        (Kind::Hours, Base::Time { hours: Some(hours), .. }, None) => Ok(round15(value * hours)),
        (Kind::Probability, Base::One, Some(per)) => Ok(period_probability(value, per, parameter.parsed_unit.per)),
        (Kind::Rate, Base::One, Some(per)) => Ok(match (per, parameter.parsed_unit.per) {
            (Period::Year, Some(Period::Month)) => round15(value / 12.0),
            (Period::Month, Some(Period::Year)) => round15(value * 12.0),
            _ => value,
        }),
        (Kind::Share | Kind::Number | Kind::Integer | Kind::Count, _, _) => plain(parameter, &unit, value),
        _ => Err(UnitError::Dimension),
    }
}

fn parse_for(parameter: &Parameter, text: &str, currencies: &[&str]) -> Result<Unit, UnitError> {
    // A unit of the registry's own words, in singular or in other capitals.
    if let Base::Named(own) = &parameter.parsed_unit.base {
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b) || a.eq_ignore_ascii_case(b.trim_end_matches('s'));
        if same(text, own) {
            return Ok(parameter.parsed_unit.clone());
        }
    }
    match Unit::parse(text, currencies) {
        // A word that is a unit elsewhere in the registry is a wrong dimension, not an unknown unit.
        Err(UnitError::Unknown(..)) if super::registry::registry().parameters.iter().any(|p| p.unit == text) => {
            Err(UnitError::Dimension)
        }
        other => other,
    }
}

fn plain(parameter: &Parameter, unit: &Unit, value: f64) -> Result<f64, UnitError> {
    let own = &parameter.parsed_unit;
    match (&unit.base, &own.base) {
        (Base::One, Base::One) if unit.per == own.per => Ok(value),
        (Base::Time { months: Some(given), .. }, Base::Time { months: Some(wanted), .. }) => {
            Ok(round15(value * given / wanted))
        }
        (Base::Currency(a, _), Base::Currency(b, _)) if a == b && unit.per == own.per => Ok(value),
        (Base::Named(a), Base::Named(b)) if a == b => Ok(value),
        _ => Err(UnitError::Dimension),
    }
}

/// A probability over one period as the probability over another, at constant hazard.
fn period_probability(value: f64, given: Period, wanted: Option<Period>) -> f64 {
    match (given, wanted) {
        (Period::Month, Some(Period::Year)) => over(value, 12.0),
        (Period::Year, Some(Period::Month)) => over(value, 1.0 / 12.0),
        _ => value,
    }
}

/// `1 - (1 - p)^periods`; outside [0, 1] the number itself, for the range check to refuse.
fn over(p: f64, periods: f64) -> f64 {
    if !(0.0..1.0).contains(&p) {
        return p;
    }
    round15(-math::exp_m1(math::ln_1p(-p) * periods) + 0.0)
}

impl Rates {
    fn jpy(&self, code: &str, year: Option<i32>) -> Result<f64, UnitError> {
        if code == "JPY" {
            return Ok(1.0);
        }
        let year = year.unwrap_or(self.base_year);
        self.jpy.get(&(code.to_owned(), year)).copied().ok_or_else(|| UnitError::NoRate(code.to_owned(), year))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates() -> Rates {
        let jpy = BTreeMap::from([
            (("USD".to_owned(), 2024), 150.0),
            (("USD".to_owned(), 2023), 140.5),
            (("GBP".to_owned(), 2024), 190.0),
        ]);
        Rates { base_year: 2024, jpy }
    }

    fn read(kind: Kind, unit: &str, text: &str) -> Result<f64, UnitError> {
        let parameter = Parameter::plain("test", kind, unit, [0.0, 1.0]);
        let (number, rest) = Decimal::split(text).expect("a number");
        convert(&parameter, &number, if rest.is_empty() { None } else { Some(rest) }, &rates())
    }

    #[test]
    fn powers_of_ten_are_exact() {
        for (text, expected) in
            [("7.1 %", 0.071), ("0.07 %", 0.0007), ("110 %", 1.1), ("1_000 %", 10.0), ("+.5", 0.5), ("1e-3 %", 1e-5)]
        {
            assert_eq!(read(Kind::Share, "share", text), Ok(expected), "{text}");
        }
        assert_eq!(read(Kind::Money, "MJPY", "0.1 bnJPY"), Ok(1e8));
        assert_eq!(read(Kind::Money, "MUSD", "27"), Ok(27e6 * 150.0));
        assert_eq!(
            read(Kind::Money, "MUSD", "27 musd"),
            Err(UnitError::Unknown("musd".to_owned(), Some("MUSD".to_owned())))
        );
        assert_eq!(read(Kind::Money, "MUSD", "27 Musd@2023"), Ok(27e6 * 140.5));
        assert_eq!(read(Kind::Money, "MUSD", "2 k GBP"), Ok(380_000.0));
        assert_eq!(read(Kind::Money, "MUSD", "2 kGBP@2023"), Err(UnitError::NoRate("GBP".to_owned(), 2023)));
    }

    #[test]
    fn time_converts_to_months_hours_and_periods() {
        assert_eq!(read(Kind::Duration, "months", "1.5 years"), Ok(18.0));
        assert_eq!(read(Kind::Duration, "years", "2"), Ok(24.0));
        assert_eq!(read(Kind::Duration, "months", "0.7 years"), Ok(8.4));
        assert_eq!(read(Kind::Duration, "months", "2 quarters"), Ok(6.0));
        assert_eq!(read(Kind::Duration, "months", "365.25 days"), Ok(12.0));
        assert_eq!(read(Kind::Hours, "h", "90 min"), Ok(1.5));
        assert_eq!(read(Kind::Rate, "/year", "1 /month"), Ok(12.0));
        assert_eq!(read(Kind::Rate, "/month", "6 per year"), Ok(0.5));
        assert_eq!(read(Kind::MoneyRate, "kUSD/year", "1.2 MJPY per year"), Ok(100_000.0));
        for (kind, unit, text) in [
            (Kind::Duration, "months", "3 h"),
            (Kind::Hours, "h", "3 months"),
            (Kind::Money, "MJPY", "3 MJPY/year"),
            (Kind::MoneyRate, "MJPY/year", "3 MJPY"),
            (Kind::Probability, "/year", "3 %"),
            (Kind::Share, "share", "3 months"),
            (Kind::Count, "slots", "3 persons"),
        ] {
            assert_eq!(read(kind, unit, text), Err(UnitError::Dimension), "{text}");
        }
    }

    /// A monthly probability written where a yearly one is kept compounds, and comes back as it was.
    #[test]
    fn probabilities_compound() {
        let yearly = read(Kind::Probability, "/year", "0.5 %/month").expect("a probability");
        assert!((yearly - 0.058_377_193).abs() < 1e-7, "{yearly}");
        let month = crate::units::MonthlyProbability::from_annual(yearly).expect("in range").get();
        assert!((month - 0.005).abs() < 1e-16, "{month}");
        assert_eq!(read(Kind::Probability, "/year", "6 %/year"), Ok(0.06));
        assert_eq!(read(Kind::Probability, "/year", "100 %/month"), Ok(1.0));
    }
}
