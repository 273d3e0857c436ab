//! What no single value shows: shares that exceed the whole, links from a cluster to itself, suspicious values.

use super::code;
use super::problem::Gathered;
use super::problem::Place;
use super::problem::Problem;
use super::registry::Kind;
use super::registry::Parameter;
use super::registry::registry;
use super::resolve::Settings;
use super::resolved::Resolved;
use super::target::is_form;
use super::tree::Table;
use super::value;
use super::value::Value;
use crate::units::MonthlyProbability;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Tables without which no month can be computed.
const NEEDED: [&str; 3] = ["country", "cluster", "modality"];

/// Shares of one whole: the section, or the table whose every row has them.
const WHOLES: [(&str, &[&str]); 3] = [
    ("ties", &["share_past", "share_partners_of_partners", "share_roof", "share_introduced"]),
    ("operations", &["startup_researchers", "startup_clinicians", "startup_managers"]),
    ("kind", &["researchers", "clinicians", "managers"]),
];

/// Pairs of which the first must not exceed the second.
const ORDERED: [(&str, &str); 2] =
    [("labour.young_until", "labour.settled_from"), ("labour.start_youngest", "labour.start_oldest")];

/// Checks everything that takes more than one value.
pub(super) fn check(tree: &Table, settings: &Settings, found: &mut Gathered) {
    for table in NEEDED {
        if tree.table(table).is_none_or(|t| t.entries.is_empty()) {
            let top = Place { file: 0, start: 0, end: 0 };
            found
                .error(code::MISSING, top, format!("the scenario has no {table}"))
                .fix(format!("add a `[[{table}]]`, or extend a file that has some"));
        }
    }
    for (section, fields) in WHOLES {
        match tree.table(section).filter(|_| section == "kind") {
            Some(rows) => rows.entries.keys().for_each(|id| whole(&format!("{section}.{id}"), fields, settings, found)),
            None => whole(section, fields, settings, found),
        }
    }
    for (less, more) in ORDERED {
        if let (Some(low), Some(high)) = (number(settings, less), number(settings, more))
            && low > high
        {
            let place = settings.get(less).map_or(Place::REGISTRY, |s| s.place);
            found
                .error(code::ORDER, place, format!("`{less}` exceeds `{more}`"))
                .expected(format!("at most {high}"))
                .found(low.to_string())
                .fix("exchange the two, or change one");
        }
    }
    access(tree, settings, found);
    suspicious(settings, found);
    idle_funds(tree, settings, found);
}

fn number(settings: &Settings, path: &str) -> Option<f64> {
    match settings.get(path)?.value {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

fn text<'a>(settings: &'a Settings, path: &str) -> Option<&'a str> {
    match &settings.get(path)?.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn whole(prefix: &str, fields: &[&str], settings: &Settings, found: &mut Gathered) {
    let paths: Vec<String> = fields.iter().map(|field| format!("{prefix}.{field}")).collect();
    let sum: f64 = paths.iter().filter_map(|path| number(settings, path)).sum();
    if sum > 1.0 + 1e-9 {
        let place = paths.iter().filter_map(|path| settings.get(path)).map(|s| s.place).find(|p| *p != Place::REGISTRY);
        let names = super::near::listed(fields.iter().copied(), 9);
        found
            .error(code::SHARES, place.unwrap_or(Place::REGISTRY), format!("the shares of `{prefix}` exceed the whole"))
            .expected(format!("at most 1 for {names} together"))
            .found(format!("{}", (sum * 1e6).round() / 1e6))
            .fix("lower some of them; what they leave is the rest");
    }
}

fn access(tree: &Table, settings: &Settings, found: &mut Gathered) {
    let mut seen: BTreeMap<(String, String), Place> = BTreeMap::new();
    for (id, entry) in tree.table("access").into_iter().flat_map(|t| &t.entries) {
        let (Some(a), Some(b)) = (text(settings, &format!("access.{id}.a")), text(settings, &format!("access.{id}.b")))
        else {
            continue;
        };
        if a == b {
            found
                .error(code::ACCESS, entry.key, format!("the link `{id}` joins `{a}` to itself"))
                .fix("time within a cluster is `travel.local`");
            continue;
        }
        let pair = if a < b { (a.to_owned(), b.to_owned()) } else { (b.to_owned(), a.to_owned()) };
        if let Some(other) = seen.get(&pair) {
            let first = found.name(*other);
            found
                .error(code::ACCESS, entry.key, format!("the link `{id}` joins two clusters that are joined already"))
                .found(format!("the other at {first}"))
                .fix("keep one of them");
            continue;
        }
        seen.insert(pair, entry.key);
    }
}

fn suspicious(settings: &Settings, found: &mut Gathered) {
    for (path, setting) in settings.iter().filter(|(_, s)| s.place != Place::REGISTRY) {
        let (Some(parameter), Value::Number(number)) = (registry().find(path), &setting.value) else { continue };
        if likely(parameter, *number) {
            found
                .warning(code::LIKELY, setting.place, format!("`{path}` is a probability above 0.9 a month"))
                .found(value::shown(parameter, *number))
                .fix("write the period, as in \"6 %/year\", if that is what was meant");
        }
        if let Some([low, high]) = setting.evidence.range
            && !(low..=high).contains(number)
        {
            found
                .warning(code::OWN_RANGE, setting.place, format!("`{path}` is outside the range given beside it"))
                .expected(format!("from {low} to {high} {}", value::working_unit(parameter)))
                .found(value::shown(parameter, *number))
                .fix("widen `range`, or check the value");
        }
    }
}

/// Whether a probability is above 0.9 a month. Today no range of the registry goes that far; a wider one may.
fn likely(parameter: &Parameter, number: f64) -> bool {
    let monthly = match parameter.unit.as_str() {
        "/year" => MonthlyProbability::from_annual(number).map_or(0.0, MonthlyProbability::get),
        _ => number,
    };
    parameter.kind == Kind::Probability && monthly > 0.9
}

/// A fund that stays at home where nobody founds can never invest.
fn idle_funds(tree: &Table, settings: &Settings, found: &mut Gathered) {
    let country = |table: &str, id: &str| {
        let cluster = text(settings, &format!("{table}.{id}.cluster"))?;
        text(settings, &format!("cluster.{cluster}.country"))
    };
    let ids = |table: &str| tree.table(table).into_iter().flat_map(|t| t.entries.keys()).cloned().collect::<Vec<_>>();
    let mut founding: BTreeSet<&str> = BTreeSet::new();
    for id in ids("startup") {
        founding.extend(country("startup", &id));
    }
    for id in ids("institution") {
        founding.extend(country("institution", &id));
    }
    for (id, entry) in tree.table("fund").into_iter().flat_map(|t| &t.entries) {
        let abroad = !matches!(settings.get(&format!("fund.{id}.foreign")).map(|s| &s.value), Some(Value::Flag(false)));
        if !abroad && country("fund", id).is_some_and(|home| !founding.contains(home)) {
            found
                .warning(
                    code::IDLE_FUND,
                    entry.key,
                    format!("the fund `{id}` can never invest: its country has no startups and nobody to found them"),
                )
                .fix("let it invest abroad with `foreign = true`, or add startups or institutions there");
        }
    }
}

/// `check --strict`: every number that a file sets, without a unit, a source or a grade, and every dated event without
/// a source or a grade. Files before number `below` are not judged.
pub(super) fn strict(resolved: &Resolved, below: usize) -> Vec<Problem> {
    let mut found = Gathered { sources: resolved.sources.clone(), ..Gathered::default() };
    let judged = |place: Place| {
        let file = usize::from(place.file);
        file >= below && resolved.sources.get(file).is_some_and(|source| source.name != "--set")
    };
    for (path, setting) in &resolved.settings {
        let section = path.split('.').next().unwrap_or("");
        let Some(parameter) = registry().find(path).filter(|p| p.kind.is_numeric()) else { continue };
        if !judged(setting.place) || is_form(section) {
            continue;
        }
        let evidence = &setting.evidence;
        if !setting.unit_given {
            no_unit(path, setting.place, &parameter.unit, &mut found);
        }
        no_evidence(path, setting.place, evidence.source.is_none(), evidence.grade.is_none(), &mut found);
    }
    for event in resolved.unproven_events.iter().filter(|event| judged(event.place)) {
        no_evidence(&format!("event.{}", event.event), event.place, event.no_source, event.no_grade, &mut found);
    }
    for (path, place) in resolved.bare_in_events.iter().filter(|(_, place)| judged(*place)) {
        let unit = registry().find(path).map_or("MJPY", |parameter| parameter.unit.as_str());
        no_unit(path, *place, unit, &mut found);
    }
    found.finish().list
}

fn no_unit(path: &str, place: Place, unit: &str, found: &mut Gathered) {
    found
        .error(code::NO_UNIT, place, format!("`{path}` has no unit"))
        .fix(format!("write `{{ value = ..., unit = \"{unit}\" }}`, or the unit behind the number"));
}

fn no_evidence(path: &str, place: Place, no_source: bool, no_grade: bool, found: &mut Gathered) {
    if no_source {
        found
            .error(code::NO_SOURCE, place, format!("`{path}` has no source"))
            .fix("add `source = \"...\"`, or `source = \"assumption\"`");
    }
    if no_grade {
        found
            .error(code::NO_GRADE, place, format!("`{path}` has no grade"))
            .fix("add `grade = \"A\"`, \"B\", \"C\" or \"calibrated\"");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_is_judged_by_the_month() {
        let judge = |kind, unit, number| likely(&Parameter::plain("test", kind, unit, [0.0, 1.0]), number);
        assert!(judge(Kind::Probability, "/month", 0.91) && !judge(Kind::Probability, "/month", 0.9));
        // 1 - 0.1^12 a year is 0.9 a month.
        assert!(!judge(Kind::Probability, "/year", 0.999_999_999) && judge(Kind::Probability, "/year", 1.0));
        assert!(!judge(Kind::Share, "share", 1.0) && !judge(Kind::Rate, "/month", 30.0));
    }
}
