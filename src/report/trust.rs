//! What limits the trust in the answer: the widest intervals, the assumptions, what it cannot be used for, what was
//! left out, and how to make it again.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use crate::scenario::registry::registry;
use crate::statistics::Place;

use super::address::join;
use super::number::{Kind, Style};
use super::view::View;

/// Rows of the table of the widest intervals.
const WIDEST: usize = 10;
/// Grades of evidence, weakest first.
const GRADES: [&str; 5] = ["D", "C", "calibrated", "B", "A"];
/// Tables of the scenario that describe single entries, of which there are thousands of values.
const ENTRIES: [&str; 9] =
    ["institution", "startup", "fund", "facility", "cluster", "access", "source", "event", "rate"];

impl View<'_> {
    pub(super) fn uncertain(&self) -> Markup {
        let ev = self.ev;
        let count = Style::level(Kind::Count);
        let resolved = ev.study.manifest["scenario"]["resolved"].is_object();
        let relative = |policy: usize, metric: usize| {
            self.value(&self.difference(policy, Place { metric, ..ev.decision }, "relative"))
        };
        let mut widest: Vec<(usize, usize)> = (1..ev.scenarios.len())
            .flat_map(|policy| (0..ev.layout.metrics.len()).map(move |metric| (policy, metric)))
            .filter(|(policy, metric)| relative(*policy, *metric).is_finite() && relative(*policy, *metric) > 0.0)
            .collect();
        widest.sort_by(|a, b| relative(b.0, b.1).total_cmp(&relative(a.0, a.1)).then(a.cmp(b)));
        let rows = widest.into_iter().take(WIDEST).map(|(policy, metric)| {
            let place = Place { metric, ..ev.decision };
            let cells = vec![
                html! { (self.metric(&ev.layout.metrics[metric])) },
                self.n(&self.difference(policy, place, "relative"), Style::level(Kind::Share)),
                self.change_cell(policy, place),
            ];
            (self.scenario(policy), cells)
        });
        let head = ["word.policy", "word.metric", "uncertain.relative", "word.difference"].map(|key| self.t(key));
        let grade = |grade: &str| self.n(&join(&["grade", grade]), count);
        html! {
            section aria-labelledby=(self.id("uncertain")) {
                h2 id=(self.id("uncertain")) { (self.t("uncertain.heading")) }
                ul.caveats {
                    li { @if ev.study.points > 1 {
                        (self.say("uncertain.futures", &[("points", self.n("run/points", Style::level(Kind::Plain)))]))
                    } @else { (self.t("uncertain.chance_only")) } }
                    li { (self.say("uncertain.tally", &[("told", self.n("run/told", count)), ("untold", self.n("run/untold", count))])) }
                    @if resolved {
                        li { (self.say("uncertain.grades", &[
                            ("a", grade("A")), ("b", grade("B")), ("c", grade("C")), ("calibrated", grade("calibrated")),
                        ])) }
                    }
                    @if ev.left_out > 0 {
                        li { (self.say("uncertain.left_out", &[("left_out", self.n("run/left_out", Style::level(Kind::Plain)))])) }
                    }
                }
                (self.table(&format!("{}: {}", self.t("uncertain.table"), self.row_plain(ev.decision.row)), &head, rows.collect()))
            }
        }
    }

    pub(super) fn assumptions(&self) -> Markup {
        let ev = self.ev;
        html! {
            section aria-labelledby=(self.id("assumptions")) {
                h2 id=(self.id("assumptions")) { (self.t("assumptions.heading")) }
                @if let Some(resolved) = ev.study.manifest["scenario"]["resolved"].as_object() {
                    p { (self.t("assumptions.how")) }
                    h3 { (self.t("assumptions.policies")) }
                    @for policy in 1..ev.scenarios.len() { (self.events(policy)) }
                    h3 { (self.t("assumptions.entities")) }
                    p { (self.t("assumptions.entities_how")) }
                    (self.grades_by_table(resolved))
                    details {
                        summary { (self.t("assumptions.parameters")) }
                        (self.parameters(resolved))
                    }
                    @if !ev.study.varied.is_empty() { (self.varied()) }
                } @else {
                    p { (self.t("assumptions.none")) }
                    (self.varied())
                }
            }
        }
    }

    /// What a sweep varied, and between which values.
    fn varied(&self) -> Markup {
        let head = ["assumptions.path", "assumptions.varied"].map(|key| self.t(key));
        let rows = self.ev.study.varied.iter().enumerate().map(|(at, (path, _))| {
            let end = |field: &str| join(&["varied", &at.to_string(), field]);
            let plain = Style::level(Kind::Plain);
            (html! { code { (path) } }, vec![self.interval(&end("least"), &end("most"), plain)])
        });
        self.table(&self.t("assumptions.parameters"), &head, rows.collect())
    }

    /// A value of the resolved scenario under a policy: what its patch says, else the baseline's.
    fn under(&self, policy: usize, path: &str, field: &str) -> Option<&Value> {
        let manifest = &self.ev.study.manifest;
        let patched = &manifest["policies"][policy - 1]["resolved_merge_patch"][path][field];
        let value = if patched.is_null() { &manifest["scenario"]["resolved"][path][field] } else { patched };
        (!value.is_null()).then_some(value)
    }

    /// The dated events of a policy, with what they change and why one should believe it.
    fn events(&self, policy: usize) -> Markup {
        let patch = self.ev.study.manifest["policies"][policy - 1]["resolved_merge_patch"].as_object();
        let mut events: Vec<&str> = patch
            .into_iter()
            .flatten()
            .filter_map(|(path, _)| path.strip_prefix("event.")?.split('.').next())
            .collect();
        events.sort_unstable();
        events.dedup();
        let field = |event: &str, name: &str| {
            self.under(policy, &format!("event.{event}.{name}"), "value").map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        let told = ["title", "grade", "source", "note", "target", "op", "field", "at", "from", "until"];
        let weight =
            |event: &str| GRADES.iter().position(|grade| field(event, "grade").as_deref() == Some(grade)).unwrap_or(0);
        events.sort_by_key(|event| weight(event));
        let rows = events.iter().map(|event| {
            let mut change: Vec<String> =
                ["at", "from", "until", "target", "op", "field"].iter().filter_map(|name| field(event, name)).collect();
            let prefix = format!("event.{event}.");
            let own = patch.into_iter().flatten().filter_map(|(path, _)| path.strip_prefix(&prefix));
            for name in own.filter(|name| !told.contains(name)) {
                change.extend(field(event, name).map(|value| format!("{name} {value}")));
            }
            let note = field(event, "note");
            let source = field(event, "source");
            let cells = vec![
                html! { code { (change.join(", ")) } },
                html! { (field(event, "grade").unwrap_or_else(|| self.t("assumptions.ungraded"))) },
                html! { span lang="en" { (source.map(|id| self.source(&id)).unwrap_or_default())
                @if let Some(note) = note { " – " (note) } } },
            ];
            (html! { span lang="en" { (field(event, "title").unwrap_or_else(|| (*event).to_owned())) } }, cells)
        });
        let rows: Vec<(Markup, Vec<Markup>)> = rows.collect();
        let head =
            ["assumptions.event", "assumptions.what", "assumptions.grade", "assumptions.source"].map(|key| self.t(key));
        html! {
            h4 { (self.scenario(policy)) }
            @if rows.is_empty() { p { (self.t("assumptions.same_baseline")) } }
            @else { (self.table(&self.scenario_plain(policy), &head, rows)) }
        }
    }

    /// A source by its title and id.
    fn source(&self, id: &str) -> String {
        let title = &self.ev.study.manifest["scenario"]["resolved"][format!("source.{id}.title")]["value"];
        title.as_str().map_or_else(|| id.to_owned(), |title| format!("{title} ({id})"))
    }

    fn grades_by_table(&self, resolved: &serde_json::Map<String, Value>) -> Markup {
        let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for (path, entry) in resolved {
            let table = path.split('.').next().unwrap_or_default();
            if table != "source"
                && table != "event"
                && let Some(grade) = entry["grade"].as_str()
            {
                *counts.entry(table).or_default().entry(grade).or_default() += 1;
            }
        }
        let graded: Vec<&str> =
            GRADES.into_iter().filter(|grade| counts.values().any(|of| of.contains_key(grade))).collect();
        let head: Vec<String> =
            std::iter::once(self.t("assumptions.kind")).chain(graded.iter().map(|grade| (*grade).to_owned())).collect();
        let rows = counts.keys().map(|table| {
            let cells =
                graded.iter().map(|grade| self.n(&join(&["grade", grade, table]), Style::level(Kind::Count))).collect();
            (html! { code { (table) } }, cells)
        });
        self.table(&self.t("assumptions.entities"), &head, rows.collect())
    }

    /// Values of the rules, weakest evidence first.
    fn parameters(&self, resolved: &serde_json::Map<String, Value>) -> Markup {
        let weight =
            |entry: &Value| GRADES.iter().position(|grade| entry["grade"].as_str() == Some(grade)).unwrap_or(0);
        let mut listed: Vec<(&String, &Value)> = resolved
            .iter()
            .filter(|(path, entry)| {
                let table = path.split('.').next().unwrap_or_default();
                !ENTRIES.contains(&table) && entry["value"].is_number() && entry["grade"].is_string()
            })
            .collect();
        listed.sort_by(|a, b| weight(a.1).cmp(&weight(b.1)).then(a.0.cmp(b.0)));
        let english = self.language == crate::plot::Language::English;
        let rows = listed.into_iter().map(|(path, entry)| {
            let meaning = registry().find(path).map(|parameter| parameter.meaning.clone()).filter(|_| english);
            let source = entry["source"].as_str().map(|id| self.source(id)).unwrap_or_default();
            let cells = vec![
                html! { (self.n(&join(&["set", path]), Style::level(Kind::Plain))) " " (entry["unit"].as_str().unwrap_or_default()) },
                html! { (entry["grade"].as_str().unwrap_or_default()) },
                html! { span lang="en" { (source) } },
            ];
            (html! { code { (path) } @if let Some(meaning) = meaning { span.note { " " (meaning) } } }, cells)
        });
        let head =
            ["assumptions.path", "assumptions.value", "assumptions.grade", "assumptions.source"].map(|key| self.t(key));
        self.table(&self.t("assumptions.parameters"), &head, rows.collect())
    }

    pub(super) fn limits(&self) -> Markup {
        let list = |name: &str, keys: &[&str], more: Option<Markup>| {
            html! {
                section aria-labelledby=(self.id(name)) {
                    h2 id=(self.id(name)) { (self.t(&format!("{name}.heading"))) }
                    ul {
                        @if let Some(more) = more { li { (more) } }
                        @for key in keys { li { (self.t(&format!("{name}.{key}"))) } }
                    }
                }
            }
        };
        html! {
            (list("limits", &["calibration", "rules", "sure", "company", "compare"], None))
            (list("unquantified", &["health", "wider", "fairness", "politics", "discount"], self.without_cost()))
        }
    }

    /// Policies that cost nothing in any pair, which cannot be true outside the model.
    fn without_cost(&self) -> Option<Markup> {
        let ev = self.ev;
        let metric = ev.wide.metric("public_cost_jpy")?;
        let place = Place { metric, row: ev.rows.len() - 1, year: ev.last_year() };
        let booked = |policy: usize| {
            let events = ev.study.manifest["policies"][policy - 1]["resolved_merge_patch"].as_object();
            events.into_iter().flatten().any(|(path, _)| path.starts_with("event.") && path.ends_with(".cost"))
        };
        let names: Vec<String> = (1..ev.scenarios.len())
            .filter(|policy| !booked(*policy) && self.sign(*policy, place) <= 0)
            .map(|policy| self.scenario_plain(policy))
            .collect();
        let joint = if self.language == crate::plot::Language::Japanese { "、" } else { ", " };
        (!names.is_empty()).then(|| self.say("unquantified.no_cost", &[("policies", html! { (names.join(joint)) })]))
    }

    pub(super) fn reproduce(&self, font: &Markup) -> Markup {
        let ev = self.ev;
        let manifest = &ev.study.manifest;
        let plain = Style::level(Kind::Plain);
        let mut rows: Vec<(Markup, Vec<Markup>)> = Vec::new();
        let mut row = |key: &str, content: Markup| rows.push((html! { (self.t(key)) }, vec![content]));
        let text = |value: &Value| html! { code { (value.as_str().unwrap_or("–")) } };
        row("reproduce.version", html! { code { "trihelix " (manifest["version"].as_str().unwrap_or("–")) } });
        row("reproduce.behaviour", self.n("run/behaviour", plain));
        if manifest["commit"].is_string() {
            row("reproduce.commit", text(&manifest["commit"]));
        }
        row("reproduce.seed", self.n("run/seed", plain));
        row("reproduce.runs", self.n("run/runs", Style::level(Kind::Count)));
        if manifest["verb"] == "compare" {
            row("reproduce.scenario", text(&manifest["scenario"]["digest"]));
        } else {
            row("reproduce.study", text(&manifest["state_digest"]));
        }
        row("reproduce.records", text(&manifest["files"]["records.parquet"]));
        let head = ["reproduce.item", "reproduce.content"].map(|key| self.t(key));
        let inputs = manifest["inputs"].as_array().into_iter().flatten();
        html! {
            section aria-labelledby=(self.id("reproduce")) {
                h2 id=(self.id("reproduce")) { (self.t("reproduce.heading")) }
                p { (self.t("reproduce.how")) }
                dl {
                    dt { (self.t("reproduce.command")) } dd { code { (command(manifest)) } }
                    dt { (self.t("reproduce.report")) } dd { code { "trihelix report DIR --lang " (self.code()) } }
                    dt { (self.t("reproduce.lint")) } dd { code { "trihelix report lint report.html" } }
                }
                (self.table(&self.t("reproduce.table"), &head, rows))
                @if manifest["verb"] == "compare" { (self.alignment()) }
                details {
                    summary { (self.t("reproduce.inputs")) }
                    ul.digests { @for input in inputs { li {
                        code { (input["name"].as_str().unwrap_or_default()) } " " code { (input["digest"].as_str().unwrap_or_default()) }
                    } } }
                }
                p.note { (font) }
            }
        }
    }

    fn alignment(&self) -> Markup {
        let ev = self.ev;
        let head = [self.t("word.policy"), self.t("reproduce.alignment")];
        let rows = (1..ev.scenarios.len()).map(|policy| {
            let address = join(&["alignment", &ev.scenarios[policy].id, "score"]);
            (self.scenario(policy), vec![self.n(&address, Style::level(Kind::Share))])
        });
        self.table(&self.t("reproduce.alignment"), &head, rows.collect())
    }
}

/// The command that made the results, as far as the manifest tells: file names without their folders.
fn command(manifest: &Value) -> String {
    let name = |value: &Value| value["name"].as_str().unwrap_or("?").to_owned();
    let quoted = |word: &str| {
        let plain = word.chars().all(|letter| letter.is_alphanumeric() || "-_./=,:@+%".contains(letter));
        if plain && !word.is_empty() { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
    };
    if manifest["verb"] == "sweep" {
        return format!("trihelix sweep {}", quoted(&name(&manifest["inputs"][0])));
    }
    let base: Vec<String> = manifest["inputs"].as_array().into_iter().flatten().map(name).collect();
    let mut words = vec!["trihelix".to_owned(), "compare".to_owned()];
    words.extend(base.first().map(|name| quoted(name)));
    for policy in manifest["policies"].as_array().into_iter().flatten() {
        let inputs: Vec<String> = policy["inputs"].as_array().into_iter().flatten().map(name).collect();
        // The policy's own file is the first beyond those of the baseline.
        words.extend(inputs.get(base.len()).map(|name| quoted(name)));
    }
    words.push(format!("--replicates {}", manifest["replicates"]));
    if let Some(rule) = manifest["until"].as_str() {
        words.push(format!("--until {}", quoted(rule)));
    }
    words.push(format!("--seed {}", manifest["seed"]));
    for set in manifest["overrides"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        words.push(format!("--set {}", quoted(set)));
    }
    words.join(" ")
}
