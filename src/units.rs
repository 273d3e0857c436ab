//! Quantities with a unit, each its own type, each conversion a named function.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::math::{exp_m1, ln_1p};

/// A number outside the range of its quantity.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("expected {expected}, found {found}")]
pub struct OutOfRange {
    /// What would have been accepted, in words.
    pub expected: &'static str,
    /// What was given.
    pub found: f64,
}

/// A text that does not name a calendar month.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected a month as YYYY-MM or its first day as YYYY-MM-01, found \"{found}\"")]
pub struct NotAMonth {
    /// What was given.
    pub found: String,
}

/// Whole months since the scenario's start; the first simulated month is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(pub u16);

impl Month {
    /// Later than any simulated month.
    pub const NEVER: Self = Self(u16::MAX);

    /// This many months later, [`Month::NEVER`] if that is beyond all months.
    #[inline]
    #[must_use]
    pub fn plus(self, months: u64) -> Self {
        Self(self.0.saturating_add(u16::try_from(months).unwrap_or(u16::MAX)))
    }

    /// This many months earlier, but not before the start.
    #[inline]
    #[must_use]
    pub fn minus(self, months: u16) -> Self {
        Self(self.0.saturating_sub(months))
    }

    /// Months gone by since `earlier`; 0 if that is still to come.
    #[inline]
    #[must_use]
    pub fn since(self, earlier: Self) -> u16 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A month of the calendar, for what people read and write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CalendarMonth {
    year: i32,
    month: u8,
}

impl CalendarMonth {
    /// The month `month` (1 to 12) of `year`; `None` if there is no such month.
    #[must_use]
    pub fn new(year: i32, month: u8) -> Option<Self> {
        (1..=12).contains(&month).then_some(Self { year, month })
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.year
    }

    /// The month within the year, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// This many months later, or earlier if negative.
    ///
    /// ```
    /// let start: trihelix::units::CalendarMonth = "2024-01-01".parse()?;
    /// assert_eq!(start.plus(359).to_string(), "2053-12-01");
    /// assert_eq!(start.plus(-1).to_string(), "2023-12-01");
    /// # Ok::<(), trihelix::units::NotAMonth>(())
    /// ```
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        let count = self.count() + i64::from(months);
        let year = count.div_euclid(12).clamp(i64::from(i32::MIN), i64::from(i32::MAX));
        Self { year: year as i32, month: count.rem_euclid(12) as u8 + 1 }
    }

    /// Months from `earlier` to this one, negative if it is later.
    #[must_use]
    pub fn months_since(self, earlier: Self) -> i64 {
        self.count() - earlier.count()
    }

    /// Months since the beginning of year 0.
    fn count(self) -> i64 {
        i64::from(self.year) * 12 + i64::from(self.month) - 1
    }
}

impl fmt::Display for CalendarMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-01", self.year, self.month)
    }
}

impl FromStr for CalendarMonth {
    type Err = NotAMonth;

    /// Reads `2024-01` and `2024-01-01`. Any other day is refused rather than dropped.
    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let digits = |part: &str, length: usize| {
            let plain = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| part.parse::<u16>().ok()).flatten()
        };
        let read = || {
            let (year, rest) = text.split_once('-')?;
            let month = rest.strip_suffix("-01").filter(|short| !short.is_empty()).unwrap_or(rest);
            Self::new(i32::from(digits(year, 4)?), u8::try_from(digits(month, 2)?).ok()?)
        };
        read().ok_or_else(|| NotAMonth { found: text.to_owned() })
    }
}

impl TryFrom<String> for CalendarMonth {
    type Error = NotAMonth;
    fn try_from(text: String) -> Result<Self, NotAMonth> {
        text.parse()
    }
}

impl From<CalendarMonth> for String {
    fn from(month: CalendarMonth) -> Self {
        month.to_string()
    }
}

/// Japanese yen, whole: exact, and the same in any order of addition.
///
/// The range is 9.2 quintillion either side. Beyond it the operators stop the run, as a wrapped amount would be a
/// wrong result; [`Yen::checked_add`] and [`Yen::checked_sub`] are for amounts that come from outside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Yen(pub i64);

impl Yen {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Sum, or `None` if it leaves the range.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference, or `None` if it leaves the range.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// This amount times a factor, to the nearest yen, halves away from zero.
    ///
    /// Never panics: beyond the range it stops at the range's end, and a factor that is not a number gives
    /// nothing. Amounts above 9 quadrillion (2^53) are known to the factor only to 16 digits.
    ///
    /// ```
    /// use trihelix::units::Yen;
    /// assert_eq!(Yen(5).scaled(0.5), Yen(3));
    /// assert_eq!(Yen(-5).scaled(0.5), Yen(-3));
    /// ```
    #[inline]
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self(crate::math::round(self.0 as f64 * factor))
    }
}

impl fmt::Display for Yen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} JPY", self.0)
    }
}

impl Add for Yen {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Yen {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Yen {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Yen {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Yen {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Sum for Yen {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|amount| amount.0).sum())
    }
}

impl<'a> Sum<&'a Yen> for Yen {
    fn sum<I: Iterator<Item = &'a Yen>>(amounts: I) -> Self {
        amounts.copied().sum()
    }
}

/// A probability per month, in [0, 1].
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct MonthlyProbability(f64);

impl MonthlyProbability {
    /// A probability that is already per month.
    ///
    /// # Errors
    /// [`OutOfRange`] if `per_month` is outside [0, 1] or not a number.
    pub fn new(per_month: f64) -> Result<Self, OutOfRange> {
        checked_probability(per_month).map(Self)
    }

    /// The monthly probability that, twelve times over, leaves the yearly one.
    ///
    /// Assumes a constant hazard within the year: `1 - (1 - p)^(1/12)`, worked out so that small
    /// probabilities keep their digits. It is not a twelfth: 30 % a year is 2.93 % a month, not 2.5 %.
    ///
    /// # Units
    /// `per_year` is a probability per year in [0, 1]; not a rate, not a percentage.
    ///
    /// # Errors
    /// [`OutOfRange`] if `per_year` is outside [0, 1] or not a number.
    ///
    /// # Source
    /// Fleurence and Hollenbeak (2007), "Rates and probabilities in economic modelling",
    /// PharmacoEconomics 25(1), 3-6.
    ///
    /// ```
    /// let month = trihelix::units::MonthlyProbability::from_annual(0.30)?;
    /// assert!((month.get() - 0.0293).abs() < 1e-4);
    /// # Ok::<(), trihelix::units::OutOfRange>(())
    /// ```
    pub fn from_annual(per_year: f64) -> Result<Self, OutOfRange> {
        let per_year = checked_probability(per_year)?;
        Ok(Self(-exp_m1(ln_1p(-per_year) / 12.0) + 0.0))
    }

    /// The bare number, in [0, 1].
    #[inline]
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for MonthlyProbability {
    type Error = OutOfRange;
    fn try_from(per_month: f64) -> Result<Self, OutOfRange> {
        Self::new(per_month)
    }
}

impl From<MonthlyProbability> for f64 {
    fn from(probability: MonthlyProbability) -> Self {
        probability.0
    }
}

/// Events per month on average: at least 0, may exceed 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct MonthlyRate(f64);

impl MonthlyRate {
    /// A rate that is already per month.
    ///
    /// # Errors
    /// [`OutOfRange`] if `per_month` is negative, infinite or not a number.
    pub fn new(per_month: f64) -> Result<Self, OutOfRange> {
        checked_rate(per_month).map(Self)
    }

    /// A twelfth of the yearly rate: rates, unlike probabilities, add up over time.
    ///
    /// # Errors
    /// [`OutOfRange`] if `per_year` is negative, infinite or not a number.
    pub fn from_annual(per_year: f64) -> Result<Self, OutOfRange> {
        checked_rate(per_year).map(|per_year| Self(per_year / 12.0))
    }

    /// The probability of at least one event in a month: `1 - e^-rate`.
    #[must_use]
    pub fn probability(self) -> MonthlyProbability {
        MonthlyProbability(-exp_m1(-self.0) + 0.0)
    }

    /// The bare number, events per month.
    #[inline]
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for MonthlyRate {
    type Error = OutOfRange;
    fn try_from(per_month: f64) -> Result<Self, OutOfRange> {
        Self::new(per_month)
    }
}

impl From<MonthlyRate> for f64 {
    fn from(rate: MonthlyRate) -> Self {
        rate.0
    }
}

// Adding 0 turns the negative zero, which is in range, into the ordinary one.

fn checked_probability(found: f64) -> Result<f64, OutOfRange> {
    let inside = (0.0..=1.0).contains(&found);
    if inside { Ok(found + 0.0) } else { Err(OutOfRange { expected: "a probability in [0, 1]", found }) }
}

fn checked_rate(found: f64) -> Result<f64, OutOfRange> {
    let inside = (0.0..f64::INFINITY).contains(&found);
    if inside { Ok(found + 0.0) } else { Err(OutOfRange { expected: "a finite rate of 0 or more", found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_saturate() {
        assert_eq!(Month(5).plus(7), Month(12));
        assert_eq!(Month(5).plus(u64::MAX), Month::NEVER);
        assert_eq!(Month(5).minus(7), Month(0));
        assert_eq!((Month(5).since(Month(2)), Month(2).since(Month(5))), (3, 0));
    }

    #[test]
    fn calendar_months_read_and_count() {
        let start: CalendarMonth = "2024-01".parse().unwrap();
        assert_eq!(start, "2024-01-01".parse().unwrap());
        assert_eq!(start, CalendarMonth::new(2024, 1).unwrap());
        for months in [-30_000, -25, -12, -1, 0, 1, 11, 12, 359] {
            assert_eq!(start.plus(months).months_since(start), i64::from(months));
        }
        let bad = "2024 2024-13 2024-00 2024-1 24-01 2024-01-02 2024-01-01-01 -2024-01 2024-+1 2024--01 2024-01-";
        for text in bad.split(' ').chain([""]) {
            let error = text.parse::<CalendarMonth>().unwrap_err();
            assert!(error.to_string().ends_with(&format!("found \"{text}\"")), "{error}");
        }
    }

    #[test]
    fn yen_add_and_scale() {
        assert_eq!([Yen(1), Yen(2)].iter().sum::<Yen>() - Yen(4), -Yen(1));
        assert_eq!(Yen(i64::MAX).checked_add(Yen(1)), None);
        assert_eq!(Yen(i64::MIN).checked_sub(Yen(1)), None);
        assert_eq!(Yen(100).scaled(0.005), Yen(1));
        assert_eq!(Yen(100).scaled(0.004), Yen(0));
        assert_eq!(Yen(i64::MAX).scaled(2.0), Yen(i64::MAX));
        assert_eq!(Yen(1).scaled(f64::NEG_INFINITY), Yen(i64::MIN));
        assert_eq!(Yen(1).scaled(f64::NAN), Yen(0));
    }

    #[test]
    fn probabilities_convert_and_refuse() {
        let month = MonthlyProbability::from_annual(0.3).unwrap().get();
        let survive_month = 1.0 - month;
        let survive_year = (0..12).fold(1.0, |product, _| product * survive_month);
        assert!((survive_year - 0.7).abs() < 1e-15);
        assert_eq!(MonthlyProbability::from_annual(1.0).unwrap().get(), 1.0);
        assert!(MonthlyProbability::from_annual(-0.0).unwrap().get().is_sign_positive());
        assert!((MonthlyProbability::from_annual(1.2e-15).unwrap().get() - 1e-16).abs() < 1e-30);
        for bad in [-0.1, 1.000_001, 30.0, f64::NAN, f64::INFINITY] {
            assert!(MonthlyProbability::new(bad).is_err() && MonthlyProbability::from_annual(bad).is_err());
        }
        let error = MonthlyProbability::new(30.0).unwrap_err();
        assert_eq!(error.to_string(), "expected a probability in [0, 1], found 30");
        assert_eq!(MonthlyRate::from_annual(24.0).unwrap().get(), 2.0);
        assert!(MonthlyRate::new(-1.0).is_err() && MonthlyRate::new(f64::INFINITY).is_err());
        assert!((MonthlyRate::new(2.0).unwrap().probability().get() - 0.864_664_716_763_387_3).abs() < 1e-15);
    }

    #[test]
    fn files_hold_bare_values_and_are_checked() {
        assert_eq!(serde_json::to_string(&(Yen(5), Month(2))).unwrap(), "[5,2]");
        assert_eq!(serde_json::from_str::<MonthlyProbability>("0.25").unwrap().get(), 0.25);
        assert!(serde_json::from_str::<MonthlyProbability>("1.25").is_err());
        assert!(serde_json::from_str::<MonthlyRate>("-1").is_err());
        let month = CalendarMonth::new(2031, 4).unwrap();
        assert_eq!(serde_json::to_string(&month).unwrap(), "\"2031-04-01\"");
        assert_eq!(serde_json::from_str::<CalendarMonth>("\"2031-04\"").unwrap(), month);
    }
}
