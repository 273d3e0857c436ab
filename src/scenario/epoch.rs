//! Edits turned into epochs: in each month the value of a path is its value in the files, changed by every edit that
//! holds in that month. Edits apply in the order of their first month; within a month `set` before `mul` before `add`,
//! then by the id of the event. An edit that is over is as if it had never been.

use super::build;
use super::build::Ids;
use super::code;
use super::event::Edit;
use super::event::Operation;
use super::load::Change;
use super::load::Epoch;
use super::problem::Gathered;
use super::quantity::Rates;
use super::registry::Parameter;
use super::registry::registry;
use super::resolve::Settings;
use super::value;
use super::value::Evidence;
use super::value::Setting;
use super::value::Value;
use crate::units::Month;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Reports edits that set one value in one month to different values.
pub(super) fn conflicts(edits: &[Edit], found: &mut Gathered) {
    let mut sets: BTreeMap<(&str, u16), &Edit> = BTreeMap::new();
    for edit in edits.iter().filter(|e| matches!(e.operation, Operation::Set(_))) {
        match sets.get(&(edit.path.as_str(), edit.start)) {
            Some(other) if other.operation != edit.operation => {
                let first = found.name(other.place);
                let message = if other.event == edit.event {
                    format!("the event `{}` sets `{}` to two values at once", edit.event, edit.path)
                } else {
                    format!(
                        "the events `{}` and `{}` set `{}` to two values in the same month",
                        other.event, edit.event, edit.path
                    )
                };
                found
                    .error(code::CONFLICT, edit.place, message)
                    .found(format!("the other at {first}"))
                    .fix("leave one of them away, or give it another month; `mul` and `add` may fall together");
            }
            Some(_) => {}
            None => {
                sets.insert((edit.path.as_str(), edit.start), edit);
            }
        }
    }
}

/// The epochs of a scenario: at least one. Months from `months` on are left out, but still checked.
pub(super) fn epochs(
    mut edits: Vec<Edit>,
    settings: &Settings,
    ids: &Ids,
    rates: &Rates,
    horizon: u16,
    found: &mut Gathered,
) -> Option<Vec<Epoch>> {
    let rank = |operation: &Operation| match operation {
        Operation::Set(_) => 0,
        Operation::Mul(_) => 1,
        Operation::Add(_) => 2,
    };
    edits.sort_by(|a, b| (a.start, rank(&a.operation), &a.event).cmp(&(b.start, rank(&b.operation), &b.event)));
    let mut by_path: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    // Months in which a path may change, and the paths.
    let mut turns: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::from([(0, BTreeSet::new())]);
    for edit in &edits {
        by_path.entry(&edit.path).or_default().push(edit);
        let grown = edit.start.saturating_add(edit.ramp.max(1));
        for month in (edit.start..grown.min(edit.end)).chain([edit.end]).filter(|m| *m < horizon) {
            turns.entry(month).or_default().insert(&edit.path);
        }
    }
    let mut current = settings.clone();
    let mut tree = build::tree(settings, ids);
    let mut effective: BTreeSet<&str> = BTreeSet::new();
    let mut epochs = Vec::new();
    for (month, paths) in &turns {
        let mut changes = Vec::new();
        for path in paths {
            let Some(parameter) = registry().find(path) else { continue };
            let here = by_path.get(path).map(Vec::as_slice).unwrap_or_default();
            let base = settings.get(*path).map(|s| &s.value);
            let after = value_at(parameter, base, here, *month);
            let before = current.get(*path).map(|s| s.value.clone());
            if before == after {
                continue;
            }
            let turning: Vec<&&Edit> = here.iter().filter(|e| turns_at(e, *month)).collect();
            effective.extend(turning.iter().map(|e| e.event.as_str()));
            check(parameter, path, after.as_ref(), &turning, rates, found);
            put(&mut current, &mut tree, parameter, path, after.clone(), ids);
            let mut events: Vec<&str> = turning.iter().map(|e| e.event.as_str()).collect();
            events.dedup();
            changes.push(Change { event: events.join("+"), path: (*path).to_owned(), before, after });
        }
        if *month > 0 && changes.is_empty() {
            continue;
        }
        if changes.iter().any(|change| change.path.starts_with("rule.")) {
            tree["rule"] = build::rules(&current, ids);
        }
        if found.has_errors() {
            continue;
        }
        let spec = build::typed(&tree, found)?;
        epochs.push(Epoch { from: Month(*month), spec, changes });
    }
    idle(&edits, &effective, found);
    Some(epochs)
}

fn turns_at(edit: &Edit, month: u16) -> bool {
    let grown = edit.start.saturating_add(edit.ramp.max(1));
    (edit.start..grown).contains(&month) || edit.end == month
}

/// The value of a path in a month; `None` if no file and no edit sets it.
fn value_at(parameter: &Parameter, base: Option<&Value>, edits: &[&Edit], month: u16) -> Option<Value> {
    let mut value = base.cloned();
    for edit in edits.iter().filter(|e| (e.start..e.end).contains(&month)) {
        let share =
            if edit.ramp == 0 { 1.0 } else { (f64::from(month - edit.start + 1) / f64::from(edit.ramp)).min(1.0) };
        value = match (&edit.operation, value) {
            (Operation::Set(Value::Number(to)), Some(Value::Number(from))) if share < 1.0 => {
                Some(Value::Number(from + (to - from) * share))
            }
            (Operation::Set(to), _) => Some(to.clone()),
            (Operation::Mul(factor), Some(Value::Number(n))) => Some(Value::Number(n * (1.0 + (factor - 1.0) * share))),
            (Operation::Add(amount), Some(Value::Number(n))) => Some(Value::Number(n + amount * share)),
            (_, other) => other,
        };
    }
    match value {
        Some(Value::Number(n)) if parameter.kind.is_whole() => Some(Value::Number(n.round())),
        Some(Value::Number(n)) => Some(Value::Number(super::quantity::round15(n))),
        other => other,
    }
}

fn check(
    parameter: &Parameter,
    path: &str,
    after: Option<&Value>,
    turning: &[&&Edit],
    rates: &Rates,
    found: &mut Gathered,
) {
    let (Some(Value::Number(number)), Some(edit)) = (after, turning.first()) else { return };
    let Some([low, high]) = value::bounds(parameter, rates) else { return };
    if (low..=high).contains(number)
        || found.list.iter().any(|p| p.code == code::RESULT && p.message.contains(&format!("`{path}`")))
    {
        return;
    }
    let [least, greatest] = parameter.range.unwrap_or([low, high]);
    found
        .error(code::RESULT, edit.place, format!("the event `{}` takes `{path}` out of its range", edit.event))
        .expected(format!("from {least} to {greatest} {}", parameter.unit).trim_end().to_owned())
        .found(value::shown(parameter, *number))
        .fix("make the change smaller, or let it end with `until`");
}

fn put(current: &mut Settings, tree: &mut Json, parameter: &Parameter, path: &str, after: Option<Value>, ids: &Ids) {
    match after {
        Some(value) => {
            build::patch(tree, path, build::internal(parameter, &value, ids), ids);
            match current.get_mut(path) {
                Some(setting) => setting.value = value,
                None => {
                    let (place, evidence) = (super::problem::Place::REGISTRY, Evidence::default());
                    let setting = Setting { value, place, overrode: Vec::new(), unit_given: true, evidence };
                    current.insert(path.to_owned(), setting);
                }
            }
        }
        None => {
            build::patch(tree, path, Json::Null, ids);
            current.remove(path);
        }
    }
}

/// Warns of events after which every value is what it was.
fn idle(edits: &[Edit], effective: &BTreeSet<&str>, found: &mut Gathered) {
    let mut warned: BTreeSet<&str> = BTreeSet::new();
    for edit in edits {
        if !effective.contains(edit.event.as_str()) && warned.insert(&edit.event) {
            found
                .warning(
                    code::IDLE_EVENT,
                    edit.place,
                    format!("the event `{}` changes nothing: the values are already so", edit.event),
                )
                .fix("leave it away, or change its operand");
        }
    }
}
