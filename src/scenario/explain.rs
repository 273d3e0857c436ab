//! What a resolved value is, where it comes from and what is known about it.

use super::features;
use super::load::Scenario;
use super::near;
use super::range::Assumption;
use super::registry::Parameter;
use super::registry::registry;
use super::value;
use super::value::Setting;
use super::value::Value;
use serde::Serialize;
use std::collections::BTreeSet;

/// One resolved parameter, for people and for `--format json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Its path.
    pub path: String,
    /// As written in the file; of a default, as in the registry.
    pub written: String,
    /// In the working unit, with it.
    pub value: String,
    /// Unit of a bare number in a file.
    pub unit: String,
    /// Least and greatest legal value, in `unit`.
    pub range: Option<[f64; 2]>,
    /// What it means.
    pub meaning: String,
    /// M-number of the mechanism that reads it.
    pub mechanism: Option<String>,
    /// Grade of the evidence.
    pub grade: Option<String>,
    /// Id of the source.
    pub source: Option<String>,
    /// Title of the source, if a file lists it.
    pub source_title: Option<String>,
    /// Address of the source.
    pub source_url: Option<String>,
    /// Remark.
    pub note: Option<String>,
    /// Plausible range declared beside the value, in the working unit.
    pub plausible: Option<[f64; 2]>,
    /// Declared distribution.
    pub uncertain: Option<serde_json::Value>,
    /// `file:line` that set it, or `default`.
    pub set: String,
    /// `file:line` of each value that it overrode, oldest first.
    pub overrode: Vec<String>,
    /// What dated events make of it: month, event, value.
    pub changes: Vec<(String, String, String)>,
}

impl Scenario {
    /// Explains one parameter.
    #[must_use]
    pub fn explanation(&self, path: &str) -> Option<Explanation> {
        let setting = self.resolved.settings.get(path)?;
        let parameter = registry().find(path)?;
        let evidence = &setting.evidence;
        let about = |field: &str| match &self
            .resolved
            .settings
            .get(&format!("source.{}.{field}", evidence.source.as_deref()?))?
            .value
        {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        let changes = self.epochs.iter().flat_map(|epoch| {
            let date = self.start.plus(i32::from(epoch.from.0)).to_string();
            let here = epoch.changes.iter().filter(|change| change.path == path);
            here.map(move |change| {
                let after = change.after.as_ref().map_or_else(|| "none".to_owned(), |v| value::words(parameter, v));
                (date.clone(), change.event.clone(), after)
            })
        });
        Some(Explanation {
            path: path.to_owned(),
            written: self.written(setting, parameter),
            value: value::words(parameter, &setting.value),
            unit: parameter.unit.clone(),
            range: parameter.range,
            meaning: parameter.meaning.clone(),
            mechanism: parameter.mechanism.clone(),
            grade: evidence.grade.clone(),
            source: evidence.source.clone(),
            source_title: about("title"),
            source_url: about("url"),
            note: evidence.note.clone(),
            plausible: evidence.range,
            uncertain: evidence.uncertain.clone(),
            set: self.resolved.name(setting.place),
            overrode: setting.overrode.iter().map(|place| self.resolved.name(*place)).collect(),
            changes: changes.collect(),
        })
    }

    fn written(&self, setting: &Setting, parameter: &Parameter) -> String {
        match self.resolved.sources.get(usize::from(setting.place.file)) {
            Some(source) => {
                let (start, end) = (setting.place.start as usize, setting.place.end as usize);
                source.text().get(start..end).unwrap_or_default().to_owned()
            }
            None => parameter.default.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }

    /// Explains a path in words: a parameter, everything under `cluster.osaka` or `labour`, `rules.collaboration`, or all
    /// `ranges`.
    ///
    /// # Errors
    /// One sentence, with the nearest path, if nothing has this path.
    pub fn explain(&self, path: &str) -> Result<String, String> {
        if path == "rules" {
            let decisions = registry().find("rule.*.decision").map(|p| p.choices.clone()).unwrap_or_default();
            return decisions
                .iter()
                .map(|decision| self.explain_rules(decision))
                .collect::<Result<Vec<_>, _>>()
                .map(|all| all.join("\n"));
        }
        if path == "ranges" {
            return Ok(self.explain_ranges());
        }
        if let Some(decision) = path.strip_prefix("rules.") {
            return self.explain_rules(decision);
        }
        if let Some(explanation) = self.explanation(path) {
            return Ok(explanation.to_text());
        }
        let prefix = format!("{path}.");
        let under: Vec<String> = self
            .resolved
            .settings
            .keys()
            .filter(|known| known.starts_with(&prefix))
            .filter_map(|known| self.explanation(known))
            .map(|e| format!("{:<44} {:<28} {}", e.path, e.value, e.set))
            .collect();
        if under.is_empty() {
            return Err(match self.nearest_path(path) {
                Some(other) => format!("there is no parameter `{path}`: did you mean `{other}`?"),
                None => format!("there is no parameter `{path}`"),
            });
        }
        Ok(under.join("\n") + "\n")
    }

    /// Every number with a range, what it is at both ends, and where it stands.
    fn explain_ranges(&self) -> String {
        let line = |one: &Assumption| {
            let proof = [&one.grade, &one.source].into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
            let place = self.resolved.name(one.place);
            format!("{}\n  {}, low {}, high {}\n  {proof}; {place}\n", one.path, one.written, one.low, one.high)
        };
        match self.resolved.assumptions.as_slice() {
            [] => "no number has a range\n".to_owned(),
            all => all.iter().map(line).collect(),
        }
    }

    /// The path, or the start of one with as many parts, that is most like one that does not exist.
    fn nearest_path(&self, path: &str) -> Option<String> {
        let parts = path.split('.').count();
        let starts: BTreeSet<String> = self
            .resolved
            .settings
            .keys()
            .map(|known| known.split('.').take(parts).collect::<Vec<_>>().join("."))
            .collect();
        near::nearest(path, starts.iter().map(String::as_str))
    }

    fn explain_rules(&self, decision: &str) -> Result<String, String> {
        let choices = registry().find("rule.*.decision").map(|p| p.choices.clone()).unwrap_or_default();
        if !choices.iter().any(|choice| choice == decision) {
            let choices = choices.iter().map(String::as_str);
            return Err(format!("there are no rules of `{decision}`: {}", near::listed(choices, 9)));
        }
        let mut text = format!("Rules of {decision}: all that fit are added up.\n");
        for id in self.resolved.ids.get("rule").into_iter().flatten() {
            let value = |field: &str| self.resolved.settings.get(&format!("rule.{id}.{field}")).map(|s| &s.value);
            if value("decision") != Some(&Value::Text(decision.to_owned())) {
                continue;
            }
            let closed = if value("open") == Some(&Value::Flag(false)) { " (closed)" } else { "" };
            text.push_str(&format!("\n{id}{closed}\n"));
            for (side, words) in [("who", "decided by"), ("whom", "about")] {
                for field in ["actor", "country", "cluster"] {
                    if let Some(Value::List(items)) = value(&format!("{side}.{field}")) {
                        text.push_str(&format!("  {words} {field}: {}\n", items.join(", ")));
                    }
                }
            }
            match value("when.hot") {
                Some(Value::Flag(true)) => text.push_str("  only in hot funding regimes\n"),
                Some(Value::Flag(false)) => text.push_str("  only in cold funding regimes\n"),
                _ => {}
            }
            for feature in features::features() {
                let path = format!("rule.{id}.score.{}", feature.name);
                if let Some(setting) = self.resolved.settings.get(&path)
                    && let Value::Number(number) = setting.value
                {
                    let set = self.resolved.name(setting.place);
                    text.push_str(&format!("  {number:>8} x {:<20} {} ({set})\n", feature.name, feature.meaning));
                }
            }
        }
        text.push_str(&format!("\nFeatures of {decision}:\n"));
        for feature in features::features().iter().filter(|f| f.decisions.iter().any(|d| d == decision)) {
            text.push_str(&format!("  {:<20} {}\n", feature.name, feature.meaning));
        }
        Ok(text)
    }
}

impl Explanation {
    /// In words, a line each.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n  {}\n", self.path, self.meaning);
        let mut line = |name: &str, value: String| text.push_str(&format!("  {name:<10} {value}\n"));
        line(
            "value",
            if self.value.split(' ').next() == Some(self.written.as_str()) {
                self.value.clone()
            } else {
                format!("{} (written {})", self.value, self.written)
            },
        );
        if let Some([low, high]) = self.range {
            line("range", format!("{low} to {high} {}", self.unit).trim_end().to_owned());
        }
        if let Some(mechanism) = &self.mechanism {
            line("mechanism", mechanism.clone());
        }
        if let Some(grade) = &self.grade {
            line("grade", grade.clone());
        }
        if let Some(source) = &self.source {
            let title = self.source_title.as_ref().map(|t| format!(": {t}")).unwrap_or_default();
            let url = self.source_url.as_ref().map(|u| format!(" <{u}>")).unwrap_or_default();
            line("source", format!("{source}{title}{url}"));
        }
        if let Some(note) = &self.note {
            line("note", note.clone());
        }
        if let Some([low, high]) = self.plausible {
            line("plausible", format!("{low} to {high}"));
        }
        if let Some(uncertain) = &self.uncertain {
            line("uncertain", uncertain.to_string());
        }
        line("set", self.set.clone());
        for place in self.overrode.iter().rev() {
            line("overrode", place.clone());
        }
        for (date, event, value) in &self.changes {
            line("from", format!("{date}: {value} (event {event})"));
        }
        text
    }
}
