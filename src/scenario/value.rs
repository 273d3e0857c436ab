//! Reading one value: bare, with a unit, or with its evidence.

use super::code;
use super::near;
use super::problem::Gathered;
use super::problem::Place;
use super::quantity;
use super::quantity::Base;
use super::quantity::Decimal;
use super::quantity::Rates;
use super::quantity::UnitError;
use super::registry::Kind;
use super::registry::Parameter;
use super::tree::Data;
use super::tree::Node;
use super::tree::shorten;
use crate::units::CalendarMonth;
use std::collections::BTreeSet;

/// A value in the unit that the program works in: money in JPY, money rates in JPY per month, durations in months,
/// times in hours, probabilities and rates in the period of the registry's unit, all else in the registry's unit.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number in the working unit.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// A text, a choice, or the id of an entity.
    Text(String),
    /// Several texts, choices or ids.
    List(Vec<String>),
    /// A month of the calendar.
    Date(CalendarMonth),
}

impl Value {
    /// For JSON and messages.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Number(number) => serde_json::json!(number),
            Self::Flag(flag) => serde_json::json!(flag),
            Self::Text(text) => serde_json::json!(text),
            Self::List(items) => serde_json::json!(items),
            Self::Date(date) => serde_json::json!(date.to_string()),
        }
    }
}

/// What a file says about a value beside the value itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// A, B, C or calibrated.
    pub grade: Option<String>,
    /// Id of the source.
    pub source: Option<String>,
    /// Remark.
    pub note: Option<String>,
    /// Least and greatest plausible value, in the working unit.
    pub range: Option<[f64; 2]>,
    /// The declared distribution as written.
    pub uncertain: Option<serde_json::Value>,
    /// Deeply uncertain: no distribution is credible.
    pub deep: bool,
}

/// Where a value comes from and what is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// In the working unit.
    pub value: Value,
    /// Where it stands; [`Place::REGISTRY`] for a default.
    pub place: Place,
    /// The places it overrode, oldest first.
    pub overrode: Vec<Place>,
    /// Whether the file names the unit.
    pub unit_given: bool,
    /// What the file says about it.
    pub evidence: Evidence,
}

/// What reading a value needs to know.
pub(super) struct Context<'a> {
    pub rates: &'a Rates,
    pub sources: &'a BTreeSet<String>,
    pub found: &'a mut Gathered,
}

impl Context<'_> {
    /// Reads the node at `path`; problems are gathered, and nothing is returned if there is no usable value.
    pub fn read(&mut self, parameter: &Parameter, path: &str, node: &Node) -> Option<Setting> {
        let (value, unit, evidence) = match &node.data {
            Data::Table(table) => self.evidence(parameter, path, node.place, table)?,
            _ => (node, None, Evidence::default()),
        };
        let (read, unit_given) = self.value(parameter, path, value, unit)?;
        Some(Setting { value: read, place: value.place, overrode: node.overrode.clone(), unit_given, evidence })
    }

    /// A value without evidence, and whether its unit was given.
    pub fn value(
        &mut self,
        parameter: &Parameter,
        path: &str,
        node: &Node,
        unit: Option<&Node>,
    ) -> Option<(Value, bool)> {
        if parameter.kind.is_numeric() {
            let (number, given) = self.number(parameter, path, node, unit)?;
            self.in_range(parameter, path, node.place, number)?;
            return Some((Value::Number(number), given));
        }
        if let Some(unit) = unit {
            let fix = "leave the unit away";
            self.found.error(code::DIMENSION, unit.place, format!("`{path}` has no unit")).fix(fix);
        }
        let value = match (parameter.kind, &node.data) {
            (Kind::Flag, Data::Flag(flag)) => Value::Flag(*flag),
            (Kind::Text | Kind::Ref, Data::Text(text)) => Value::Text(text.clone()),
            (Kind::Choice, Data::Text(text)) => {
                self.choice(parameter, path, node.place, text)?;
                Value::Text(text.clone())
            }
            (Kind::List, Data::List(items)) => Value::List(self.list(parameter, path, items)?),
            (Kind::List, Data::Text(text)) => {
                self.wrong_type(parameter, path, node).fix(format!("write `[\"{}\"]`", shorten(text)));
                return None;
            }
            (Kind::Date, Data::Date(_) | Data::Text(_)) => Value::Date(self.date(parameter, path, node)?),
            (Kind::Flag, Data::Text(text)) if matches!(text.as_str(), "true" | "false") => {
                self.wrong_type(parameter, path, node).fix(format!("write `{text}` without quotation marks"));
                return None;
            }
            _ => {
                self.wrong_type(parameter, path, node).fix(type_fix(parameter));
                return None;
            }
        };
        Some((value, true))
    }

    fn wrong_type(&mut self, parameter: &Parameter, path: &str, node: &Node) -> &mut super::problem::Problem {
        self.found
            .error(code::WRONG_TYPE, node.place, format!("`{path}` has the wrong type"))
            .expected(parameter.kind.words())
            .found(node.describe())
    }

    fn date(&mut self, parameter: &Parameter, path: &str, node: &Node) -> Option<CalendarMonth> {
        let text = match &node.data {
            Data::Date(date) => date.to_string(),
            _ => node.text().unwrap_or("").to_owned(),
        };
        match text.parse() {
            Ok(month) => Some(month),
            Err(_) => {
                let fix = match text.get(..7) {
                    Some(month) if format!("{month}-01").parse::<CalendarMonth>().is_ok() => {
                        format!("write `{month}-01`")
                    }
                    _ => "write the first day of a month, as in `2030-04-01`".to_owned(),
                };
                self.wrong_type(parameter, path, node).fix(fix);
                None
            }
        }
    }

    fn choice(&mut self, parameter: &Parameter, path: &str, place: Place, text: &str) -> Option<()> {
        if parameter.choices.iter().any(|c| c == text) {
            return Some(());
        }
        let choices = || parameter.choices.iter().map(String::as_str);
        self.found
            .error(code::CHOICE, place, format!("`{path}` cannot be \"{}\"", shorten(text)))
            .expected(format!("one of {}", near::listed(choices(), 20)))
            .fix_or(near::nearest(text, choices()), "choose one of these");
        None
    }

    fn list(&mut self, parameter: &Parameter, path: &str, items: &[Node]) -> Option<Vec<String>> {
        let mut texts: Vec<String> = Vec::new();
        let mut good = true;
        for item in items {
            let Some(text) = item.text() else {
                self.wrong_type(parameter, path, item).fix("write each item in quotation marks");
                good = false;
                continue;
            };
            if !parameter.choices.is_empty() {
                good &= self.choice(parameter, path, item.place, text).is_some();
            }
            if texts.iter().any(|t| t == text) {
                self.found
                    .error(code::DUPLICATE, item.place, format!("`{path}` names \"{}\" twice", shorten(text)))
                    .fix("leave one of them away");
                good = false;
            }
            texts.push(text.to_owned());
        }
        good.then_some(texts)
    }

    /// A number in the working unit, and whether its unit was given.
    pub fn number(
        &mut self,
        parameter: &Parameter,
        path: &str,
        node: &Node,
        unit: Option<&Node>,
    ) -> Option<(f64, bool)> {
        let (text, is_text) = match &node.data {
            Data::Number { text, .. } => (text.as_str(), false),
            Data::Text(text) => (text.as_str(), true),
            _ => {
                self.wrong_type(parameter, path, node).fix(type_fix(parameter));
                return None;
            }
        };
        let Some((decimal, rest)) = Decimal::split(text) else {
            self.wrong_type(parameter, path, node).fix(type_fix(parameter));
            return None;
        };
        let (unit_text, unit_place) = match (unit, rest) {
            (None, "") => (None, node.place),
            (None, rest) => (Some(rest), node.place),
            (Some(unit), "") => (unit.text(), unit.place),
            (Some(unit), rest) => {
                let fix = format!("write either `unit` or `{}`, not both", shorten(rest));
                self.found.error(code::UNKNOWN_UNIT, unit.place, format!("`{path}` has two units")).fix(fix);
                return None;
            }
        };
        let _ = is_text;
        match quantity::convert(parameter, &decimal, unit_text, self.rates) {
            Ok(number) if parameter.kind.is_whole() && number.fract() != 0.0 => {
                self.wrong_type(parameter, path, node).fix("write a whole number");
                None
            }
            Ok(number) => Some((number, unit_text.is_some() || is_unitless(parameter))),
            Err(error) => {
                self.unit_problem(parameter, path, unit_place, unit_text.unwrap_or(""), error);
                None
            }
        }
    }

    fn unit_problem(&mut self, parameter: &Parameter, path: &str, place: Place, unit: &str, error: UnitError) {
        let example = example(parameter);
        match error {
            UnitError::Unknown(word, near) => {
                self.found
                    .error(code::UNKNOWN_UNIT, place, format!("unknown unit `{}` of `{path}`", shorten(&word)))
                    .expected(format!("a unit such as `{}`", parameter.unit))
                    .fix_or(near, format!("write it as in {example}"));
            }
            UnitError::Dimension => {
                let given = if unit.is_empty() { "a bare number".to_owned() } else { format!("`{}`", shorten(unit)) };
                self.found
                    .error(code::DIMENSION, place, format!("the unit of `{path}` measures something else"))
                    .expected(format!("{} in a unit such as `{}`", parameter.kind.words(), parameter.unit))
                    .found(given)
                    .fix(format!("write it as in {example}"));
            }
            // Without a base year, every rate is missing: that the year is wrong is said once, where it stands.
            UnitError::NoRate(_, 0) => {}
            UnitError::NoRate(code, year) => {
                self.found
                    .error(code::RATE, place, format!("`{path}` needs the exchange rate of {code} in {year}"))
                    .fix(format!("add `[[rate]]` with `id = \"{code}-{year}\"`, `currency = \"{code}\"`, `year = {year}` and `jpy = ...`"));
            }
            UnitError::Overflow => {
                self.found
                    .error(code::OUT_OF_RANGE, place, format!("`{path}` is too large a number"))
                    .fix("check the exponent");
            }
        }
    }

    /// Checks a number in the working unit against the registry's range.
    pub fn in_range(&mut self, parameter: &Parameter, path: &str, place: Place, number: f64) -> Option<()> {
        if let Some([low, high]) = bounds(parameter, self.rates)
            && !(low..=high).contains(&number)
        {
            let [least, greatest] = parameter.range.unwrap_or([low, high]);
            self.found
                .error(code::OUT_OF_RANGE, place, format!("`{path}` is out of range"))
                .expected(format!("from {least} to {greatest} {}", parameter.unit).trim_end().to_owned())
                .found(self::shown(parameter, number))
                .fix(range_fix(parameter, number, [low, high]));
            return None;
        }
        Some(())
    }
}

/// The registry's range in the working unit; `None` without a range or without the exchange rate.
pub(super) fn bounds(parameter: &Parameter, rates: &Rates) -> Option<[f64; 2]> {
    let [low, high] = parameter.low_high.as_ref()?;
    Some([quantity::convert(parameter, low, None, rates).ok()?, quantity::convert(parameter, high, None, rates).ok()?])
}

fn range_fix(parameter: &Parameter, number: f64, [low, high]: [f64; 2]) -> String {
    // Rounded, so that 1.4 reads 0.014 and not 0.013999999999999999.
    let percent = (number * 1e10).round() / 1e12;
    if matches!(parameter.kind, Kind::Probability | Kind::Share) && number > high && (low..=high).contains(&percent) {
        return format!(
            "for {number} per cent write {percent} or \"{number} %{}\"",
            parameter.unit.trim_start_matches("share").trim_start_matches("ratio")
        );
    }
    if number < low {
        "raise it to the least or more".to_owned()
    } else {
        "lower it to the greatest or less".to_owned()
    }
}

/// A number in the working unit, with that unit.
pub(super) fn shown(parameter: &Parameter, number: f64) -> String {
    let unit = working_unit(parameter);
    format!("{number} {unit}").trim_end().to_owned()
}

/// A value with its working unit, in words; numbers keep all their digits.
#[must_use]
pub fn words(parameter: &Parameter, value: &Value) -> String {
    match value {
        Value::Number(number) => shown(parameter, *number),
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) => text.clone(),
        Value::List(items) => items.join(", "),
        Value::Date(date) => date.to_string(),
    }
}

/// Name of the unit that the program works in.
#[must_use]
pub fn working_unit(parameter: &Parameter) -> &str {
    match parameter.kind {
        Kind::Money => "JPY",
        Kind::MoneyRate => "JPY/month",
        Kind::Duration => "months",
        Kind::Hours => "h",
        _ => parameter.unit.as_str(),
    }
}

fn is_unitless(parameter: &Parameter) -> bool {
    !matches!(
        parameter.kind,
        Kind::Money | Kind::MoneyRate | Kind::Duration | Kind::Hours | Kind::Probability | Kind::Rate
    ) && matches!(parameter.parsed_unit.base, Base::One | Base::Named(_))
        && parameter.parsed_unit.per.is_none()
}

fn example(parameter: &Parameter) -> String {
    let text = match parameter.kind {
        Kind::Probability => "\"6 %/year\"",
        Kind::Rate => "\"12 /year\"",
        Kind::Money => "\"50 MJPY\" or \"27 MUSD@2023\"",
        Kind::MoneyRate => "\"80 kUSD/year\" or \"1 MJPY/month\"",
        Kind::Duration => "\"18 months\"",
        Kind::Hours => "\"3 h\"",
        Kind::Share if parameter.unit == "/year" => "\"20 %/year\"",
        Kind::Share if !parameter.unit.contains('/') => "0.3 or \"30 %\"",
        _ => return format!("\"1 {}\", or a bare number", parameter.unit),
    };
    text.to_owned()
}

fn type_fix(parameter: &Parameter) -> String {
    match parameter.kind {
        Kind::Flag => "write `true` or `false`".to_owned(),
        Kind::Text => "write it in quotation marks".to_owned(),
        Kind::Ref => format!("write the id of a `{}` in quotation marks", parameter.to.as_deref().unwrap_or("table")),
        Kind::Choice => format!("write one of {}", near::listed(parameter.choices.iter().map(String::as_str), 20)),
        Kind::List => "write a list such as `[\"a\", \"b\"]`".to_owned(),
        Kind::Date => "write the first day of a month, as in `2030-04-01`".to_owned(),
        Kind::Integer | Kind::Count => "write a whole number".to_owned(),
        _ => format!("write it as in {}", example(parameter)),
    }
}
