//! Pages of the documentation that are made from the registry, the features and the codes; a test keeps them current.

use super::code::codes;
use super::evidence::DISTRIBUTIONS;
use super::features::features;
use super::near;
use super::registry::Kind;
use super::registry::Parameter;
use super::registry::registry;

/// `docs/parameters.md`: every parameter of the registry.
#[must_use]
pub fn parameter_page() -> String {
    let mut page = String::from(
        "# Parameters\n\n\
         Made from `src/scenario/registry.toml`; do not edit by hand. How to write scenarios: [scenarios.md](scenarios.md).\n\n\
         A path is `section.name`, or `table.ID.field` with the id of an entity. A bare number is in the unit of the table. A\n\
         parameter without a default must be set; an optional one may be absent. M-numbers are the mechanisms of the model.\n\
         Grades: A read in a source, B quoted from memory, C assumed, calibrated.\n",
    );
    let all: Vec<&Parameter> = registry().parameters.iter().chain(&registry().forms).collect();
    let mut section = "";
    for parameter in all {
        let own = parameter.path.split('.').next().unwrap_or("");
        if own != section {
            section = own;
            page.push_str(&heading(own, parameter));
        }
        page.push_str(&row(parameter));
    }
    page
}

fn heading(section: &str, first: &Parameter) -> String {
    let brackets =
        if first.path.split('.').nth(1) == Some("*") { format!("[[{section}]]") } else { format!("[{section}]") };
    let about = registry().sections.get(section).map_or("", String::as_str);
    format!(
        "\n## `{brackets}`\n\n{about}\n\n\
         | parameter | type, unit | range | default | | meaning |\n|---|---|---|---|---|---|\n"
    )
}

fn row(parameter: &Parameter) -> String {
    let name = parameter.path.split_once('.').map_or("", |(_, name)| name);
    let name = name.strip_prefix("*.").unwrap_or(name);
    let kind = match (&parameter.to, parameter.kind) {
        (Some(to), Kind::List) => format!("ids of `{to}`"),
        (Some(to), _) => format!("id of a `{to}`"),
        (None, Kind::Choice) => format!("one of {}", choices(parameter)),
        (None, Kind::List) => format!("some of {}", choices(parameter)),
        (None, kind) => {
            let words = match kind {
                Kind::Money => "money",
                Kind::MoneyRate => "money per time",
                Kind::Hours => "time",
                Kind::Any => "see the guide",
                kind => kind.words().trim_start_matches("a "),
            };
            match parameter.unit.as_str() {
                unit if unit.is_empty() || unit == words => words.to_owned(),
                unit => format!("{words}, {unit}"),
            }
        }
    };
    let range = parameter.range.map(|[low, high]| format!("{low} to {high}")).unwrap_or_default();
    let default = match (&parameter.default, parameter.optional) {
        (Some(toml::Value::String(text)), _) => format!("`{text}`"),
        (Some(toml::Value::Float(number)), _) => number.to_string(),
        (Some(default), _) => default.to_string(),
        (None, true) => "optional".to_owned(),
        (None, false) => "required".to_owned(),
    };
    let known: Vec<&str> = [&parameter.mechanism, &parameter.grade, &parameter.source]
        .into_iter()
        .filter_map(|text| text.as_deref())
        .collect();
    format!("| `{name}` | {kind} | {range} | {default} | {} | {} |\n", known.join(", "), parameter.meaning)
}

fn choices(parameter: &Parameter) -> String {
    near::listed(parameter.choices.iter().map(String::as_str), 99)
}

/// The features that rules may score, and the decisions that know them, as a table.
#[must_use]
pub fn feature_table() -> String {
    let decisions = registry().find("rule.*.decision").map(|p| p.choices.clone()).unwrap_or_default();
    let mut table = format!("| feature | {} | what it says |\n|---|", decisions.join(" | "));
    table.push_str(&"---|".repeat(decisions.len() + 1));
    table.push('\n');
    for feature in features() {
        let marks: Vec<&str> =
            decisions.iter().map(|decision| if feature.decisions.contains(decision) { "x" } else { "" }).collect();
        table.push_str(&format!("| `{}` | {} | {} |\n", feature.name, marks.join(" | "), feature.meaning));
    }
    table
}

/// Every code of a problem with its title, as a table.
#[must_use]
pub fn code_table() -> String {
    let mut table = String::from("| code | problem |\n|---|---|\n");
    for (code, meaning) in codes() {
        table.push_str(&format!("| {code} | {} |\n", meaning.title));
    }
    table
}

/// The distributions of `uncertain` and the numbers that each needs, as a table.
#[must_use]
pub fn distribution_table() -> String {
    let mut table = String::from("| `dist` | needs |\n|---|---|\n");
    for (name, needs) in DISTRIBUTIONS {
        table.push_str(&format!("| `{name}` | {} |\n", near::listed(needs.iter().copied(), 9)));
    }
    table
}
