//! How numbers are written: six digits are kept, about three are shown, in the units of the reader's language.

use crate::plot::{Cell, Language, ValueKind};

/// What a number is, which decides how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A count or a mean of counts.
    Count,
    /// Yen.
    Yen,
    /// US dollars.
    Dollar,
    /// A share, written in per cent.
    Share,
    /// A number without unit.
    Index,
    /// Written out as it is: seeds, months, numbers of runs.
    Plain,
}

/// A kind, and whether a gain has a plus sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) kind: Kind,
    pub(super) signed: bool,
}

impl Style {
    pub(super) fn level(kind: Kind) -> Self {
        Self { kind, signed: false }
    }

    pub(super) fn change(kind: Kind) -> Self {
        Self { kind, signed: true }
    }

    /// The style as an attribute.
    pub(super) fn code(self) -> String {
        let name = match self.kind {
            Kind::Count => "count",
            Kind::Yen => "yen",
            Kind::Dollar => "usd",
            Kind::Share => "share",
            Kind::Index => "index",
            Kind::Plain => "plain",
        };
        format!("{}{name}", if self.signed { "+" } else { "" })
    }

    /// The style of an attribute; `None` if there is none of this name.
    pub(super) fn of_code(code: &str) -> Option<Self> {
        let (signed, name) = code.strip_prefix('+').map_or((false, code), |name| (true, name));
        let kind = match name {
            "count" => Kind::Count,
            "yen" => Kind::Yen,
            "usd" => Kind::Dollar,
            "share" => Kind::Share,
            "index" => Kind::Index,
            "plain" => Kind::Plain,
            _ => return None,
        };
        Some(Self { kind, signed })
    }

    /// The number as it is shown; a dash for what is not a number.
    pub(super) fn write(self, value: f64, language: Language) -> String {
        let value = six_digits(value);
        let kind = match self.kind {
            Kind::Plain if value.is_finite() => return format!("{value}").replace('-', "−"),
            Kind::Plain | Kind::Count => ValueKind::Count,
            Kind::Yen => ValueKind::Yen,
            Kind::Dollar => ValueKind::UsDollars,
            Kind::Share => ValueKind::Share,
            Kind::Index => ValueKind::Index,
        };
        let cell =
            if self.signed { Cell::difference(value, kind, language) } else { Cell::number(value, kind, language) };
        match (self.kind, language) {
            _ if !value.is_finite() => cell.shown().to_owned(),
            (Kind::Yen, Language::English) => format!("JPY {}", cell.shown()),
            (Kind::Dollar, Language::English) => format!("USD {}", cell.shown()),
            _ => cell.shown().to_owned(),
        }
    }
}

/// The number with six significant digits: what the page keeps beside the shown text, so that page and script round
/// from the same number. Whole numbers below 10^15 stay as they are.
pub(super) fn six_digits(value: f64) -> f64 {
    let whole = value == value.trunc() && value.abs() < 1e15;
    let kept = if whole { value } else { format!("{value:.5e}").parse().unwrap_or(value) };
    kept + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, Japanese};

    #[test]
    fn units_are_those_of_the_language() {
        let yen = Style::change(Kind::Yen);
        assert_eq!(yen.write(45.23e9, English), "JPY +45.2 bn");
        assert_eq!(yen.write(-45.23e9, Japanese), "−452億円");
        assert_eq!(Style::level(Kind::Yen).write(1.2e12, Japanese), "1.20兆円");
        assert_eq!(Style::level(Kind::Plain).write(12_345.0, English), "12345");
        assert_eq!(Style::change(Kind::Count).write(12.3456, English), "+12.3");
        assert_eq!(Style::level(Kind::Count).write(f64::NAN, English), "–");
    }

    #[test]
    fn codes_lead_back_to_styles() {
        for kind in [Kind::Count, Kind::Yen, Kind::Dollar, Kind::Share, Kind::Index, Kind::Plain] {
            for style in [Style::level(kind), Style::change(kind)] {
                assert_eq!(Style::of_code(&style.code()), Some(style));
            }
        }
        assert_eq!(Style::of_code("feet"), None);
    }
}
