//! Laying one file's tree over another's: tables by key, entities by id, values whole.

use super::code;
use super::problem::Gathered;
use super::problem::Place;
use super::registry::Branch;
use super::registry::registry;
use super::tree::Data;
use super::tree::Entry;
use super::tree::Node;
use super::tree::Table;

/// Turns each `[[cluster]] id = "osaka"` into a table under its id, so that both spellings merge alike.
pub(super) fn normalise(tree: &mut Table, found: &mut Gathered) {
    for (name, entry) in &mut tree.entries {
        let is_entities = registry().root.children.get(name).is_some_and(Branch::is_entities);
        if !is_entities {
            continue;
        }
        match std::mem::replace(&mut entry.node.data, Data::Flag(false)) {
            Data::List(items) => entry.node.data = Data::Table(by_id(name, items, found)),
            Data::Table(mut table) => {
                check_inner_ids(name, &mut table, found);
                entry.node.data = Data::Table(table);
            }
            other => entry.node.data = other,
        }
    }
}

fn by_id(name: &str, items: Vec<Node>, found: &mut Gathered) -> Table {
    let mut rows = Table::default();
    for item in items {
        let Data::Table(mut row) = item.data else {
            let what = item.describe();
            found
                .error(code::WRONG_TYPE, item.place, format!("`{name}` is a list of tables"))
                .expected(format!("`[[{name}]]` tables"))
                .found(what)
                .fix(format!("write each as `[[{name}]]` with an `id`"));
            continue;
        };
        let Some(id) = row.take("id") else {
            found
                .error(code::BAD_ID, item.place, format!("this `{name}` has no `id`"))
                .fix("add `id = \"...\"`, by which other files can refer to it");
            continue;
        };
        let Some(text) = checked_id(name, &id.node, found) else { continue };
        if let Some(earlier) = rows.entries.get(&text) {
            let first = found.name(earlier.key);
            found
                .error(
                    code::DUPLICATE,
                    id.node.place,
                    format!("the id `{text}` stands twice among the tables `{name}` of this file"),
                )
                .found(format!("the first at {first}"))
                .fix("give one of them another id, or join the two");
            continue;
        }
        rows.insert(&text, id.node.place, Node { place: item.place, data: Data::Table(row), overrode: Vec::new() });
    }
    rows
}

fn checked_id(name: &str, node: &Node, found: &mut Gathered) -> Option<String> {
    let legal = |text: &str| {
        !text.is_empty()
            && text.len() <= 80
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
    };
    // Ids of sources and rates follow the names of the evidence base: `fact:kbic-emp-2023`, `USD-2024`.
    let loose = |text: &str| matches!(name, "source" | "rate") && !text.is_empty() && text.len() <= 160;
    match node.text() {
        Some(text) if legal(text) || loose(text) => Some(text.to_owned()),
        _ => {
            let what = node.describe();
            let suggestion = node.text().map_or_else(|| "an-id".to_owned(), plain_id);
            found
                .error(code::BAD_ID, node.place, format!("this is no id for a `{name}`"))
                .expected("small letters, digits, `-` and `_`")
                .found(what)
                .fix(format!("write `id = \"{suggestion}\"`"));
            None
        }
    }
}

fn plain_id(text: &str) -> String {
    let id: String =
        text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    match id.trim_matches('-') {
        "" => "an-id".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

fn check_inner_ids(name: &str, table: &mut Table, found: &mut Gathered) {
    for (key, entry) in &mut table.entries {
        let node = Node::new(entry.key, Data::Text(key.clone()));
        checked_id(name, &node, found);
        let Data::Table(row) = &mut entry.node.data else { continue };
        if let Some(inner) = row.take("id")
            && inner.node.text() != Some(key)
        {
            let what = inner.node.describe();
            found
                .error(code::BAD_ID, inner.node.place, format!("the id of `{name}.{key}` is its key"))
                .expected(format!("\"{key}\""))
                .found(what)
                .fix("leave the `id` away");
        }
    }
}

/// Lays `upper` over `lower`.
pub(super) fn lay_over(lower: &mut Table, upper: Table, found: &mut Gathered) {
    merge_tables(lower, upper, Some(&registry().root), "", found);
}

fn merge_tables(lower: &mut Table, upper: Table, branch: Option<&Branch>, path: &str, found: &mut Gathered) {
    for (key, over) in upper.entries {
        let here = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let branch = branch.and_then(|b| b.under(&key));
        if !path.is_empty() && over.node.removes() {
            remove(lower, &key, &here, over.node.place, found);
            continue;
        }
        let is_leaf = branch.is_none_or(|b| b.leaf.is_some());
        let Some(under) = lower.entries.get_mut(&key) else {
            let mut over = over;
            // A new table still goes through the merge, so that what it removes is missed.
            if !is_leaf && let Data::Table(upper) = &mut over.node.data {
                let mut fresh = Table::default();
                merge_tables(&mut fresh, std::mem::take(upper), branch, &here, found);
                over.node.data = Data::Table(fresh);
            }
            lower.entries.insert(key, over);
            continue;
        };
        if branch.is_some_and(|b| b.leaf.is_some()) {
            replace(under, over);
            continue;
        }
        let clash = found.name(under.node.place);
        match (&mut under.node.data, over.node.data) {
            (Data::Table(lower), Data::Table(upper)) => merge_tables(lower, upper, branch, &here, found),
            (Data::Table(_), data) => {
                let node = Node::new(over.node.place, data);
                let what = node.describe();
                found
                    .error(code::CLASH, node.place, format!("`{here}` is a table at {clash}, and not one here"))
                    .expected("a table")
                    .found(what)
                    .fix(format!("write `[{here}]`, or rename one of the two"));
            }
            (_, data) => under.node = Node::new(over.node.place, data),
        }
    }
}

fn remove(lower: &mut Table, key: &str, path: &str, place: Place, found: &mut Gathered) {
    if lower.take(key).is_none() {
        let near = super::near::nearest(key, lower.entries.keys().map(String::as_str));
        found
            .error(code::REMOVE, place, format!("there is no `{path}` to remove"))
            .fix_or(near, "leave this `remove` away, or extend the file that has it");
    }
}

/// A value replaces a value with all its evidence; a table without `value` adds to the evidence of what it lies over.
fn replace(under: &mut Entry, over: Entry) {
    let adds = matches!(&over.node.data, Data::Table(table) if table.get("value").is_none());
    if adds && let Data::Table(notes) = over.node.data {
        let base = std::mem::replace(&mut under.node.data, Data::Flag(false));
        let mut table = match base {
            Data::Table(table) => table,
            bare => {
                let mut table = Table::default();
                table.insert("value", under.key, Node::new(under.node.place, bare));
                table
            }
        };
        table.entries.extend(notes.entries);
        under.node.data = Data::Table(table);
        return;
    }
    let mut chain = std::mem::take(&mut under.node.overrode);
    chain.push(under.node.place);
    *under = Entry { key: over.key, node: Node { place: over.node.place, data: over.node.data, overrode: chain } };
}
