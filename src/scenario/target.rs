//! What a dated event changes: selectors and fields turned into paths of parameters.

use super::build::Ids;
use super::code;
use super::near;
use super::problem::Gathered;
use super::problem::Place;
use super::registry::Kind;
use super::registry::registry;
use super::resolve::Settings;
use super::tree::shorten;
use super::value::Value;

/// Entities or sections that an event is about.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Target {
    /// `cluster.osaka`, several for a `*`; empty if every edit has a full path.
    pub prefixes: Vec<String>,
    /// Set if the target itself is the path of a parameter.
    pub full: bool,
    /// Cluster that a cost is booked to.
    pub cluster: Option<String>,
}

/// What the selectors are resolved against.
pub(super) struct Entities<'a> {
    pub ids: &'a Ids,
    pub settings: &'a Settings,
}

impl Entities<'_> {
    fn text(&self, path: &str) -> Option<&str> {
        match &self.settings.get(path)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Reads `institution:ID`, `access:A->B`, `cluster:*`, `cluster.ID`, a section or the path of a parameter.
    pub fn target(&self, text: &str, place: Place, found: &mut Gathered) -> Option<Target> {
        let text = text.trim();
        if let Some(pair) = text.strip_prefix("access:").filter(|pair| pair.contains("->")) {
            return self.access(pair, place, found);
        }
        let dotted = text.strip_prefix("parameter:").unwrap_or(text).trim().replacen(':', ".", 1);
        let (table, rest) = dotted.split_once('.').unwrap_or((dotted.as_str(), ""));
        let branch = registry().root.children.get(table).filter(|_| !is_form(table));
        let Some(branch) = branch else {
            let names = || registry().root.children.keys().map(String::as_str).filter(|name| !is_form(name));
            found
                .error(code::TARGET, place, format!("unknown target `{}`", shorten(text)))
                .expected("`institution:ID`, `cluster:ID`, `access:A->B`, `call:ID` or the path of a parameter")
                .fix_or(near::nearest(table, names()), format!("known here: {}", near::listed(names(), 40)));
            return None;
        };
        if !branch.is_entities() {
            return Some(Target { prefixes: vec![dotted.clone()], full: !rest.is_empty(), cluster: None });
        }
        let (id, field) = rest.split_once('.').unwrap_or((rest, ""));
        let suffix = if field.is_empty() { String::new() } else { format!(".{field}") };
        let prefixes: Vec<String> = self.matching(table, id).iter().map(|id| format!("{table}.{id}{suffix}")).collect();
        if prefixes.is_empty() {
            self.no_such(table, id, place, found);
            return None;
        }
        Some(Target { prefixes, full: !field.is_empty(), cluster: self.home(table, id) })
    }

    fn matching(&self, table: &str, id: &str) -> Vec<&str> {
        let ids = self.ids.get(table).into_iter().flatten().map(String::as_str);
        ids.filter(|known| id == "*" || *known == id).collect()
    }

    fn no_such(&self, table: &str, id: &str, place: Place, found: &mut Gathered) {
        let ids = || self.ids.get(table).into_iter().flatten().map(String::as_str);
        found
            .error(code::TARGET, place, format!("there is no {table} `{}`", shorten(id)))
            .expected(format!("one of {}", near::listed(ids(), 12)))
            .fix_or(
                near::nearest(id, ids()),
                "check the id; an event cannot add an entity, but can open one that has `open = false`",
            );
    }

    fn home(&self, table: &str, id: &str) -> Option<String> {
        match table {
            "cluster" if id != "*" => Some(id.to_owned()),
            _ => self.text(&format!("{table}.{id}.cluster")).map(str::to_owned),
        }
    }

    fn access(&self, pair: &str, place: Place, found: &mut Gathered) -> Option<Target> {
        let (from, to) = pair.split_once("->").map(|(a, b)| (a.trim(), b.trim()))?;
        let ends = [from, to];
        let group = |end: &str| matches!(end, "domestic" | "foreign" | "*");
        for (index, end) in ends.iter().enumerate() {
            if !(index == 1 && group(end)) && self.matching("cluster", end).is_empty() {
                self.no_such("cluster", end, place, found);
                return None;
            }
        }
        let country = |cluster: &str| self.text(&format!("cluster.{cluster}.country")).map(str::to_owned);
        let admits = |other: &str| match to {
            "*" => true,
            "domestic" => country(other) == country(from),
            "foreign" => country(other) != country(from),
            id => id == other,
        };
        let mut prefixes = Vec::new();
        for id in self.ids.get("access").into_iter().flatten() {
            let (a, b) = (self.text(&format!("access.{id}.a")), self.text(&format!("access.{id}.b")));
            let other = match (a, b) {
                (Some(a), Some(b)) if a == from => b,
                (Some(a), Some(b)) if b == from => a,
                _ => continue,
            };
            if admits(other) {
                prefixes.push(format!("access.{id}"));
            }
        }
        if prefixes.is_empty() {
            found
                .error(code::TARGET, place, format!("no `access` joins `{}`", shorten(pair)))
                .fix("add an `[[access]]` with these two ends");
            return None;
        }
        Some(Target { prefixes, full: false, cluster: Some(from.to_owned()) })
    }

    /// The paths of `field` in all entities of a target; a full path stands for itself.
    pub fn paths(
        &self,
        target: &Target,
        field: Option<&str>,
        place: Place,
        found: &mut Gathered,
    ) -> Option<Vec<String>> {
        let paths: Vec<String> = match field {
            None => target.prefixes.clone(),
            Some(field) if target.prefixes.is_empty() || registry().find(&starred(field)).is_some() => {
                let full = self.target(field, place, found)?;
                full.prefixes
            }
            Some(field) => target.prefixes.iter().map(|prefix| format!("{prefix}.{field}")).collect(),
        };
        for path in &paths {
            self.check(path, place, found)?;
        }
        Some(paths)
    }

    fn check(&self, path: &str, place: Place, found: &mut Gathered) -> Option<()> {
        let parameter = registry().find(path);
        let fixed = path.starts_with("rule.") && path.ends_with(".decision");
        // Any name of a feature is a path; only those that the rule has can change.
        let scores = path.starts_with("rule.") && path.contains(".score.");
        match parameter {
            Some(parameter)
                if !fixed && parameter.kind != Kind::Any && (!scores || self.settings.contains_key(path)) =>
            {
                Some(())
            }
            Some(_) if fixed => {
                found
                    .error(code::OPERATION, place, format!("`{path}` cannot change during a run"))
                    .fix("close this rule and open another");
                None
            }
            _ => {
                let (prefix, field) = path.rsplit_once('.').unwrap_or(("", path));
                let fields = fields_of(prefix);
                found.error(code::TARGET, place, format!("`{}` is no parameter", shorten(path))).fix_or(
                    near::nearest(field, fields.iter().map(String::as_str)),
                    format!("known here: {}", near::listed(fields.iter().map(String::as_str), 40)),
                );
                None
            }
        }
    }
}

/// Whether a table of the file is no part of the model.
pub(super) fn is_form(table: &str) -> bool {
    matches!(table, "currency" | "event" | "rate" | "source" | "time")
}

/// A path with `*` for the id of an entity, if it has three parts or more.
fn starred(path: &str) -> String {
    let path = path.replacen(':', ".", 1);
    let mut parts: Vec<&str> = path.split('.').collect();
    if parts.len() >= 3 {
        parts[1] = "*";
    }
    parts.join(".")
}

fn fields_of(prefix: &str) -> Vec<String> {
    let mut branch = &registry().root;
    for segment in prefix.split('.').filter(|s| !s.is_empty()) {
        match branch.under(segment) {
            Some(next) => branch = next,
            None => break,
        }
    }
    branch.children.keys().cloned().collect()
}
