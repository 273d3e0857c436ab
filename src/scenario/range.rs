//! The ranges of assumptions: a policy as it is written, and at either end of everything that it assumes.

use super::problem::Place;
use super::tree::Data;
use super::tree::Node;
use super::tree::Table;
use serde::Serialize;

/// Where a policy takes the numbers that it declares a `range` of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum End {
    /// As written.
    #[default]
    Stated,
    /// Each at the first bound of its range, at which the policy does less.
    Low,
    /// Each at the second bound, at which it does more.
    High,
}

impl End {
    /// The name of a policy at this end: `link-lab`, `link-lab@low`, `link-lab@high`.
    #[must_use]
    pub fn name(self, policy: &str) -> String {
        match self {
            Self::Stated => policy.to_owned(),
            Self::Low => format!("{policy}@low"),
            Self::High => format!("{policy}@high"),
        }
    }

    /// The title of a policy at this end, in English and in Japanese.
    #[must_use]
    pub fn title(self, english: &str, japanese: Option<&str>) -> (String, Option<String>) {
        let (en, ja) = match self {
            Self::Stated => ("", ""),
            Self::Low => (" (low ends of its assumptions)", "(仮定の下限)"),
            Self::High => (" (high ends of its assumptions)", "(仮定の上限)"),
        };
        (format!("{english}{en}"), japanese.map(|title| format!("{title}{ja}")))
    }

    /// Puts the bound in the place of every value that has a range beside it. A range that stands without a value is one
    /// over a value of a lower file: its path and bound are returned, to be [`put`] when the files lie over one another.
    pub(super) fn take(self, table: &mut Table) -> Taken {
        let mut taken = Taken::default();
        match self {
            Self::Stated => {}
            Self::Low => take(0, table, &mut Vec::new(), &mut taken),
            Self::High => take(1, table, &mut Vec::new(), &mut taken),
        }
        taken
    }
}

/// What became of the ranges of a file.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// How many there were.
    pub count: usize,
    /// Those over values of lower files.
    pub over: Vec<(Vec<String>, Node)>,
}

fn take(bound: usize, table: &mut Table, path: &mut Vec<String>, taken: &mut Taken) {
    for (key, entry) in &mut table.entries {
        path.push(key.clone());
        match &mut entry.node.data {
            Data::Table(inner) => one(bound, inner, path, taken),
            Data::List(items) => {
                for item in items {
                    if let Data::Table(inner) = &mut item.data {
                        one(bound, inner, path, taken);
                    }
                }
            }
            _ => {}
        }
        path.pop();
    }
}

fn one(bound: usize, table: &mut Table, path: &mut Vec<String>, taken: &mut Taken) {
    let value = match table.get("range").map(|range| &range.data) {
        Some(Data::List(bounds)) if bounds.len() == 2 => bounds[bound].clone(),
        _ => return take(bound, table, path, taken),
    };
    taken.count += 1;
    if table.get("value").is_some() {
        set(table, value);
    } else {
        taken.over.push((path.clone(), value));
    }
}

/// Puts a bound in the place of the value at a path.
pub(super) fn put(tree: &mut Table, path: &[String], value: Node) {
    let Some((key, rest)) = path.split_first() else { return set(tree, value) };
    if let Some(Data::Table(inner)) = tree.entries.get_mut(key).map(|entry| &mut entry.node.data) {
        put(inner, rest, value);
    }
}

fn set(table: &mut Table, mut value: Node) {
    // A bound that brings its own unit stands without the one that is written beside it.
    if value.text().is_some() {
        table.take("unit");
    }
    value.overrode = table.get("value").map(|before| before.place).into_iter().collect();
    table.insert("value", value.place, value);
}

/// A number with the range that a file declares beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// Path of a value; for what an event does, `event.ID.factor`, or `event.ID` and the path that an edit changes.
    pub path: String,
    /// The number as the file writes it, with its unit where one stands beside it.
    pub written: String,
    /// The end at which it does less, as written.
    pub low: String,
    /// The end at which it does more.
    pub high: String,
    /// Grade, of the value or else of its event.
    pub grade: Option<String>,
    /// Source, likewise.
    pub source: Option<String>,
    /// Where the value stands.
    #[serde(skip)]
    pub place: Place,
}

/// Every range of a tree, by path.
pub(super) fn assumptions(tree: &Table) -> Vec<Assumption> {
    let mut list = Vec::new();
    walk("", tree, (None, None), &mut list);
    list
}

type Proof = (Option<String>, Option<String>);

/// Grade and source of a table, or else of the one around it.
fn proof(table: &Table, around: &Proof) -> Proof {
    let own = |key: &str| table.get(key).and_then(Node::text).map(str::to_owned);
    (own("grade").or_else(|| around.0.clone()), own("source").or_else(|| around.1.clone()))
}

fn walk(path: &str, table: &Table, around: Proof, list: &mut Vec<Assumption>) {
    let proof = proof(table, &around);
    if let (Some(value), Some(Data::List(bounds))) = (table.get("value"), table.get("range").map(|range| &range.data))
        && let [low, high] = bounds.as_slice()
    {
        let unit = table.get("unit").and_then(Node::text);
        let written = |node: &Node| match (&node.data, unit) {
            (Data::Number { text, .. }, Some(unit)) => format!("{text} {unit}"),
            (Data::Number { text, .. } | Data::Text(text), _) => text.clone(),
            _ => node.describe(),
        };
        let (grade, source) = proof;
        let (path, place) = (path.to_owned(), value.place);
        let (low, high) = (written(low), written(high));
        list.push(Assumption { path, written: written(value), low, high, grade, source, place });
        return;
    }
    for (key, entry) in &table.entries {
        let here = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match &entry.node.data {
            Data::Table(inner) => walk(&here, inner, proof.clone(), list),
            // What an edit changes says more than its place in the list.
            Data::List(items) => {
                for item in items {
                    let Data::Table(edit) = &item.data else { continue };
                    let to = edit.get("path").or(edit.get("field")).and_then(Node::text).unwrap_or_default();
                    let verbs = edit.entries.iter().filter(|(key, _)| ["set", "mul", "add"].contains(&key.as_str()));
                    for (verb, entry) in verbs {
                        if let Data::Table(operand) = &entry.node.data {
                            walk(&format!("{path} {to} {verb}"), operand, proof.clone(), list);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}
