//! What is different between two resolved scenarios, by path and by dated event.

use super::load::Charge;
use super::load::Scenario;
use super::registry::registry;
use super::target::is_form;
use super::value;
use super::value::Value;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// One difference; a side is `None` where it has no such path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Path of the value, `event.ID at MONTH: PATH` of a change, `event.ID at MONTH: cost` or `event.ID from MONTH to
    /// MONTH: cost` of what it costs.
    pub path: String,
    /// In the first scenario, with its unit.
    pub left: Option<String>,
    /// In the second scenario, with its unit.
    pub right: Option<String>,
    /// `file:line` in the first scenario.
    pub left_set: Option<String>,
    /// `file:line` in the second scenario.
    pub right_set: Option<String>,
}

type Side = BTreeMap<String, (String, Option<String>)>;

/// Every difference that can change a result, in the order of the paths; evidence and spelling do not count.
#[must_use]
pub fn diff(left: &Scenario, right: &Scenario) -> Vec<Difference> {
    let (a, b) = (side(left), side(right));
    let paths: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let mut differences = Vec::new();
    for path in paths {
        let (l, r) = (a.get(path), b.get(path));
        if l.map(|(value, _)| value) != r.map(|(value, _)| value) {
            differences.push(Difference {
                path: path.clone(),
                left: l.map(|(value, _)| value.clone()),
                right: r.map(|(value, _)| value.clone()),
                left_set: l.and_then(|(_, set)| set.clone()),
                right_set: r.and_then(|(_, set)| set.clone()),
            });
        }
    }
    differences
}

fn side(scenario: &Scenario) -> Side {
    let mut side = Side::new();
    side.insert("time.start".to_owned(), (scenario.start.to_string(), None));
    side.insert("time.months".to_owned(), (scenario.months.to_string(), None));
    let words = |path: &str, value: &Value| registry().find(path).map_or_else(String::new, |p| value::words(p, value));
    for (path, setting) in &scenario.resolved.settings {
        if !is_form(path.split('.').next().unwrap_or("")) {
            let set = scenario.resolved.name(setting.place);
            side.insert(path.clone(), (words(path, &setting.value), Some(set)));
        }
    }
    let date = |month: u16| scenario.start.plus(i32::from(month)).to_string();
    for epoch in &scenario.epochs {
        for change in &epoch.changes {
            let key = format!("event.{} at {}: {}", change.event, date(epoch.from.0), change.path);
            let after = change.after.as_ref().map_or_else(|| "none".to_owned(), |value| words(&change.path, value));
            side.insert(key, (after, None));
        }
    }
    costs(scenario, &date, &mut side);
    side
}

/// What the events cost: one entry for months in a row in which an event costs the same.
fn costs(scenario: &Scenario, date: &dyn Fn(u16) -> String, side: &mut Side) {
    let mut by_event: BTreeMap<&str, Vec<&Charge>> = BTreeMap::new();
    for charge in &scenario.charges {
        by_event.entry(&charge.event).or_default().push(charge);
    }
    for (event, charges) in by_event {
        let goes_on = |a: &&Charge, b: &&Charge| {
            b.month.0 == a.month.0 + 1 && (a.amount, &a.payer, a.cluster) == (b.amount, &b.payer, b.cluster)
        };
        for run in charges.chunk_by(goes_on) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let (when, each) = match run.len() {
                1 => (format!("at {}", date(first.month.0)), ""),
                _ => (format!("from {} to {}", date(first.month.0), date(last.month.0)), " a month"),
            };
            let words = format!("{}{each} paid by {}", first.amount, first.payer);
            side.insert(format!("event.{event} {when}: cost"), (words, None));
        }
    }
}

/// A line for each difference.
#[must_use]
pub fn diff_text(differences: &[Difference]) -> String {
    let mut text = String::new();
    let or_none = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".to_owned());
    for difference in differences {
        let Difference { path, left, right, .. } = difference;
        text.push_str(&format!("{path}: {} -> {}\n", or_none(left), or_none(right)));
    }
    text
}
