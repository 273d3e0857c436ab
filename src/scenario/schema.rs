//! The JSON Schema of scenario files, made from the registry, for editors and other programs.

use super::evidence::DISTRIBUTIONS;
use super::evidence::GRADES;
use super::features;
use super::quantity::Base;
use super::quantity::Period;
use super::registry::Branch;
use super::registry::Kind;
use super::registry::Parameter;
use super::registry::registry;
use serde_json::Map;
use serde_json::Value as Json;
use serde_json::json;

const NUMBER: &str = r"^\s*[-+]?[0-9_]*\.?[0-9_]+([eE][-+]?[0-9]+)?\s*";
const CURRENCY: &str = r"(k|K|M|bn|B)?\s?[A-Za-z]{3}(\s?@\s?[0-9]{4})?";
const PERIOD: &str = r"\s*(/|per )\s*(months?|mo|years?|yr|y|a)";
const MONTH: &str = r"\s*(/|per )\s*(months?|mo)";
const YEAR: &str = r"\s*(/|per )\s*(years?|yr|y|a)";
const TIME: &str = r"(days?|weeks?|months?|mo|quarters?|years?|yr|y)";
const ID: &str = r"^[a-z0-9_-]{1,80}$";
/// What `is_short_name` takes, but for signs beyond ASCII at the beginning.
const NAME: &str = r"^[^\s\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f][^\s/\\\x00-\x1f]*$";

/// The schema (draft 2020-12). A file may be a scenario, a part of one or a policy, so no value is required.
#[must_use]
pub fn json_schema() -> Json {
    let mut properties = Map::new();
    properties.insert("schema".to_owned(), json!({ "const": 1, "description": "Version of the language." }));
    properties.insert(
        "name".to_owned(),
        json!({ "type": "string", "pattern": NAME, "maxLength": 100,
                "description": "Short name, without spaces; a letter or digit comes first." }),
    );
    properties.insert("title".to_owned(), json!({ "type": "string", "description": "Title for reports." }));
    properties.insert("title_ja".to_owned(), json!({ "type": "string", "description": "The same in Japanese." }));
    properties.insert("description".to_owned(), json!({ "type": "string" }));
    properties.insert(
        "policy".to_owned(),
        json!({ "type": "boolean", "description": "Whether the file only changes other scenarios." }),
    );
    properties.insert(
        "extends".to_owned(),
        json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
                "description": "Files that this one is laid over, from the folder of this file." }),
    );
    let mut defs = Map::new();
    defs.insert("uncertain".to_owned(), uncertain());
    defs.insert("remove".to_owned(), removal());
    for (name, branch) in &registry().root.children {
        let mut schema =
            if branch.is_entities() { entities(name, branch, &mut defs) } else { table(branch, &[], &mut defs) };
        if let (Some(object), Some(about)) = (schema.as_object_mut(), registry().sections.get(name)) {
            object.insert("description".to_owned(), json!(about));
        }
        properties.insert(name.clone(), schema);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Trihelix scenario",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": defs,
    })
}

fn removal() -> Json {
    json!({ "type": "object", "properties": { "remove": { "const": true } }, "required": ["remove"], "additionalProperties": false })
}

fn entities(name: &str, branch: &Branch, defs: &mut Map<String, Json>) -> Json {
    let Some(fields) = branch.any.as_deref() else { return json!({}) };
    let id = if matches!(name, "source" | "rate") {
        json!({ "type": "string", "minLength": 1 })
    } else {
        json!({ "type": "string", "pattern": ID })
    };
    let extra = [("id", id), ("remove", json!({ "type": "boolean" }))];
    let row = table(fields, &extra, defs);
    defs.insert(name.to_owned(), row);
    let row = json!({ "$ref": format!("#/$defs/{name}") });
    json!({ "anyOf": [
        { "type": "array", "items": { "allOf": [row], "required": ["id"] } },
        { "type": "object", "additionalProperties": row },
    ] })
}

fn table(branch: &Branch, extra: &[(&str, Json)], defs: &mut Map<String, Json>) -> Json {
    let mut properties = Map::new();
    for (key, schema) in extra {
        properties.insert((*key).to_owned(), schema.clone());
    }
    for (key, child) in &branch.children {
        let schema = match &child.leaf {
            Some(parameter) => leaf(parameter, defs),
            None => table(child, &[], defs),
        };
        properties.insert(key.clone(), schema);
    }
    let mut others = json!(false);
    if let Some(parameter) = branch.any.as_deref().and_then(|any| any.leaf.as_ref()) {
        if parameter.path.starts_with("rule.") {
            // The names of a rule's coefficients are the features.
            for feature in features::features() {
                let mut schema = leaf(parameter, defs);
                if let Some(object) = schema.as_object_mut() {
                    object.insert("description".to_owned(), json!(feature.meaning));
                }
                properties.insert(feature.name.clone(), schema);
            }
        } else {
            // Those of a mix are the scenario's own modalities.
            others = leaf(parameter, defs);
        }
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": others })
}

fn leaf(parameter: &Parameter, defs: &mut Map<String, Json>) -> Json {
    let mut description = parameter.meaning.clone();
    if !parameter.unit.is_empty() {
        description.push_str(&format!(" Unit of a bare number: {}.", parameter.unit));
    }
    let mut schema = match parameter.kind {
        Kind::Any if parameter.path == "event.*.edits" => edits(),
        Kind::Any if parameter.path == "event.*.factor" => factor(),
        Kind::Any => json!({}),
        _ => {
            let evidence = evidence(parameter, defs);
            let mut ways = match parameter.kind.is_numeric() {
                true => vec![number(parameter), text(parameter, defs)],
                false => vec![word(parameter)],
            };
            ways.extend([evidence, json!({ "$ref": "#/$defs/remove" })]);
            json!({ "anyOf": ways })
        }
    };
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".to_owned(), json!(description));
        if let Some(default) = &parameter.default {
            object.insert("default".to_owned(), serde_json::to_value(default).unwrap_or_default());
        }
    }
    schema
}

/// A value that is no number.
fn word(parameter: &Parameter) -> Json {
    match parameter.kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Ref => json!({ "type": "string", "pattern": ID }),
        Kind::Choice => json!({ "enum": parameter.choices }),
        Kind::Date => json!({ "type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])(-01)?$" }),
        Kind::List if parameter.choices.is_empty() => {
            json!({ "type": "array", "items": { "type": "string" }, "uniqueItems": true })
        }
        Kind::List => json!({ "type": "array", "items": { "enum": parameter.choices }, "uniqueItems": true }),
        _ => json!({ "type": "string" }),
    }
}

/// A bare number, in the registry's unit and range.
fn number(parameter: &Parameter) -> Json {
    let mut number = Map::new();
    number.insert("type".to_owned(), json!(if parameter.kind.is_whole() { "integer" } else { "number" }));
    if let Some([low, high]) = parameter.range {
        number.insert("minimum".to_owned(), json!(low));
        number.insert("maximum".to_owned(), json!(high));
    }
    Json::Object(number)
}

/// A number with its unit, in a definition that all parameters of the same units share.
fn text(parameter: &Parameter, defs: &mut Map<String, Json>) -> Json {
    let definition = json!({ "type": "string", "pattern": pattern(parameter) });
    shared("quantity", definition, defs)
}

fn shared(stem: &str, definition: Json, defs: &mut Map<String, Json>) -> Json {
    let known =
        defs.iter().find(|(name, other)| name.starts_with(stem) && **other == definition).map(|(name, _)| name.clone());
    let name = known.unwrap_or_else(|| {
        let number = defs.keys().filter(|name| name.starts_with(stem)).count() + 1;
        let name = format!("{stem}-{number}");
        defs.insert(name.clone(), definition);
        name
    });
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// Numbers with a unit of the right dimension, or without one.
fn pattern(parameter: &Parameter) -> String {
    format!("{NUMBER}({})?\\s*$", unit_pattern(parameter))
}

/// Units of the right dimension.
fn unit_pattern(parameter: &Parameter) -> String {
    match parameter.kind {
        Kind::Probability | Kind::Rate => format!("(%|percent)?{PERIOD}"),
        Kind::Money => CURRENCY.to_owned(),
        Kind::MoneyRate => format!("{CURRENCY}{PERIOD}"),
        Kind::Duration => TIME.to_owned(),
        Kind::Hours => "(min|minutes?|h|hours?|days?)".to_owned(),
        _ => match (&parameter.parsed_unit.base, parameter.parsed_unit.per) {
            (Base::One, None) => "(%|percent|share|ratio)".to_owned(),
            (Base::One, Some(Period::Month)) => format!("(%|percent|share|ratio)?{MONTH}"),
            (Base::One, Some(Period::Year)) => format!("(%|percent|share|ratio)?{YEAR}"),
            (Base::Time { .. }, _) => TIME.to_owned(),
            (Base::Named(own), _) => word_in_any_capitals(own),
            _ => r"[^0-9\s].*".to_owned(),
        },
    }
}

/// A unit of the registry's own words, in the singular too.
fn word_in_any_capitals(word: &str) -> String {
    let letters = |word: &str| -> String {
        let either = |c: char| match c {
            c if c.is_ascii_alphabetic() => format!("[{}{}]", c.to_ascii_lowercase(), c.to_ascii_uppercase()),
            c if c.is_ascii_alphanumeric() => c.to_string(),
            c => format!("\\{c}"),
        };
        word.chars().map(either).collect()
    };
    match word.trim_end_matches('s') {
        singular if singular != word => format!("{}|{}", letters(word), letters(singular)),
        _ => letters(word),
    }
}

/// The list of changes of one event.
fn edits() -> Json {
    let way = |verb: &str| json!({ "required": [verb] });
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": { "path": { "type": "string" }, "field": { "type": "string" }, "set": {}, "mul": {}, "add": {} },
            "allOf": [
                { "anyOf": [way("path"), way("field")] },
                { "oneOf": [way("set"), way("mul"), way("add")] },
            ],
            "additionalProperties": false,
        },
    })
}

/// A factor is a number of 0 or more, or per cent, with or without evidence.
fn factor() -> Json {
    let plain = json!({ "anyOf": [
        { "type": "number", "minimum": 0 },
        { "type": "string", "pattern": r"^\s*\+?[0-9_]*\.?[0-9_]+([eE][-+]?[0-9]+)?\s*%?\s*$" },
    ] });
    json!({ "anyOf": [plain, { "type": "object", "required": ["value"], "properties": { "value": plain } }] })
}

/// A table with the value and what is known about it. With a `unit` in it, the registry's range says nothing about the
/// number, so it is not bounded here.
fn evidence(parameter: &Parameter, defs: &mut Map<String, Json>) -> Json {
    let value = match parameter.kind.is_numeric() {
        true => json!({ "anyOf": [{ "type": "number" }, text(parameter, defs)] }),
        false => word(parameter),
    };
    let mut definition = json!({
        "type": "object",
        "properties": {
            "value": value,
            "grade": { "enum": GRADES },
            "source": { "type": "string" },
            "note": { "type": "string" },
            "range": { "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": ["number", "string"] } },
            "uncertain": { "$ref": "#/$defs/uncertain" },
            "deep": { "type": "boolean" },
        },
        "minProperties": 1,
        "additionalProperties": false,
    });
    if parameter.kind.is_numeric() {
        definition["properties"]["unit"] =
            json!({ "type": "string", "pattern": format!("^\\s*({})?\\s*$", unit_pattern(parameter)) });
    }
    shared("evidence", definition, defs)
}

fn uncertain() -> Json {
    let kinds: Vec<Json> = DISTRIBUTIONS
        .iter()
        .map(|(name, needs)| {
            let mut properties = Map::new();
            properties.insert("dist".to_owned(), json!({ "const": name }));
            for need in *needs {
                properties.insert((*need).to_owned(), json!({ "type": "number" }));
            }
            let mut required = vec!["dist"];
            required.extend(*needs);
            json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
        })
        .collect();
    json!({ "anyOf": kinds })
}
