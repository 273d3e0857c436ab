//! From the merged tree to one setting per path: unknown keys, wrong values, missing values and bad references.

use super::code;
use super::features;
use super::near;
use super::problem::Gathered;
use super::problem::Place;
use super::quantity::Rates;
use super::registry::Branch;
use super::registry::Kind;
use super::registry::Parameter;
use super::registry::registry;
use super::tree::Data;
use super::tree::Entry;
use super::tree::Node;
use super::tree::Table;
use super::tree::shorten;
use super::value::Context;
use super::value::Evidence;
use super::value::Setting;
use super::value::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// One setting per path, in alphabetical order.
pub type Settings = BTreeMap<String, Setting>;

/// Sections that everything else needs, read first.
const FIRST: [&str; 4] = ["currency", "rate", "source", "time"];

/// Everything that the resolved files say, before the dated events.
pub(super) struct Flat {
    pub settings: Settings,
    pub rates: Rates,
    pub sources: BTreeSet<String>,
}

/// Resolves the merged tree against the registry.
pub(super) fn resolve(tree: &Table, found: &mut Gathered) -> Flat {
    let sources: BTreeSet<String> =
        tree.table("source").map(|t| t.entries.keys().cloned().collect()).unwrap_or_default();
    let mut walk = Walk { settings: Settings::new(), unreadable: BTreeSet::new() };
    let root = &registry().root;
    let mut rates = Rates { base_year: 0, jpy: BTreeMap::new() };
    {
        let mut context = Context { rates: &rates, sources: &sources, found };
        for (key, entry) in &tree.entries {
            if !root.children.contains_key(key) {
                unknown_section(&mut context, key, entry);
            }
        }
        for section in FIRST {
            walk.section(&mut context, section, tree);
        }
    }
    walk.rates(&mut rates, found);
    let mut context = Context { rates: &rates, sources: &sources, found };
    for section in root.children.keys().filter(|name| !FIRST.contains(&name.as_str())) {
        walk.section(&mut context, section, tree);
    }
    references(tree, &walk.settings, found);
    rules(tree, &walk.settings, found);
    mixes(tree, &walk.settings, found);
    Flat { settings: walk.settings, rates, sources }
}

struct Walk {
    settings: Settings,
    /// Paths with a value that could not be read; they are not missing as well.
    unreadable: BTreeSet<String>,
}

fn unknown_section(context: &mut Context<'_>, key: &str, entry: &Entry) {
    let root = &registry().root;
    let names = root.children.keys().map(String::as_str).chain([
        "schema",
        "name",
        "title",
        "title_ja",
        "policy",
        "extends",
        "description",
    ]);
    // A field written at the top belongs under its section.
    let home =
        root.children.iter().find(|(_, section)| section.children.contains_key(key)).map(|(name, _)| name.clone());
    let fix = match home {
        Some(section) => format!("`{key}` belongs under `[{section}]`"),
        None => format!("known here: {}", near::listed(names.clone(), 40)),
    };
    context
        .found
        .error(code::UNKNOWN_KEY, entry.key, format!("unknown key `{}`", shorten(key)))
        .fix_or(near::nearest(key, names), fix);
}

impl Walk {
    fn section(&mut self, context: &mut Context<'_>, name: &str, tree: &Table) {
        let Some(branch) = registry().root.children.get(name) else { return };
        let empty = Table::default();
        let (table, place) = match tree.entries.get(name) {
            None => (&empty, Place { file: 0, start: 0, end: 0 }),
            Some(entry) => match &entry.node.data {
                Data::Table(table) => (table, entry.node.place),
                _ => {
                    not_a_table(context.found, name, &entry.node, branch);
                    return;
                }
            },
        };
        if branch.is_entities() {
            for (id, entry) in &table.entries {
                let path = format!("{name}.{id}");
                match (&entry.node.data, branch.any.as_deref()) {
                    (Data::Table(row), Some(fields)) => self.table(context, fields, row, &path, entry.key),
                    (_, _) => not_a_table(context.found, &path, &entry.node, branch),
                }
            }
        } else {
            self.table(context, branch, table, name, place);
        }
    }

    /// Reads one table; `place` is where missing values are reported.
    fn table(&mut self, context: &mut Context<'_>, branch: &Branch, table: &Table, path: &str, place: Place) {
        for (key, entry) in &table.entries {
            let here = format!("{path}.{key}");
            match branch.under(key) {
                None => unknown_key(context.found, branch, path, key, entry),
                Some(Branch { leaf: Some(parameter), .. }) => self.leaf(context, parameter, here, &entry.node),
                Some(inner) => match &entry.node.data {
                    Data::Table(table) => self.table(context, inner, table, &here, entry.key),
                    _ => not_a_table(context.found, &here, &entry.node, inner),
                },
            }
        }
        let mut missing = Vec::new();
        for (key, child) in &branch.children {
            let here = format!("{path}.{key}");
            if let Some(parameter) = &child.leaf {
                if !table.entries.contains_key(key) && !self.default(context, parameter, &here, place) {
                    missing.push(key.as_str());
                }
            } else if !table.entries.contains_key(key) {
                self.table(context, child, &Table::default(), &here, place);
            }
        }
        self.missing(context, path, &missing, place);
    }

    fn leaf(&mut self, context: &mut Context<'_>, parameter: &Parameter, path: String, node: &Node) {
        if parameter.kind == Kind::Any {
            return;
        }
        let read = match with_default(parameter, node) {
            Some(whole) => context.read(parameter, &path, &whole).map(|setting| over_default(parameter, setting)),
            None => context.read(parameter, &path, node),
        };
        match read {
            Some(setting) => {
                self.settings.insert(path, setting);
            }
            None => {
                self.unreadable.insert(path);
            }
        }
    }

    /// Sets the registry's default; false if there is none and the value is needed.
    fn default(&mut self, context: &mut Context<'_>, parameter: &Parameter, path: &str, place: Place) -> bool {
        let Some(default) = &parameter.default else { return parameter.optional };
        let data = data_of(default);
        // A default in a foreign currency is converted like any other value, so its problem is shown at the table.
        let node = Node::new(place, data);
        if let Some((value, _)) = context.value(parameter, path, &node, None) {
            let evidence =
                Evidence { grade: parameter.grade.clone(), source: parameter.source.clone(), ..Evidence::default() };
            let setting = Setting { value, place: Place::REGISTRY, overrode: Vec::new(), unit_given: true, evidence };
            self.settings.insert(path.to_owned(), setting);
        }
        true
    }

    fn missing(&self, context: &mut Context<'_>, path: &str, missing: &[&str], place: Place) {
        let Some(first) = missing.first() else { return };
        let (table, id) = path.split_once('.').unwrap_or((path, ""));
        let others = self.settings.keys().filter_map(|p| p.strip_prefix(table)?.strip_prefix('.')?.split('.').next());
        let near = if id.is_empty() { None } else { near::nearest(id, others.filter(|other| *other != id)) };
        let named = near::listed(missing.iter().copied(), 40);
        let message = match missing.len() {
            1 => format!("`{path}` lacks {named}"),
            n => format!("`{path}` lacks {n} values: {named}"),
        };
        let fix = match near {
            Some(other) if missing.len() > 2 => format!("did you mean `{other}`?"),
            _ => format!("add `{first} = ...`{}", example(path, first)),
        };
        context.found.error(code::MISSING, place, message).fix(fix);
    }

    fn rates(&self, rates: &mut Rates, found: &mut Gathered) {
        if let Some(Value::Number(year)) = self.settings.get("currency.base_year").map(|s| &s.value) {
            rates.base_year = *year as i32;
        }
        for (path, setting) in &self.settings {
            let Some(id) = path.strip_prefix("rate.").and_then(|p| p.strip_suffix(".currency")) else { continue };
            let number = |field: &str| match self.settings.get(&format!("rate.{id}.{field}")).map(|s| &s.value) {
                Some(Value::Number(number)) => Some(*number),
                _ => None,
            };
            let Value::Text(code) = &setting.value else { continue };
            let code = code.to_ascii_uppercase();
            if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) || code == "JPY" {
                found
                    .error(code::RATE, setting.place, format!("`{path}` is no foreign currency"))
                    .expected("three letters such as USD")
                    .fix("write the ISO 4217 code");
                continue;
            }
            let (Some(year), Some(jpy)) = (number("year"), number("jpy")) else { continue };
            if rates.jpy.insert((code.clone(), year as i32), jpy).is_some() {
                found
                    .error(code::DUPLICATE, setting.place, format!("there are two rates for {code} in {year}"))
                    .fix("keep one of them");
            }
        }
    }
}

fn data_of(default: &toml::Value) -> Data {
    match default {
        toml::Value::Boolean(flag) => Data::Flag(*flag),
        toml::Value::Integer(number) => Data::Number { text: number.to_string(), whole: true },
        toml::Value::Float(number) => Data::Number { text: format!("{number}"), whole: false },
        other => Data::Text(other.as_str().unwrap_or_default().to_owned()),
    }
}

/// A table of evidence without a value, where no file sets one, is about the registry's default.
fn with_default(parameter: &Parameter, node: &Node) -> Option<Node> {
    let (Data::Table(table), Some(default)) = (&node.data, &parameter.default) else { return None };
    let about = table.get("value").is_none() && table.get("unit").is_none() && !table.entries.is_empty();
    about.then(|| {
        let mut whole = table.clone();
        whole.insert("value", node.place, Node::new(node.place, data_of(default)));
        Node::new(node.place, Data::Table(whole))
    })
}

/// The value is the registry's, and so is the evidence that the file does not give.
fn over_default(parameter: &Parameter, mut setting: Setting) -> Setting {
    setting.place = Place::REGISTRY;
    setting.unit_given = true;
    setting.evidence.grade = setting.evidence.grade.or_else(|| parameter.grade.clone());
    setting.evidence.source = setting.evidence.source.or_else(|| parameter.source.clone());
    setting
}

fn example(path: &str, field: &str) -> String {
    match registry().find(&format!("{path}.{field}")) {
        Some(parameter) => format!(" ({})", parameter.meaning.trim_end_matches('.')),
        None => String::new(),
    }
}

fn not_a_table(found: &mut Gathered, path: &str, node: &Node, branch: &Branch) {
    let what = node.describe();
    let fix = if branch.is_entities() && !path.contains('.') {
        format!("write `[[{path}]]`")
    } else {
        format!("write `[{path}]`")
    };
    found.error(code::WRONG_TYPE, node.place, format!("`{path}` is a table")).expected("a table").found(what).fix(fix);
}

fn unknown_key(found: &mut Gathered, branch: &Branch, path: &str, key: &str, entry: &Entry) {
    let names = || branch.children.keys().map(String::as_str);
    // The same name in another section is the likeliest slip after a misspelling.
    let elsewhere = registry().root.children.iter().find(|(_, section)| {
        section.children.contains_key(key) || section.any.as_ref().is_some_and(|any| any.children.contains_key(key))
    });
    let fix = match elsewhere {
        Some((section, _)) => format!("`{key}` is known under `{section}`"),
        None => format!("known here: {}", near::listed(names(), 40)),
    };
    found
        .error(code::UNKNOWN_KEY, entry.key, format!("unknown key `{}` of `{path}`", shorten(key)))
        .fix_or(near::nearest(key, names()), fix);
}

/// Checks that every reference names an entity.
fn references(tree: &Table, settings: &Settings, found: &mut Gathered) {
    for (path, setting) in settings {
        let Some(parameter) = registry().find(path) else { continue };
        let Some(to) = &parameter.to else { continue };
        let ids = || tree.table(to).into_iter().flat_map(|t| t.entries.keys()).map(String::as_str);
        let wanted: &[String] = match &setting.value {
            Value::Text(id) => std::slice::from_ref(id),
            Value::List(ids) => ids,
            _ => continue,
        };
        for id in wanted {
            if ids().all(|known| known != id) {
                found
                    .error(code::REFERENCE, setting.place, format!("`{path}` names no {to}: \"{}\"", shorten(id)))
                    .expected(format!("one of {}", near::listed(ids(), 12)))
                    .fix_or(near::nearest(id, ids()), format!("add `[[{to}]]` with `id = \"{}\"`", shorten(id)));
            }
        }
    }
}

/// Checks that every weight of a mix is one of a modality.
fn mixes(tree: &Table, settings: &Settings, found: &mut Gathered) {
    let known = || tree.table("modality").into_iter().flat_map(|t| t.entries.keys()).map(String::as_str);
    for (path, setting) in settings {
        if registry().find(path).is_none_or(|parameter| !parameter.path.ends_with(".mix.*")) {
            continue;
        }
        let Some((_, id)) = path.rsplit_once('.') else { continue };
        if known().all(|modality| modality != id) {
            found
                .error(code::REFERENCE, setting.place, format!("`{path}` names no modality: \"{}\"", shorten(id)))
                .expected(format!("one of {}", near::listed(known(), 12)))
                .fix_or(near::nearest(id, known()), "leave it away, or write another");
        }
    }
}

/// Checks that every feature of a rule exists in the rule's decision.
fn rules(tree: &Table, settings: &Settings, found: &mut Gathered) {
    for (id, entry) in tree.table("rule").into_iter().flat_map(|t| &t.entries) {
        let Data::Table(rule) = &entry.node.data else { continue };
        let decision = match settings.get(&format!("rule.{id}.decision")).map(|s| &s.value) {
            Some(Value::Text(decision)) => decision.clone(),
            _ => continue,
        };
        let known = || features::features().iter().filter(|f| f.decisions.contains(&decision)).map(|f| f.name.as_str());
        let scores = rule.table("score");
        if scores.is_none_or(|s| s.entries.is_empty()) {
            found
                .error(code::MISSING, entry.key, format!("the rule `{id}` scores nothing"))
                .fix(format!("add `score = {{ {} = ... }}`", known().next().unwrap_or("constant")));
        }
        for (feature, score) in scores.into_iter().flat_map(|s| &s.entries) {
            if known().any(|name| name == feature) {
                continue;
            }
            let exists = features::order(feature) != usize::MAX;
            let message = if exists {
                format!("the feature `{feature}` does not exist in decisions about {decision}")
            } else {
                format!("unknown feature `{}`", shorten(feature))
            };
            found
                .error(code::FEATURE, score.key, message)
                .expected(format!("one of {}", near::listed(known(), 30)))
                .fix_or(near::nearest(feature, known()), "leave it away, or write another");
        }
    }
}
