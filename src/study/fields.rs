//! Tables of a study file, read field by field; every slip is gathered with its place.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::scenario::Judge;

/// A value with its place.
pub(super) type Value<'a> = &'a Spanned<DeValue<'a>>;

/// One table being read.
pub(super) struct Fields<'a> {
    table: &'a DeTable<'a>,
    /// Where a missing field is reported.
    pub place: Range<usize>,
    name: &'static str,
    asked: BTreeSet<&'static str>,
}

impl<'a> Fields<'a> {
    pub fn new(table: &'a DeTable<'a>, place: Range<usize>, name: &'static str) -> Self {
        Self { table, place, name, asked: BTreeSet::new() }
    }

    /// The value of a field, if it stands there.
    pub fn get(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.asked.insert(key);
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    pub fn text(&mut self, key: &'static str, judge: &mut Judge) -> Option<(String, Range<usize>)> {
        let value = self.get(key)?;
        text_of(value, key, judge).map(|text| (text, value.span()))
    }

    pub fn needed_text(&mut self, key: &'static str, judge: &mut Judge) -> Option<(String, Range<usize>)> {
        if self.get(key).is_none() {
            let message = format!("{} lacks `{key}`", self.name);
            judge.error(self.place.clone(), message, "", format!("add `{key} = \"...\"`"));
        }
        self.text(key, judge)
    }

    pub fn texts(&mut self, key: &'static str, judge: &mut Judge) -> Vec<(String, Range<usize>)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        match value.get_ref() {
            DeValue::Array(items) => {
                items.iter().filter_map(|item| text_of(item, key, judge).map(|text| (text, item.span()))).collect()
            }
            _ => {
                wrong(value, key, "a list of texts", judge);
                Vec::new()
            }
        }
    }

    pub fn flag(&mut self, key: &'static str, judge: &mut Judge) -> bool {
        match self.get(key).map(|value| (value, value.get_ref())) {
            Some((_, DeValue::Boolean(flag))) => *flag,
            Some((value, _)) => {
                wrong(value, key, "true or false", judge);
                false
            }
            None => false,
        }
    }

    pub fn number(&mut self, key: &'static str, judge: &mut Judge) -> Option<f64> {
        let value = self.get(key)?;
        let number = number_of(value);
        if number.is_none() {
            wrong(value, key, "a number", judge);
        }
        number
    }

    /// A whole number within bounds.
    pub fn whole(&mut self, key: &'static str, bounds: [u64; 2], judge: &mut Judge) -> Option<u64> {
        let value = self.get(key)?;
        let [low, high] = bounds;
        let number = match value.get_ref() {
            DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            _ => None,
        };
        let good = number.filter(|number| (low..=high).contains(number));
        if good.is_none() {
            wrong(value, key, &format!("a whole number from {low} to {high}"), judge);
        }
        good
    }

    /// The tables of an array of tables.
    pub fn tables(&mut self, key: &'static str, name: &'static str, judge: &mut Judge) -> Vec<Fields<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            wrong(value, key, &format!("tables written `[[{key}]]`"), judge);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::Table(table) => tables.push(Fields::new(table, item.span(), name)),
                _ => wrong(item, key, &format!("a table written `[[{key}]]`"), judge),
            }
        }
        tables
    }

    /// A single table.
    pub fn table(&mut self, key: &'static str, name: &'static str, judge: &mut Judge) -> Option<Fields<'a>> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Fields::new(table, value.span(), name)),
            _ => {
                wrong(value, key, &format!("a table written `[{key}]`"), judge);
                None
            }
        }
    }

    /// Complains of every key that nobody asked for.
    pub fn finish(self, judge: &mut Judge) {
        let known: Vec<&str> = self.asked.iter().copied().collect();
        for (key, _) in self.table {
            if !self.asked.contains(key.get_ref().as_ref()) {
                judge.unknown_key(key.span(), key.get_ref(), &known);
            }
        }
    }
}

pub(super) fn wrong(value: Value<'_>, key: &str, expected: &str, judge: &mut Judge) {
    judge.error(value.span(), format!("`{key}` cannot be {}", shown(value)), expected, format!("write {expected}"));
}

fn shown(value: Value<'_>) -> String {
    let short = |text: &str| text.chars().take(40).collect::<String>();
    match value.get_ref() {
        DeValue::String(text) => format!("\"{}\"", short(text)),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn text_of(value: Value<'_>, key: &str, judge: &mut Judge) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        _ => {
            wrong(value, key, "a text in quotation marks", judge);
            None
        }
    }
}

/// A number, whole or not, that is finite.
pub(super) fn number_of(value: Value<'_>) -> Option<f64> {
    let number = match value.get_ref() {
        DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix()).ok()? as f64,
        DeValue::Float(digits) => digits.as_str().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}
