//! What the files declare uncertain, for designs.

use super::load::Prepared;
use super::quantity::Decimal;
use super::registry::Parameter;
use super::registry::registry;
use super::tree::Data;
use super::tree::Node;
use super::tree::Table;
use std::collections::BTreeMap;

/// A value with a declared distribution, in the unit in which the file writes the value.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncertain {
    /// Path of the parameter.
    pub path: String,
    /// The value as written.
    pub value: f64,
    /// Unit as written; empty for the registry's own.
    pub unit: String,
    /// Name of the distribution.
    pub dist: String,
    /// Its numbers by name.
    pub numbers: BTreeMap<String, f64>,
}

impl Prepared {
    /// Every value that the files declare uncertain, by path. Faulty declarations are left to [`Prepared::scenario`].
    #[must_use]
    pub fn uncertain(&self) -> Vec<Uncertain> {
        let mut list = Vec::new();
        walk(&self.tree, "", &mut list);
        list
    }
}

impl Prepared {
    /// Everything that the files say of dated events and of their own length, as one text: what a value laid over them
    /// is read with beside the resolved settings. Titles and evidence are left out.
    #[must_use]
    pub fn events(&self) -> String {
        let mut text = format!("declared {}", self.declared);
        if let Some(node) = self.tree.get("event") {
            canonical(node, &mut text);
        }
        text
    }
}

/// The values of a tree, each with its length, keys in their order.
fn canonical(node: &Node, text: &mut String) {
    let mut leaf = |kind: &str, value: &str| text.push_str(&format!(" {kind}{} {value}", value.len()));
    match &node.data {
        Data::Flag(flag) => leaf("f", &flag.to_string()),
        Data::Number { text: digits, .. } => leaf("n", digits),
        Data::Text(words) => leaf("t", words),
        Data::Date(date) => leaf("d", &date.to_string()),
        Data::List(items) => {
            leaf("l", &items.len().to_string());
            items.iter().for_each(|item| canonical(item, text));
        }
        Data::Table(table) => {
            let counted = |key: &str| !["title", "note", "grade", "source"].contains(&key);
            let entries: Vec<_> = table.entries.iter().filter(|(key, _)| counted(key)).collect();
            leaf("k", &entries.len().to_string());
            for (key, entry) in entries {
                text.push_str(&format!(" {}:{key}", key.len()));
                canonical(&entry.node, text);
            }
        }
    }
}

/// The declared parameter at a path; forms of the file (events, sources) are none.
fn parameter(path: &str) -> Option<&'static Parameter> {
    registry().find(path).filter(|parameter| parameter.kind.is_numeric())
}

fn walk(table: &Table, above: &str, list: &mut Vec<Uncertain>) {
    for (key, entry) in &table.entries {
        let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        let Data::Table(inner) = &entry.node.data else { continue };
        match (parameter(&path), inner.get("uncertain").map(|node| &node.data)) {
            (Some(_), Some(Data::Table(declared))) => list.extend(one(&path, inner, declared)),
            (Some(_), _) => {}
            (None, _) => walk(inner, &path, list),
        }
    }
}

fn one(path: &str, row: &Table, declared: &Table) -> Option<Uncertain> {
    let number = |node: &Node| match &node.data {
        Data::Number { text, .. } => text.parse::<f64>().ok(),
        _ => None,
    };
    let written = row.get("value")?;
    let (value, suffix) = match &written.data {
        Data::Text(text) => {
            let (_, unit) = Decimal::split(text)?;
            let digits = text.trim().strip_suffix(unit)?.trim();
            (digits.replace('_', "").parse::<f64>().ok()?, unit.to_owned())
        }
        _ => (number(written)?, String::new()),
    };
    let unit = row.get("unit").and_then(Node::text).map_or(suffix, str::to_owned);
    let numbers = declared.entries.iter().filter_map(|(key, entry)| Some((key.clone(), number(&entry.node)?)));
    let dist = declared.get("dist")?.text()?.to_owned();
    Some(Uncertain { path: path.to_owned(), value, unit, dist, numbers: numbers.collect() })
}
