//! From settings to [`Spec`]: the units of the rules, rows in the order of their ids, references as row numbers.

use super::code;
use super::features;
use super::problem::Gathered;
use super::problem::Place;
use super::registry::Kind;
use super::registry::Parameter;
use super::registry::registry;
use super::resolve::Settings;
use super::spec::Spec;
use super::value::Value;
use crate::units::MonthlyProbability;
use crate::units::MonthlyRate;
use serde::Deserialize;
use serde_json::Map;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Sections of a file that are no part of [`Spec`].
const FORMS: [&str; 5] = ["currency", "event", "rate", "source", "time"];

/// Ids of each table of entities in alphabetical order: the row numbers of [`Spec`].
pub(super) type Ids = BTreeMap<String, Vec<String>>;

/// The ids in a set of settings.
pub(super) fn ids(settings: &Settings) -> Ids {
    let mut ids: Ids = registry().entity_tables().map(|name| (name.to_owned(), Vec::new())).collect();
    for path in settings.keys() {
        let Some((table, rest)) = path.split_once('.') else { continue };
        if let Some(rows) = ids.get_mut(table) {
            let id = rest.split('.').next().unwrap_or(rest);
            if rows.last().is_none_or(|last| last != id) {
                rows.push(id.to_owned());
            }
        }
    }
    for rows in ids.values_mut() {
        rows.sort();
        rows.dedup();
    }
    ids
}

/// Row number of an entity.
pub(super) fn row(ids: &Ids, table: &str, id: &str) -> Option<u16> {
    let row = ids.get(table)?.binary_search_by(|known| known.as_str().cmp(id)).ok()?;
    u16::try_from(row).ok()
}

/// A value in the unit of the rules.
pub(super) fn internal(parameter: &Parameter, value: &Value, ids: &Ids) -> Json {
    let reference = |id: &str| parameter.to.as_deref().and_then(|to| row(ids, to, id));
    match (parameter.kind, value) {
        (Kind::Probability, Value::Number(p)) if parameter.unit == "/year" => {
            MonthlyProbability::from_annual(*p).map_or(Json::Null, |p| Json::from(p.get()))
        }
        (Kind::Rate, Value::Number(rate)) if parameter.unit == "/year" => {
            MonthlyRate::from_annual(*rate).map_or(Json::Null, |rate| Json::from(rate.get()))
        }
        (Kind::Money | Kind::MoneyRate | Kind::Integer | Kind::Count, Value::Number(n)) => Json::from(n.round() as i64),
        (Kind::Ref, Value::Text(id)) => reference(id).map_or(Json::Null, Json::from),
        (Kind::List, Value::List(items)) if parameter.to.is_some() => {
            items.iter().filter_map(|id| reference(id)).collect()
        }
        (_, value) => value.to_json(),
    }
}

/// Everything as one JSON tree in the shape of [`Spec`].
pub(super) fn tree(settings: &Settings, ids: &Ids) -> Json {
    let mut root = Map::new();
    let mut nested: BTreeMap<&str, BTreeMap<&str, Map<String, Json>>> = BTreeMap::new();
    for (path, setting) in settings {
        let Some((section, rest)) = path.split_once('.') else { continue };
        if FORMS.contains(&section) || section == "rule" {
            continue;
        }
        let Some(parameter) = registry().find(path) else { continue };
        let value = internal(parameter, &setting.value, ids);
        match rest.split_once('.') {
            Some((id, field)) => {
                insert(nested.entry(section).or_default().entry(id).or_default(), field, value);
            }
            None => {
                let fields = root.entry(section).or_insert_with(|| Json::Object(Map::new()));
                if let Json::Object(fields) = fields {
                    fields.insert(rest.to_owned(), value);
                }
            }
        }
    }
    for (table, rows) in ids.iter().filter(|(table, _)| !FORMS.contains(&table.as_str()) && *table != "rule") {
        let rows: Vec<Json> = rows
            .iter()
            .map(|id| {
                let mut row = nested.get_mut(table.as_str()).and_then(|t| t.remove(id.as_str())).unwrap_or_default();
                row.insert("id".to_owned(), Json::from(id.as_str()));
                Json::Object(row)
            })
            .collect();
        root.insert(table.clone(), Json::Array(rows));
    }
    root.insert("rule".to_owned(), rules(settings, ids));
    Json::Object(root)
}

/// Puts a value under its field; `mix.small_molecule` is a field of the table `mix`.
fn insert(row: &mut Map<String, Json>, field: &str, value: Json) {
    match field.split_once('.') {
        Some((outer, inner)) => {
            let table = row.entry(outer).or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(table) = table {
                table.insert(inner.to_owned(), value);
            }
        }
        None => {
            row.insert(field.to_owned(), value);
        }
    }
}

/// The rules that hold, in the order of their ids.
pub(super) fn rules(settings: &Settings, ids: &Ids) -> Json {
    let mut rules = Vec::new();
    for id in ids.get("rule").into_iter().flatten() {
        let prefix = format!("rule.{id}.");
        let mut rule = Map::new();
        rule.insert("id".to_owned(), Json::from(id.as_str()));
        let mut scores: Vec<(&str, Json)> = Vec::new();
        let mut open = true;
        for (path, setting) in settings.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix)) {
            let field = &path[prefix.len()..];
            let Some(parameter) = registry().find(path) else { continue };
            let value = internal(parameter, &setting.value, ids);
            match field.split_once('.') {
                None if field == "open" => open = value == Json::Bool(true),
                None => {
                    rule.insert(field.to_owned(), value);
                }
                Some(("score", feature)) => scores.push((feature, value)),
                Some((outer, inner)) => {
                    let table = rule.entry(outer).or_insert_with(|| Json::Object(Map::new()));
                    if let Json::Object(table) = table {
                        table.insert(inner.to_owned(), value);
                    }
                }
            }
        }
        scores.sort_by_key(|(feature, _)| features::order(feature));
        rule.insert("score".to_owned(), scores.into_iter().map(|(f, v)| Json::from(vec![Json::from(f), v])).collect());
        if open {
            rules.push(Json::Object(rule));
        }
    }
    Json::Array(rules)
}

/// Puts one changed value into a tree made by [`tree`].
pub(super) fn patch(root: &mut Json, path: &str, value: Json, ids: &Ids) {
    let Some((section, rest)) = path.split_once('.') else { return };
    let slot = match rest.split_once('.') {
        Some((id, field)) => row(ids, section, id).and_then(|row| {
            root.get_mut(section)?.get_mut(usize::from(row))?.as_object_mut().map(|object| (object, field))
        }),
        None => root.get_mut(section).and_then(Json::as_object_mut).map(|object| (object, rest)),
    };
    if let Some((object, field)) = slot {
        insert(object, field, value);
    }
}

/// The typed scenario. What the registry lets through and the types do not take is a fault of the program, and said so.
pub(super) fn typed(tree: &Json, found: &mut Gathered) -> Option<Spec> {
    match Spec::deserialize(tree) {
        Ok(spec) => Some(spec),
        Err(error) => {
            found
                .error(
                    code::WRONG_TYPE,
                    Place { file: 0, start: 0, end: 0 },
                    format!("the scenario does not fit the program: {error}"),
                )
                .fix("report this as a fault of the program");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `1 - (1 - p)^(1/12)` for every yearly probability of the registry; a monthly one stays as it is.
    #[test]
    fn every_probability_enters_by_the_month() {
        let monthly = |p: f64| 1.0 - crate::math::pow(1.0 - p, 1.0 / 12.0);
        let mut yearly = 0;
        for parameter in registry().parameters.iter().filter(|p| p.kind == Kind::Probability) {
            let [low, high] = parameter.range.expect("every number has a range");
            for p in [low, (low + high) / 2.0, high] {
                let found = internal(parameter, &Value::Number(p), &Ids::new()).as_f64().expect("a number");
                let wanted = match parameter.unit.as_str() {
                    "/year" => monthly(p),
                    "/month" => p,
                    other => panic!("{} is a probability per {other}", parameter.path),
                };
                assert!((found - wanted).abs() < 1e-15, "{}: {found} is not {wanted}", parameter.path);
            }
            yearly += usize::from(parameter.unit == "/year");
        }
        assert!(yearly > 5, "{yearly}");
    }
}
