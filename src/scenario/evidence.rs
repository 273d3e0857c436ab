//! What a file says about a value beside the value itself: source, grade, range and distribution.

use super::code;
use super::near;
use super::problem::Place;
use super::quantity::Decimal;
use super::registry::Parameter;
use super::tree::Data;
use super::tree::Node;
use super::tree::Table;
use super::tree::shorten;
use super::value::Context;
use super::value::Evidence;

/// Grades of evidence.
pub(super) const GRADES: &[&str] = &["A", "B", "C", "calibrated"];

/// Distributions and the numbers that each needs.
pub(super) const DISTRIBUTIONS: &[(&str, &[&str])] = &[
    ("uniform", &["low", "high"]),
    ("loguniform", &["low", "high"]),
    ("triangular", &["low", "mode", "high"]),
    ("normal", &["sd"]),
    ("lognormal", &["sigma"]),
    ("beta", &["alpha", "beta"]),
];

const EVIDENCE_KEYS: &[&str] = &["value", "unit", "grade", "source", "note", "range", "uncertain", "deep"];

impl Context<'_> {
    pub(super) fn evidence<'n>(
        &mut self,
        parameter: &Parameter,
        path: &str,
        place: Place,
        table: &'n Table,
    ) -> Option<(&'n Node, Option<&'n Node>, Evidence)> {
        for (key, entry) in &table.entries {
            if !EVIDENCE_KEYS.contains(&key.as_str()) {
                self.found
                    .error(code::UNKNOWN_KEY, entry.key, format!("unknown key `{}` beside a value", shorten(key)))
                    .expected(format!("one of {}", near::listed(EVIDENCE_KEYS.iter().copied(), 20)))
                    .fix_or(
                        near::nearest(key, EVIDENCE_KEYS.iter().copied()),
                        "leave it away, or write it as a `note`",
                    );
            }
        }
        let Some(value) = table.get("value") else {
            self.found
                .error(code::MISSING, place, format!("`{path}` has no `value`"))
                .expected("a table with `value`")
                .fix("add `value = ...`; notes without a value go over a value of a file that is extended");
            return None;
        };
        let unit = table.get("unit");
        if let Some(node) = unit.filter(|n| n.text().is_none()) {
            let what = node.describe();
            self.found
                .error(code::WRONG_TYPE, node.place, "`unit` is a text")
                .expected("a text")
                .found(what)
                .fix("write it in quotation marks");
        }
        let mut evidence = Evidence { note: self.text(table, "note"), ..Evidence::default() };
        evidence.grade = self.grade(table);
        evidence.source = self.source(table);
        match table.get("deep").map(|n| (&n.data, n)) {
            Some((Data::Flag(deep), _)) => evidence.deep = *deep,
            Some((_, node)) => {
                let what = node.describe();
                self.found
                    .error(code::WRONG_TYPE, node.place, "`deep` is true or false")
                    .expected("true or false")
                    .found(what)
                    .fix("write `deep = true`");
            }
            None => {}
        }
        if let Some(node) = table.get("range") {
            evidence.range = self.own_range(parameter, path, node, unit);
        }
        if let Some(node) = table.get("uncertain") {
            evidence.uncertain = self.uncertain(path, node);
        }
        Some((value, unit, evidence))
    }

    fn text(&mut self, table: &Table, key: &str) -> Option<String> {
        let node = table.get(key)?;
        if node.text().is_none() {
            let what = node.describe();
            self.found
                .error(code::WRONG_TYPE, node.place, format!("`{key}` is a text"))
                .expected("a text")
                .found(what)
                .fix("write it in quotation marks");
        }
        node.text().map(str::to_owned)
    }

    /// The `grade` of a table, if it has one that exists.
    pub(super) fn grade(&mut self, table: &Table) -> Option<String> {
        let grade = self.text(table, "grade")?;
        if !GRADES.contains(&grade.as_str()) {
            let place = table.get("grade")?.place;
            let near = GRADES.iter().find(|g| g.eq_ignore_ascii_case(&grade)).map(|g| (*g).to_owned());
            self.found
                .error(code::GRADE, place, format!("unknown grade \"{}\"", shorten(&grade)))
                .expected(format!("one of {}", near::listed(GRADES.iter().copied(), 9)))
                .fix_or(
                    near.or_else(|| near::nearest(&grade, GRADES.iter().copied())),
                    "A read in a source, B standard and quoted from memory, C assumption",
                );
        }
        Some(grade)
    }

    /// The `source` of a table, if it has one that is known.
    pub(super) fn source(&mut self, table: &Table) -> Option<String> {
        let source = self.text(table, "source")?;
        let free = source == "assumption" || source.starts_with("model:") || source.starts_with("evidence:");
        if !free && !self.sources.contains(&source) {
            let place = table.get("source")?.place;
            let near = near::nearest(&source, self.sources.iter().map(String::as_str));
            self.found
                .error(code::SOURCE, place, format!("unknown source \"{}\"", shorten(&source)))
                .expected("the id of a `[[source]]`, `model:...`, `evidence:...` or `assumption`")
                .fix_or(near, format!("add `[[source]]` with `id = \"{}\"` and a `title`", shorten(&source)));
        }
        Some(source)
    }

    fn own_range(&mut self, parameter: &Parameter, path: &str, node: &Node, unit: Option<&Node>) -> Option<[f64; 2]> {
        // Bare bounds are in `unit` if that stands beside them, and else, like every bare number, in the registry's.
        let numbers = match &node.data {
            Data::List(items) if items.len() == 2 && parameter.kind.is_numeric() => {
                let bound = |this: &mut Self, item: &Node| {
                    let own = item.text().and_then(Decimal::split).is_some_and(|(_, rest)| !rest.is_empty());
                    let (number, _) = this.number(parameter, path, item, if own { None } else { unit })?;
                    this.in_range(parameter, path, item.place, number).map(|()| number)
                };
                let (low, high) = (bound(self, &items[0])?, bound(self, &items[1])?);
                // The order says at which end a policy does less, and is kept where the ends are taken (`range.rs`).
                [low.min(high), low.max(high)]
            }
            _ => {
                self.found
                    .error(code::UNCERTAIN, node.place, format!("`range` of `{path}` is not a range"))
                    .expected("a list of two numbers")
                    .found(node.describe())
                    .fix("write `range = [low, high]`");
                return None;
            }
        };
        Some(numbers)
    }

    fn uncertain(&mut self, path: &str, node: &Node) -> Option<serde_json::Value> {
        let Data::Table(table) = &node.data else {
            let what = node.describe();
            self.found
                .error(code::UNCERTAIN, node.place, format!("`uncertain` of `{path}` is not a distribution"))
                .expected("a table with `dist`")
                .found(what)
                .fix("write `uncertain = { dist = \"lognormal\", sigma = 0.3 }`");
            return None;
        };
        let names = || DISTRIBUTIONS.iter().map(|(name, _)| *name);
        let dist = table.get("dist").and_then(Node::text).unwrap_or("");
        let Some((name, needs)) = DISTRIBUTIONS.iter().find(|(name, _)| *name == dist) else {
            let place = table.get("dist").map_or(node.place, |n| n.place);
            self.found
                .error(code::UNCERTAIN, place, format!("unknown distribution \"{}\" of `{path}`", shorten(dist)))
                .expected(format!("one of {}", near::listed(names(), 20)))
                .fix_or(near::nearest(dist, names()), "write `dist = \"uniform\"` with `low` and `high`");
            return None;
        };
        let mut out = serde_json::Map::new();
        out.insert("dist".to_owned(), serde_json::json!(name));
        for (key, entry) in table.entries.iter().filter(|(key, _)| *key != "dist") {
            let number = match &entry.node.data {
                Data::Number { text, .. } if needs.contains(&key.as_str()) => {
                    text.parse::<f64>().ok().filter(|n| n.is_finite())
                }
                _ => None,
            };
            let Some(number) = number else {
                self.found
                    .error(code::UNCERTAIN, entry.key, format!("`{}` does not fit a {name} distribution", shorten(key)))
                    .expected(format!("the numbers {}", near::listed(needs.iter().copied(), 9)))
                    .fix_or(near::nearest(key, needs.iter().copied()), "leave it away, or make it a number");
                return None;
            };
            out.insert(key.clone(), serde_json::json!(number));
        }
        if let Some(missing) = needs.iter().find(|need| !out.contains_key(**need)) {
            self.found
                .error(code::UNCERTAIN, node.place, format!("the {name} distribution of `{path}` lacks `{missing}`"))
                .expected(format!("the numbers {}", near::listed(needs.iter().copied(), 9)))
                .fix(format!("add `{missing} = ...`"));
            return None;
        }
        Some(serde_json::Value::Object(out))
    }
}
